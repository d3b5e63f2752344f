"""The edits of a project other than masks: each holds what was before and what is after."""

from dataclasses import dataclass

from tarvis_core.annotation.exemplar import Exemplar
from tarvis_core.annotation.label_set import LabelSet
from tarvis_core.annotation.mask_store import MaskChange
from tarvis_core.annotation.target import Target, TargetId
from tarvis_core.annotation.video_identity import VideoIdentity


@dataclass(frozen=True)
class TargetChange:
    """A target appears (no before), goes (no after) or is altered at its place in the list."""

    before: Target | None
    after: Target | None
    position: int
    """Place in the project's list of targets, which is the order of drawing: lowest first."""

    def reversed(self) -> "TargetChange":
        """The change that takes this one back."""
        return TargetChange(self.after, self.before, self.position)


@dataclass(frozen=True)
class TargetOrderChange:
    """The targets change places in the list."""

    before: tuple[TargetId, ...]
    after: tuple[TargetId, ...]

    def reversed(self) -> "TargetOrderChange":
        """The change that takes this one back."""
        return TargetOrderChange(self.after, self.before)


@dataclass(frozen=True)
class NextTargetIdChange:
    """The number that the next new target gets."""

    before: TargetId
    after: TargetId

    def reversed(self) -> "NextTargetIdChange":
        """The change that takes this one back."""
        return NextTargetIdChange(self.after, self.before)


@dataclass(frozen=True)
class ExemplarChange:
    """All exemplars of one target on one frame."""

    target: TargetId
    frame: int
    before: tuple[Exemplar, ...]
    after: tuple[Exemplar, ...]

    def reversed(self) -> "ExemplarChange":
        """The change that takes this one back."""
        return ExemplarChange(self.target, self.frame, self.after, self.before)


@dataclass(frozen=True)
class LabelSetChange:
    """The project's classes."""

    before: LabelSet
    after: LabelSet

    def reversed(self) -> "LabelSetChange":
        """The change that takes this one back."""
        return LabelSetChange(self.after, self.before)


@dataclass(frozen=True)
class VideoChange:
    """The video lies somewhere else (relinking), or is another copy of the same frames."""

    before: VideoIdentity
    after: VideoIdentity

    def reversed(self) -> "VideoChange":
        """The change that takes this one back."""
        return VideoChange(self.after, self.before)


ProjectChange = (
    TargetChange
    | TargetOrderChange
    | NextTargetIdChange
    | ExemplarChange
    | LabelSetChange
    | VideoChange
)
"""Any edit that does not touch masks."""

Change = MaskChange | ProjectChange
"""Any edit."""


def reversed_changes(changes: tuple[Change, ...]) -> tuple[Change, ...]:
    """The changes that take an edit back, in the order in which to apply them."""
    return tuple(change.reversed() for change in reversed(changes))
