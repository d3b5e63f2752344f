"""Class search without decisions: outputs of clip after clip to tracks and settled logits."""

from collections.abc import Container, Sequence
from dataclasses import dataclass

from tarvis_core.annotation.label_set import LabelSet
from tarvis_core.annotation.segmentation import ClassRequest, ClassTask
from tarvis_core.annotation.target import TargetKind
from tarvis_core.inference.clip_source import ClipInput, ClipSource
from tarvis_core.inference.decoding.instances import InstanceRule, choose_instances
from tarvis_core.inference.instance_tracks import InstanceTracks
from tarvis_core.inference.overlap_buffer import ClipLogits, FramePredictions, OverlapBuffer
from tarvis_core.inference.settings import SCORE_THRESHOLD, search_settings
from tarvis_core.model.behaviour import Behaviour
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


@dataclass(frozen=True)
class SettledClasses:
    """The final predictions of one frame."""

    instances: FramePredictions
    """Logits by track."""
    semantic: FramePredictions | None = None
    """Logits by row of the label set; None where only instances are searched."""


class ClassClips:
    """The part of class search that does not decide: outputs to linked tracks and settled logits.

    Memory holds the logits of one clip.
    """

    def __init__(self, source: ClipSource, plan: SearchPlan) -> None:
        self.tracks = InstanceTracks()
        self._source = source
        self._plan = plan
        self._semantic = OverlapBuffer()

    def queries(self) -> list[QuerySet]:
        """The queries of the label set: all classes, so that they compete for what is there."""
        return [self._source.network.class_queries(self._plan.label_set.name)]

    def push(
        self, clip: ClipInput, output: TarvisOutput, held: Container[int]
    ) -> list[SettledClasses]:
        """Take the answer about the next clip; the frames that are now settled."""
        chosen = choose_instances(output.class_logits[0], self._plan.rule, self._rows_that_count())
        logits_NTHW = output.mask_logits(QueryType.INSTANCE, queries=chosen.queries)[0]
        things = self.tracks.push(
            clip.frames, logits_NTHW.float(), chosen.class_logits_NK, clip.geometry, held
        )
        if self._plan.task is ClassTask.INSTANCES:
            return [SettledClasses(each) for each in things]
        logits_CTHW = output.mask_logits(QueryType.SEMANTIC)[0].float()
        rows = tuple(range(len(logits_CTHW)))
        clip_logits = ClipLogits(clip.frames, rows, logits_CTHW, clip.geometry)
        return _paired(things, self._semantic.push(clip_logits, held))

    def finish(self) -> list[SettledClasses]:
        """The frames still held, for when no clip follows."""
        things = self.tracks.finish()
        if self._plan.task is ClassTask.INSTANCES:
            return [SettledClasses(each) for each in things]
        return _paired(things, self._semantic.finish())

    def _rows_that_count(self) -> tuple[int, ...] | None:
        """Classes that a query's score is the maximum over; None for all."""
        if self._plan.behaviour is Behaviour.PUBLISHED:
            return None
        if self._plan.task is ClassTask.PANOPTIC:
            return self._plan.things  # also those not wanted: they keep their pixels from others
        return self._plan.wanted_things


def _paired(
    things: Sequence[FramePredictions], stuff: Sequence[FramePredictions]
) -> list[SettledClasses]:
    return [SettledClasses(*each) for each in zip(things, stuff, strict=True)]
