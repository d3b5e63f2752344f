"""What is asked of the network, and what comes back clip by clip. No torch: the window sees it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum

from tarvis_core.annotation.exemplar import Exemplar
from tarvis_core.annotation.mask import Mask
from tarvis_core.annotation.target import CategoryId, TargetId, TargetKind


class Direction(Enum):
    """Which way masks are carried through time."""

    FORWARD = "forward"
    BACKWARD = "backward"
    BOTH = "both"


FrameRange = tuple[int, int]
"""First and last frame, both inclusive."""


@dataclass(frozen=True)
class TrackRequest:
    """Carry the targets of these exemplars through the video (VOS and PET in one pass)."""

    exemplars: tuple[Exemplar, ...]
    first_frame: int
    """First frame of the range in which masks are wanted."""
    last_frame: int
    """Last frame of the range, inclusive."""
    direction: Direction = Direction.BOTH
    wanted: Mapping[TargetId, tuple[FrameRange, ...]] | None = None
    """The frames wanted of each target, in order and apart; of one that is left out, none: it
    only competes for pixels. None: all targets over the whole range."""


class ClassTask(Enum):
    """How classes are searched: every thing on its own (VIS), or every pixel labelled (VPS)."""

    INSTANCES = "instances"
    PANOPTIC = "panoptic"


@dataclass(frozen=True)
class ClassRequest:
    """Find everything of these classes (VIS, VPS)."""

    label_set: str
    """Name of a label set that the weights know, such as "youtube_vis"."""
    task: ClassTask
    first_frame: int
    last_frame: int
    categories: tuple[CategoryId, ...] | None = None
    """The classes wanted; None for all of the label set."""
    score_threshold: float | None = None
    """Targets with a lower score are left out; None for the label set's own setting."""


@dataclass(frozen=True)
class PredictedMask:
    """One target's mask on one frame as the network sees it."""

    mask: Mask
    score: float
    """Confidence, 0…1: mean foreground probability inside the mask (times class score for VIS)."""
    disagreement: float | None = None
    """1 - IoU between the two clips that both predicted this frame; None where only one did."""


@dataclass(frozen=True)
class FoundTarget:
    """A target that class search found: what it is and how sure that is."""

    target: TargetId
    category: CategoryId
    kind: TargetKind
    score: float


@dataclass(frozen=True)
class ClipWork:
    """How far the network is with one clip, before its masks come."""

    first_frame: int
    last_frame: int
    num_frames: int
    """Frames of the clip."""
    num_seen: int
    """Frames whose own features are there."""
    is_encoded: bool = False
    """Whether the features of the clip are there, so that masks are made of them now."""


@dataclass(frozen=True)
class ClipMasks:
    """The masks of one clip; a later clip of the same run may revise frames that both share."""

    frames: tuple[int, ...]
    """Frames that this answer settles, in the order of the run; not only frames with masks."""
    masks: Mapping[TargetId, Mapping[int, PredictedMask]]
    """By target and frame. A target of this mapping without a mask on one of `frames` is absent
    there; of a target that is not in it, this answer says nothing."""
    found: tuple[FoundTarget, ...] = ()
    """Class search only: every target seen so far, with its newest class and score."""
    frames_done: int = 0
    frames_total: int = 0
    lost: tuple[TargetId, ...] = field(default=())
    """Targets that this clip lost: absent from here on unless an exemplar brings them back."""
