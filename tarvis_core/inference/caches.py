"""Caches: all features that an engine keeps, within one bound."""

from collections.abc import Hashable
from dataclasses import dataclass
from typing import TypeGuard

from tarvis_core.inference.feature_cache import FeatureCache, Sized
from tarvis_core.inference.scratch_file import ScratchFile
from tarvis_core.model.clip_features import ClipFeatures
from tarvis_core.video.frame_geometry import FrameGeometry

FRAME_CACHE_SHARE = 0.125
"""Part of the cache for features of single frames: later clips and smaller ones need them."""
MEMORY_CACHE_SHARE = 0.25
"""Part of the cache for what the decoder derives from clips. The rest is for clips' features."""


@dataclass(frozen=True)
class Kept:
    """What one cache holds of one video."""

    firsts: tuple[int, ...]
    """The first frame of each entry, the least recently used first."""
    room: int | None
    """How many such entries it can hold; None where it holds none to go by."""


@dataclass(frozen=True)
class Caches:
    """Features kept between requests."""

    clips: FeatureCache
    frames: FeatureCache
    memories: FeatureCache
    """Decoder memories by clip: as large as the features, made in a fraction of their time."""
    scratch: ScratchFile | None = None
    """Where clips' features go that memory has no more room for."""

    @classmethod
    def of(cls, num_bytes: int, scratch_bytes: int = 0) -> "Caches":
        """All caches within one bound, and a scratch file within another.

        Raises:
            OSError: The scratch file cannot be made.
        """
        frames = int(num_bytes * FRAME_CACHE_SHARE)
        memories = int(num_bytes * MEMORY_CACHE_SHARE)
        clips = num_bytes - frames - memories
        scratch = ScratchFile(scratch_bytes) if scratch_bytes else None

        def spill(key: Hashable, value: Sized) -> None:
            if scratch is not None and isinstance(value, ClipFeatures):
                scratch.put(key, value)

        return cls(
            FeatureCache(clips, spill), FeatureCache(frames), FeatureCache(memories), scratch
        )

    def clip(self, key: Hashable) -> ClipFeatures | None:
        """A clip's features from memory or, brought back to it, from the scratch file."""
        features = self.clips.get(key, ClipFeatures)
        if features is None and self.scratch is not None:
            features = self.scratch.get(key)
            if features is not None:
                self.clips.put(key, features)
        return features

    def kept_clips(self, geometry: FrameGeometry) -> Kept:
        """The clips of more than one frame that are held for frames of this geometry."""
        keys = [key for key in self.clips if _is_clip_of(geometry, key)]
        room = self.clips.room
        if self.scratch is not None:
            spilled = [key for key in self.scratch if _is_clip_of(geometry, key)]
            keys = [*(key for key in spilled if key not in self.clips), *keys]
            room = (
                None
                if room is None
                else room + self.scratch.limit_bytes * room // max(1, self.clips.limit_bytes)
            )
        return Kept(tuple(key[1] for key in keys), room)

    def kept_frames(self, geometry: FrameGeometry) -> Kept:
        """The frames of this geometry whose own features are held."""
        keys = (key for key in self.frames if isinstance(key, tuple) and key[0] == geometry)
        return Kept(tuple(key[1] for key in keys), self.frames.room)

    def clear(self) -> None:
        """Drop everything."""
        self.clips.clear()
        self.frames.clear()
        self.memories.clear()
        if self.scratch is not None:
            self.scratch.clear()


def _is_clip_of(geometry: FrameGeometry, key: Hashable) -> TypeGuard[tuple]:
    return isinstance(key, tuple) and key[0] == geometry and len(key) > 2
