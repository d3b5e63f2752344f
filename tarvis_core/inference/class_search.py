"""VIS and VPS over a video: finds everything of a label set's classes, clip by clip.

Specification, 8.2 and 8.3. Results stream: a track's class is the one that its mean class logits
say *so far*, and `found` tells when that changes. Results of a finished video, as benchmarks
score them, come from `video_results`.
"""

from collections.abc import Container, Mapping, Sequence
from dataclasses import replace

import numpy as np
import torch
from torch import Tensor

from tarvis_core.annotation.mask import Mask
from tarvis_core.annotation.segmentation import FoundTarget, PredictedMask
from tarvis_core.annotation.target import TargetId, TargetKind
from tarvis_core.inference.class_clips import ClassClips, SearchPlan, SettledClasses
from tarvis_core.inference.clip_source import ClipInput, ClipSource
from tarvis_core.inference.clip_stepper import Settled, SettledFrame
from tarvis_core.inference.decoding.instances import (
    VideoTrack,
    instance_masks,
    predicted_mask,
)
from tarvis_core.inference.decoding.panoptic import paste_things, stuff_labels, things_of_video
from tarvis_core.inference.overlap_buffer import FramePredictions
from tarvis_core.model.model_output import QuerySet, TarvisOutput


class ClassSearch:
    """Finds the classes of a plan in clip after clip, and says at once what it found."""

    def __init__(self, source: ClipSource, plan: SearchPlan) -> None:
        self._plan = plan
        self._clips = ClassClips(source, plan)
        self._ids: dict[tuple[TargetKind, int], TargetId] = {}
        self._stuff_scores: dict[int, tuple[float, int]] = {}

    def wants(self, frames: tuple[int, ...]) -> bool:
        """Every clip is searched."""
        return True

    def queries(self, clip: ClipInput) -> Sequence[QuerySet]:
        """The queries of the label set."""
        return self._clips.queries()

    def accept(
        self,
        frames: tuple[int, ...],
        clip: ClipInput | None,
        outputs: Sequence[TarvisOutput],
        held: Container[int],
    ) -> Settled:
        """Settle the frames that no later clip predicts again."""
        assert clip is not None, "every clip is searched"
        return self._settled(self._clips.push(clip, outputs[0], held))

    def finish(self) -> Settled:
        """Settle the frames still held."""
        return self._settled(self._clips.finish())

    def _settled(self, frames: Sequence[SettledClasses]) -> Settled:
        classes = self._best_classes()
        lines = things_of_video(
            self._clips.tracks.classes, self._plan.things, self._plan.rule.score_threshold
        )
        settled = []
        for each in frames:
            if each.semantic is None:
                masks = self._instances(each.instances, classes)
            else:
                masks = self._panoptic(each.instances, each.semantic, lines)
            settled.append(SettledFrame(each.instances.frame, masks))
        return Settled(tuple(settled), found=self._found(classes))

    def _instances(
        self, predictions: FramePredictions, classes: Mapping[int, tuple[int, float]]
    ) -> dict[TargetId, PredictedMask]:
        scores = {track: score for track, (_, score) in classes.items()}
        masks = instance_masks(predictions, scores, self._plan.behaviour)
        return {
            self._id(TargetKind.THING, track): mask
            for track, mask in masks.items()
            if track in classes
        }

    def _panoptic(
        self,
        instances: FramePredictions,
        semantic: FramePredictions,
        lines: Sequence[VideoTrack],
    ) -> dict[TargetId, PredictedMask]:
        scores = {line.track: line.score for line in lines}
        found = {
            track: mask
            for track, mask in instance_masks(instances, scores, self._plan.behaviour).items()
            if track in scores
        }
        labels_HW, logits_HW = stuff_labels(semantic, self._plan.things)
        frame = paste_things(
            labels_HW.cpu().numpy(), lines, {track: each.mask for track, each in found.items()}
        )
        wanted = set(self._plan.wanted)
        masks = {}
        for line in lines:
            mask = Mask.from_array(frame.track_HW == line.track)
            if line.class_index in wanted and not mask.is_empty:
                target = self._id(TargetKind.THING, line.track)
                masks[target] = replace(found[line.track], mask=mask)
        is_stuff_HW = frame.track_HW == 0
        for row in np.unique(frame.class_index_HW[is_stuff_HW]).tolist():
            if row in wanted:
                inside_HW = is_stuff_HW & (frame.class_index_HW == row)
                masks[self._id(TargetKind.STUFF, row)] = self._stuff_mask(
                    row, logits_HW, torch.from_numpy(inside_HW).to(logits_HW.device)
                )
        return masks

    def _stuff_mask(self, row: int, logits_HW: Tensor, inside_HW: Tensor) -> PredictedMask:
        mask = predicted_mask(logits_HW, inside_HW)
        assert mask is not None, "the class has pixels"
        total, count = self._stuff_scores.get(row, (0.0, 0))
        self._stuff_scores[row] = (total + mask.score, count + 1)
        return mask

    def _best_classes(self) -> dict[int, tuple[int, float]]:
        """Track → (row, probability) of its most probable class among those wanted."""
        rows = list(self._plan.wanted_things)
        best: dict[int, tuple[int, float]] = {}
        if not rows:
            return best
        for track in self._clips.tracks.classes.tracks:
            probabilities = self._clips.tracks.classes.probabilities(track)[1:][rows]
            index = int(probabilities.argmax())
            best[track] = (rows[index], float(probabilities[index]))
        return best

    def _id(self, kind: TargetKind, number: int) -> TargetId:
        key = (kind, number)
        if key not in self._ids:
            self._ids[key] = TargetId(self._plan.first_id + len(self._ids))
        return self._ids[key]

    def _found(self, classes: Mapping[int, tuple[int, float]]) -> tuple[FoundTarget, ...]:
        found = []
        for (kind, number), target in self._ids.items():
            if kind is TargetKind.THING:
                row, score = classes[number]
            else:
                total, count = self._stuff_scores[number]
                row, score = number, total / count
            category = self._plan.label_set.categories[row].id
            found.append(FoundTarget(target, category, kind, score))
        return tuple(found)
