"""InferenceSettings: clip length, input size, precision and the like, with the published values."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import Enum
from typing import Any

from tarvis_core.errors import ConfigError
from tarvis_core.model.behaviour import Behaviour
from tarvis_core.video.frame_geometry import DEFAULT_MULTIPLE

LEAST_CLIP_LENGTH = 2
LEAST_SHORTER_SIDE = 192


class Precision(Enum):
    """In which number format the network computes."""

    AUTO = "auto"
    """bfloat16 on CUDA devices that have it and on CPUs that a measurement shows to be faster with
    it, else float32; float32 wherever the published behaviour is asked for."""
    FLOAT32 = "float32"
    BFLOAT16 = "bfloat16"
    """Half the memory and, on CPUs with AVX512-BF16 or AMX, half the time; about 0.6 % of the
    mask pixels' signs differ with random weights."""


class JointPass(Enum):
    """How class queries and object queries about the same clip are answered (Figure 5)."""

    TWO_DECODES = "two decodes"
    """One after the other over the same features: for weights never trained on mixtures."""
    ONE_PASS = "one pass"
    """All queries see each other in one decoder pass."""


@dataclass(frozen=True)
class ClipSettings:
    """How a video is cut into clips, and how large their frames are for the network."""

    length: int
    """Frames per clip (L), at least 2."""
    overlap: int
    """Frames that two clips share (V), 1 … L / 2."""
    shorter_side: int | None = None
    """The frame's shorter side in network pixels; None keeps the frame's own size."""
    longer_side: int = 1333
    """The longer side stays within this."""
    multiple: int = DEFAULT_MULTIPLE
    """Frames are padded to the next multiple of this: 64 as in training, or 32, which saves a tenth
    of the time where it pads less."""
    least_side: int | None = None
    """Frames are not enlarged beyond their own size, only up to this shorter side: a small video
    takes less time. None: all get `shorter_side`."""
    is_mirrored: bool = False
    """The network sees the frames with left and right exchanged."""

    def __post_init__(self) -> None:
        if self.length < LEAST_CLIP_LENGTH:
            raise ConfigError(
                "a clip length of {length} is too short; {least} is the least",
                length=self.length,
                least=LEAST_CLIP_LENGTH,
            )
        if not 1 <= self.overlap <= self.length // 2:
            raise ConfigError(
                "an overlap of {overlap} does not fit clips of {length} frames; choose 1 … {most}",
                overlap=self.overlap,
                length=self.length,
                most=self.length // 2,
            )
        if self.multiple not in {32, 64}:
            raise ConfigError(
                "frames are padded to multiples of 32 or 64, not {multiple}", multiple=self.multiple
            )

    def side_for(self, frame_size: tuple[int, int]) -> int | None:
        """The shorter side in network pixels for (height, width); None for its own."""
        if self.shorter_side is None or self.least_side is None:
            return self.shorter_side
        return min(self.shorter_side, max(self.least_side, min(frame_size)))

    def smaller(self, frame_size: tuple[int, int]) -> "ClipSettings | None":
        """What to try after memory ran out: shorter clips down to 4, then smaller frames.

        Args:
            frame_size: (height, width) of the video.

        Returns:
            The next smaller settings, or None if these are the smallest.
        """
        if self.length > 4:
            length = max(4, self.length // 2)
            return replace(self, length=length, overlap=max(1, min(self.overlap, length // 2)))
        shorter = min(self.shorter_side or min(frame_size), min(frame_size))
        if shorter > LEAST_SHORTER_SIDE:
            return replace(self, shorter_side=max(LEAST_SHORTER_SIDE, shorter * 3 // 4))
        if self.length > LEAST_CLIP_LENGTH:
            return replace(self, length=LEAST_CLIP_LENGTH, overlap=1)
        return None

    def reduced(self, steps: int) -> "ClipSettings":
        """Clips that a person asks for to save memory.

        Args:
            steps: 0 none; 1 half as long, 4 frames at least; 2 also smaller frames; 3 the least.
        """
        if steps <= 0:
            return self
        length = LEAST_CLIP_LENGTH if steps > 2 else max(4, self.length // 2)
        length = min(length, self.length)
        shorter = self.shorter_side
        if steps > 1:
            side = TRACK_CLIPS.shorter_side if shorter is None else shorter
            assert side is not None, "clips for a person have a size"
            shorter = max(LEAST_SHORTER_SIDE, side // 2 if steps > 2 else side * 3 // 4)
        overlap = max(1, min(self.overlap, length // 2))
        return replace(self, length=length, overlap=overlap, shorter_side=shorter)


@dataclass(frozen=True)
class ClassSearchSettings:
    """The published settings of one label set's class search (specification, chapter 9)."""

    clip: ClipSettings
    most_per_clip: int
    """Tracks per clip at most (MAX_TRACKS_PER_CLIP)."""
    score_threshold: float
    """TRACK_SCORE_THRESHOLD of the benchmark; a person's search uses `SCORE_THRESHOLD`."""
    most_per_video: int = 1000
    """Lines of a video's result at most."""


SCORE_THRESHOLD = 0.5
"""Class search for a person leaves out what is less certain (as the published demo does)."""

OBJECT_CLIPS = ClipSettings(12, 6)
"""DAVIS (VOS): frames keep their size."""
POINT_CLIPS = ClipSettings(8, 4, 512)
"""BURST (PET)."""
TRACK_CLIPS = ClipSettings(8, 4, 480)
"""For a person: targets and classes alike. BURST's clips at DAVIS's usual 480 lines."""
CLASS_CLIPS = TRACK_CLIPS
"""For label sets that the published list does not name."""

_SEARCH_SETTINGS = {
    "youtube_vis": ClassSearchSettings(ClipSettings(12, 6, 448), 10, 0.0, 10),
    "youtube_vis_2019": ClassSearchSettings(ClipSettings(12, 6, 448), 10, 0.0, 10),
    "ovis": ClassSearchSettings(ClipSettings(12, 6, 576), 10, 0.0, 20),
    "kitti_step": ClassSearchSettings(ClipSettings(6, 3), 1000, 0.5),
    "cityscapes_vps": ClassSearchSettings(ClipSettings(10, 5), 1000, 0.5),
    "vipseg": ClassSearchSettings(ClipSettings(12, 6, 576), 1000, 0.5),
}


def search_settings(label_set: str) -> ClassSearchSettings:
    """How the benchmarks search the classes of a label set."""
    return _SEARCH_SETTINGS.get(label_set, ClassSearchSettings(CLASS_CLIPS, 1000, SCORE_THRESHOLD))


@dataclass(frozen=True)
class ClickView:
    """One more look at the frame on which a click is answered."""

    side: int
    """The frame's shorter side in network pixels."""
    is_mirrored: bool = False
    """With left and right exchanged."""

    def __post_init__(self) -> None:
        if self.side < LEAST_SHORTER_SIDE:
            raise ConfigError(
                "click_views: a side of {side} is below the least, {least}",
                side=self.side,
                least=LEAST_SHORTER_SIDE,
            )


@dataclass(frozen=True)
class InferenceSettings:
    """What a person or a benchmark can choose about inference."""

    clip: ClipSettings | None = None
    """None: what the weights were made for, for targets and classes alike, so that both are
    answered from the same features; where the published behaviour is asked for, the label set's
    published clips for class search."""
    behaviour: Behaviour = Behaviour.INTENDED
    """The method as it is meant, or as it was published."""
    precision: Precision = Precision.AUTO
    """Number format of the network."""
    joint_pass: JointPass = JointPass.TWO_DECODES
    """How targets and classes are answered together."""
    queries_per_object: int | None = None
    """Queries of a target given by a mask; None for what the weights were made for."""
    targets_at_once: int | None = None
    """The queries of so many targets look at a clip at once, at most; of more, in groups, which
    takes less memory and changes no mask. None for all that fit."""
    reacquire_score: float | None = 0.8
    """A lost target comes back from its last exemplar if its mask is at least this certain, 0…1;
    None: only a new exemplar brings it back."""
    drops_islands: bool | None = None
    """Leave out pieces of a mask that touch nothing known of their target (`decoding.islands`);
    None: if the weights ask for it, as small networks do. Never in the published behaviour."""
    is_anchored: bool | None = None
    """The last frame on which a person gave a target stays among the exemplars of all later clips,
    so that its masks cannot drift to another thing for good; None: if the weights learned it. Never
    in the published behaviour."""
    click_side: int | None = None
    """The frame's shorter side in network pixels where clicks and boxes are answered on their own
    frame alone; 0 for the clips' own size, None for what the weights want. Small networks find
    small things better in larger frames. Never in the published behaviour."""
    click_views: tuple[ClickView, ...] | None = None
    """Further looks at that frame, where `click_side` says how large the first one is: the answer
    to a click is the mean of all, which errs less than any of them. None for what the weights want.
    Never in the published behaviour."""
    cache_bytes: int | None = None
    """What kept features may take, beside those of the clip in work; None for a quarter of the
    device's memory, at most 4 GiB on CPU."""
    scratch_bytes: int = 0
    """Size of a scratch file for kept features beyond `cache_bytes`; 0 for none."""
    may_fuse: bool = True
    """Whether a CUDA device may sample by a kernel of its own, where Triton is there and a trial
    shows that it gives the plain way's numbers."""

    def __post_init__(self) -> None:
        if self.queries_per_object is not None and self.queries_per_object < 1:
            raise ConfigError(
                "queries_per_object is {queries_per_object}, must be ≥ 1",
                queries_per_object=self.queries_per_object,
            )
        if self.targets_at_once is not None and self.targets_at_once < 1:
            raise ConfigError(
                "targets_at_once is {targets_at_once}, must be ≥ 1",
                targets_at_once=self.targets_at_once,
            )
        if self.click_side and self.click_side < LEAST_SHORTER_SIDE:
            raise ConfigError(
                "click_side is {click_side}, must be 0 or at least {least}",
                click_side=self.click_side,
                least=LEAST_SHORTER_SIDE,
            )
        if self.cache_bytes is not None and self.cache_bytes < 0:
            raise ConfigError(
                "cache_bytes is {cache_bytes}, must not be negative", cache_bytes=self.cache_bytes
            )
        if self.scratch_bytes < 0:
            raise ConfigError(
                "scratch_bytes is {scratch_bytes}, must not be negative",
                scratch_bytes=self.scratch_bytes,
            )
        if self.reacquire_score is not None and not 0 <= self.reacquire_score <= 1:
            raise ConfigError(
                "reacquire_score is {reacquire_score}, must be 0 … 1",
                reacquire_score=self.reacquire_score,
            )


def recommended_clips(metadata: Mapping[str, Any]) -> ClipSettings:
    """The clips that a weights file was made for, or `TRACK_CLIPS` where it names none.

    Args:
        metadata: What the writer of the weights added; "track_clips" has the fields of
            `ClipSettings`.

    Raises:
        ConfigError: The entry has unknown fields or no meaning.
    """
    stored = metadata.get("track_clips")
    if stored is None:
        return TRACK_CLIPS
    try:
        return ClipSettings(**stored)
    except TypeError as error:
        raise ConfigError(
            "the weights' entry “track_clips” is no clip setting: {error}", error=error
        ) from error


def with_recommended(
    settings: InferenceSettings | None, metadata: Mapping[str, Any]
) -> InferenceSettings:
    """The settings, with what they leave open as a weights file wants it.

    Args:
        settings: None for the defaults.
        metadata: What the writer of the weights added; "drops_islands" and "is_anchored" are true
            or false, "click_side" a number of pixels, "click_views" a list of the fields of
            `ClickView`.

    Raises:
        ConfigError: An entry has unknown fields or no meaning.
    """
    chosen = settings or InferenceSettings()
    if chosen.drops_islands is None:
        chosen = replace(chosen, drops_islands=bool(metadata.get("drops_islands", False)))
    if chosen.is_anchored is None:
        chosen = replace(chosen, is_anchored=bool(metadata.get("is_anchored", False)))
    if chosen.click_side is None:
        chosen = replace(chosen, click_side=int(metadata.get("click_side", 0)))
    if chosen.click_views is None:
        try:
            views = tuple(ClickView(**view) for view in metadata.get("click_views", ()))
        except TypeError as error:
            raise ConfigError(
                "the weights' entry “click_views” is no list of views: {error}", error=error
            ) from error
        chosen = replace(chosen, click_views=views)
    return chosen
