"""Batches from a feature store: clips of one size and length, each with a question."""

from collections import defaultdict
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch.nn import functional

from tarvis_core.errors import ConfigError
from training.clip_sample import AskedBatch, ClipBatch, ClipSample, Task
from training.data_manifest import IGNORED_LABEL
from training.feature_pasting import (
    Guest,
    draw_guest,
    frames_there_and_back,
    paste_features,
    paste_labels,
)
from training.feature_store import FeatureStore, StoredClip
from training.object_questions import askable_labels, draw_question
from training.stored_batch_settings import BatchForm, StoredBatchSettings

MAX_TRIES = 200
"""How many clips are looked at for one that shows enough objects."""


@dataclass(frozen=True)
class _Visit:
    """A guest with the stored frames that it is from, and its label in the host's clip."""

    name: str
    frames: list[int]
    guest: Guest
    label: int


class StoredClipBatches:
    """Draws batches; step and place decide the batch from the same store."""

    def __init__(self, store: FeatureStore, settings: StoredBatchSettings, seed: int) -> None:
        self._store = store
        self._settings = settings
        self._seed = seed
        self._known: dict[str, tuple[tuple[int, ...], str]] = {}
        self._by_size: dict[tuple[int, ...], list[str]] = {}
        self._kin: dict[tuple[tuple[int, ...], str], list[str]] = {}
        self._weights: dict[tuple[int, ...], np.ndarray] = {}
        self.refresh()

    def refresh(self) -> None:
        """Look for clips that were added to the store."""
        for name in self._store.names():
            if name not in self._known:
                self._known[name] = self._store.describe(name)
        groups, kin = defaultdict(list), defaultdict(list)
        for name, (shape, source) in self._known.items():
            groups[shape[1:]].append(name)
            kin[shape[1:], source].append(name)
        self._by_size, self._kin = dict(groups), dict(kin)
        self._weights = {size: self._draw_weights(names) for size, names in groups.items()}

    @property
    def num_clips(self) -> int:
        """How many clips are known."""
        return len(self._known)

    def batch(self, step: int, place: int) -> AskedBatch:
        """The batch of a step at one place among those of the step.

        Raises:
            ConfigError: The store holds no clips, or none that fit the form drawn.
        """
        if not self._known:
            raise ConfigError("the feature store is empty; fill it first")
        random = np.random.default_rng((self._seed, step, place))
        shares = np.array([form.share for form in self._settings.forms])
        form = self._settings.forms[int(random.choice(len(shares), p=shares / shares.sum()))]
        sizes = [size for size in self._by_size if self._fitting(size, form)[0]]
        if not sizes:
            raise ConfigError(
                f"no stored clip has {form.num_frames} frames; fill the store further"
            )
        counts = np.array([self._fitting(size, form)[1].sum() for size in sizes])
        size = sizes[int(random.choice(len(sizes), p=counts / counts.sum()))]
        late_share = 0.0 if form.num_lead_frames else self._settings.question.late_reference_share
        has_late_reference = random.random() < late_share
        reference = int(random.integers(form.num_frames)) if has_late_reference else 0
        corrections = form.question.num_corrections
        num_corrections = int(random.integers(1, corrections + 1)) if corrections else 0
        samples = [self._sample(size, form, reference, random) for _ in range(form.num_clips)]
        batch = replace(
            ClipBatch.collate(samples),
            num_lead_frames=form.num_lead_frames,
            num_handed_over=form.num_handed_over,
            is_anchored=form.is_anchored,
            handover_seeds=_handover_seeds(form, random),
        )
        return AskedBatch(batch, num_corrections)

    def _draw_weights(self, names: list[str]) -> np.ndarray:
        weights = {each.source: each.weight for each in self._settings.source_weights}
        return np.array([weights.get(self._known[name][1], 1.0) for name in names])

    def _fitting(self, size: tuple[int, ...], form: BatchForm) -> tuple[list[str], np.ndarray]:
        """The clips of a size that are long enough and may be asked so, and their weights."""
        names, weights = self._by_size[size], self._weights[size]
        places = [
            place
            for place, name in enumerate(names)
            if self._known[name][0][0] >= form.num_frames and self._may_ask(name, form)
        ]
        return [names[place] for place in places], weights[places]

    def _may_ask(self, name: str, form: BatchForm) -> bool:
        return form.asks_by_clicks or self._known[name][1] not in self._settings.click_sources

    def _sample(
        self, size: tuple[int, ...], form: BatchForm, reference: int, random: np.random.Generator
    ) -> ClipSample:
        names, weights = self._fitting(size, form)
        probabilities = weights / weights.sum()
        for _ in range(MAX_TRIES):
            name = names[int(random.choice(len(names), p=probabilities))]
            frames = _draw_frames(self._known[name][0][0], form.num_frames, random)
            label_maps = self._store.read_label_maps(name, frames)
            visits = self._visits(size, form, (name, frames), label_maps, random)
            for visit in visits:
                label_maps = paste_labels(label_maps, visit.guest, visit.label)
            visible = askable_labels(label_maps[reference], self._settings.question)
            if len(visible) >= form.question.num_objects:
                clip = self._with_guests(self._store.read(name, frames), label_maps, visits)
                return self._asked(clip, form, reference, random, name)
        raise ConfigError(
            f"no stored clip of size {size} shows {form.question.num_objects} objects; change the "
            "batches' forms or fill the store further"
        )

    def _visits(
        self,
        size: tuple[int, ...],
        form: BatchForm,
        host: tuple[str, list[int]],
        label_maps: np.ndarray,
        random: np.random.Generator,
    ) -> list[_Visit]:
        """Guests for a clip: where they are from, and how they come into it."""
        pasting = self._settings.pasting
        if random.random() >= pasting.share:
            return []
        visits = []
        for _ in range(2 if random.random() < pasting.second_share else 1):
            name, frames = host
            if random.random() >= pasting.twin_share:
                name = self._draw_guest_clip(size, form, host[0], random)
                available = self._known[name][0][0]
                frames = frames_there_and_back(available, len(frames))
            guest_maps = self._store.read_label_maps(name, frames)
            guest = draw_guest(label_maps, guest_maps, pasting, random)
            label = int(np.where(label_maps == IGNORED_LABEL, 0, label_maps).max()) + 1
            label += len(visits)
            if guest is not None and label < IGNORED_LABEL:
                visits.append(_Visit(name, frames, guest, label))
        return visits

    def _draw_guest_clip(
        self, size: tuple[int, ...], form: BatchForm, host: str, random: np.random.Generator
    ) -> str:
        """A clip that a guest comes from; sometimes one of the host's own source."""
        if random.random() < self._settings.pasting.kin_share:
            return str(random.choice(self._kin[size, self._known[host][1]]))
        return str(
            random.choice([name for name in self._by_size[size] if self._may_ask(name, form)])
        )

    def _with_guests(
        self, clip: StoredClip, label_maps: np.ndarray, visits: list[_Visit]
    ) -> StoredClip:
        features = clip.features
        for visit in visits:
            own = self._store.read(visit.name, visit.frames).features
            features = paste_features(features, own, visit.guest)
        return replace(clip, features=features, label_maps=label_maps)

    def _asked(
        self,
        clip: StoredClip,
        form: BatchForm,
        reference: int,
        random: np.random.Generator,
        name: str,
    ) -> ClipSample:
        settings = self._settings.question
        if form.spoiled_share:
            settings = replace(settings, leaked_share=0.0)
        question, targets = draw_question(
            clip.label_maps, reference, form.question, settings, random
        )
        return ClipSample(
            task=Task.OBJECTS,
            targets=targets,
            trunk_features=dict(clip.features),
            question=question,
            reference_frames=(reference,),
            name=name,
        )


def _handover_seeds(form: BatchForm, random: np.random.Generator) -> tuple[int | None, ...]:
    """For each clip of a form what draws its error; None for one without."""
    if not form.spoiled_share:
        return ()
    return tuple(
        int(random.integers(2**31)) if random.random() < form.spoiled_share else None
        for _ in range(form.num_clips)
    )


def trunk_pyramid(features: dict[int, torch.Tensor]) -> list[torch.Tensor]:
    """Stored maps as the trunk's four, fine to coarse; a missing stride 32 is pooled from 16.

    Args:
        features: Maps (B, T, C, H/s, W/s) by stride.
    """
    maps = [features[stride] for stride in sorted(features)]
    if 32 not in features:
        pooled = functional.avg_pool2d(maps[-1].flatten(0, 1), 2)
        maps.append(pooled.unflatten(0, maps[-1].shape[:2]))
    return maps


def _draw_frames(available: int, wanted: int, random: np.random.Generator) -> list[int]:
    """Frames of a clip in a random direction of time, at random distances."""
    span = min(available, wanted * int(random.integers(1, 4)))
    first = int(random.integers(available - span + 1))
    frames = sorted((first + random.choice(span, wanted, replace=False)).tolist())
    return frames[::-1] if random.random() < 0.5 else frames
