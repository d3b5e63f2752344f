"""SurplusSearch: asks the network what the mask of a frame has too much, and keeps the answer."""

from dataclasses import dataclass

from PySide6.QtCore import QObject, Signal, Slot

from tarvis_app.review.click_proposal import ClickProposal, Survey
from tarvis_app.segmentation.claims import ClaimAnswer
from tarvis_core.annotation.mask import Mask
from tarvis_core.annotation.target import TargetId


@dataclass(frozen=True)
class Question:
    """Has this mask anything too much?"""

    target: TargetId
    frame: int
    mask: Mask


class SurplusSearch(QObject):
    """Knows the answer to one question at a time.

    Signals:
        wanted: The network is to be asked. Arguments: frame, places, (h, w); see
            `ClickService.ask_claims`.
        unwanted: Nobody wants the answer any more.
        answered: The question that was asked has its answer.
    """

    wanted = Signal(int, object, object)
    unwanted = Signal()
    answered = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._question: Question | None = None
        self._survey: Survey | None = None
        """What the network is asked now."""
        self._proposal: ClickProposal | None = None

    def knows(self, question: Question) -> bool:
        """Whether a question has its answer; another one is asked from now on."""
        if question == self._question:
            return self._survey is None
        self.forget()
        self._question = question
        survey = Survey.of(question.mask)
        if survey.open_places:
            self._ask(question, survey)
        return self._survey is None

    @property
    def proposal(self) -> ClickProposal | None:
        """The negative click that answers the question; None if there is nothing too much."""
        return self._proposal

    @Slot(object)
    def take(self, answer: ClaimAnswer) -> None:
        """Take the network's answer."""
        question, survey = self._question, self._survey
        if question is None or survey is None or answer.request.places != survey.open_places:
            return
        self._survey = None
        if answer.claims is not None:
            survey = survey.answered(answer.claims)
            if survey.open_places:
                self._ask(question, survey)
                return
            self._proposal = survey.propose(question.target, question.frame)
        self.answered.emit()

    def _ask(self, question: Question, survey: Survey) -> None:
        self._survey = survey
        self.wanted.emit(question.frame, survey.open_places, survey.mask.shape)

    def forget(self) -> None:
        """Ask nothing any more."""
        if self._survey is not None:
            self.unwanted.emit()
        self._question = self._survey = self._proposal = None
