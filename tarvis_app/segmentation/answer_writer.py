"""AnswerWriter: the answer to clicks becomes masks, and other targets give way to it."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from tarvis_app.brush_state import BrushState
from tarvis_app.document.document import Document
from tarvis_app.document.drawing import Given
from tarvis_app.segmentation.run_writer import made_by
from tarvis_core.annotation.answer_sharing import Ground, share_out
from tarvis_core.annotation.clicking import ANSWER, is_answer
from tarvis_core.annotation.later_steps import (
    FrameStep,
    LaterSteps,
    Rebased,
    is_decided_in,
    masks_beneath,
    rebase,
)
from tarvis_core.annotation.mask_store import MaskChange
from tarvis_core.annotation.segmentation import PredictedMask
from tarvis_core.annotation.segmentation_changes import predicted_frame
from tarvis_core.annotation.target import TargetId
from tarvis_core.annotation.track import TrackFrame

Place = tuple[TargetId, int]
"""A target and a frame."""
Masks = Mapping[TargetId, TrackFrame]


@dataclass(frozen=True)
class Permission:
    """A person let a target give way to another's click, whatever it is otherwise."""

    gesture: int
    """Of the click's step: without that, nothing is permitted."""
    held: TrackFrame
    """What gives way; what anybody made of it since does not."""


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
        self._permitted: dict[Place, dict[TargetId, Permission]] = {}

    def forget(self) -> None:
        """Another project is open."""
        self._taken.clear()
        self._permitted.clear()

    def permit(self, given: Given, owner: TargetId) -> None:
        """Let a target's mask give way to a click's answers, though it is law or locked."""
        held = self._document.opened.masks.get(owner, given.frame)
        if held is not None:
            permitted = self._permitted.setdefault((given.target, given.frame), {})
            permitted[owner] = Permission(given.gesture, held)

    def yielding_to(self, target: TargetId, frame: int) -> frozenset[TargetId]:
        """Targets that were let give way to the clicks for another on a frame."""
        if (target, frame) not in self._permitted:
            return frozenset()
        return self._yielding((target, frame), self._document.opened.masks.masks_at(frame))

    def write(self, given: Given, predicted: PredictedMask | None) -> tuple[TargetId, ...]:
        """Put an answer on its frame; a target that was locked or removed meanwhile stays.

        Steps that were made since the click stay after its step, and make of the answer what they
        made of the one before. What one of them decided about the target is left to it.

        Args:
            given: What is answered.
            predicted: The answer; None where the network sees nothing.

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
        ground = self._ground((given.target, given.frame), beneath)
        changes = share_out(project, given.target, given.frame, answer, ground)
        return self._write(given, changes, beneath, later)

    def _write(
        self, given: Given, changes: tuple[MaskChange, ...], beneath: Masks, later: LaterSteps
    ) -> tuple[TargetId, ...]:
        sharing = () if self._brush.is_exclusive else (given.target,)
        steps = (*later.done, *later.taken_back)
        rebased = rebase(changes, beneath, steps, sharing)
        seen = self._document.rewrite(given.gesture, rebased)
        if not seen:
            return ()
        for each in rebased:
            self._follow(each, steps)
        self._note((given.target, given.frame), changes[1:])
        others = (change for change in seen if change.target != given.target)
        return tuple(c.target for c in others if c.after is not None and is_answer(c.after))

    def _ground(self, place: Place, masks: Masks) -> Ground:
        """What an answer comes upon; what others were counts where they are as it was left."""
        whole = {
            other: by_rest[masks[other]]
            for other, by_rest in self._taken.get(place, {}).items()
            if other in masks and masks[other] in by_rest
        }
        return Ground(masks, whole, self._yielding(place, masks), self._brush.is_exclusive)

    def _yielding(self, place: Place, masks: Masks) -> frozenset[TargetId]:
        taken = self._taken.get(place, {})
        return frozenset(
            owner
            for owner, permission in self._permitted.get(place, {}).items()
            if self._document.is_done(permission.gesture)
            and owner in masks
            and (masks[owner] == permission.held or masks[owner] in taken.get(owner, {}))
        )

    def _note(self, place: Place, changes: Iterable[MaskChange]) -> None:
        """Remember what an answer took from others."""
        for change in changes:
            if change.before is None or change.after is None:
                continue
            by_rest = self._taken.setdefault(place, {}).setdefault(change.target, {})
            whole = by_rest.get(change.before, change.before)
            if change.after != whole:
                by_rest.setdefault(change.after, whole)

    def _follow(self, rebased: Rebased, steps: Iterable[FrameStep]) -> None:
        """Let what later answers took from a target be what they take from it now."""
        target, frame = rebased.change.target, rebased.change.frame
        states = rebased.states
        for (_, where), taken in self._taken.items():
            by_rest = taken.get(target, {}) if where == frame else {}
            for rest, whole in tuple(by_rest.items()):
                if rest in states and states[rest] != states.get(whole, whole):
                    by_rest[states[rest]] = states.get(whole, whole)
        for step, change in zip(steps, rebased.later, strict=True):
            if change is None:
                continue
            for taker in _takers(step, change):
                self._note((taker, frame), [change])


def _takers(step: FrameStep, change: MaskChange) -> Iterator[TargetId]:
    """Targets whose answers in a step have what a mask loses there."""
    if change.before is None or change.after is None:
        return
    lost = change.before.mask.difference(change.after.mask)
    for other, own in step.changes.items():
        if other == change.target or own.after is None or not is_answer(own.after):
            continue
        if lost.intersection_area(own.after.mask):
            yield other
