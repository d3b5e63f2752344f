"""Results of a whole video as the benchmarks score them, once its last clip is known.

Specification, 8.2 and 8.3: class logits are averaged over all clips before classes are given, and
for VIS the most probable (track, class) pairs of the video count. Masks are kept as run-length
codes until then.
"""

from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass, field
from threading import Event

import numpy as np

from tarvis_core.annotation.mask import Mask
from tarvis_core.annotation.segmentation import ClassTask
from tarvis_core.inference.class_clips import ClassClips, SearchPlan, SettledClasses
from tarvis_core.inference.clip_linking import ClassMeans
from tarvis_core.inference.clip_source import ClipInput, ClipSource
from tarvis_core.inference.clip_stepper import Settled
from tarvis_core.inference.clip_walk import ClipWalk
from tarvis_core.inference.decoding.instances import (
    VideoTrack,
    best_pairs,
    disjoint_within_class,
    instance_masks,
)
from tarvis_core.inference.decoding.panoptic import (
    PanopticFrame,
    paste_things,
    stuff_labels,
    things_of_video,
)
from tarvis_core.inference.run_plan import Run
from tarvis_core.inference.settings import InferenceSettings
from tarvis_core.model.model_output import QuerySet, TarvisOutput


@dataclass
class VideoClasses:
    """Everything found in a video, before classes are given."""

    plan: SearchPlan
    classes: ClassMeans
    """Mean class logits of every track."""
    tracks: dict[int, dict[int, Mask]] = field(default_factory=dict)
    """Frame → track → mask; tracks may overlap."""
    stuff: dict[int, dict[int, Mask]] = field(default_factory=dict)
    """Panoptic search: frame → row of the class → its pixels, things left out; they fill the
    frame."""

    def instance_lines(self, most: int) -> list[VideoTrack]:
        """The most probable (track, class) pairs, at most this many (YouTube-VIS 10, OVIS 20)."""
        return best_pairs(self.classes, most)

    def instance_masks(self, frame: int, lines: Sequence[VideoTrack]) -> dict[int, Mask]:
        """Index of a line → its mask on a frame; disjoint within each class."""
        return disjoint_within_class(lines, self.tracks.get(frame, {}))

    def panoptic_lines(self, score_threshold: float) -> list[VideoTrack]:
        """The tracks that are things with more certainty than this."""
        return things_of_video(self.classes, self.plan.things, score_threshold)

    def stuff_rows(self, frame: int) -> np.ndarray:
        """Row of the most probable stuff class of every pixel, int16 (height, width)."""
        by_row = self.stuff[frame]
        height, width = next(iter(by_row.values())).size
        rows_HW = np.zeros((height, width), dtype=np.int16)
        for row, mask in by_row.items():
            rows_HW[mask.to_array()] = row
        return rows_HW

    def panoptic(self, frame: int, lines: Sequence[VideoTrack]) -> PanopticFrame:
        """The labels of a frame: stuff, and the lines' things over it."""
        return paste_things(self.stuff_rows(frame), lines, self.tracks.get(frame, {}))


def search_video(
    source: ClipSource,
    plan: SearchPlan,
    settings: InferenceSettings,
    frames: tuple[int, int],
    stop: Event | None = None,
) -> VideoClasses:
    """Search a range of frames and keep what was found, undecided.

    Args:
        source: The video's clips.
        plan: What is searched.
        settings: Behaviour and the like.
        frames: First and last frame.
        stop: Set it to end early, with what was found so far.
    """
    collector = _Collector(ClassClips(source, plan), plan)
    for _ in ClipWalk(source, settings, stop).steps(Run(*frames, {}), [collector]):
        pass
    return collector.result


class _Collector:
    """Keeps the settled masks of a class search."""

    def __init__(self, clips: ClassClips, plan: SearchPlan) -> None:
        self.result = VideoClasses(plan, clips.tracks.classes)
        self._clips = clips

    def wants(self, frames: tuple[int, ...]) -> bool:
        return True

    def queries(self, clip: ClipInput) -> Sequence[QuerySet]:
        return self._clips.queries()

    def accept(
        self,
        frames: tuple[int, ...],
        clip: ClipInput | None,
        outputs: Sequence[TarvisOutput],
        held: Container[int],
    ) -> Settled:
        assert clip is not None, "every clip is searched"
        self._keep(self._clips.push(clip, outputs[0], held))
        return Settled()

    def finish(self) -> Settled:
        self._keep(self._clips.finish())
        return Settled()

    def _keep(self, settled: Sequence[SettledClasses]) -> None:
        plan = self.result.plan
        for each in settled:
            frame = each.instances.frame
            masks = instance_masks(each.instances, {}, plan.behaviour)
            self.result.tracks[frame] = {track: found.mask for track, found in masks.items()}
            if each.semantic is not None and plan.task is ClassTask.PANOPTIC:
                rows_HW = stuff_labels(each.semantic, plan.things)[0].cpu().numpy()
                self.result.stuff[frame] = dict(_masks_by_value(rows_HW))


def _masks_by_value(values_HW: np.ndarray) -> Iterator[tuple[int, Mask]]:
    for value in np.unique(values_HW).tolist():
        yield value, Mask.from_array(values_HW == value)
