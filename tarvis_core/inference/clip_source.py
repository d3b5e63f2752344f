"""ClipSource: the clips of one video, encoded, with what two of them share computed once."""

import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from threading import Event
from typing import TypeVar

from tarvis_core.annotation.segmentation import ClipWork
from tarvis_core.errors import DeviceMemoryError
from tarvis_core.inference.caches import Caches
from tarvis_core.inference.device import is_out_of_memory, release_memory
from tarvis_core.inference.encoding_log import Part
from tarvis_core.inference.network import Network
from tarvis_core.inference.settings import ClipSettings
from tarvis_core.model.clip_features import ClipFeatures, FrameFeatures
from tarvis_core.model.transformer_decoder import DecoderMemory
from tarvis_core.sentence import Sentence
from tarvis_core.video.clip import ClipGrid, ClipSchedule
from tarvis_core.video.encoding_work import KeptFeatures
from tarvis_core.video.frame_geometry import FrameGeometry
from tarvis_core.video.video_reader import VideoReader

log = logging.getLogger(__name__)

Answer = TypeVar("Answer")


@dataclass(frozen=True)
class ClipInput:
    """One encoded clip."""

    frames: tuple[int, ...]
    """Frame numbers in order of time, also in a backward run."""
    features: ClipFeatures
    geometry: FrameGeometry
    memory: DecoderMemory

    def features_of(self, frames: Sequence[int]) -> ClipFeatures:
        """The features of some of its frames, in the order asked for."""
        return self.features.select_frames([self.frames.index(frame) for frame in frames])


class ClipSource:
    """Encodes clips of one video with one network.

    Clips lie on a grid that starts at frame 0, so that every run over the video meets the same
    clips and finds their features in the cache.
    """

    def __init__(
        self,
        video: VideoReader,
        network: Network,
        caches: Caches,
        clip: ClipSettings,
    ) -> None:
        """Make a source.

        Args:
            video: Frames; used in this thread only.
            network: What encodes them.
            caches: Where features are kept; of this video only.
            clip: Length, overlap and input size.
        """
        self.video = video
        self.network = network
        self.settings = clip
        self._caches = caches
        self._active: tuple[tuple[int, ...], DecoderMemory] | None = None
        self._is_given_up = False
        self.geometry = self._make_geometry()

    @property
    def num_frames(self) -> int:
        """Frames of the video."""
        return self.video.num_frames

    def grid(self) -> list[tuple[int, ...]]:
        """The clips of the grid, each in order of time."""
        return self.clips_between(0, self.num_frames - 1)

    def clips_between(
        self, first_frame: int, last_frame: int, *, is_backward: bool = False
    ) -> list[tuple[int, ...]]:
        """Clips that start at one end of a range, in the order of the run; frames in time order."""
        schedule = ClipSchedule(
            first_frame,
            last_frame,
            self.settings.length,
            self.settings.overlap,
            is_backward=is_backward,
        )
        return [tuple(sorted(clip.frames)) for clip in schedule]

    def load(self, frames: tuple[int, ...], stop: Event | None = None) -> ClipInput:
        """Encode a clip, or find it in the cache.

        Args:
            frames: Frame numbers in order of time.
            stop: Set it to give up within a layer of the network.

        Raises:
            VideoError: A frame cannot be read.
            InterruptedEncodingError: `stop` was set.
        """
        geometry = self.geometry
        features = self._clip_features(frames, stop, stop)
        self._tell(frames, len(frames), is_encoded=True)
        if self.geometry != geometry:  # a preview in a pause had to make frames smaller
            raise MemoryError("memory was short for a preview")
        return ClipInput(frames, features, geometry, self._decoder_memory(frames, features))

    def frame_alone(self, frame: int) -> ClipFeatures:
        """The features of a frame as a clip of its own."""
        return self._clip_features((frame,))

    def touch(self, frames: tuple[int, ...]) -> int | None:
        """Keep a clip's features from being dropped next; their size, or None if not cached."""
        features = self._caches.clip(self._key(frames))
        return None if features is None else features.num_bytes

    def encode_frame(self, frame: int, stop: Event | None = None) -> None:
        """Put a frame's own features into the cache, for the clips that contain it.

        Raises:
            InterruptedEncodingError: `stop` was set.
        """
        self._frame_features((frame,), stop)

    def derive(self, frames: tuple[int, ...]) -> int:
        """Put what the decoder derives from a cached clip into the cache, for a click on it.

        Returns:
            For how many clips there is room.
        """
        memory = self._decoder_memory(frames, self._clip_features(frames))
        return self._caches.memories.limit_bytes // max(1, memory.num_bytes)

    def encode(self, frames: tuple[int, ...], stop: Event) -> int:
        """Put a clip's features into the cache; their size in bytes.

        Raises:
            InterruptedEncodingError: `stop` was set.
        """
        return self._clip_features(frames, stop).num_bytes

    def room_for(self, num_bytes: int) -> int:
        """How many clips of this size the cache holds."""
        return self._caches.clips.limit_bytes // max(1, num_bytes)

    def has_clip(self, frames: tuple[int, ...]) -> bool:
        """Whether a clip's features are in the cache."""
        return self._key(frames) in self._caches.clips

    def kept(self) -> KeptFeatures:
        """Which features of the clips of the grid are in the cache."""
        clips = self._caches.kept_clips(self.geometry)
        frames = self._caches.kept_frames(self.geometry)
        return KeptFeatures(
            ClipGrid(self.settings.length, self.settings.overlap),
            self.num_frames,
            self.video.size,
            self.geometry.padded_size,
            clips.firsts,
            frames.firsts,
            clips.room,
            frames.room,
        )

    def cached_clip_with(self, frame: int) -> tuple[int, ...] | None:
        """The frames of a cached clip that contains a frame: one that is ready to be decoded.

        Where several are, the most recently used one.
        """
        held = [
            key
            for key in self._caches.clips
            if isinstance(key, tuple) and key[0] == self.geometry and frame in key[1:]
        ]
        ready = [key for key in held if self._is_ready(key)]
        chosen = ready or held
        return chosen[-1][1:] if chosen else None

    def within_memory(
        self, action: Callable[[], Answer], give_way: Callable[[], bool] = lambda: False
    ) -> Answer | None:
        """Do something with the network; make do with less memory where it runs out.

        Args:
            action: What to do; must be repeatable. It is tried a second time with empty caches.
            give_way: Called before clips become smaller: whether the action needs less now.

        Returns:
            Its answer, or None if the clips had to become smaller: then plan anew and come again.

        Raises:
            DeviceMemoryError: The clips cannot become smaller.
        """
        reason, is_repeated = "", False
        while True:
            try:
                return action()
            except (RuntimeError, MemoryError) as error:
                if not is_out_of_memory(error):
                    raise
                reason = str(error).splitlines()[0] if str(error) else type(error).__name__
            # outside the handler: the exception no longer keeps the failed tensors alive
            self._active = None
            self._caches.clear()
            release_memory(self.network.device)
            if is_repeated and not give_way():
                break
            log.info("memory ran out (%s); trying again with empty caches", reason)
            is_repeated = True
        self._shrink(reason)
        return None

    def if_memory_suffices(self, action: Callable[[], Answer]) -> Answer | None:
        """Do something that can be left out; once memory is too short for it, never again.

        Returns:
            Its answer, or None where it is left out.
        """
        if self._is_given_up:
            return None
        try:
            return action()
        except (RuntimeError, MemoryError) as error:
            if not is_out_of_memory(error):
                raise
            log.info("memory is too short for frames at %s (%s)", _side(self.settings), error)
        self._is_given_up, self._active = True, None
        release_memory(self.network.device)
        return None

    def _shrink(self, reason: str) -> None:
        smaller = self.settings.smaller(self.video.size)
        if smaller is None:
            raise DeviceMemoryError(
                "{device} has too little memory even for clips of {length} small frames "
                "({reason}); close other programs, choose a smaller network or another device",
                device=str(self.network.device),
                length=self.settings.length,
                reason=reason,
            )
        log.warning(
            Sentence(
                "memory ran out on {device} with clips of {length} frames at {side}; going on with "
                "{smaller_length} frames at {smaller_side}",
                device=str(self.network.device),
                length=self.settings.length,
                side=_side(self.settings),
                smaller_length=smaller.length,
                smaller_side=_side(smaller),
            )
        )
        self.settings = smaller
        self.geometry = self._make_geometry()

    def _make_geometry(self) -> FrameGeometry:
        return FrameGeometry.for_frame(
            self.video.size,
            shorter_side=self.settings.side_for(self.video.size),
            longer_side=self.settings.longer_side,
            multiple=self.settings.multiple,
            is_mirrored=self.settings.is_mirrored,
        )

    def _key(self, frames: tuple[int, ...]) -> tuple:
        return (self.geometry, *frames)

    def _is_ready(self, key: tuple) -> bool:
        is_active = self._active is not None and self._active[0] == key
        return is_active or key in self._caches.memories

    def _decoder_memory(self, frames: tuple[int, ...], features: ClipFeatures) -> DecoderMemory:
        key = self._key(frames)
        if self._active is None or self._active[0] != key:
            self._active = None  # its memory is free before the next one is made
            memory = self._caches.memories.get(key, DecoderMemory)
            if memory is None:
                memory = self.network.decoder_memory(features)
                self._caches.memories.put(key, memory)
            self._active = (key, memory)
        return self._active[1]

    def _clip_features(
        self,
        frames: tuple[int, ...],
        stop: Event | None = None,
        stop_in_frames: Event | None = None,
    ) -> ClipFeatures:
        key = self._key(frames)
        features = self._caches.clip(key)
        if features is None:
            features = self._encode(frames, stop, stop_in_frames)
            self._caches.clips.put(key, features)
        return features

    def _encode(
        self, frames: tuple[int, ...], stop: Event | None, stop_in_frames: Event | None
    ) -> ClipFeatures:
        log, is_alone = self.network.encoding_log, len(frames) == 1
        with log.lap(Part.ALONE) if is_alone else nullcontext():
            own = self._frame_features(frames, stop_in_frames)
            with log.lap(Part.CLIP):
                return self.network.encode_clip(own, stop)

    def _frame_features(self, frames: tuple[int, ...], stop: Event | None = None) -> FrameFeatures:
        known = {
            frame: held
            for frame in frames
            if (held := self._caches.frames.get(self._key((frame,)), FrameFeatures)) is not None
        }
        missing = [frame for frame in frames if frame not in known]
        if missing:
            with self.network.encoding_log.lap(Part.FRAMES, len(missing)):
                num_known = len(known)
                self._tell(frames, num_known)
                fresh = self.network.encode_frames(
                    list(self._images(missing)),
                    stop,
                    lambda num_done: self._tell(frames, num_known + num_done),
                )
            for index, frame in enumerate(missing):
                known[frame] = fresh.select_frames([index])
                self._caches.frames.put(self._key((frame,)), known[frame])
        return FrameFeatures.join([known[frame] for frame in frames])

    def _tell(self, frames: tuple[int, ...], num_seen: int, *, is_encoded: bool = False) -> None:
        if self.network.tell is not None:
            self.network.tell(ClipWork(frames[0], frames[-1], len(frames), num_seen, is_encoded))

    def _images(self, frames: Sequence[int]) -> Iterator:
        for image in self.video.frames(frames):
            yield self.geometry.image_to_network(image)


def _side(clip: ClipSettings) -> Sentence:
    if clip.shorter_side is None:
        return Sentence("full size")
    return Sentence("{count} pixels", count=clip.shorter_side)
