"""Batches of joint training: VIS, VPS, VOS and PET clips out of several data sets."""

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from tarvis_core.annotation.formats.annotated_video import DatasetReader
from tarvis_core.annotation.formats.annotation_format import ReadOptions
from tarvis_core.annotation.formats.format_list import format_by_id, recognise
from tarvis_core.annotation.label_set import load_label_set
from tarvis_core.annotation.project_file import SUFFIX
from tarvis_core.errors import ConfigError
from training.clip_sample import AskedBatch, ClipBatch
from training.collate import pad_to_one_size
from training.datasets.clip_dataset import ClipDataset, ObjectsWanted, StillExtras
from training.datasets.manifest_stills import MANIFEST_RECIPES, ManifestStills
from training.datasets.project_clips import read_project
from training.datasets.source_recipes import RECIPES, SourceRecipe
from training.joint_settings import JointSettings, SourceSettings
from training.read_ahead import ReadAhead
from training.task_sampler import BatchKind, TaskSampler


class JointBatches:
    """Draws batches, some ahead of time in threads; step and place decide all draws."""

    def __init__(
        self, settings: JointSettings, num_steps: int, seed: int, places_per_step: int = 1
    ) -> None:
        """Open all data sets.

        Args:
            settings: Which data sets.
            num_steps: Length of the run.
            seed: Same seed, same batches.
            places_per_step: Batches of a step: accumulation times ranks.

        Raises:
            ConfigError: There is no source, or one has an empty share.
        """
        if not settings.sources:
            raise ConfigError("joint.sources is empty; name at least one data set")
        self._settings = settings
        self._seed = seed
        self._places = places_per_step
        names = _unique_names(settings.sources)
        extras = StillExtras(settings.occluder_share, settings.degraded_share)
        self._datasets = {
            name: open_source(source, settings.num_frames, extras)
            for name, source in zip(names, settings.sources, strict=True)
        }
        self._sampler = TaskSampler(
            {n: source.weight for n, source in zip(names, settings.sources, strict=True)},
            {name: dataset.recipe.tasks for name, dataset in self._datasets.items()},
            num_steps,
            seed,
        )
        self._ahead = ReadAhead(self._draw, settings.num_workers)

    @property
    def datasets(self) -> Mapping[str, ClipDataset]:
        """The data sets by name; several of one kind are numbered."""
        return self._datasets

    def kind(self, step: int) -> BatchKind:
        """What the batches of a step are."""
        return self._sampler.kind(step)

    def batch(self, step: int, place: int) -> AskedBatch:
        """The batch of a step at one place among those of the step."""
        return self._ahead.batch(step, place)

    def close(self) -> None:
        """End the reading threads."""
        self._ahead.close()

    def _draw(self, step: int, place: int) -> AskedBatch:
        kind = self._sampler.kind(step)
        dataset = self._datasets[kind.source]
        random = np.random.default_rng((self._seed, step, place))
        wanted = ObjectsWanted(kind.num_objects, kind.num_points)
        number = (step * self._places + place) * self._settings.batch_size
        order = np.random.default_rng((self._seed, number // len(dataset))).permutation(
            len(dataset)
        )
        samples = [
            dataset.sample(int(order[(number + i) % len(dataset)]), kind.task, wanted, random)
            for i in range(self._settings.batch_size)
        ]
        return AskedBatch(ClipBatch.collate(pad_to_one_size(samples)))


def _unique_names(sources: Sequence[SourceSettings]) -> list[str]:
    """A name for each source: PROJECT, then PROJECT 2 and so on."""
    names: list[str] = []
    counts: Counter[str] = Counter()
    for source in sources:
        counts[source.name] += 1
        number = counts[source.name]
        names.append(source.name if number == 1 else f"{source.name} {number}")
    return names


def open_source(
    settings: SourceSettings, num_frames: int, extras: StillExtras | None = None
) -> ClipDataset:
    """Open one data set for training.

    Raises:
        FormatError: It is not there or damaged.
        ConfigError: It holds no videos.
    """
    recipe = recipe_of(settings.name)
    return ClipDataset(settings.name, read_source(settings), recipe, num_frames, extras)


def recipe_of(name: str) -> SourceRecipe:
    """How clips are taken from a source of this name."""
    return RECIPES.get(name) or MANIFEST_RECIPES[name]


def read_source(settings: SourceSettings) -> DatasetReader:
    """The annotations of one data set.

    Raises:
        FormatError: It is not there or damaged.
    """
    recipe = recipe_of(settings.name)
    path = Path(settings.path)
    if settings.name in MANIFEST_RECIPES:
        return ManifestStills(path, recipe, includes_academic=not settings.without_academic)
    if path.suffix == SUFFIX:
        return read_project(path)
    label_set = settings.label_set or recipe.label_set
    options = ReadOptions(
        image_folder=Path(settings.images) if settings.images else None,
        label_set=load_label_set(label_set) if label_set else None,
        split=settings.split or None,
    )
    known = recognise(path) if settings.name == "PROJECT" else format_by_id(recipe.format_id)
    return known.read(path, options)
