"""The label sets that the released TarViS weights have semantic queries for, in their row order."""

from dataclasses import dataclass

from tarvis_core.errors import ConfigError


@dataclass(frozen=True)
class LabelSetConfig:
    """One label set as the network sees it: so many semantic queries."""

    name: str
    """Such as "youtube_vis"; the name of the class list in `resources/class_lists`."""
    num_classes: int
    """How many classes, and so semantic queries, it has."""
    things: tuple[int, ...] = ()
    """Which classes, by their 0-based row, are countable; the others are stuff."""

    def __post_init__(self) -> None:
        if self.num_classes < 1:
            raise ConfigError(
                "label set “{name}”: num_classes is {num_classes}, must be ≥ 1",
                name=self.name,
                num_classes=self.num_classes,
            )
        wrong = [index for index in self.things if not 0 <= index < self.num_classes]
        if wrong or len(set(self.things)) != len(self.things):
            raise ConfigError(
                "label set “{name}”: things must be distinct rows 0…{last}; got {rows}",
                name=self.name,
                last=self.num_classes - 1,
                rows=wrong or self.things,
            )


def _rows(*ranges: int | tuple[int, int]) -> tuple[int, ...]:
    """Single rows and (first, last) ranges, both ends included, as one tuple."""
    pairs = [(rows, rows) if isinstance(rows, int) else rows for rows in ranges]
    return tuple(row for first, last in pairs for row in range(first, last + 1))


YOUTUBE_VIS = LabelSetConfig("youtube_vis", 40, _rows((0, 39)))
OVIS = LabelSetConfig("ovis", 25, _rows((0, 24)))
KITTI_STEP = LabelSetConfig("kitti_step", 19, _rows(11, 13))
CITYSCAPES_VPS = LabelSetConfig("cityscapes_vps", 19, _rows((11, 18)))
VIPSEG = LabelSetConfig(
    "vipseg",
    124,
    _rows(
        *(2, 4, 8, 10, 41, 43, 44, (46, 52), (54, 56), (60, 65), 72, 74, (76, 79), (82, 92)),
        *((95, 97), (99, 102), (106, 109), (114, 118), (122, 123)),
    ),
)
COCO_PANOPTIC = LabelSetConfig("coco_panoptic", 133, _rows((0, 79)))
ADE20K = LabelSetConfig(
    "ade20k",
    150,
    _rows(
        *((7, 8), 10, 12, (14, 15), (18, 20), (22, 24), 27, (30, 33), (35, 39), (41, 45), 47),
        *((49, 50), 53, (55, 58), 62, (64, 67), (69, 76), 78, (80, 83), (85, 90), (92, 93), 95),
        *((97, 98), (102, 104), (107, 108), (110, 112), (115, 116), (118, 121), (123, 127)),
        *((129, 130), (132, 139), (142, 144), (146, 149)),
    ),
)
CITYSCAPES = LabelSetConfig("cityscapes", 34, _rows((24, 33)))
MAPILLARY = LabelSetConfig(
    "mapillary",
    65,
    _rows((0, 1), 8, (19, 23), (32, 42), (44, 51), (52, 57), (59, 62)),
)

FINE_TUNED_LABEL_SETS = (CITYSCAPES_VPS, KITTI_STEP, OVIS, VIPSEG, YOUTUBE_VIS)
"""Of the released fine-tuned weights: 227 classes."""
PRETRAINED_LABEL_SETS = (ADE20K, CITYSCAPES, COCO_PANOPTIC, MAPILLARY)
"""Of the released pre-trained weights: 382 classes."""
