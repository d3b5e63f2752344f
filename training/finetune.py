"""Adapting weights to a person's own corrections, and saying honestly whether it helped.

Part of the corrected frames is held back. Before and after training, the targets are carried from
the first corrected frame of each project, and J&F is measured on what was held back.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from tarvis_core.annotation.exemplar import MaskExemplar
from tarvis_core.annotation.mask import Mask
from tarvis_core.annotation.project import Project
from tarvis_core.annotation.project_file import ProjectFile
from tarvis_core.annotation.segmentation import Direction, TrackRequest
from tarvis_core.errors import ConfigError, VideoError
from tarvis_core.inference.engine import InferenceEngine
from tarvis_core.model.checkpoint import read_header
from tarvis_core.video.video_reader import VideoReader
from training.clip_sample import AskedBatch, ClipBatch, Task
from training.collate import pad_to_one_size
from training.datasets.clip_dataset import ClipDataset, ObjectsWanted
from training.datasets.project_clips import lawful_frames, read_project
from training.datasets.source_recipes import RECIPES
from training.distributed import Ranks
from training.losses.criterion import LossSettings
from training.metrics.j_and_f import JAndF, ScoredFrames
from training.optimisation import OptimiserSettings
from training.run_config import RunConfig, RunSettings, StartSettings
from training.train import train

logger = logging.getLogger(__name__)

HOLD_BACK_EVERY = 4
"""Of the corrected frames after the first, every so many are held back."""
LEAST_FRAMES = 4
"""A project with fewer corrected frames teaches too little to be measured."""
POINT_SHARE = 0.3


@dataclass(frozen=True)
class FinetuneSettings:
    """Sensible values for one GPU or a patient CPU."""

    num_steps: int = 200
    batch_size: int = 2
    learning_rate: float = 3e-5
    trunk_learning_rate_factor: float = 0.0
    shorter_side: int = 288
    num_points: int = 2048
    seed: int = 1


@dataclass(frozen=True)
class FinetuneReport:
    """Whether it helped; J&F in percent on held-back frames."""

    before: float
    after: float
    num_held_back: int
    weights: Path

    @property
    def is_better(self) -> bool:
        """Whether the new weights score higher."""
        return self.after > self.before


@dataclass(frozen=True)
class CorrectedProject:
    """A project's corrected frames, divided."""

    path: Path
    learned: tuple[int, ...]
    held_back: tuple[int, ...]

    @classmethod
    def divide(cls, path: Path) -> "CorrectedProject":
        """Hold back some corrected frames of a project.

        Raises:
            ConfigError: It has too few.
        """
        with ProjectFile.open(path, read_only=True) as file:
            frames = lawful_frames(file.project)
        if len(frames) < LEAST_FRAMES:
            raise ConfigError(
                f"{path} has {len(frames)} frames whose masks are all drawn or confirmed; "
                f"confirm at least {LEAST_FRAMES} frames"
            )
        held_back = frames[HOLD_BACK_EVERY - 1 :: HOLD_BACK_EVERY]
        return cls(path, tuple(f for f in frames if f not in held_back), held_back)


class ProjectBatches:
    """Batches of the corrected frames that are not held back."""

    def __init__(self, projects: Sequence[CorrectedProject], settings: FinetuneSettings) -> None:
        recipe = replace(RECIPES["PROJECT"], shorter_sides=(settings.shorter_side,))
        self._settings = settings
        self._datasets = [
            ClipDataset(each.path.stem, read_project(each.path, each.learned), recipe, num_frames=2)
            for each in projects
        ]

    def batch(self, step: int, place: int) -> AskedBatch:
        """The batch of a step at one place; one project at a time."""
        random = np.random.default_rng((self._settings.seed, step, place))
        dataset = self._datasets[step % len(self._datasets)]
        wanted = ObjectsWanted(1, int(random.random() < POINT_SHARE))
        samples = [
            dataset.sample(0, Task.OBJECTS, wanted, random)
            for _ in range(self._settings.batch_size)
        ]
        return AskedBatch(ClipBatch.collate(pad_to_one_size(samples)))


def finetune(
    paths: Sequence[Path],
    weights: Path,
    folder: Path,
    ranks: Ranks,
    settings: FinetuneSettings | None = None,
) -> FinetuneReport:
    """Train on projects from given weights, and measure before and after.

    Args:
        paths: `.tarvis` files.
        weights: Where to start.
        folder: Of the run; the new weights are `weights.safetensors` in it.
        ranks: This process among those that train.
        settings: None for the defaults.

    Raises:
        ConfigError: A project has too few corrected frames.
        VideoError: A project's video is not found.
    """
    settings = settings or FinetuneSettings()
    projects = [CorrectedProject.divide(path) for path in paths]
    before = score(projects, weights, ranks)
    train(run_config(weights, settings), ProjectBatches(projects, settings), folder, ranks)
    new = folder / "weights.safetensors"
    num_held_back = sum(len(project.held_back) for project in projects)
    return FinetuneReport(before, score(projects, new, ranks), num_held_back, new)


def run_config(weights: Path, settings: FinetuneSettings) -> RunConfig:
    """The run that fine-tuning is."""
    return RunConfig(
        model=read_header(weights).config,
        run=RunSettings(
            num_steps=settings.num_steps, save_every=settings.num_steps, seed=settings.seed
        ),
        start=StartSettings(weights=str(weights)),
        optimiser=OptimiserSettings(
            learning_rate=settings.learning_rate,
            trunk_learning_rate_factor=settings.trunk_learning_rate_factor,
            clip_norm=1.0,
            warmup_steps=min(10, settings.num_steps // 4),
            is_cosine=True,
            average_decay=0.95,
        ),
        losses=LossSettings(num_points=settings.num_points),
    )


def score(projects: Sequence[CorrectedProject], weights: Path, ranks: Ranks) -> float:
    """Mean J&F on the held-back frames of all projects, in percent."""
    engine = InferenceEngine.load(weights, str(ranks.device))
    measure = JAndF()
    for each in projects:
        with ProjectFile.open(each.path, read_only=True) as file:
            found = file.find_video()
            if found is None:
                raise VideoError(f"the video of {each.path} is not found; open it in the window")
            with VideoReader(found) as video:
                _add_project(measure, engine, video, file.project, each)
    return 100 * measure.result().j_and_f


def _add_project(
    measure: JAndF,
    engine: InferenceEngine,
    video: VideoReader,
    project: Project,
    frames: CorrectedProject,
) -> None:
    first = frames.learned[0]
    given = project.masks.masks_at(first)
    exemplars = tuple(
        MaskExemplar(first, target, known.mask)
        for target, known in given.items()
        if not known.mask.is_empty
    )
    request = TrackRequest(exemplars, first, max(frames.held_back), Direction.FORWARD)
    predicted: dict[int, dict[int, Mask]] = {}
    for answer in engine.track(video, request):
        for target, by_frame in answer.masks.items():
            for number, mask in by_frame.items():
                predicted.setdefault(number, {})[int(target)] = mask.mask
    pairs = [
        (_true_masks(project, number), predicted.get(number, {})) for number in frames.held_back
    ]
    targets = [int(exemplar.target) for exemplar in exemplars]
    measure.add_sequence(frames.path.stem, pairs, targets, ScoredFrames.ALL)


def _true_masks(project: Project, frame: int) -> dict[int, Mask]:
    known = project.masks.masks_at(frame)
    return {int(target): each.mask for target, each in known.items() if not each.mask.is_empty}
