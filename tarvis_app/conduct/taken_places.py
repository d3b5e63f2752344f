"""Clicks on what another target has for good: that is said, with what makes the click count."""

from PySide6.QtCore import QObject, Signal, Slot

from tarvis_app.conduct.stray_clicks import pixel_of
from tarvis_app.document.drawing import Drawing, Given
from tarvis_app.document.editor import Editor
from tarvis_app.notifications import Remedy
from tarvis_app.segmentation.click_answers import ClickAnswers
from tarvis_core.annotation.exemplar import PointExemplar
from tarvis_core.annotation.project import Project
from tarvis_core.annotation.target import TargetId


class TakenPlaces(QObject):
    """Notices positive clicks in a keyframe, a confirmed mask or a locked target.

    The network gives none of these pixels to another target, so the answer would be empty, or
    lie elsewhere. It is not asked, and nothing changes. A person may let the mask give way to the
    click: it loses what the answer covers, as to a brush, on this frame alone, and stays a
    keyframe, or locked.

    Signals:
        passed: What was given can be answered: nobody has its place for good. Argument: `Given`.
    """

    passed = Signal(object)

    def __init__(self, editor: Editor, drawing: Drawing, clicks: ClickAnswers) -> None:
        super().__init__(drawing)
        self._editor = editor
        self._clicks = clicks
        drawing.exemplar_given.connect(self._look_at)

    @Slot(object)
    def _look_at(self, given: Given) -> None:
        project = self._editor.document.opened
        click = project.exemplars_at(given.target, given.frame)[-1]
        is_claim = isinstance(click, PointExemplar) and click.is_positive
        owner = self._owner(project, click) if is_claim else None
        if owner is None:
            self.passed.emit(given)
        else:
            self._tell(project, owner, given)

    def _owner(self, project: Project, click: PointExemplar) -> TargetId | None:
        """The target that has the clicked pixel and gives none away."""
        locked_count = self._editor.view_state.brush.is_exclusive
        for target, held in project.masks.masks_at(click.frame).items():
            is_locked = locked_count and project.target(target).is_locked
            if target == click.target or not (held.state.is_law or is_locked):
                continue
            if self._clicks.is_yielding(target, click.target, click.frame):
                continue
            if held.mask.pixels_in(pixel_of(click)).any():
                return target
        return None

    def _tell(self, project: Project, owner: TargetId, given: Given) -> None:
        known = project.target(owner)
        text = self.tr(
            "This place belongs to {name}, whose mask no click changes on this frame. "
            "So this click changes nothing."
        )
        give_way = self.tr("Let {name} give way here")
        if known.is_locked:
            give_way = self.tr("Let {name} give way here, though it is locked")
        remedy = Remedy(give_way.format(name=known.name), lambda: self._let_give_way(owner, given))
        self._editor.notifications.warn(text.format(name=known.name), [remedy], is_passing=True)

    def _let_give_way(self, owner: TargetId, given: Given) -> None:
        """Let the click be answered anew, as a part of its step, from the owner's pixels, too."""
        if self._editor.document.is_newest(given.gesture):
            self._clicks.permit(given, owner)
            self._look_at(given)  # the place may have another owner, too
