"""Clicks and boxes in which the network sees nothing: that is said, with what else there is."""

from PySide6.QtCore import QObject, Slot

from tarvis_app.document.document import Document
from tarvis_app.document.drawing import Given
from tarvis_app.notifications import Notice, Notifications
from tarvis_app.segmentation.click_answers import ClickAnswers
from tarvis_core.annotation.exemplar import PointExemplar


class EmptyAnswers(QObject):
    """Notices when what was given for a target leaves it without a pixel on the frame."""

    def __init__(
        self, document: Document, clicks: ClickAnswers, notifications: Notifications
    ) -> None:
        super().__init__(clicks)
        self._document = document
        self._notifications = notifications
        self._told: Notice | None = None
        clicks.answered.connect(self._look_at)

    @Slot(object)
    def _look_at(self, given: Given) -> None:
        self._notifications.withdraw(self._told)
        self._told = None
        project = self._document.opened
        held = project.masks.get(given.target, given.frame)
        if given.target not in project.targets or held is None or not held.mask.is_empty:
            return
        last = project.exemplars_at(given.target, given.frame)[-1:]
        if not last or (isinstance(last[0], PointExemplar) and not last[0].is_positive):
            return  # it was clicked away
        if self._notifications.current is not None and self._notifications.current.remedies:
            return  # what is said there says more
        text = self.tr(
            "The model sees nothing for {name} there. Click the middle of the object, or drag a "
            "box round it (R), or paint it (A)."
        ).format(name=project.target(given.target).name)
        self._told = self._notifications.ask(text)
