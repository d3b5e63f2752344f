"""Drawing: clicks, boxes and strokes on the canvas, turned into edits of the document."""

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QObject, Signal

from tarvis_app.document.editor import Editor
from tarvis_core.annotation import clicking, painting, reassigning, target_operations
from tarvis_core.annotation.exemplar import BoxExemplar, Exemplar, PointExemplar, ShownMask
from tarvis_core.annotation.mask import Mask
from tarvis_core.annotation.project import Project
from tarvis_core.annotation.project_changes import Change
from tarvis_core.annotation.target import Target, TargetId


@dataclass(frozen=True)
class Given:
    """The person gave something for a target on a frame: the network may go on from there."""

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


@dataclass(frozen=True)
class Handover:
    """Pixels of one target that the active one is to have."""

    frame: int
    giver: TargetId
    region: Mask
    tool: str
    goes_on: bool = False
    """Whether later frames follow."""


class Drawing(QObject):
    """What tools draw for the active target, or for a new one where none is active.

    Signals:
        exemplar_given: A click or box was added. Argument: `Given`.
        mask_drawn: Pixels were added to a mask or taken from it. Argument: `Given`.
    """

    exemplar_given = Signal(object)
    mask_drawn = Signal(object)

    def __init__(self, editor: Editor) -> None:
        super().__init__(editor)
        self._editor = editor

    def add_point(self, frame: int, position: tuple[float, float], *, is_positive: bool) -> None:
        """Add a click for the active target; without one, a positive click makes a new target."""
        if not is_positive and self._active() is None:
            self._editor.notifications.ask(
                self.tr("A click that takes away needs a target: select one, or click it first.")
            )
            return
        x, y = position

        def extend(project: Project, target: TargetId) -> tuple[Exemplar, ...]:
            click = PointExemplar(frame, target, x, y, is_positive)
            return clicking.exemplars_with_click(project, click)

        self._give(frame, extend, self.tr("Click"))

    def add_box(self, frame: int, box: tuple[float, float, float, float]) -> None:
        """Draw a box round the active target; without one it makes a new target."""

        def extend(project: Project, target: TargetId) -> tuple[Exemplar, ...]:
            held = project.exemplars_at(target, frame)
            others = tuple(each for each in held if not isinstance(each, BoxExemplar | ShownMask))
            return (*others, BoxExemplar(frame, target, box))

        self._give(frame, extend, self.tr("Box"))

    def _give(
        self,
        frame: int,
        extend: Callable[[Project, TargetId], tuple[Exemplar, ...]],
        text: str,
    ) -> None:
        gesture = self._editor.document.new_gesture()
        target = self._target_to_edit(text, gesture)
        if target is None:
            return

        def change(project: Project) -> tuple[Change, ...]:
            return painting.set_exemplars(project, target, frame, extend(project, target))

        if self._editor.make(text, change, frame, gesture):
            self._editor.view_state.select(target)
            self.exemplar_given.emit(Given(frame, target, gesture))

    def apply_stroke(self, stroke: Stroke) -> None:
        """Add pixels to the active target's mask, or take them away; it becomes a keyframe."""
        if stroke.pixels.is_empty:
            return
        if not stroke.adds and self._active() is None:
            self._editor.notifications.ask(self.tr("Select the target to take pixels from."))
            return
        text = self.tr("Paint") if stroke.adds else self.tr("Erase")
        gesture = self._editor.document.new_gesture()
        target = self._target_to_edit(text, gesture)
        if target is None:
            return

        def change(project: Project) -> tuple[Change, ...]:
            source = self._editor.source(stroke.tool)
            where = (project, target, stroke.frame, stroke.pixels, source)
            if not stroke.adds:
                return painting.erase(*where)
            return painting.paint(*where, is_exclusive=self._editor.view_state.brush.is_exclusive)

        if self._editor.make(text, change, stroke.frame, gesture):
            self._editor.view_state.select(target)
            self.mask_drawn.emit(Given(stroke.frame, target, gesture))

    def hand_over(self, handover: Handover) -> None:
        """Give pixels of one target to the active one, or to a new one of the same class."""
        giver, frame = handover.giver, handover.frame
        if self._editor.refuse_locked(giver):
            return
        text = self.tr("Reassign from here") if handover.goes_on else self.tr("Reassign")
        gesture = self._editor.document.new_gesture()
        known = self._editor.document.opened.target(giver)
        receiver = self._target_to_edit(text, gesture, like=known)
        if receiver is None:
            return
        give = reassigning.give_region_from if handover.goes_on else reassigning.give_region

        def change(project: Project) -> tuple[Change, ...]:
            source = self._editor.source(handover.tool)
            return give(project, giver, receiver, frame, handover.region, source)

        if self._editor.make(text, change, frame, gesture):
            self._editor.view_state.select(receiver)

    def _active(self) -> TargetId | None:
        selected = self._editor.selected()
        return selected[0] if selected else None

    def _target_to_edit(
        self, text: str, gesture: int, like: Target | None = None
    ) -> TargetId | None:
        """The active target, or a new one made as part of the gesture; None if it is locked.

        Args:
            text: What undo names the edit.
            gesture: The gesture.
            like: Whose class and kind a new target gets.
        """
        active, project = self._active(), self._editor.project
        if project is None:
            return None
        if active is not None:
            return None if self._editor.refuse_locked(active) else active
        category, kind = (None, None) if like is None else (like.category, like.kind)
        number, changes = target_operations.create_target(project, None, category, kind)
        return number if self._editor.make(text, lambda _project: changes, None, gesture) else None
