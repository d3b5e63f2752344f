"""Law at the frames where an edit says who is who, so that no later run carries one over the other.

Moved masks alone do not last: a run sets out from what was given before them and goes over them
again. So what a target has on both sides of a border becomes law where a run could cross it, empty
law where it has nothing. Such a frame counts as no newer than the masks beside it: its mask was not
drawn anew, and nothing beside it waits for a run because of it.
"""

import bisect
import itertools
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import replace

from tarvis_core.annotation.mask import Mask
from tarvis_core.annotation.mask_store import MaskChange
from tarvis_core.annotation.painting import with_mask
from tarvis_core.annotation.project import Project
from tarvis_core.annotation.target import TargetId
from tarvis_core.annotation.track import FrameState, FrameSummary, TrackFrame


class EditedTrack:
    """A target's track as an edit leaves it, with the law that borders of identity need.

    Args:
        project: The project before the edit.
        target: The target; the project need not know it yet.
        after: What the edit makes of its masks, by frame; None takes one away.
        given: Frames on which something is given for it once the edit is made.
    """

    def __init__(
        self,
        project: Project,
        target: TargetId,
        after: Mapping[int, TrackFrame | None],
        given: Collection[int] = (),
    ) -> None:
        self._masks, self._target = project.masks, target
        self._after = dict(after)
        self._given = sorted(given)
        self._known: dict[int, FrameSummary] = dict(project.masks.track(target).summaries)
        self._made_law: set[int] = set()
        """Frames that are law by this edit's borders alone."""
        for frame, held in self._after.items():
            if held is None:
                self._known.pop(frame, None)
            else:
                self._known[frame] = held.summary()
        self._frames = sorted(self._known)

    def is_seen(self, first: int, last: int) -> bool:
        """Whether it has a mask from `first` to `last` inclusive, or something was given there."""
        return any(first <= each <= last for each in self._given) or any(
            not self._is_empty(each) for each in self._between(first, last)
        )

    def begin_at(self, frame: int) -> None:
        """Say that the target begins with this frame, and is nowhere just before it."""
        self.make_law(frame - 1)
        self.divide_at(frame)

    def divide_at(self, frame: int) -> None:
        """Say who the target is from this frame on: what it has there is law, or that it is gone.

        Where it is gone, the first mask that it has from there on is law as well.
        """
        if not self._is_empty(frame) or self.is_seen(0, frame - 1):
            self.make_law(frame)
        seen = (f for f in self._frames if f >= frame and not self._is_empty(f))
        first = next(seen, None)
        if first is not None and not any(map(self._is_law, self._between(frame + 1, first - 1))):
            self.make_law(first)
        self.keep_before(frame)

    def make_law(self, frame: int) -> None:
        """Make law what the target has on a frame; that it has nothing, where it has nothing."""
        if self._is_law(frame):
            return
        held = self._after[frame] if frame in self._after else self._masks.get(self._target, frame)
        if held is None:
            law = TrackFrame(Mask.empty(*self._masks.frame_size), FrameState.KEYFRAME)
            bisect.insort(self._frames, frame)
        else:
            law = replace(with_mask(held, held.mask), state=FrameState.KEYFRAME)
        self._after[frame], self._known[frame] = law, law.summary()
        self._made_law.add(frame)

    def settle(self, frame: int) -> None:
        """Let nothing wait for a run because the edit says that the target is gone from a frame on.

        A run would find the same before it.
        """
        if frame in self._after and self._is_law(frame) and self._is_empty(frame):
            self._made_law.add(frame)

    def keep_before(self, frame: int) -> None:
        """Make the last mask before a border law, where a run would else go over those before it.

        It would where these have no start of their own, or are older than the law at the border.
        """
        span = self._span_before(frame)
        if not span or not self._is_law(frame):
            return
        before = self._law_before(frame)
        is_given = any(before < each < frame for each in self._given)
        has_start = is_given or not self._is_empty(before)
        is_older = frame not in self._made_law and self._oldest(span) < self._made_at(frame)
        if is_older or not (has_start or self._is_empty(frame)):
            self.make_law(span[-1])

    def changes(self) -> Iterator[MaskChange]:
        """What the edit changes, in order of frames."""
        for frame, after in sorted(self._after.items()):
            settled = after
            if frame in self._made_law and after is not None and after.source is not None:
                beside = (*self._span_before(frame), frame, *self._span_after(frame))
                source = replace(after.source, made_at=self._oldest(beside))
                settled = replace(after, source=source)
            yield self._masks.change_to(self._target, frame, settled)

    def _between(self, first: int, last: int) -> list[int]:
        """Frames of which something is known, both ends inclusive."""
        start = bisect.bisect_left(self._frames, first)
        return self._frames[start : bisect.bisect_right(self._frames, last)]

    def _law_before(self, frame: int) -> int:
        """The last law frame before a frame; -1 where there is none."""
        return next((f for f in reversed(self._between(0, frame - 1)) if self._is_law(f)), -1)

    def _span_before(self, frame: int) -> list[int]:
        """The frames between the law before a frame and the frame of which something is known."""
        return self._between(self._law_before(frame) + 1, frame - 1)

    def _span_after(self, frame: int) -> list[int]:
        later = self._frames[bisect.bisect_right(self._frames, frame) :]
        return list(itertools.takewhile(lambda each: not self._is_law(each), later))

    def _is_law(self, frame: int) -> bool:
        return frame in self._known and self._known[frame].state.is_law

    def _is_empty(self, frame: int) -> bool:
        return frame not in self._known or self._known[frame].is_empty

    def _made_at(self, frame: int) -> float:
        return self._known[frame].made_at or 0.0

    def _oldest(self, frames: Iterable[int]) -> float:
        return min(map(self._made_at, frames))
