"""Keyframes are law: which frames a run may write, what it is given, and what its answers change.

A frame that a person stands behind (`FrameState.is_law`) bounds two spans. A run is asked for whole
spans of single targets, is given the law frames at their ends, and writes within them only. What
follows an empty law frame was said to be absent and is not run again. The answer to the clicks of a
frame is carried as it was shown, and comes back so. Law frames, answers and what these left of
other targets' masks are corrections: a span is stale while it has masks older than one of them.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np

from tarvis_core.annotation.clicking import (
    CARRIED,
    answer_at,
    answered_frames,
    given_to_runs,
    is_answer,
    is_filled,
)
from tarvis_core.annotation.cut_masks import cut_again, cut_frames, cut_times, takers
from tarvis_core.annotation.exemplar import Exemplar, MaskExemplar
from tarvis_core.annotation.mask import Mask
from tarvis_core.annotation.mask_store import MaskChange
from tarvis_core.annotation.painting import with_mask
from tarvis_core.annotation.project import Project
from tarvis_core.annotation.segmentation import ClipMasks, PredictedMask
from tarvis_core.annotation.target import TargetId
from tarvis_core.annotation.track import FrameState, MaskSource, Track, TrackFrame


@dataclass(frozen=True)
class Span:
    """A stretch of one target's frames without law frames; both ends inclusive."""

    first: int
    last: int
    left: int | None
    """The law frame just before it; None at the edge of the range."""
    right: int | None
    """The law frame just after it; None at the edge of the range."""

    def __contains__(self, frame: object) -> bool:
        return isinstance(frame, int) and self.first <= frame <= self.last


def spans(track: Track, first: int, last: int) -> tuple[Span, ...]:
    """The stretches between a track's law frames within `first`…`last` inclusive."""
    inside = [frame for frame in track.law_frames if first <= frame <= last]
    edges = [first - 1, *inside, last + 1]
    left_edges: list[int | None] = [None, *inside]
    right_edges: list[int | None] = [*inside, None]
    return tuple(
        Span(edges[i] + 1, edges[i + 1] - 1, left_edges[i], right_edges[i])
        for i in range(len(edges) - 1)
        if edges[i] + 1 < edges[i + 1]
    )


def spans_beside(track: Track, frame: int, first: int, last: int) -> tuple[Span, ...]:
    """The spans within `first`…`last` that a correction of this frame makes worth running again.

    They are the two that the frame bounds if it is a law frame, else the one that it lies in.
    """
    return tuple(
        span
        for span in spans(track, first, last)
        if frame in span or frame in (span.left, span.right)
    )


def is_runnable(project: Project, target: TargetId, span: Span) -> bool:
    """Whether a run over a span has something to go by, and nobody said that it is empty."""
    left = None if span.left is None else project.masks.track(target).summary(span.left)
    is_said_absent = left is not None and left.is_empty
    return not is_said_absent and bool(exemplars_for(project, target, span))


def frames_to_renew(project: Project, target: TargetId, span: Span) -> Iterator[int]:
    """The frames of a span of which nothing is known, or something outdated, in order.

    Outdated is a mask that is older than a law frame beside the span, or than the answer to clicks
    or a box within it, also to those of another target that took pixels of the mask there. Such
    answers and what they left are not outdated themselves: runs keep the time of the click.
    """
    track = project.masks.track(target)
    given = (frame for frame in project.exemplar_frames(target) if frame in span)
    answered = answered_frames(project, target, given)
    answered |= cut_times(project, target, range(span.first, span.last + 1))
    law = [_made_at(track, frame) for frame in (span.left, span.right) if frame is not None]
    newest = max((*law, *answered.values()), default=0.0)
    for frame in range(span.first, span.last + 1):
        if frame not in track or (_made_at(track, frame) < newest and frame not in answered):
            yield frame


def is_stale(project: Project, target: TargetId, span: Span) -> bool:
    """Whether a span has frames without an answer, or older than a correction of the target."""
    return next(frames_to_renew(project, target, span), None) is not None


def outdated_frames(project: Project, target: TargetId) -> tuple[int, ...]:
    """The frames of a target that a run would renew, older than a correction beside them.

    Not those that a click filled: they are provisional, and came of that correction.
    """
    track = project.masks.track(target)
    return tuple(
        frame
        for span in stale_spans(project, target, 0, project.video.num_frames - 1)
        for frame in frames_to_renew(project, target, span)
        if frame in track and not (_made_at(track, frame) == 0 and is_filled(track.get(frame)))
    )


def stale_spans(project: Project, target: TargetId, first: int, last: int) -> tuple[Span, ...]:
    """The spans of a target within `first`…`last` that a run would bring up to date."""
    track = project.masks.track(target)
    return tuple(
        span
        for span in spans(track, first, last)
        if is_stale(project, target, span) and is_runnable(project, target, span)
    )


def exemplars_for(project: Project, target: TargetId, span: Span) -> tuple[Exemplar, ...]:
    """What a run over a span is given: the masks of its law frames, and what was given within."""
    track = project.masks.track(target)
    exemplars: list[Exemplar] = []
    for frame in (span.left, span.right):
        summary = None if frame is None else track.summary(frame)
        held = None if frame is None or summary is None or summary.is_empty else track.get(frame)
        if frame is not None and held is not None:
            exemplars.append(MaskExemplar(frame, target, held.mask))
    for frame in project.exemplar_frames(target):
        if frame in span:
            exemplars += given_to_runs(project, target, frame)
    return tuple(sorted(exemplars, key=lambda exemplar: exemplar.frame))


def changes_from_clip(
    project: Project,
    answer: ClipMasks,
    wanted: Mapping[TargetId, Collection[Span]],
    source: MaskSource | None = None,
) -> tuple[MaskChange, ...]:
    """What a clip's answer changes: predicted frames within the wanted spans, and nothing else.

    Law frames, locked targets and targets that were deleted meanwhile stay as they are, also where
    they became so after the request was made; so does every target that the clip does not answer
    for. The answer to clicks keeps its mask, and the time of the click.
    """
    changes: list[MaskChange] = []
    for target, of_target in wanted.items():
        known = project.targets.get(target)
        masks = answer.masks.get(target)
        if known is None or known.is_locked or masks is None:
            continue
        track = project.masks.track(target)
        cut = cut_frames(project, target, answer.frames)
        for frame in answer.frames:
            summary = track.summary(frame)
            is_law = summary is not None and summary.state.is_law
            if is_law or not any(frame in span for span in of_target):
                continue
            shown = answer_at(project, target, frame)
            if shown is None:
                after = predicted_frame(masks.get(frame), project.video.frame_size, source)
                after = cut_again(after, cut[frame]) if frame in cut else after
            else:
                after = _carried(shown, source)
            changes.append(project.masks.change_to(target, frame, after))
    return tuple(changes)


def sparing_others(project: Project, changes: Iterable[MaskChange]) -> tuple[MaskChange, ...]:
    """The same changes without the pixels that a person stands behind as another target's.

    These are those of law frames, all that a locked target shows, and the answers that took pixels
    of the mask that is replaced. The answer to clicks keeps what it has: when it was given, it was
    decided who has which pixel.
    """
    known: dict[tuple[int, tuple[TargetId, ...]], np.ndarray] = {}
    spared = []
    for change in changes:
        standing = tuple(_standing(project, change))
        if standing:
            key = (change.frame, standing)
            if key not in known:
                known[key] = _pixels_of(project, *key)
            change = _without(change, known[key])
        spared.append(change)
    return tuple(spared)


def _standing(project: Project, change: MaskChange) -> Iterator[TargetId]:
    """The other targets whose pixels on the frame of a changed mask a person stands behind."""
    after = change.after
    if after is None or after.mask.is_empty or is_answer(after):
        return
    cut_by = takers(after)
    for other in project.targets:
        summary = project.masks.track(other).summary(change.frame)
        if other == change.target or summary is None or summary.is_empty:
            continue
        is_taker = other in cut_by and answer_at(project, other, change.frame) is not None
        if summary.state.is_law or project.target(other).is_locked or is_taker:
            yield other


def _pixels_of(project: Project, frame: int, targets: Iterable[TargetId]) -> np.ndarray:
    """(H, W) bool: what any of some targets shows on a frame."""
    pixels = np.zeros(project.video.frame_size, np.bool_)
    for target in targets:
        held = project.masks.get(target, frame)
        assert held is not None, "the summary knows it"
        x_min, y_min, x_max, y_max = held.mask.box
        pixels[y_min:y_max, x_min:x_max] |= held.mask.crop()
    return pixels


def _without(change: MaskChange, taken: np.ndarray) -> MaskChange:
    """A change of a mask without some pixels, (H, W) bool; the same where it has none of them."""
    assert change.after is not None, "a mask is written"
    mask = change.after.mask
    x_min, y_min, x_max, y_max = mask.box
    given = taken[y_min:y_max, x_min:x_max]
    if not given.any():
        return change
    own = mask.crop()
    if not (own & given).any():
        return change
    left = Mask.from_crop(mask.height, mask.width, (x_min, y_min), own & ~given)
    return replace(change, after=replace(with_mask(change.after, left), taken=change.after.taken))


def _carried(answer: TrackFrame, source: MaskSource | None) -> TrackFrame:
    """The answer to clicks as a run that carried it leaves it: the same, as old as it was.

    So masks that were there before the click, and that this run did not reach, stay older.
    """
    made_at = 0.0 if answer.source is None else answer.source.made_at
    weights = "" if source is None else source.weights
    return replace(answer, source=MaskSource(CARRIED, weights, made_at))


def predicted_frame(
    predicted: PredictedMask | None, size: tuple[int, int], source: MaskSource | None = None
) -> TrackFrame:
    """What is kept of the network's answer for one frame; absent where it saw nothing."""
    if predicted is None:
        return TrackFrame(Mask.empty(*size), FrameState.ABSENT, source=source)
    state = FrameState.ABSENT if predicted.mask.is_empty else FrameState.PREDICTED
    return TrackFrame(predicted.mask, state, predicted.score, predicted.disagreement, source)


def _made_at(track: Track, frame: int) -> float:
    summary = track.summary(frame)
    return 0.0 if summary is None or summary.made_at is None else summary.made_at
