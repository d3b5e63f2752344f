"""ToldService: in place of the segmentation service, where a test says what the network answers."""

from PySide6.QtCore import QObject, Signal

from tarvis_app.segmentation.requests import PreviewAnswer, PreviewRequest
from tarvis_core.annotation.segmentation import PredictedMask

FRAME = 4
"""Where tests click that share a project and this service."""


class ToldService(QObject):
    """Answers questions about clicks with what the test says."""

    preview_answered = Signal(object)
    preview_failed = Signal(object, str)

    def __init__(self):
        super().__init__()
        self.asked = []

    def preview(self, frame, exemplars, target, gesture=None):
        self.asked.append(PreviewRequest(len(self.asked) + 1, frame, exemplars, target, gesture))

    def answer(self, mask, target=None, *, is_settled=True):
        """Answer the newest question, or the newest about a target."""
        asked = [each for each in self.asked if target in (None, each.target)]
        predicted = PredictedMask(mask, 0.9)
        self.preview_answered.emit(PreviewAnswer(asked[-1], predicted, is_settled))
