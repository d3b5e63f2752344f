"""Caches: all features that an engine keeps, within one bound."""

from collections.abc import Hashable
from dataclasses import dataclass

from tarvis_core.inference.feature_cache import FeatureCache, Sized
from tarvis_core.inference.scratch_file import ScratchFile
from tarvis_core.model.clip_features import ClipFeatures

FRAME_CACHE_SHARE = 0.125
"""Part of the cache for features of single frames: later clips and smaller ones need them."""
MEMORY_CACHE_SHARE = 0.25
"""Part of the cache for what the decoder derives from clips. The rest is for clips' features."""


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

    def clear(self) -> None:
        """Drop everything."""
        self.clips.clear()
        self.frames.clear()
        self.memories.clear()
        if self.scratch is not None:
            self.scratch.clear()
