"""The benchmarks: what is asked of each video, in which clips, and what is handed in.

Settings are those that the published numbers were made with (specification, chapter 9).
"""

from dataclasses import dataclass
from enum import Enum

from tarvis_core.inference.settings import (
    OBJECT_CLIPS,
    POINT_CLIPS,
    ClipSettings,
    search_settings,
)


class Question(Enum):
    """What a video is asked."""

    INSTANCES = "VIS"
    """Every thing of the classes."""
    PANOPTIC = "VPS"
    """The class of every pixel, and things told apart."""
    MASKS = "VOS"
    """Objects given by the mask on the first frame that shows them."""
    POINTS = "PET"
    """Objects given by a point on the first frame that shows them."""

    @property
    def is_about_classes(self) -> bool:
        """Whether classes are searched, rather than given objects followed."""
        return self in {Question.INSTANCES, Question.PANOPTIC}


class FramesRun(Enum):
    """Which frames the network sees."""

    ANNOTATED = "annotated"
    ALL_IMAGES = "all images"
    """Every image in the folder of the first frame's; all are handed in."""
    BURST_RATE = "about eleven a second"
    """Of the listed images about eleven a second, and all annotated ones; those are handed in."""


@dataclass(frozen=True)
class Benchmark:
    """One data set with its measure."""

    name: str
    format_id: str
    label_set: str | None
    """The network's class list, for VIS and VPS."""
    question: Question
    clips: ClipSettings
    frames: FramesRun = FramesRun.ANNOTATED
    split: str | None = "val"
    """Where one folder holds several splits."""
    measures: str = ""
    """Names of the measures, for people."""


def _searched(name: str, question: Question, measures: str, split: str | None) -> Benchmark:
    label_set = name.lower()
    clips = search_settings(label_set).clip
    return Benchmark(name, label_set, label_set, question, clips, split=split, measures=measures)


BENCHMARKS = {
    each.name: each
    for each in (
        _searched("YOUTUBE_VIS", Question.INSTANCES, "AP", None),
        _searched("OVIS", Question.INSTANCES, "AP, also by occlusion", None),
        _searched("KITTI_STEP", Question.PANOPTIC, "STQ", "val"),
        _searched("CITYSCAPES_VPS", Question.PANOPTIC, "VPQ", None),
        _searched("VIPSEG", Question.PANOPTIC, "VPQ and STQ", None),
        Benchmark(
            "DAVIS",
            "davis",
            None,
            Question.MASKS,
            OBJECT_CLIPS,
            FramesRun.ALL_IMAGES,
            measures="J&F",
        ),
        Benchmark(
            "BURST",
            "burst",
            None,
            Question.POINTS,
            POINT_CLIPS,
            FramesRun.BURST_RATE,
            split=None,
            measures="HOTA and AP",
        ),
    )
}
"""By the name that the command line gives them; the same as in run files."""
