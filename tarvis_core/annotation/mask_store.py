"""MaskStore: the masks of all targets; every write is a change that can be taken back."""

from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Protocol

import numpy as np

from tarvis_core.annotation.target import TargetId
from tarvis_core.annotation.track import FrameSummary, Track, TrackFrame

DEFAULT_CACHE_BYTES = 256 * 2**20
_FRAME_OVERHEAD_BYTES = 600
"""What a `TrackFrame` takes in memory beside its code."""


@dataclass(frozen=True)
class MaskChange:
    """One target's mask on one frame, before and after an edit; None where there is none."""

    target: TargetId
    frame: int
    before: TrackFrame | None
    after: TrackFrame | None

    def reversed(self) -> "MaskChange":
        """The change that takes this one back."""
        return MaskChange(self.target, self.frame, self.after, self.before)


WriteMasks = Callable[[Sequence[MaskChange]], None]
"""Puts an edit on disk, or raises and puts nothing there."""


class MaskReader(Protocol):
    """Where a store finds the masks that it does not hold in memory."""

    def read_mask(self, target: TargetId, frame: int) -> TrackFrame:
        """One mask that is known to exist."""

    def read_masks_at(self, frame: int) -> dict[TargetId, TrackFrame]:
        """All masks of one frame."""

    def read_track(
        self, target: TargetId, first: int, last: int
    ) -> Iterator[tuple[int, TrackFrame]]:
        """A target's masks from `first` to `last` inclusive, in order of frames."""


class MaskStore:
    """All tracks of a project.

    Without a reader every mask is held in memory. With one (a project file), masks are read when
    asked for and the ones asked for least recently are forgotten beyond `cache_bytes`.
    """

    def __init__(
        self,
        frame_size: tuple[int, int],
        reader: MaskReader | None = None,
        summaries: Mapping[TargetId, Mapping[int, FrameSummary]] | None = None,
        cache_bytes: int = DEFAULT_CACHE_BYTES,
    ) -> None:
        """Make a store.

        Args:
            frame_size: (height, width) of every frame.
            reader: Where masks that are not held in memory are read.
            summaries: What the reader's masks are, without pixels.
            cache_bytes: How much memory masks from the reader may take.
        """
        self.frame_size = frame_size
        self._reader = reader
        self._write: WriteMasks | None = None
        self._cache_bytes = cache_bytes
        self._held: OrderedDict[tuple[TargetId, int], TrackFrame] = OrderedDict()
        self._held_bytes = 0
        self._tracks = {
            target: Track(target, self, frames) for target, frames in (summaries or {}).items()
        }

    @property
    def tracks(self) -> Mapping[TargetId, Track]:
        """Every target's track that holds a frame, by target."""
        return MappingProxyType(self._tracks)

    def track(self, target: TargetId) -> Track:
        """A target's track; an empty one where it has no frame."""
        return self._tracks.get(target) or Track(target, self)

    @property
    def num_masks(self) -> int:
        """Number of (target, frame) pairs about which something is known."""
        return sum(len(track) for track in self._tracks.values())

    def get(self, target: TargetId, frame: int) -> TrackFrame | None:
        """One target's mask on one frame; None where nothing is known."""
        track = self._tracks.get(target)
        if track is None or frame not in track:
            return None
        held = self._held.get((target, frame))
        if held is not None:
            self._held.move_to_end((target, frame))
            return held
        assert self._reader is not None, "a store without a reader holds every mask"
        held = self._reader.read_mask(target, frame)
        self._hold(target, frame, held)
        self.trim()
        return held

    def masks_at(self, frame: int) -> Mapping[TargetId, TrackFrame]:
        """All masks of one frame, by target, in ascending order of targets."""
        targets = sorted(target for target, track in self._tracks.items() if frame in track)
        if any((target, frame) not in self._held for target in targets):
            assert self._reader is not None, "a store without a reader holds every mask"
            for target, read in self._reader.read_masks_at(frame).items():
                self._hold(target, frame, read)
        masks = {target: self._held[target, frame] for target in targets}
        for target in targets:
            self._held.move_to_end((target, frame))
        self.trim()
        return masks

    def read_range(
        self, target: TargetId, first: int, last: int
    ) -> Iterator[tuple[int, TrackFrame]]:
        """A target's masks from `first` to `last` inclusive, in order of frames."""
        if self._reader is not None:
            yield from self._reader.read_track(target, first, last)
            return
        for frame in self.track(target).frames_between(first, last):
            yield frame, self._held[target, frame]

    def label_map(self, frame: int, order: Sequence[TargetId] | None = None) -> np.ndarray:
        """The targets of one frame as one image.

        Args:
            frame: Number of the frame.
            order: Targets to draw, lowest first; None for all in ascending order of ids.

        Returns:
            Array (H, W) of int32: the id of the topmost target of each pixel, 0 for none.
        """
        labels = np.zeros(self.frame_size, dtype=np.int32)
        masks = self.masks_at(frame)
        for target in masks if order is None else order:
            if target not in masks or masks[target].mask.is_empty:
                continue
            mask = masks[target].mask
            x_min, y_min, x_max, y_max = mask.box
            labels[y_min:y_max, x_min:x_max][mask.crop()] = target
        return labels

    def change_to(self, target: TargetId, frame: int, after: TrackFrame | None) -> MaskChange:
        """The change that would put this mask on this frame (None: take it away)."""
        return MaskChange(target, frame, self.get(target, frame), after)

    def write_through(self, write: WriteMasks | None) -> None:
        """Have every edit put on disk by `write` before `apply` returns. For project files."""
        self._write = write

    def apply(self, changes: Sequence[MaskChange]) -> None:
        """Make an edit of masks: all of its changes, or none and an error.

        With a project file behind the store, the edit is on disk when this returns.

        Raises:
            ValueError: A change was computed from other content, or its mask is of another size.
            ProjectFileError: The project file could not be written.
        """
        self.apply_in_memory(changes)
        if self._write is not None:
            try:
                self._write(changes)
            except BaseException:
                self.apply_in_memory([change.reversed() for change in reversed(changes)])
                raise
        self.trim()

    def apply_in_memory(self, changes: Sequence[MaskChange]) -> None:
        """Write changes without the project file: all of them, or none and an error.

        Raises:
            ValueError: A change was computed from other content, or its mask is of another size.
        """
        done: list[MaskChange] = []
        try:
            for change in changes:
                self._check(change)
                self._put(change)
                done.append(change)
        except ValueError:
            for change in reversed(done):
                self._put(change.reversed())
            raise

    def _check(self, change: MaskChange) -> None:
        where = f"target {change.target}, frame {change.frame}"
        if change.target < 1 or change.frame < 0:
            raise ValueError(f"there is no such place: {where}")
        if change.after is not None and change.after.mask.size != self.frame_size:
            raise ValueError(
                f"{where}: a mask of {change.after.mask.size} in frames of {self.frame_size}"
            )
        current = self.track(change.target).summary(change.frame)
        expected = None if change.before is None else change.before.summary()
        if current != expected:
            raise ValueError(f"{where} was changed since this edit was computed")

    def _put(self, change: MaskChange) -> None:
        target, frame, after = change.target, change.frame, change.after
        track = self._tracks.get(target)
        if track is None:
            if after is None:
                return
            track = self._tracks[target] = Track(target, self)
        track.set_summary(frame, None if after is None else after.summary())
        self._forget(target, frame)
        if after is not None:
            self._hold(target, frame, after)
        if not len(track):
            del self._tracks[target]

    def _hold(self, target: TargetId, frame: int, held: TrackFrame) -> None:
        self._forget(target, frame)
        self._held[target, frame] = held
        self._held_bytes += _num_bytes(held)

    def _forget(self, target: TargetId, frame: int) -> None:
        held = self._held.pop((target, frame), None)
        if held is not None:
            self._held_bytes -= _num_bytes(held)

    def trim(self) -> None:
        """Forget masks beyond the cache's size. To be called once the reader has them all."""
        while self._reader is not None and self._held_bytes > self._cache_bytes and self._held:
            _, forgotten = self._held.popitem(last=False)
            self._held_bytes -= _num_bytes(forgotten)


def _num_bytes(frame: TrackFrame) -> int:
    return _FRAME_OVERHEAD_BYTES + len(frame.mask.counts)
