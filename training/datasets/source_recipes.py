"""How clips are taken from each data set: numbers of the specification, sections 10.7 and 10.8."""

from dataclasses import dataclass, field
from enum import Enum

from training.augmentation import ColourRange
from training.clip_sample import Task


class FrameRule(Enum):
    """Which frames make a clip."""

    AROUND = "around"
    """A random frame with a target, and others within `frame_range` on either side."""
    CONSECUTIVE = "consecutive"
    """Frames that follow one another."""
    LATER = "later"
    """A reference frame, and others within the `frame_range` frames after it."""
    STILL = "still"
    """One image several times, each time moved differently."""


@dataclass(frozen=True)
class SourceRecipe:
    """How clips are taken from one data set."""

    format_id: str
    """The annotation format that it comes in."""
    label_set: str | None
    """The network's label set, for VIS and VPS."""
    tasks: tuple[Task, ...]
    rule: FrameRule
    frame_range: int = 0
    crop: tuple[float, float] = (0.75, 0.75)
    """Height and width of the crop, as parts of the frame's."""
    shorter_sides: tuple[int, ...] = (512,)
    longer_side: int = 1333
    colour: ColourRange = field(default_factory=ColourRange)
    min_pixels: int = 1
    """Smaller masks are left out."""
    shares_crop: bool = True
    """Stills: whether all frames get the same crop."""
    first_resize: tuple[int, int] | None = None
    """Stills: shorter and longest side that images are brought to first."""


_MILD = ColourRange(10, 0.05, 20)
_STILL_SIDES = (512, 544, 576)
_ALL_TASKS = (Task.VIS, Task.VPS, Task.OBJECTS)


def _still(format_id: str, label_set: str, **changes: object) -> SourceRecipe:
    return SourceRecipe(
        format_id, label_set, _ALL_TASKS, FrameRule.STILL, shorter_sides=_STILL_SIDES, **changes
    )


RECIPES = {
    "YOUTUBE_VIS": SourceRecipe(
        "youtube_vis",
        "youtube_vis",
        (Task.VIS,),
        FrameRule.AROUND,
        22,
        (0.75, 0.75),
        (448, 512),
        1024,
    ),
    "OVIS": SourceRecipe(
        "ovis", "ovis", (Task.VIS,), FrameRule.AROUND, 22, (0.75, 0.75), (512,), 1024
    ),
    "KITTI_STEP": SourceRecipe(
        "kitti_step",
        "kitti_step",
        (Task.VPS,),
        FrameRule.AROUND,
        6,
        (0.75, 0.5),
        (320,),
        colour=_MILD,
    ),
    "CITYSCAPES_VPS": SourceRecipe(
        "cityscapes_vps",
        "cityscapes_vps",
        (Task.VPS,),
        FrameRule.CONSECUTIVE,
        0,
        (0.5, 0.5),
        (448,),
        colour=_MILD,
    ),
    "VIPSEG": SourceRecipe(
        "vipseg", "vipseg", (Task.VPS,), FrameRule.AROUND, 15, (0.75, 0.5), (512,), colour=_MILD
    ),
    "DAVIS": SourceRecipe("davis", None, (Task.OBJECTS,), FrameRule.LATER, 21),
    "BURST": SourceRecipe("burst", None, (Task.OBJECTS,), FrameRule.LATER, 8, min_pixels=100),
    "COCO": _still("coco_panoptic", "coco_panoptic", shares_crop=False),
    "ADE20K": _still("coco_panoptic", "ade20k", shares_crop=False),
    "CITYSCAPES": _still("coco_panoptic", "cityscapes"),
    "MAPILLARY": _still("coco_panoptic", "mapillary", first_resize=(800, 1333)),
    "PROJECT": SourceRecipe("tarvis", None, (Task.OBJECTS,), FrameRule.LATER, 21),
}
"""By the name that run files give a source. Whatever comes in another layout is named there."""
