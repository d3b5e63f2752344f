"""propagate(): targets and classes carried through a video, clip by clip, as a generator.

Everything that a clip hands to the next one is local to the generators here. Results stream as
`ClipMasks`; each lists the targets it answers for, and answers for them on all of its frames.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from threading import Event

from tarvis_core.annotation.mask import Mask
from tarvis_core.annotation.segmentation import (
    ClassRequest,
    ClipMasks,
    FoundTarget,
    PredictedMask,
    TrackRequest,
)
from tarvis_core.annotation.target import TargetId
from tarvis_core.errors import ConfigError
from tarvis_core.inference.answered_targets import EVERYTHING, AnsweredTargets
from tarvis_core.inference.class_clips import SearchPlan
from tarvis_core.inference.class_search import ClassSearch
from tarvis_core.inference.clip_source import ClipSource
from tarvis_core.inference.clip_stepper import Settled, SettledFrame
from tarvis_core.inference.clip_walk import ClipWalk
from tarvis_core.inference.object_tracks import Drafts, ObjectTracks
from tarvis_core.inference.run_plan import Run, Span, plan_runs
from tarvis_core.inference.settings import InferenceSettings
from tarvis_core.inference.target_cues import TargetCues
from tarvis_core.model.behaviour import Behaviour


def propagate(
    source: ClipSource,
    request: TrackRequest,
    settings: InferenceSettings,
    stop: Event | None = None,
    drafts: Drafts | None = None,
) -> Iterator[ClipMasks]:
    """Carry the targets of a request through its frames (VOS and PET).

    Args:
        source: The video's clips.
        request: Exemplars and frames wanted. Exemplars outside the wanted frames are used, too.
        settings: Behaviour, joint pass and the like.
        stop: Set it to end: what was settled by then still comes, a clip whose frames are being
            encoded is given up.
        drafts: What clicks and boxes mean on their own frame; see `ObjectTracks`.

    Yields:
        The masks of each clip's settled frames; every (target, frame) comes once. Masks that a
        person drew come back bit-exact.

    Raises:
        DeviceMemoryError: Memory ran out even with the smallest clips.
        VideoError: A frame cannot be read.
    """
    walk = ClipWalk(source, settings, stop)
    yield from _Propagation(source, settings, walk, drafts).objects(request)


def find_classes(
    source: ClipSource,
    plan: SearchPlan,
    request: ClassRequest,
    settings: InferenceSettings,
    stop: Event | None = None,
) -> Iterator[ClipMasks]:
    """Find everything of a plan's classes (VIS, VPS); see `propagate`.

    Args:
        source: The video's clips.
        plan: What is searched.
        request: The frames wanted.
        settings: Behaviour and the like.
        stop: Set it to end, within the clip in work.

    Yields:
        The masks of each clip's settled frames, and everything found so far.
    """
    yield from _Propagation(source, settings, ClipWalk(source, settings, stop)).classes(
        plan, request
    )


def propagate_and_find(
    source: ClipSource,
    request: TrackRequest,
    plan: SearchPlan,
    settings: InferenceSettings,
    stop: Event | None = None,
    drafts: Drafts | None = None,
) -> Iterator[ClipMasks]:
    """Carry targets and find classes over the same features (the paper's Figure 5).

    One walk over the request's frames answers for the targets' forward direction and all classes,
    in one decoder pass or in two (`InferenceSettings.joint_pass`); what a tracked target covers is
    taken from the found ones. A second walk carries the targets backward where that is asked for.

    Args:
        source: The video's clips.
        request: Exemplars; its frames are those of the class search, too.
        plan: What is searched.
        settings: Joint pass, behaviour and the like.
        stop: Set it to end, within the clip in work.
        drafts: What clicks and boxes mean on their own frame; see `ObjectTracks`.

    Yields:
        The masks of each clip's settled frames, and everything found so far.
    """
    walk = ClipWalk(source, settings, stop)
    yield from _Propagation(source, settings, walk, drafts).both(request, plan)


@dataclass
class _Progress:
    total: int
    done: int = 0


@dataclass
class _Propagation:
    source: ClipSource
    settings: InferenceSettings
    walk: ClipWalk
    drafts: Drafts | None = None
    progress: _Progress = field(default_factory=lambda: _Progress(0))
    answered: AnsweredTargets = EVERYTHING

    def objects(self, request: TrackRequest) -> Iterator[ClipMasks]:
        is_published = self.settings.behaviour is Behaviour.PUBLISHED
        most_idle = None if is_published else self.source.settings.length
        cues, runs = self._plan(request, most_idle)
        self.progress = _Progress(sum(run.num_frames for run in runs))
        for run in runs:
            yield from self._carry(run, cues)

    def classes(self, plan: SearchPlan, request: ClassRequest) -> Iterator[ClipMasks]:
        first, last = request.first_frame, min(request.last_frame, self.source.num_frames - 1)
        self.progress = _Progress(max(0, last - first + 1))
        search = ClassSearch(self.source, plan)
        run = Run(first, last, {})
        for (settled,) in self.walk.steps(run, [search]):
            yield from self._answers(settled, run, (first, last))

    def both(self, request: TrackRequest, plan: SearchPlan) -> Iterator[ClipMasks]:
        if self.settings.behaviour is Behaviour.PUBLISHED:
            raise ConfigError("the published code never asks for targets and classes together")
        cues, runs = self._plan(request)
        first, last = request.first_frame, min(request.last_frame, self.source.num_frames - 1)
        forward = next((run for run in runs if not run.is_backward), Run(first, last, {}))
        backward = [run for run in runs if run.is_backward]
        self.progress = _Progress(last - first + 1 + sum(run.num_frames for run in backward))
        joint = Run(min(first, forward.start), last, forward.answers)
        tracks = ObjectTracks(
            self.source, cues, self.settings, drafts=self.drafts, answered=self.answered
        )
        search = ClassSearch(self.source, plan)
        for of_tracks, of_search in self.walk.steps(joint, [tracks, search]):
            merged = _with_tracked(of_search, of_tracks, joint)
            yield from self._answers(merged, joint, (first, last))
        for run in backward:
            yield from self._carry(run, cues)

    def _plan(
        self, request: TrackRequest, most_idle: int | None = None
    ) -> tuple[TargetCues, tuple[Run, ...]]:
        cues = TargetCues(request.exemplars, self.source.video.size)
        outside = [frame for frame in cues.frames if not 0 <= frame < self.source.num_frames]
        if outside:
            raise ValueError(
                f"exemplars on frames {outside} of a video of {self.source.num_frames} frames"
            )
        wanted = self._wanted(request, cues)
        self.answered = AnsweredTargets(None if request.wanted is None else wanted)
        return cues, plan_runs(cues, wanted, request.direction, most_idle)

    def _wanted(
        self, request: TrackRequest, cues: TargetCues
    ) -> Mapping[TargetId, tuple[Span, ...]]:
        """The frames of the video that a request wants, by target."""
        whole = (request.first_frame, min(request.last_frame, self.source.num_frames - 1))
        if request.wanted is None:
            return dict.fromkeys(cues.targets, (whole,))
        return {
            target: tuple((max(first, whole[0]), min(last, whole[1])) for first, last in spans)
            for target, spans in request.wanted.items()
        }

    def _carry(self, run: Run, cues: TargetCues) -> Iterator[ClipMasks]:
        tracks = ObjectTracks(
            self.source,
            cues,
            self.settings,
            is_backward=run.is_backward,
            drafts=self.drafts,
            answered=self.answered,
        )
        for (settled,) in self.walk.steps(run, [tracks]):
            yield from self._answers(settled, run)

    def _answers(
        self, settled: Settled, run: Run, searched: Span | None = None
    ) -> Iterator[ClipMasks]:
        """Settled frames in the order of the run, in parts with the same targets.

        Args:
            settled: What a clip settled.
            run: Says which targets are answered for on which frame.
            searched: The frames of a class search, which answers for all that it found.
        """
        ordered = sorted(settled.frames, key=lambda each: each.frame, reverse=run.is_backward)
        found = tuple(each.target for each in settled.found)
        parts: list[tuple[tuple[TargetId, ...], list[SettledFrame]]] = []
        for each in ordered:
            is_searched = searched is not None and searched[0] <= each.frame <= searched[1]
            targets = run.targets(each.frame) + (found if is_searched else ())
            if not targets and not is_searched:
                continue
            if parts and parts[-1][0] == targets:
                parts[-1][1].append(each)
            else:
                parts.append((targets, [each]))
        for index, (targets, frames) in enumerate(parts):
            lost = settled.lost if index == len(parts) - 1 else ()
            self.progress.done += len(frames)
            yield self._clip_masks(targets, frames, settled.found, lost)

    def _clip_masks(
        self,
        targets: Sequence[TargetId],
        frames: Sequence[SettledFrame],
        found: tuple[FoundTarget, ...],
        lost: tuple[TargetId, ...],
    ) -> ClipMasks:
        masks = {
            target: {each.frame: each.masks[target] for each in frames if target in each.masks}
            for target in targets
        }
        numbers = tuple(each.frame for each in frames)
        done, total = self.progress.done, self.progress.total
        return ClipMasks(numbers, masks, found, done, total, lost)


def _with_tracked(of_search: Settled, of_tracks: Settled, run: Run) -> Settled:
    """The found targets without what tracked ones cover, and the tracked ones."""
    tracked = {each.frame: each.masks for each in of_tracks.frames}
    frames = []
    for each in of_search.frames:
        answered = set(run.targets(each.frame))
        own = {t: m for t, m in tracked.get(each.frame, {}).items() if t in answered}
        covered = _union([mask.mask for mask in own.values()])
        found = {target: _without(mask, covered) for target, mask in each.masks.items()}
        kept = {target: mask for target, mask in found.items() if not mask.mask.is_empty}
        frames.append(SettledFrame(each.frame, {**own, **kept}))
    return Settled(tuple(frames), of_search.found, of_tracks.lost)


def _union(masks: Sequence[Mask]) -> Mask | None:
    union = None
    for mask in masks:
        union = mask if union is None else union.union(mask)
    return union


def _without(predicted: PredictedMask, covered: Mask | None) -> PredictedMask:
    if covered is None:
        return predicted
    mask = predicted.mask.difference(covered)
    return PredictedMask(mask, predicted.score, predicted.disagreement)
