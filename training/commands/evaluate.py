"""`tarvis-train evaluate`: score weights on labelled clips and stills, beside baselines."""

import argparse
import os
import sys
from pathlib import Path

import torch

from tarvis_core.inference.settings import Precision
from training.distributed import joined_ranks
from training.evaluate import EvaluationSettings, evaluate_objects


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("weights", type=Path, help="a weights file of this program")
    parser.add_argument(
        "--data",
        type=Path,
        default=default_data(),
        help="folder with manifest.json (default: data in the folder that TARVIS_SHARED names)",
    )
    parser.add_argument("--output", type=Path, help="write all scores to this JSON file")
    parser.add_argument("--shorter-side", type=int, default=288, help="of frames, in pixels")
    parser.add_argument("--clip-length", type=int, default=8)
    parser.add_argument("--overlap", type=int, default=4)
    parser.add_argument("--precision", choices=[each.value for each in Precision], default="auto")
    parser.add_argument("--max-clips", type=int, help="measure this many clips only")
    parser.add_argument("--max-frames", type=int, default=0, help="of each clip; 0 for all")
    parser.add_argument("--max-stills", type=int, default=0, help="of each source; 0 for all")
    parser.add_argument("--device", default="auto", help="auto, cpu or cuda")
    parser.add_argument("--threads", type=int, default=0, help="CPU threads; 0 for torch's choice")


def run(arguments: argparse.Namespace) -> int:
    """Measure, print a table, write the scores."""
    if arguments.threads:
        torch.set_num_threads(arguments.threads)
    settings = EvaluationSettings(
        shorter_side=arguments.shorter_side,
        clip_length=arguments.clip_length,
        overlap=arguments.overlap,
        precision=Precision(arguments.precision),
        max_stills=arguments.max_stills,
        max_clips=arguments.max_clips,
        max_frames=arguments.max_frames,
    )
    with joined_ranks(arguments.device) as ranks:
        scores = evaluate_objects(arguments.weights, arguments.data, settings, ranks)
        if ranks.is_first:
            sys.stdout.write(scores.table() + "\n")
            if arguments.output:
                scores.write(arguments.output)
    return 0


def default_data() -> Path:
    """The data folder of the reference material."""
    return Path(os.environ.get("TARVIS_SHARED", "../shared")) / "data"
