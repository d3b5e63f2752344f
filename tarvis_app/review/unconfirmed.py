"""Where a person has not looked yet: the next frame with a mask that nobody stands behind."""

from collections.abc import Iterable

from tarvis_core.annotation.project import Project
from tarvis_core.annotation.target import TargetId


def next_unconfirmed(project: Project, targets: Iterable[TargetId], frame: int) -> int | None:
    """The next frame on which one of some targets has a mask, or is absent, unconfirmed.

    Args:
        project: The project.
        targets: The targets that count.
        frame: The search begins after it, and goes on from the first frame after the last one; it
            is the last that is looked at.

    Returns:
        The frame's number; None where a person stands behind everything.
    """
    unconfirmed = set[int]()
    for target in targets:
        track = project.masks.track(target)
        unconfirmed |= set(track.frames).difference(track.law_frames)
    return min(unconfirmed, key=lambda other: (other <= frame, other), default=None)
