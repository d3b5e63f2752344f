"""Clicks and their answers: a draft on the frame at once, newest click first."""

from dataclasses import dataclass

from PySide6.QtCore import QObject, Signal, Slot

from tarvis_app.document.document import Document
from tarvis_app.document.drawing import Given
from tarvis_app.segmentation.answer_writer import AnswerWriter
from tarvis_app.segmentation.clicked_away import ClickedAway
from tarvis_app.segmentation.requests import PreviewAnswer, PreviewRequest
from tarvis_app.segmentation.run_plan import exemplars_on
from tarvis_app.segmentation.segmentation_service import SegmentationService
from tarvis_app.view_state import ViewState
from tarvis_core.annotation.clicking import exemplars_with_click
from tarvis_core.annotation.exemplar import Exemplar, MaskExemplar, PointExemplar
from tarvis_core.annotation.mask import Mask
from tarvis_core.annotation.project import Project
from tarvis_core.annotation.segmentation import PredictedMask
from tarvis_core.annotation.target import TargetId
from tarvis_core.annotation.target_operations import new_target_colour
from tarvis_core.annotation.track import TrackFrame


@dataclass(frozen=True)
class Question:
    """What a click or box left of its target on its frame, to be answered."""

    exemplars: tuple[Exemplar, ...]
    held: TrackFrame | None
    """What was known of the target there."""


class ClickAnswers(QObject):
    """Asks for a mask when something was given, and writes the answer into the same step.

    What the history holds without its answer – taken back before it came and made again, or passed
    over for a click that came after it – is asked again.

    Signals:
        asked: The network is asked about a click or box, for the first time or again. Argument:
            `Given`.
        draft_found: A hover preview is to be shown. Arguments: frame, `Mask`, colour (RGB).
        answered: A click's or box's settled answer is there, and the click was not taken back.
            Argument: `Given`.
        gave_way: Another target's answer has fewer pixels since, or has some back, as a part of
            the same step. Argument: `Given`, of the other target.
        weights_missing: There are no weights that could answer.
        failed: Argument: the message.
    """

    asked = Signal(object)
    draft_found = Signal(int, object, object)
    answered = Signal(object)
    gave_way = Signal(object)
    weights_missing = Signal()
    failed = Signal(str)

    def __init__(
        self,
        document: Document,
        view_state: ViewState,
        service: SegmentationService,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._document = document
        self._view_state = view_state
        self._service = service
        self._writer = AnswerWriter(document, view_state.brush)
        self._away = ClickedAway()
        self._open: dict[Given, Question] = {}
        """What has no settled answer yet."""
        self._giving: dict[Given, dict[TargetId, None]] = {}
        """Of these, whose answers on the frame were changed by the answers so far."""
        self._awaited: dict[TargetId, Given] = {}
        """What the network is asked now, by target."""
        document.project_opened.connect(self._forget)
        document.undo_stack.indexChanged.connect(self._ask_again)
        service.preview_answered.connect(self._take_answer)
        service.preview_failed.connect(self._note_failure)

    @Slot(object)
    def ask(self, given: Given) -> None:
        """Ask what the target looks like now that something was given for it."""
        project = self._document.project
        if project is None:
            return
        exemplars = project.exemplars_at(given.target, given.frame)
        self._open[given] = Question(exemplars, project.masks.get(given.target, given.frame))
        self._away.note_asked(exemplars)
        self._ask(project, given)

    def permit(self, given: Given, owner: TargetId) -> None:
        """Let the answers to a click take pixels from a target's mask.

        That may be a keyframe, a confirmed mask, or a locked target's: it loses, on the click's
        frame and in the click's step, what the answers cover, and is otherwise what it was.
        """
        self._writer.permit(given, owner)

    def is_yielding(self, owner: TargetId, target: TargetId, frame: int) -> bool:
        """Whether a target was let give way to the clicks for another on a frame."""
        return owner in self._writer.yielding_to(target, frame)

    def _ask(self, project: Project, given: Given) -> None:
        self._awaited[given.target] = given
        others = self._others_on(project, given.frame, given.target)
        exemplars = (*self._open[given].exemplars, *others)
        self._service.preview(given.frame, exemplars, given.target, given.gesture)
        self.asked.emit(given)

    @Slot()
    def _ask_again(self) -> None:
        """Ask for what is still to be answered, one thing after the other for each target."""
        project = self._document.project
        if project is None:
            return
        for given in tuple(self._open):
            if given.target not in self._awaited and self._is_asked_by(project, given):
                self._ask(project, given)

    def _is_asked_by(self, project: Project, given: Given) -> bool:
        """Whether the frame is as what was given left it, but for the answer."""
        question = self._open.get(given)
        if question is None or not self._document.is_done(given.gesture):
            return False
        held = project.masks.get(given.target, given.frame)
        is_decided = held is not None and held.state.is_law and held != question.held
        is_newest = project.exemplars_at(given.target, given.frame) == question.exemplars
        return is_newest and not is_decided

    @Slot()
    def _forget(self) -> None:
        self._open.clear()
        self._giving.clear()
        self._awaited.clear()
        self._away.forget()

    @Slot(int, float, float)
    def ask_hovered(self, frame: int, x: float, y: float) -> None:
        """Ask what a positive click here would give; nothing is written."""
        project = self._document.project
        if project is None:
            return
        active = self._view_state.active_target
        target = active if active in project.targets else None
        target = project.next_target_id if target is None else target
        given = exemplars_with_click(project, PointExemplar(frame, target, x, y))
        self._service.preview(frame, (*given, *self._others_on(project, frame, target)), target)

    @Slot()
    def forget_hovered(self) -> None:
        """Drop the answer to a hover that is still to come."""
        active = self._view_state.active_target
        project = self._document.project
        if project is not None and active is None:
            self._service.forget_preview(project.next_target_id)

    @Slot(object)
    def _take_answer(self, answer: PreviewAnswer) -> None:
        project = self._document.project
        if project is None:
            return
        request = answer.request
        if request.gesture is None:
            self._show_draft(project, answer)
            return
        given = Given(request.frame, request.target, request.gesture)
        giving = self._giving.setdefault(given, {})
        question = self._open.get(given)
        mask = self._kept_away(question, answer.mask)
        shown = None if question is None else question.held
        giving.update(dict.fromkeys(self._writer.write(given, mask, shown)))
        if not answer.is_settled:
            return
        self._awaited.pop(given.target, None)
        if self._document.is_done(given.gesture):
            self._open.pop(given, None)
            self.answered.emit(given)
            for other in self._giving.pop(given, {}):
                self.gave_way.emit(Given(given.frame, other, given.gesture))
        self._ask_again()

    def _kept_away(
        self, question: Question | None, predicted: PredictedMask | None
    ) -> PredictedMask | None:
        if question is None:
            return predicted
        return self._away.kept_away(question.exemplars, question.held, predicted)

    def _show_draft(self, project: Project, answer: PreviewAnswer) -> None:
        target = answer.request.target
        known = project.targets.get(target)
        colour = new_target_colour(project) if known is None else known.colour
        predicted = answer.mask
        mask = Mask.empty(*project.video.frame_size) if predicted is None else predicted.mask
        self.draft_found.emit(answer.request.frame, mask, colour)

    @Slot(object, str)
    def _note_failure(self, request: PreviewRequest, message: str) -> None:
        if request.gesture is not None:
            self._open.pop(Given(request.frame, request.target, request.gesture), None)
            self._awaited.pop(request.target, None)
        if message:
            self.failed.emit(message)
        elif request.gesture is not None:
            self.weights_missing.emit()

    def _others_on(self, project: Project, frame: int, target: TargetId) -> tuple[Exemplar, ...]:
        """What is known of the other targets of a frame, which compete.

        Of one that gives way, it is not the mask that takes all else from the network's answer.
        """
        yielding = self._writer.yielding_to(target, frame)
        others = (other for other in project.targets if other != target)
        return tuple(
            each
            for other in others
            for each in exemplars_on(project, other, frame)
            if other not in yielding or not isinstance(each, MaskExemplar)
        )
