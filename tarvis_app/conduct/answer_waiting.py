"""While a click waits for its answer, the canvas says so: a slow machine needs seconds."""

from PySide6.QtCore import QObject, QTimer, Slot

from tarvis_app.canvas.heads_up_display import HeadsUpDisplay
from tarvis_app.document.document import Document
from tarvis_app.document.drawing import Given
from tarvis_app.segmentation.click_answers import ClickAnswers
from tarvis_app.segmentation.requests import PreviewAnswer
from tarvis_app.segmentation.segmentation_service import SegmentationService

SHOWN_AFTER_MS = 300
"""A quicker answer needs no word."""


class AnswerWaiting(QObject):
    """Follows the click that the network was asked about last to its first answer."""

    def __init__(
        self,
        document: Document,
        clicks: ClickAnswers,
        service: SegmentationService,
        display: HeadsUpDisplay,
    ) -> None:
        super().__init__(display)
        self._display = display
        self._given: Given | None = None
        self._timer = QTimer(self, singleShot=True, interval=SHOWN_AFTER_MS)
        self._timer.timeout.connect(self._show)
        document.project_opened.connect(self._end)
        clicks.asked.connect(self._begin)
        service.preview_answered.connect(self._note_answer)
        service.clicks_answered.connect(self._end)

    @Slot(object)
    def _begin(self, given: Given) -> None:
        self._given = given
        self._timer.start()

    @Slot()
    def _show(self) -> None:
        self._display.show_waiting(self._given)

    @Slot(object)
    def _note_answer(self, answer: PreviewAnswer) -> None:
        if self._given is not None and answer.request.gesture == self._given.gesture:
            self._end()

    @Slot()
    def _end(self) -> None:
        self._given = None
        self._timer.stop()
        self._display.show_waiting(None)
