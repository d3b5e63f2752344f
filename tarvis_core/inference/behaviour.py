"""Which results are wanted: the intended ones, or those of the published code, errors included."""

from enum import Enum


class Behaviour(Enum):
    """The one switch between the method as it is meant and as it was published.

    The published code differs from its own description in the points that chapter 12.2 of the
    architecture's specification lists; parity tests need them, nobody else does.
    """

    INTENDED = "intended"
    """Logits of shared frames are averaged, ids are right in the last clip, a video of one clip
    has masks, a clicked target is encoded once."""
    PUBLISHED = "published"
    """As released: earlier or later clip wins, ids of the clip before in the last clip, no masks
    for a video of one clip, a click inside an overlap is encoded twice."""
