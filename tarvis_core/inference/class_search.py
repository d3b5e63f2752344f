"""VIS and VPS over a video: finds everything of a label set's classes, clip by clip.

Specification, 8.2 and 8.3. Results stream: a track's class is the one that its mean class logits
say *so far*, and `found` tells when that changes. The formatters of a finished video, for
benchmarks, are in `decoding.instances` and `decoding.panoptic`.
"""

from collections.abc import Container, Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor

from tarvis_core.annotation.label_set import LabelSet
from tarvis_core.annotation.mask import Mask
from tarvis_core.annotation.segmentation import (
    ClassRequest,
    ClassTask,
    FoundTarget,
    PredictedMask,
)
from tarvis_core.annotation.target import CategoryId, TargetId, TargetKind
from tarvis_core.inference.behaviour import Behaviour
from tarvis_core.inference.clip_source import ClipInput, ClipSource
from tarvis_core.inference.clip_stepper import Settled, SettledFrame
from tarvis_core.inference.decoding.instances import (
    InstanceRule,
    choose_instances,
    instance_masks,
    predicted_mask,
)
from tarvis_core.inference.decoding.panoptic import paste_things, stuff_labels, things_of_video
from tarvis_core.inference.instance_tracks import InstanceTracks
from tarvis_core.inference.overlap_buffer import ClipLogits, FramePredictions, OverlapBuffer
from tarvis_core.inference.settings import SCORE_THRESHOLD, search_settings
from tarvis_core.model.model_output import QuerySet, QueryType, TarvisOutput


@dataclass(frozen=True)
class SearchPlan:
    """What is searched, in rows of the network's label set."""

    label_set: LabelSet
    task: ClassTask
    wanted: tuple[int, ...]
    """Rows of the classes wanted."""
    things: tuple[int, ...]
    """Rows of all thing classes."""
    rule: InstanceRule
    behaviour: Behaviour = Behaviour.INTENDED
    first_id: int = 1
    """Ids of found targets begin here."""

    @property
    def wanted_things(self) -> tuple[int, ...]:
        """Thing classes wanted."""
        return tuple(row for row in self.wanted if row in self.things)


def plan_search(
    request: ClassRequest,
    label_set: LabelSet,
    behaviour: Behaviour = Behaviour.INTENDED,
    first_id: int = 1,
) -> SearchPlan:
    """Turn a request into rows and rules.

    Args:
        request: The classes wanted.
        label_set: The request's label set.
        behaviour: Published: the benchmark's thresholds, and a score over all classes.
        first_id: Ids of found targets begin here.

    Raises:
        KeyError: The label set lacks a category of the request.
    """
    rows = range(len(label_set))
    wanted = (
        tuple(rows)
        if request.categories is None
        else tuple(label_set.index(category) for category in request.categories)
    )
    things = tuple(row for row in rows if label_set.categories[row].kind is TargetKind.THING)
    published = search_settings(request.label_set)
    threshold = request.score_threshold
    if threshold is None:
        is_published = behaviour is Behaviour.PUBLISHED
        threshold = published.score_threshold if is_published else SCORE_THRESHOLD
    most = published.most_per_clip if threshold == published.score_threshold else 1000
    rule = InstanceRule(threshold, most)
    return SearchPlan(label_set, request.task, wanted, things, rule, behaviour, first_id)


class ClassSearch:
    """Finds the classes of a plan in clip after clip. Memory holds the logits of one clip."""

    def __init__(self, source: ClipSource, plan: SearchPlan) -> None:
        self._source = source
        self._plan = plan
        self._tracks = InstanceTracks()
        self._semantic = OverlapBuffer()
        self._ids: dict[tuple[TargetKind, int], TargetId] = {}
        self._stuff_scores: dict[int, tuple[float, int]] = {}

    def wants(self, frames: tuple[int, ...]) -> bool:
        """Every clip is searched."""
        return True

    def queries(self, clip: ClipInput) -> Sequence[QuerySet]:
        """The queries of the label set: all classes, so that they compete for what is there."""
        return [self._source.network.class_queries(self._plan.label_set.name)]

    def accept(
        self,
        frames: tuple[int, ...],
        clip: ClipInput | None,
        outputs: Sequence[TarvisOutput],
        held: Container[int],
    ) -> Settled:
        """Settle the frames that no later clip predicts again."""
        assert clip is not None, "every clip is searched"
        output = outputs[0]
        chosen = choose_instances(output.class_logits[0], self._plan.rule, self._rows_that_count())
        logits_NTHW = output.mask_logits(QueryType.INSTANCE, queries=chosen.queries)[0]
        things = self._tracks.push(
            frames, logits_NTHW.float(), chosen.class_logits_NK, clip.geometry, held
        )
        stuff: Sequence[FramePredictions | None] = [None] * len(things)
        if self._plan.task is ClassTask.PANOPTIC:
            logits_CTHW = output.mask_logits(QueryType.SEMANTIC)[0].float()
            rows = tuple(range(len(logits_CTHW)))
            stuff = self._semantic.push(ClipLogits(frames, rows, logits_CTHW, clip.geometry), held)
        return self._settled(things, stuff)

    def finish(self) -> Settled:
        """Settle the frames still held."""
        things = self._tracks.finish()
        if self._plan.task is ClassTask.PANOPTIC:
            return self._settled(things, self._semantic.finish())
        return self._settled(things, [None] * len(things))

    def _rows_that_count(self) -> tuple[int, ...] | None:
        """Classes that a query's score is the maximum over; None for all."""
        if self._plan.behaviour is Behaviour.PUBLISHED:
            return None
        if self._plan.task is ClassTask.PANOPTIC:
            return self._plan.things  # also those not wanted: they keep their pixels from others
        return self._plan.wanted_things

    def _settled(
        self,
        things: Sequence[FramePredictions],
        stuff: Sequence[FramePredictions | None],
    ) -> Settled:
        settled = []
        for instances, semantic in zip(things, stuff, strict=True):
            if semantic is None:
                masks = self._instances(instances)
            else:
                masks = self._panoptic(instances, semantic)
            settled.append(SettledFrame(instances.frame, masks))
        return Settled(tuple(settled), found=self._found())

    def _instances(self, predictions: FramePredictions) -> dict[TargetId, PredictedMask]:
        classes = self._best_classes()
        scores = {track: score for track, (_, score) in classes.items()}
        masks = instance_masks(predictions, scores, self._plan.behaviour)
        return {
            self._id(TargetKind.THING, track): mask
            for track, mask in masks.items()
            if track in classes
        }

    def _panoptic(
        self, instances: FramePredictions, semantic: FramePredictions
    ) -> dict[TargetId, PredictedMask]:
        lines = things_of_video(
            self._tracks.classes, self._plan.things, self._plan.rule.score_threshold
        )
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
        best = {}
        for track in self._tracks.classes.tracks:
            probabilities = self._tracks.classes.probabilities(track)[1:][rows]
            index = int(probabilities.argmax())
            best[track] = (rows[index], float(probabilities[index]))
        return best

    def _id(self, kind: TargetKind, number: int) -> TargetId:
        key = (kind, number)
        if key not in self._ids:
            self._ids[key] = TargetId(self._plan.first_id + len(self._ids))
        return self._ids[key]

    def _found(self) -> tuple[FoundTarget, ...]:
        found = []
        classes = self._best_classes() if self._plan.wanted_things else {}
        for (kind, number), target in self._ids.items():
            if kind is TargetKind.THING:
                row, score = classes[number]
            else:
                total, count = self._stuff_scores[number]
                row, score = number, total / count
            category = self._plan.label_set.categories[row].id
            found.append(FoundTarget(target, CategoryId(category), kind, score))
        return tuple(found)
