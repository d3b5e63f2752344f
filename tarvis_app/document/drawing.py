"""Drawing: clicks, boxes and strokes on the canvas, turned into edits of the document."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from PySide6.QtCore import QObject, Signal

from tarvis_app.document import edits
from tarvis_app.document.document import Document
from tarvis_app.document.edits import Edit
from tarvis_app.notifications import Notifications, Remedy
from tarvis_app.view_state import ViewState
from tarvis_core.annotation.exemplar import BoxExemplar, Exemplar, PointExemplar
from tarvis_core.annotation.mask import Mask
from tarvis_core.annotation.project import Change, Project
from tarvis_core.annotation.target import TargetId


@dataclass(frozen=True)
class Given:
    """The person gave something for a target on a frame: the network may answer with a draft."""

    frame: int
    target: TargetId
    gesture: int
    """Of the step in the history, so that the answer becomes part of it."""


@dataclass(frozen=True)
class Stroke:
    """Pixels that a tool drew on a frame."""

    frame: int
    pixels: Mask
    tool: str
    adds: bool = True
    """False: the pixels are taken away from the target."""


class Drawing(QObject):
    """What tools draw for the active target, or for a new one where none is active.

    Signals:
        exemplar_given: A click or box was added. Argument: `Given`.
    """

    exemplar_given = Signal(object)

    def __init__(
        self,
        document: Document,
        view_state: ViewState,
        notifications: Notifications,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._document = document
        self._view_state = view_state
        self._notifications = notifications

    @property
    def _project(self) -> Project | None:
        return self._document.project

    def add_point(self, frame: int, position: tuple[float, float], *, is_positive: bool) -> None:
        """Add a click for the active target; without one, a positive click makes a new target."""
        if not is_positive and self._view_state.active_target is None:
            self._notifications.inform(
                self.tr("A click that takes away needs a target: select one, or click it first.")
            )
            return
        x, y = position
        self._give(
            frame,
            lambda target: PointExemplar(frame, target, x, y, is_positive),
            self.tr("Click"),
        )

    def add_box(self, frame: int, box: tuple[float, float, float, float]) -> None:
        """Draw a box round the active target; without one it makes a new target."""
        self._give(frame, lambda target: BoxExemplar(frame, target, box), self.tr("Box"))

    def _give(self, frame: int, make: Callable[[TargetId], Exemplar], text: str) -> None:
        project = self._project
        target, changes = self._target_to_edit()
        if project is None or target is None:
            return
        exemplar = make(target)
        before = project.exemplars_at(target, frame)
        if isinstance(exemplar, BoxExemplar):
            before = tuple(held for held in before if not isinstance(held, BoxExemplar))
        gesture = self._document.new_gesture()
        changes += edits.set_exemplars(project, target, frame, (*before, exemplar))
        if self._document.edit(Edit(text, changes, frame, gesture)):
            self._view_state.select(target)
            self.exemplar_given.emit(Given(frame, target, gesture))

    def apply_stroke(self, stroke: Stroke) -> None:
        """Add pixels to the active target's mask, or take them away; it becomes a keyframe."""
        project = self._project
        if project is None or stroke.pixels.is_empty:
            return
        if not stroke.adds and self._view_state.active_target is None:
            self._notifications.inform(self.tr("Select the target to take pixels from."))
            return
        target, changes = self._target_to_edit()
        if target is None:
            return
        held = project.masks.get(target, stroke.frame)
        before = Mask.empty(*stroke.pixels.size) if held is None else held.mask
        mask = before.union(stroke.pixels) if stroke.adds else before.difference(stroke.pixels)
        if held is not None and mask == before and held.state.is_law:
            return
        is_exclusive = self._view_state.is_exclusive and stroke.adds
        changes += edits.paint(
            project, target, stroke.frame, mask, tool=stroke.tool, is_exclusive=is_exclusive
        )
        text = self.tr("Paint") if stroke.adds else self.tr("Erase")
        if self._document.edit(Edit(text, changes, stroke.frame)):
            self._view_state.select(target)

    def _target_to_edit(self) -> tuple[TargetId | None, tuple[Change, ...]]:
        """The active target, or a new one with the changes that make it; None if locked."""
        project = self._project
        if project is None:
            return None, ()
        active = self._view_state.active_target
        if active is None or active not in project.targets:
            new = edits.new_target(project)
            return new.target.id, new.changes
        target = project.target(active)
        if target.is_locked:
            unlock = Remedy(self.tr("Unlock"), lambda: self._unlock(active))
            self._notifications.warn(
                self.tr("“{name}” is locked.").format(name=target.name), [unlock]
            )
            return None, ()
        return active, ()

    def _unlock(self, target_id: TargetId) -> None:
        project = self._project
        if project is not None and target_id in project.targets:
            after = replace(project.target(target_id), is_locked=False)
            self._document.edit(Edit(self.tr("Unlock"), edits.change_target(project, after)))
