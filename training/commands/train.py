"""`tarvis-train train`: train by a run file."""

import argparse
from pathlib import Path

import cv2

from tarvis_core.errors import ConfigError
from training.class_questions import StoredBatches, StoredClassBatches
from training.distributed import Ranks, joined_ranks
from training.feature_store import FeatureStore
from training.joint_batches import JointBatches
from training.run_config import RunConfig, read_run_config
from training.stored_clip_batches import StoredClipBatches
from training.train import BatchSource, train

CONFIGS = Path(__file__).parents[1] / "configs"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    names = ", ".join(sorted(path.stem for path in CONFIGS.glob("*.yaml")))
    parser.add_argument("run_file", help=f"a YAML file, or one of: {names}")
    parser.add_argument("--folder", type=Path, required=True, help="checkpoints, log and weights")
    parser.add_argument("--store", type=Path, help="stored clips, for runs with a frozen trunk")
    parser.add_argument("--device", default="auto", help="auto, cpu or cuda")


def run(arguments: argparse.Namespace) -> int:
    """Train to the end of the run."""
    cv2.setNumThreads(1)
    config = read_run_config(run_file(arguments.run_file))
    with joined_ranks(arguments.device) as ranks:
        train(config, batch_source(config, arguments.store, ranks), arguments.folder, ranks)
    return 0


def batch_source(config: RunConfig, store: Path | None, ranks: Ranks) -> BatchSource:
    """Where a run's batches come from: a feature store, or the run file's data sets.

    Raises:
        ConfigError: The run names no data sets and no store is given.
    """
    if store is not None:
        return stored_batches(config, FeatureStore(store))
    if not config.joint.sources:
        raise ConfigError("this run names no data sets (joint.sources); give a store by --store")
    places = config.run.accumulation * ranks.count
    return JointBatches(config.joint, config.run.num_steps, config.run.seed, places)


def stored_batches(config: RunConfig, store: FeatureStore) -> BatchSource:
    """Batches out of a feature store, about objects and, if the run wants it, classes."""
    seed, classes = config.run.seed, config.stored_classes
    objects = StoredClipBatches(store, config.stored_clips, seed)
    if classes.share == 0:
        return objects
    return StoredBatches(objects, StoredClassBatches(store, classes, seed), classes.share, seed)


def run_file(name: str) -> Path:
    """The run file of this path, or of this name among the program's own.

    Raises:
        ConfigError: There is neither.
    """
    for candidate in (Path(name), CONFIGS / f"{name}.yaml"):
        if candidate.is_file():
            return candidate
    raise ConfigError(f"there is no run file {name}; name a YAML file or one in {CONFIGS}")
