"""AnswerWriter: the answer to clicks becomes masks, and other targets give way to it."""

from collections.abc import Mapping
from dataclasses import replace

from tarvis_app.brush_state import BrushState
from tarvis_app.document.document import Document
from tarvis_app.document.drawing import Given
from tarvis_app.segmentation.run_writer import made_by
from tarvis_core.annotation.answer_sharing import share_out
from tarvis_core.annotation.clicking import ANSWER, is_answer, without_news
from tarvis_core.annotation.later_steps import (
    LaterSteps,
    is_decided_in,
    masks_beneath,
    rebase,
)
from tarvis_core.annotation.mask_store import MaskChange
from tarvis_core.annotation.segmentation import PredictedMask
from tarvis_core.annotation.segmentation_changes import predicted_frame
from tarvis_core.annotation.target import TargetId
from tarvis_core.annotation.track import TrackFrame

Masks = Mapping[TargetId, TrackFrame]


class AnswerWriter:
    """Writes answers into the steps of the clicks that they answer.

    Where the person lets targets take pixels from each other, the masks that give way remember
    what they were: the first answer to a click is often too large, and what the next one leaves
    goes back to whom it was taken from.
    """

    def __init__(self, document: Document, brush: BrushState) -> None:
        self._document = document
        self._brush = brush

    def permit(self, given: Given, owner: TargetId) -> None:
        """Let a target's mask give way to a click's answers, though it is law or locked.

        That is a part of the click's step: it is permitted as long as the click is given.
        """
        masks = self._document.opened.masks
        held = masks.get(owner, given.frame)
        if held is not None:
            permitted = replace(held, yields_to=held.yields_to | {given.target})
            change = masks.change_to(owner, given.frame, permitted)
            self._document.grow(given.gesture, (change,))

    def yielding_to(self, target: TargetId, frame: int) -> frozenset[TargetId]:
        """Targets that were let give way to the clicks for another on a frame."""
        masks = self._document.opened.masks.masks_at(frame)
        return frozenset(owner for owner, held in masks.items() if target in held.yields_to)

    def write(
        self, given: Given, predicted: PredictedMask | None, shown: TrackFrame | None = None
    ) -> tuple[TargetId, ...]:
        """Put an answer on its frame; a target that was locked or removed meanwhile stays.

        Steps that were made since the click stay after its step, and make of the answer what they
        made of the one before. What one of them decided about the target is left to it.

        Args:
            given: What is answered.
            predicted: The answer; None where the network sees nothing.
            shown: What the target showed there when it was asked; an answer that leaves it as it
                was outdates none of its other masks.

        Returns:
            Other targets whose own answers on the frame were changed by it.
        """
        project = self._document.opened
        known = project.targets.get(given.target)
        later = self._document.after(given.gesture, given.frame)
        if known is None or known.is_locked or later is None:
            return ()
        beneath = masks_beneath(project.masks.masks_at(given.frame), later.done)
        beneath = {each: beneath[each] for each in beneath if each in project.targets}
        if is_decided_in(later.done, given.target, beneath):
            return ()
        answer = predicted_frame(predicted, project.video.frame_size, made_by(ANSWER, ""))
        is_exclusive = self._brush.is_exclusive
        own, *others = share_out(
            project, given.target, given.frame, answer, beneath, is_exclusive=is_exclusive
        )
        assert own.after is not None, "an answer leaves its target a mask, if an empty one"
        own = replace(own, after=without_news(own.after, shown))
        return self._write(given, (own, *others), beneath, later)

    def _write(
        self, given: Given, changes: tuple[MaskChange, ...], beneath: Masks, later: LaterSteps
    ) -> tuple[TargetId, ...]:
        sharing = () if self._brush.is_exclusive else (given.target,)
        steps = (*later.done, *later.taken_back)
        rebased = rebase(changes, beneath, steps, sharing)
        seen = self._document.rewrite(given.gesture, rebased)
        if not seen:
            return ()
        others = (change for change in seen if change.target != given.target)
        return tuple(c.target for c in others if c.after is not None and is_answer(c.after))
