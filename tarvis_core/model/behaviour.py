"""Which results are wanted: the intended ones, or those of the published code, errors included."""

from enum import Enum


class Behaviour(Enum):
    """The one switch between the method as it is meant and as it was published.

    Chapter 12.2 of the architecture's specification lists what the published code gets wrong.
    Network, inference and training each take this switch; nothing else decides. It belongs to a
    run, not to weights. Comparisons with published numbers need it, nobody else does.
    """

    INTENDED = "intended"
    """Every pixel of a mask counts. Logits of shared frames are averaged, ids are right in the
    last clip, a video of one clip has masks, a clicked target is encoded once. Labels of points
    are looked up in training."""
    PUBLISHED = "published"
    """As released. Network: a random, unseeded choice of pixels of large masks. Inference: the
    earlier or later clip wins, ids of the clip before in the last clip, no masks for a video of one
    clip, a click inside an overlap is encoded twice. Training: labels of VIS points are
    interpolated and cut to integers."""
