"""Clicks on what another target has for good: that is said, with what makes the click count."""

from functools import partial

from PySide6.QtCore import QObject, Slot

from tarvis_app.conduct.stray_clicks import pixel_of
from tarvis_app.document.drawing import Drawing, Given
from tarvis_app.document.editor import Editor
from tarvis_app.notifications import Remedy
from tarvis_core.annotation import painting, target_operations
from tarvis_core.annotation.exemplar import PointExemplar
from tarvis_core.annotation.project import Project
from tarvis_core.annotation.project_changes import Change
from tarvis_core.annotation.target import TargetId
from tarvis_core.annotation.track import FrameState


class TakenPlaces(QObject):
    """Notices positive clicks in a keyframe, a confirmed mask or a locked target.

    The network gives none of these pixels to another target, so the answer would be empty, or
    lie elsewhere, without a word.
    """

    def __init__(self, editor: Editor, drawing: Drawing) -> None:
        super().__init__(drawing)
        self._editor = editor
        self._drawing = drawing
        drawing.exemplar_given.connect(self._look_at)

    @Slot(object)
    def _look_at(self, given: Given) -> None:
        project = self._editor.document.opened
        click = project.exemplars_at(given.target, given.frame)[-1]
        if not isinstance(click, PointExemplar) or not click.is_positive:
            return
        owner = self._owner(project, click)
        if owner is not None:
            self._tell(project, owner, click, given)

    def _owner(self, project: Project, click: PointExemplar) -> TargetId | None:
        """The target that has the clicked pixel and gives none away."""
        locked_count = self._editor.view_state.brush.is_exclusive
        for target, held in project.masks.masks_at(click.frame).items():
            is_locked = locked_count and project.target(target).is_locked
            if target == click.target or not (held.state.is_law or is_locked):
                continue
            if held.mask.pixels_in(pixel_of(click)).any():
                return target
        return None

    def _tell(self, project: Project, owner: TargetId, click: PointExemplar, given: Given) -> None:
        name = project.target(owner).name
        text = self.tr("This place belongs to {name}, whose mask no click changes on this frame.")
        give_way = self.tr("Let {name} give way here").format(name=name)
        remedy = Remedy(give_way, lambda: self._let_give_way(owner, click, given))
        self._editor.notifications.warn(text.format(name=name), [remedy], is_passing=True)

    def _let_give_way(self, owner: TargetId, click: PointExemplar, given: Given) -> None:
        """Make the owner's mask an ordinary one, and give the click again."""
        document, view_state = self._editor.document, self._editor.view_state
        if not document.is_newest(given.gesture):
            return
        document.undo()
        text, step = self.tr("Give way"), document.new_gesture()
        for change in (_unlock, _make_ordinary):
            self._editor.make(text, partial(change, target=owner, frame=click.frame), None, step)
        is_known = click.target in document.opened.targets
        view_state.select(*([click.target] if is_known else []))
        self._drawing.add_point(click.frame, (click.x, click.y), is_positive=True)


def _unlock(project: Project, target: TargetId, frame: int) -> tuple[Change, ...]:
    return target_operations.set_locked(project, [target], is_locked=False)


def _make_ordinary(project: Project, target: TargetId, frame: int) -> tuple[Change, ...]:
    held = project.masks.get(target, frame)
    if held is None or not held.state.is_law:
        return ()
    return painting.set_state(project, target, (frame,), FrameState.PREDICTED)
