"""AnswerWriter: the answer to clicks becomes masks, and other targets give way to it."""

from collections.abc import Iterable, Mapping

from tarvis_app.brush_state import BrushState
from tarvis_app.document.document import Document
from tarvis_app.document.drawing import Given
from tarvis_app.segmentation.run_writer import made_by, preview_changes
from tarvis_core.annotation.answer_sharing import share_out
from tarvis_core.annotation.clicking import ANSWER, is_answer
from tarvis_core.annotation.mask_store import MaskChange
from tarvis_core.annotation.project import Project
from tarvis_core.annotation.segmentation import PredictedMask
from tarvis_core.annotation.segmentation_changes import predicted_frame
from tarvis_core.annotation.target import TargetId
from tarvis_core.annotation.track import TrackFrame

Place = tuple[TargetId, int]
"""A target and a frame."""


class AnswerWriter:
    """Writes answers into the steps of the clicks that they answer.

    Where the person lets targets take pixels from each other, it remembers of those that gave way
    what they were: the first answer to a click is often too large, and what the next one leaves
    goes back to whom it was taken from.
    """

    def __init__(self, document: Document, brush: BrushState) -> None:
        self._document = document
        self._brush = brush
        self._taken: dict[Place, dict[TargetId, dict[TrackFrame, TrackFrame]]] = {}
        """By whose answer took it: of each target that gave way what it was, by what was left."""

    def forget(self) -> None:
        """Another project is open."""
        self._taken.clear()

    def write(self, given: Given, predicted: PredictedMask | None) -> tuple[TargetId, ...]:
        """Put an answer on its frame; a target that was locked or removed meanwhile stays.

        Args:
            given: What is answered.
            predicted: The answer; None where the network sees nothing.

        Returns:
            Other targets whose own answers on the frame were changed by it.
        """
        project = self._document.opened
        known = project.targets.get(given.target)
        if known is None or known.is_locked:
            return ()
        own, *others = self._changes(project, given, predicted)
        if not self._document.grow(given.gesture, (own,)):
            return ()
        written = self._document.grow(given.gesture, tuple(others))
        self._note(given, written)
        return tuple(c.target for c in written if c.after is not None and is_answer(c.after))

    def _changes(
        self, project: Project, given: Given, predicted: PredictedMask | None
    ) -> tuple[MaskChange, ...]:
        if not self._brush.is_exclusive:
            return preview_changes(project, given.target, given.frame, predicted)
        answer = predicted_frame(predicted, project.video.frame_size, made_by(ANSWER, ""))
        whole = self._whole(project, given)
        return share_out(project, given.target, given.frame, answer, whole)

    def _whole(self, project: Project, given: Given) -> Mapping[TargetId, TrackFrame]:
        """What others were before this target's answers took from them, if they are as left."""
        found = {}
        for other, by_rest in self._taken.get((given.target, given.frame), {}).items():
            held = project.masks.get(other, given.frame)
            if held is not None and held in by_rest and other in project.targets:
                found[other] = by_rest[held]
        return found

    def _note(self, given: Given, written: Iterable[MaskChange]) -> None:
        taken = self._taken.setdefault((given.target, given.frame), {})
        for change in written:
            if change.before is None or change.after is None:
                continue
            by_rest = taken.setdefault(change.target, {})
            whole = by_rest.get(change.before, change.before)
            if change.after != whole:
                by_rest[change.after] = whole
