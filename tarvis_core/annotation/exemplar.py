"""Exemplars: what a person gave for one target on one frame."""

from dataclasses import dataclass

from tarvis_core.annotation.mask import Mask
from tarvis_core.annotation.target import TargetId


@dataclass(frozen=True)
class PointExemplar:
    """A click. (x, y) in pixels of the original frame; a pixel's centre is at +0.5."""

    frame: int
    target: TargetId
    x: float
    y: float
    is_positive: bool = True
    """False: the point lies outside the target (a look-alike or background)."""


@dataclass(frozen=True)
class MaskExemplar:
    """A painted or confirmed mask of the whole frame."""

    frame: int
    target: TargetId
    mask: Mask


@dataclass(frozen=True)
class BoxExemplar:
    """A box (x_min, y_min, x_max, y_max) in pixels of the original frame, far edges exclusive."""

    frame: int
    target: TargetId
    box: tuple[float, float, float, float]


@dataclass(frozen=True)
class ShownMask:
    """The mask that was shown when the newest click was given: what the frame's clicks correct.

    Unlike a `MaskExemplar` it is no law: the clicks of its target on its frame say what it has too
    much or too little; it is right already where earlier clicks lie.
    """

    frame: int
    target: TargetId
    mask: Mask


Exemplar = PointExemplar | MaskExemplar | BoxExemplar | ShownMask
