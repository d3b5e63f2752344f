"""`tarvis-train finetune`: adapt weights to corrected projects."""

import argparse
import shutil
import sys
from datetime import UTC, datetime
from pathlib import Path

from tarvis_core.inference.weights_catalog import find_weights
from training.distributed import joined_ranks
from training.finetune import FinetuneReport, FinetuneSettings, finetune

DEFAULTS = FinetuneSettings()


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("projects", type=Path, nargs="+", help="corrected .tarvis projects")
    parser.add_argument(
        "--from", dest="weights", required=True, help="where to start: a file, or a name"
    )
    parser.add_argument(
        "--folder", type=Path, help="of the run (default: a new one beside the first project)"
    )
    parser.add_argument("--output", type=Path, help="copy the new weights here if they are better")
    parser.add_argument("--steps", type=int, default=DEFAULTS.num_steps)
    parser.add_argument("--learning-rate", type=float, default=DEFAULTS.learning_rate)
    parser.add_argument(
        "--train-trunk", action="store_true", help="let the trunk learn, too (wants a GPU)"
    )
    parser.add_argument("--device", default="auto", help="auto, cpu or cuda")


def run(arguments: argparse.Namespace) -> int:
    """Train, measure, and keep the new weights only if they are better.

    Returns:
        0 if they are, else 1.
    """
    settings = FinetuneSettings(
        num_steps=arguments.steps,
        learning_rate=arguments.learning_rate,
        trunk_learning_rate_factor=0.1 if arguments.train_trunk else 0.0,
    )
    start = find_weights(arguments.weights)
    with joined_ranks(arguments.device) as ranks:
        chosen = arguments.folder or new_folder(arguments.projects[0], datetime.now(UTC))
        folder = ranks.gathered([chosen])[0]
        report = finetune(arguments.projects, start, folder, ranks, settings)
        if ranks.is_first:
            sys.stdout.write(_words(report))
            if report.is_better and arguments.output:
                shutil.copyfile(report.weights, arguments.output)
    return 0 if report.is_better else 1


def new_folder(project: Path, now: datetime) -> Path:
    """A folder for a run that begins now: an earlier run's would only be gone on with."""
    return project.with_name(f"{project.stem}-finetune-{now:%Y%m%d-%H%M%S}")


def _words(report: FinetuneReport) -> str:
    told = (
        f"J&F on {report.num_held_back} held-back frames: {report.before:.1f} before, "
        f"{report.after:.1f} after\n"
    )
    if report.is_better:
        return told + f"the new weights are {report.weights}\n"
    return told + "the new weights are not better and replace nothing; keep the old ones\n"
