"""What stills say about classes: VIS and VPS with the COCO super-categories as classes.

The stills at hand teach groups of classes, not each of the 133: 12 kinds of things, and stuff in
15 groups (`resources/class_lists/coco_supercategories.yaml`). A still can be asked for *all* things
only if all are labelled, and for every pixel only if all stuff is, too.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cache

import numpy as np
import torch

from tarvis_core.annotation.label_set import load_label_set
from tarvis_core.annotation.target import TargetKind
from tarvis_core.errors import ConfigError
from tarvis_core.model.released_label_sets import LabelSetConfig
from training.augmentation import visible_labels
from training.clip_sample import AskedBatch, ClipBatch, ClipSample, ClipTargets, Task
from training.data_manifest import IGNORED_LABEL
from training.feature_store import FeatureStore, StoredClip
from training.object_questions import (
    QuestionForm,
    QuestionSettings,
    askable_labels,
    draw_question,
)
from training.stored_clip_batches import StoredClipBatches

CLASS_LIST = "coco_supercategories"
"""Name of the classes' list."""
SUPERCATEGORIES = LabelSetConfig(CLASS_LIST, 27, tuple(range(12)))
"""The super-categories as the network sees them."""
FINE_CLASS_LIST = "coco_panoptic"
"""Where the stills' own class names are found, with their super-category."""
OTHER_ANIMALS = ("deer", "otter", "rhesus monkey", "rhino", "tiger", "turtle")
"""Class names of stills and clips that COCO has not."""
SOURCES_WITH_ALL_THINGS = frozenset({"coco_subset", "coco128_train", "coco128_val_panoptic"})
SOURCES_WITH_ALL_PIXELS = frozenset({"coco128_val_panoptic"})
MAX_TRIES = 200
"""How many stored clips are looked at for one that can be asked about classes."""


@cache
def supercategory_rows() -> Mapping[str, int]:
    """Row of the list of super-categories for each class name that stills and clips use."""
    groups = {c.name: row for row, c in enumerate(load_label_set(CLASS_LIST).categories)}
    rows = {c.name: groups[c.supercategory] for c in load_label_set(FINE_CLASS_LIST).categories}
    return rows | dict.fromkeys(OTHER_ANIMALS, groups["animal"])


def is_thing_row(row: int) -> bool:
    """Whether a super-category's things are told apart."""
    return load_label_set(CLASS_LIST).categories[row].kind is TargetKind.THING


def class_tasks(source: str) -> tuple[Task, ...]:
    """Which tasks about classes the stills of a source can be used for."""
    if source in SOURCES_WITH_ALL_PIXELS:
        return (Task.VIS, Task.VPS)
    return (Task.VIS,) if source in SOURCES_WITH_ALL_THINGS else ()


def class_targets(
    label_maps: np.ndarray, classes: Mapping[int, str], task: Task, min_pixels: int = 50
) -> ClipTargets | None:
    """The truth about the classes of a clip made of a still.

    Args:
        label_maps: (T, H, W) uint8, 255 where nothing is known.
        classes: Class name by label, as the still's manifest has it.
        task: VIS or VPS.
        min_pixels: Things with fewer pixels in the whole clip are not asked for.

    Returns:
        Masks and classes of all things, and for VPS the row of every pixel; pixels without a label
        are not judged there. None if the clip shows no thing, or something without a known class,
        as objects pasted from other stills are.
    """
    rows_of = supercategory_rows()
    labels = visible_labels(label_maps)
    if any(classes.get(label) not in rows_of for label in labels):
        return None
    rows = {label: rows_of[classes[label]] for label in labels}
    large = set(visible_labels(label_maps, min_pixels))
    things = [label for label in labels if label in large and is_thing_row(rows[label])]
    if not things:
        return None
    masks = np.stack([label_maps == label for label in things])
    class_ids = torch.tensor([rows[label] + 1 for label in things])
    ignored = label_maps == IGNORED_LABEL
    if task is Task.VIS:
        return ClipTargets(torch.from_numpy(masks), torch.from_numpy(ignored), class_ids)
    table = np.zeros(256, np.int64)
    table[list(rows)] = list(rows.values())
    unknown = ignored | (label_maps == 0)
    semantic = np.where(unknown, 0, table[label_maps])
    return ClipTargets(
        torch.from_numpy(masks), torch.from_numpy(unknown), class_ids, torch.from_numpy(semantic)
    )


@dataclass(frozen=True)
class StoredClassSettings:
    """Batches about classes out of stored clips."""

    num_frames: int = 2
    num_clips: int = 4
    panoptic_share: float = 0.4
    """Share of VPS among them, the rest being VIS."""
    share: float = 0.0
    """Share of the steps that ask about classes; the others ask about objects."""
    mixed_share: float = 0.0
    """Share of the batches about classes that ask about objects in the same pass."""
    mixed_question: QuestionForm = field(default_factory=lambda: QuestionForm(1, 1))
    """How many exemplars of which kind those name."""
    question: QuestionSettings = field(default_factory=QuestionSettings)
    """How those are drawn."""

    def __post_init__(self) -> None:
        for name in ("share", "mixed_share"):
            if not 0 <= getattr(self, name) <= 1:
                raise ConfigError(f"stored_classes.{name} is {getattr(self, name)}; it must be 0…1")
        if self.mixed_question.num_corrections:
            raise ConfigError("stored_classes.mixed_question cannot have corrections")
        if self.num_frames < 1 or self.num_clips < 1 or not 0 <= self.panoptic_share <= 1:
            raise ConfigError(
                "batches about classes need one frame, one clip and a panoptic_share of 0…1"
            )


class StoredBatches:
    """Batches about objects and about classes out of one store; the step decides which kind."""

    def __init__(
        self, objects: StoredClipBatches, classes: "StoredClassBatches", share: float, seed: int
    ) -> None:
        self._objects = objects
        self._classes = classes
        self._share = share
        self._seed = seed

    def batch(self, step: int, place: int) -> AskedBatch:
        """The batch of a step at one place; all places of a step have the same kind.

        Raises:
            ConfigError: The store has nothing of the kind.
        """
        random = np.random.default_rng((self._seed, step, 2))
        source = self._classes if random.random() < self._share else self._objects
        return source.batch(step, place)


class StoredClassBatches:
    """Draws batches of VIS and VPS out of a feature store; step and place decide the batch."""

    def __init__(self, store: FeatureStore, settings: StoredClassSettings, seed: int) -> None:
        self._store = store
        self._settings = settings
        self._seed = seed
        self._known: dict[str, tuple[tuple[int, ...], str]] = {}
        self.refresh()

    def refresh(self) -> None:
        """Look for clips that were added to the store."""
        for name in self._store.names():
            if name not in self._known:
                self._known[name] = self._store.describe(name)

    def batch(self, step: int, place: int) -> AskedBatch:
        """The batch of a step at one place among those of the step.

        Raises:
            ConfigError: No stored clips can be asked for classes.
        """
        settings = self._settings
        random = np.random.default_rng((self._seed, step, place, 1))
        task = Task.VPS if random.random() < settings.panoptic_share else Task.VIS
        by_size: dict[tuple[int, ...], list[str]] = {}
        for name, (shape, source) in self._known.items():
            if task in class_tasks(source) and shape[0] >= settings.num_frames:
                by_size.setdefault(shape[1:], []).append(name)
        if not by_size:
            raise ConfigError(
                f"the feature store holds no clips for {task.value}; they come of the stills of "
                f"{', '.join(sorted(SOURCES_WITH_ALL_THINGS))}"
            )
        counts = np.array([len(names) for names in by_size.values()])
        names = list(by_size.values())[int(random.choice(len(counts), p=counts / counts.sum()))]
        is_mixed = random.random() < settings.mixed_share
        asked = [
            self._asked(names, task, random, is_mixed=is_mixed) for _ in range(settings.num_clips)
        ]
        batch = ClipBatch.collate([about_classes for about_classes, _ in asked])
        if is_mixed:
            about_objects = [each for _, each in asked if each is not None]
            batch = replace(batch, companion=ClipBatch.collate(about_objects))
        return AskedBatch(batch)

    def _asked(
        self, names: list[str], task: Task, random: np.random.Generator, *, is_mixed: bool
    ) -> tuple[ClipSample, ClipSample | None]:
        """A clip asked about classes and, if wanted, about objects."""
        form, settings = self._settings.mixed_question, self._settings.question
        for _ in range(MAX_TRIES):
            name, clip = self._draw_clip(names, random)
            targets = class_targets(clip.label_maps, clip.classes, task)
            if targets is None:
                continue
            about_classes = ClipSample(
                task=task,
                targets=targets,
                trunk_features=dict(clip.features),
                label_set=CLASS_LIST,
                name=name,
            )
            if not is_mixed:
                return about_classes, None
            things = _map_of_things(targets)
            if len(askable_labels(things[0], settings)) >= form.num_objects:
                question, objects = draw_question(things, 0, form, settings, random)
                return about_classes, ClipSample(
                    Task.OBJECTS, objects, question=question, name=name
                )
        raise ConfigError(
            f"{MAX_TRIES} stored clips show nothing that {task.value} can use; fill the store "
            "with stills that get no pasted objects"
        )

    def _draw_clip(self, names: list[str], random: np.random.Generator) -> tuple[str, StoredClip]:
        name = names[int(random.integers(len(names)))]
        count = self._known[name][0][0]
        frames = random.choice(count, self._settings.num_frames, replace=False)
        return name, self._store.read(name, sorted(int(frame) for frame in frames))


def _map_of_things(targets: ClipTargets) -> np.ndarray:
    """Label maps (T, H, W) of the things alone, numbered from 1; 255 where nothing is known."""
    maps = np.where(targets.ignored.numpy(), IGNORED_LABEL, 0).astype(np.uint8)
    for number, mask in enumerate(targets.masks.numpy(), start=1):
        maps[mask] = number
    return maps
