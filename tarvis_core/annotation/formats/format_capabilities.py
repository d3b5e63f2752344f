"""FormatCapabilities: what an annotation format can hold."""

from dataclasses import dataclass
from enum import Enum

from tarvis_core.annotation.formats.target_numbering import TargetNumbering


class ScoreDetail(Enum):
    """How finely a format holds confidence."""

    NONE = "none"
    TRACK = "one per target"
    MASK = "one per target and frame"


@dataclass(frozen=True)
class FormatCapabilities:
    """What an annotation format can hold. Defaults are the poorest format's.

    What a format cannot hold is taken out before its writer sees it, and counted as a loss.
    """

    overlaps: bool = False
    """Whether several targets may cover one pixel."""
    max_target_id: int | None = None
    """Largest number a target may have; larger ones are renumbered from 1."""
    numbering: TargetNumbering | None = None
    """How targets are numbered, where pixel values say class and instance in one."""
    contiguous_ids: bool = False
    """Whether the targets of a video must be numbered 1…N without gaps."""
    scores: ScoreDetail = ScoreDetail.NONE
    void: bool = False
    """Whether pixels can be marked as not labelled."""
    fills_void: bool = False
    """Whether every pixel without a target counts as void: there is no background."""
    crowd: bool = False
    categories: bool = False
    """Whether a target has a class."""
    class_ids: bool = True
    """Whether the numbers of classes are kept, for formats that have classes."""
    class_names: bool = False
    """Whether the names of classes are in the file, not only their numbers."""
    tracks: bool = True
    """Whether a target is the same over frames."""
    stuff: bool = False
    states: bool = False
    """Whether it is held which masks a person stands behind."""
    occlusion: bool = False
    points: bool = False
    """Whether a target may have a point beside its mask."""
    semantic: bool = False
    """Whether a semantic layer is kept beside the targets."""
    target_names: bool = False
    frame_numbers: bool = False
    """Whether it is held which frame of the video an annotated frame is."""
    fps: bool = False
    extras: str = ""
    """Which format's extra fields are put back; empty for none."""

    @property
    def limits(self) -> tuple[str, ...]:
        """What the format cannot hold, in words for a person."""
        limits = [words for name, words in _LIMITS.items() if not getattr(self, name)]
        if not self.categories:
            limits = [words for words in limits if words != _LIMITS["class_names"]]
        if self.scores is not ScoreDetail.MASK:
            detail = "scores per frame" if self.scores is ScoreDetail.TRACK else "scores"
            limits.append(detail)
        if self.max_target_id is not None and self.max_target_id < 2**16:
            limits.append(f"more than {self.max_target_id} targets")
        if self.fills_void:
            limits.append("background apart from void")
        return tuple(limits)


_LIMITS = {
    "overlaps": "overlaps",
    "void": "void",
    "crowd": "crowd",
    "categories": "classes",
    "class_names": "class names",
    "tracks": "tracks",
    "stuff": "stuff",
    "states": "states",
    "frame_numbers": "frame numbers",
}
"""Words for what is missing, by the field that says so; what hardly any format has is left out."""
