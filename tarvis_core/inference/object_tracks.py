"""VOS and PET over a video: carries the targets of exemplars from clip to clip.

Specification, 8.4. What a clip hands the next one are its targets' masks in the shared frames,
which are encoded like a person's masks. A target without a pixel there is lost: it is absent until
an exemplar, or a certain look-alike of its last exemplar, brings it back.
"""

from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from tarvis_core.annotation.mask import Mask
from tarvis_core.annotation.target import TargetId
from tarvis_core.inference.answered_targets import (
    EVERYTHING,
    AnsweredTargets,
    predicted_frames,
)
from tarvis_core.inference.clip_exemplars import (
    ClipExemplars,
    HandedOver,
    anchored,
    gather_exemplars,
    remembered_exemplars,
)
from tarvis_core.inference.clip_source import ClipInput, ClipSource
from tarvis_core.inference.clip_stepper import Settled, SettledFrame
from tarvis_core.inference.decoding.islands import without_islands
from tarvis_core.inference.decoding.objects import join_by_target
from tarvis_core.inference.decoding.rivals import bound_rivals
from tarvis_core.inference.handing_over import hand_over
from tarvis_core.inference.mask_resizing import ABSENT_LOGIT, MASK_STRIDE
from tarvis_core.inference.object_mask_writers import (
    AveragingWriter,
    ObjectMaskWriter,
    PublishedWriter,
)
from tarvis_core.inference.overlap_buffer import ClipLogits
from tarvis_core.inference.reacquiring import with_reacquired
from tarvis_core.inference.settings import InferenceSettings
from tarvis_core.inference.target_cues import TargetCues
from tarvis_core.inference.target_memory import TargetMemory
from tarvis_core.model.behaviour import Behaviour
from tarvis_core.model.clip_features import ClipFeatures
from tarvis_core.model.model_output import QuerySet, TarvisOutput
from tarvis_core.model.object_exemplars import ObjectExemplars

Drafts = Callable[[int, TargetCues], Mapping[TargetId, Mask]]
"""Masks for targets of a frame that are given there by clicks or a box, from the frame's cues."""


@dataclass(frozen=True)
class _Question:
    """What the last `queries` asked."""

    exemplars: ClipExemplars | None
    remembered: ClipExemplars | None
    missing: tuple[int, ...]
    """Targets that `remembered` looks for."""


class ObjectTracks:
    """The targets of a run, clip by clip. Memory holds the logits of one clip."""

    def __init__(
        self,
        source: ClipSource,
        cues: TargetCues,
        settings: InferenceSettings,
        *,
        is_backward: bool = False,
        drafts: Drafts | None = None,
        answered: AnsweredTargets = EVERYTHING,
    ) -> None:
        """Begin a run.

        Args:
            source: The video's clips.
            cues: What is given on which frame.
            settings: Behaviour and the like.
            is_backward: Whether the run goes back in time.
            drafts: What clicks and boxes mean on their own frame: the run carries these masks as
                if they were drawn. None: the clip that contains the frame is asked.
            answered: What is wanted. Nobody looks for a rival that is lost, and a frame on which
                nothing but rivals was given is no anchor.
        """
        self._source = source
        self._drafts = drafts
        self._drafted: set[int] = set()
        self._cues = cues
        self._settings = settings
        self._is_backward = is_backward
        self._answered = answered
        self._writer: ObjectMaskWriter = (
            PublishedWriter()
            if settings.behaviour is Behaviour.PUBLISHED
            else AveragingWriter(lambda frame: self._cues.at(frame).rules)
        )
        self._memory = TargetMemory()
        self._previous: ClipLogits | None = None
        self._missing: tuple[int, ...] = ()
        self._question: _Question | None = None
        self._handed_over: tuple[object, HandedOver] | None = None

    @property
    def missing(self) -> tuple[TargetId, ...]:
        """Targets that were tracked and are lost now."""
        return tuple(TargetId(target) for target in self._missing)

    def wants(self, frames: tuple[int, ...]) -> bool:
        """Whether a target is in the clip before, starts in this one, or can be looked for."""
        handed_over = self._hand_over(frames)
        known = (*handed_over.visible, *self._cues.starters_in(frames))
        is_carried = any(map(self._answered.is_carried, known))
        return is_carried or bool(self._recallable(handed_over, frames))

    def queries(self, clip: ClipInput) -> Sequence[QuerySet]:
        """Queries of the targets, and in a second set those of lost ones.

        Raises:
            MemoryError: Answering a click made frames smaller; the clip has to come again.
        """
        self._draft(clip.frames)
        if self._source.geometry != clip.geometry:
            raise MemoryError("memory was short for a click's answer")
        handed_over = self._hand_over(clip.frames)
        exemplars = gather_exemplars(
            clip.frames,
            self._cues,
            handed_over,
            clip.geometry,
            self._settings.behaviour,
            is_backward=self._is_backward,
        )
        missing = self._recallable(handed_over, clip.frames)
        masks = self._memory.recall(missing)
        remembered = remembered_exemplars(masks, clip.geometry) if masks else None
        self._question = _Question(exemplars, remembered, missing)
        sets = []
        if exemplars is not None:
            sets.append(self._encode_in_clip(clip, exemplars))
        if remembered is not None:
            features = ClipFeatures.join(self._alone(remembered.reference_frames))
            sets.append(self._encode(features, remembered.objects))
        return sets

    def _draft(self, frames: tuple[int, ...]) -> None:
        for frame in frames:
            if self._drafts is not None and frame not in self._drafted:
                self._drafted.add(frame)
                masks = self._drafts(frame, self._cues)
                if masks:
                    self._cues = self._cues.with_masks(frame, masks)

    def accept(
        self,
        frames: tuple[int, ...],
        clip: ClipInput | None,
        outputs: Sequence[TarvisOutput],
        held: Container[int],
        views: Sequence[ClipLogits] = (),
    ) -> Settled:
        """Settle the frames that no later clip predicts again.

        Args:
            frames: The clip's frames.
            clip: The clip; None where nothing was asked.
            outputs: The answers to `queries`.
            held: Frames that the next clip predicts again.
            views: What other looks at the same frames say (`see`): predictions like the clip's.
        """
        question, self._question = self._question, None
        self._handed_over = None  # as large as the exemplars' masks; `queries` has used it
        before = () if self._previous is None else self._previous.targets
        if clip is None or question is None:
            logits = self._nothing(frames)
            settled = self._writer.skip(logits, held)
        else:
            logits = self._clip_logits(clip, question, list(outputs))
            del question  # the exemplars' masks
            for view in views:
                self._writer.push(view, frames)
            settled = self._writer.push(logits, held)
        lost = self._update_missing(before, logits.targets)
        self._previous = logits
        return Settled(self._noted(settled), lost=lost)

    def see(self, clip: ClipInput, outputs: Sequence[TarvisOutput]) -> ClipLogits:
        """What the answers to `queries` say; nothing is settled."""
        question, self._question = self._question, None
        assert question is not None, "`queries` comes first"
        return self._clip_logits(clip, question, list(outputs))

    def finish(self) -> Settled:
        """Settle the frames still held."""
        return Settled(self._noted(self._writer.finish()))

    def _encode_in_clip(self, clip: ClipInput, exemplars: ClipExemplars) -> QuerySet:
        features = clip.features_of(exemplars.reference_frames)
        anchors = self._anchors(clip, exemplars)
        if not anchors:
            return self._encode(features, exemplars.objects)
        objects = anchored(exemplars, anchors, clip.geometry)
        return self._encode(ClipFeatures.join([*self._alone(sorted(anchors)), features]), objects)

    def _anchors(self, clip: ClipInput, exemplars: ClipExemplars) -> dict[int, dict[int, Mask]]:
        """Frame → target → mask of the frames outside the clip on which targets were given."""
        if not self._settings.is_anchored or self._settings.behaviour is Behaviour.PUBLISHED:
            return {}
        given_by_masks = exemplars.targets[: exemplars.objects.num_masks]
        masks = self._memory.recall(given_by_masks)
        return {frame: each for frame, each in masks.items() if frame not in clip.frames}

    def _alone(self, frames: Sequence[int]) -> list[ClipFeatures]:
        return [self._source.frame_alone(frame) for frame in frames]

    def _encode(self, features: ClipFeatures, objects: ObjectExemplars) -> QuerySet:
        return self._source.network.object_queries(
            features, objects, self._settings.queries_per_object
        )

    def _hand_over(self, frames: tuple[int, ...]) -> HandedOver:
        key = (frames, self._source.geometry)
        if self._handed_over is None or self._handed_over[0] != key:
            self._handed_over = (key, hand_over(self._previous, frames, self._source.geometry))
        return self._handed_over[1]

    def _recallable(self, handed_over: HandedOver, frames: tuple[int, ...]) -> tuple[int, ...]:
        if (
            self._settings.reacquire_score is None
            or self._settings.behaviour is Behaviour.PUBLISHED
        ):
            return ()
        present = {*handed_over.visible, *self._cues.starters_in(frames)}
        candidates = dict.fromkeys([*self._missing, *handed_over.masks])
        return tuple(
            target
            for target in candidates
            if target > 0
            and target not in present
            and self._memory.knows(target)
            and not all(self._is_gone(target, frame) for frame in frames)
        )

    def _is_gone(self, target: int, frame: int) -> bool:
        return self._answered.is_gone(target, frame, self._cues, is_backward=self._is_backward)

    def _nothing(self, frames: tuple[int, ...]) -> ClipLogits:
        height, width = self._source.geometry.padded_size
        size = (0, len(frames), height // MASK_STRIDE, width // MASK_STRIDE)
        logits_NTHW = torch.zeros(size, device=self._source.network.device)
        return ClipLogits(frames, (), logits_NTHW, self._source.geometry)

    def _clip_logits(
        self, clip: ClipInput, question: _Question, outputs: list[TarvisOutput]
    ) -> ClipLogits:
        logits = self._nothing(clip.frames)
        if question.exemplars is not None:
            logits = self._of_exemplars(clip, question.exemplars, outputs.pop(0))
        if question.remembered is not None:
            seen = dict(_by_target(question.remembered, outputs.pop(0)))
            least = self._settings.reacquire_score or 0.0
            logits = with_reacquired(logits, seen, question.missing, least)
        return logits

    def _of_exemplars(
        self, clip: ClipInput, exemplars: ClipExemplars, output: TarvisOutput
    ) -> ClipLogits:
        targets, logits_NTHW = exemplars.targets, output.object_mask_logits()[0].float()
        if self._settings.behaviour is Behaviour.INTENDED:
            places = [clip.frames.index(frame) for frame in exemplars.reference_frames]
            logits_NTHW = bound_rivals(logits_NTHW, targets, exemplars.objects, places)
            targets, logits_NTHW = join_by_target(logits_NTHW, targets)
            if self._settings.drops_islands:
                logits_NTHW = without_islands(
                    logits_NTHW, targets, exemplars.targets, exemplars.objects, places
                )
        is_predicted_NT = predicted_frames(
            targets,
            clip.frames,
            exemplars.entry_frames,
            np.array([[self._is_gone(t, frame) for frame in clip.frames] for t in targets]),
            is_backward=self._is_backward,
        )
        blank = ~torch.from_numpy(is_predicted_NT).to(logits_NTHW.device)
        logits_NTHW = logits_NTHW.masked_fill(blank[:, :, None, None], ABSENT_LOGIT)
        if self._settings.behaviour is Behaviour.PUBLISHED:
            is_predicted_NT = np.ones((1, 1), dtype=np.bool_)
        return ClipLogits(clip.frames, targets, logits_NTHW, clip.geometry, is_predicted_NT)

    def _update_missing(
        self, before: tuple[int, ...], now: tuple[int, ...]
    ) -> tuple[TargetId, ...]:
        lost = tuple(
            dict.fromkeys(t for t in before if self._answered.is_carried(t) and t not in now)
        )
        still = tuple(target for target in self._missing if target not in now)
        self._missing = tuple(dict.fromkeys([*still, *lost]))
        return tuple(TargetId(target) for target in lost)

    def _noted(self, settled: Sequence[SettledFrame]) -> tuple[SettledFrame, ...]:
        for each in settled:
            given = self._cues.at(each.frame).starters
            starters = [t for t in given if self._answered.is_carried(abs(t))]
            self._memory.note(each.frame, starters, each.masks)
        return tuple(settled)


def _by_target(remembered: ClipExemplars, output: TarvisOutput) -> Iterator[tuple[int, Tensor]]:
    """Each remembered target with its logits (T, H4, W4)."""
    logits_NTHW = output.object_mask_logits()[0].float()
    targets, joined_NTHW = join_by_target(logits_NTHW, remembered.targets)
    return zip(targets, joined_NTHW, strict=True)
