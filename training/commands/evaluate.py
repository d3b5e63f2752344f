"""`tarvis-train evaluate`: score weights on a benchmark, or on clips and stills with baselines."""

import argparse
import os
import sys
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import torch

from tarvis_core.errors import ConfigError
from tarvis_core.inference.settings import ClipSettings, Precision, recommended_clips
from tarvis_core.inference.weights_catalog import find_weights
from tarvis_core.model.behaviour import Behaviour
from tarvis_core.model.checkpoint import read_header
from training.benchmark.benchmark_list import BENCHMARKS, Question
from training.benchmark.evaluation import (
    ALL_SPLITS,
    SUBMISSION,
    BenchmarkRun,
    evaluate_benchmark,
)
from training.distributed import Ranks, joined_ranks
from training.evaluate import EvaluationSettings, evaluate_objects
from training.pasted_clips import NUM_PASTED_CLIPS

PATIENCE = timedelta(days=7)
"""How long a process that has done its share waits for the others."""

BENCHMARK_HELP = f"""
With --benchmark the weights are run over a whole data set in its published layout, and --output is
a folder that gets scores.json, scores.txt and the files that the benchmark's server takes
(submission). Started again, the command goes on where it stopped. Several processes share the
videos: torchrun --nproc-per-node 8 -m training evaluate WEIGHTS --benchmark ...

benchmarks: {"; ".join(f"{b.name} ({b.question.value}: {b.measures})" for b in BENCHMARKS.values())}
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.epilog = BENCHMARK_HELP
    parser.add_argument("weights", help="a weights file of this program, or a name")
    parser.add_argument("--benchmark", choices=list(BENCHMARKS), help="run this benchmark")
    parser.add_argument(
        "--data",
        type=Path,
        default=default_data(),
        help="the benchmark's folder or annotation file; without --benchmark, a folder with "
        "manifest.json (default: data in the folder that TARVIS_SHARED names)",
    )
    parser.add_argument(
        "--output", type=Path, help="JSON file of all scores; with --benchmark, a folder"
    )
    _add_benchmark_arguments(parser)
    parser.add_argument("--shorter-side", type=int, help="of frames, in pixels; 0 for their own")
    parser.add_argument("--clip-length", type=int)
    parser.add_argument("--overlap", type=int)
    parser.add_argument("--precision", choices=[each.value for each in Precision], default="auto")
    parser.add_argument("--max-clips", type=int, help="measure this many clips or videos only")
    parser.add_argument("--max-frames", type=int, default=0, help="of each clip; 0 for all")
    parser.add_argument(
        "--pairs",
        type=int,
        default=NUM_PASTED_CLIPS,
        help="clips with two objects to make out of the others (default: %(default)s)",
    )
    parser.add_argument("--max-stills", type=int, default=0, help="of each source; 0 for all")
    parser.add_argument("--teacher", type=Path, help="mobile_sam.pt, measured as a baseline")
    parser.add_argument("--pictures", type=Path, help="folder for pictures of the masks")
    parser.add_argument("--device", default="auto", help="auto, cpu or cuda")
    parser.add_argument("--threads", type=int, default=0, help="CPU threads; 0 for torch's choice")


def _add_benchmark_arguments(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("benchmarks only")
    group.add_argument("--images", type=Path, help="folder of the images, if in an unusual place")
    group.add_argument(
        "--split", help=f"such as val, where a folder holds several; {ALL_SPLITS} for all"
    )
    group.add_argument(
        "--exemplars",
        choices=[Question.MASKS.value, Question.POINTS.value],
        help="give objects by mask (VOS) or by point (PET); default: as the benchmark does",
    )
    group.add_argument(
        "--first-frames", type=Path, help="BURST's file of first masks and points to start from"
    )
    group.add_argument(
        "--behaviour",
        choices=[each.value for each in Behaviour],
        default=Behaviour.INTENDED.value,
        help="published: do as the released code does, its errors included",
    )


def run(arguments: argparse.Namespace) -> int:
    """Measure, print a table, write the scores."""
    arguments.weights = find_weights(arguments.weights)
    if arguments.threads:
        torch.set_num_threads(arguments.threads)
    with joined_ranks(arguments.device, patience=PATIENCE) as ranks:
        if arguments.benchmark:
            return _run_benchmark(arguments, ranks)
        scores = evaluate_objects(arguments.weights, arguments.data, _settings(arguments), ranks)
        if ranks.is_first:
            sys.stdout.write(scores.table() + "\n")
            if arguments.output:
                scores.write(arguments.output)
    return 0


def _run_benchmark(arguments: argparse.Namespace, ranks: Ranks) -> int:
    if arguments.output is None:
        raise ConfigError("--benchmark needs --output, a folder for scores and submission")
    if arguments.data == default_data():
        raise ConfigError("--benchmark needs --data, the benchmark's folder or annotation file")
    scores = evaluate_benchmark(
        BenchmarkRun(
            benchmark=arguments.benchmark,
            data=arguments.data,
            weights=arguments.weights,
            output=arguments.output,
            images=arguments.images,
            split=arguments.split,
            first_frames=arguments.first_frames,
            exemplars=Question(arguments.exemplars) if arguments.exemplars else None,
            clips=_clips(arguments, BENCHMARKS[arguments.benchmark].clips),
            behaviour=Behaviour(arguments.behaviour),
            precision=Precision(arguments.precision),
            max_videos=arguments.max_clips,
        ),
        ranks,
    )
    if ranks.is_first:
        if scores is not None:
            sys.stdout.write(scores.table() + "\n")
        sys.stdout.write(f"submission: {arguments.output / SUBMISSION}\n")
    return 0


def _settings(arguments: argparse.Namespace) -> EvaluationSettings:
    return EvaluationSettings(
        clips=_own_clips(arguments),
        precision=Precision(arguments.precision),
        max_stills=arguments.max_stills,
        max_clips=arguments.max_clips,
        max_frames=arguments.max_frames,
        num_pairs=arguments.pairs,
        teacher=arguments.teacher,
        pictures=arguments.pictures,
    )


def _own_clips(arguments: argparse.Namespace) -> ClipSettings | None:
    """The clips that the weights were made for, as the command line changes them; none if not."""
    changes = (arguments.clip_length, arguments.overlap, arguments.shorter_side)
    if changes == (None, None, None):
        return None
    return _clips(arguments, recommended_clips(read_header(arguments.weights).metadata))


def _clips(arguments: argparse.Namespace, usual: ClipSettings) -> ClipSettings:
    """The usual clips with what the command line changes."""
    length = usual.length if arguments.clip_length is None else arguments.clip_length
    overlap = usual.overlap if arguments.overlap is None else arguments.overlap
    side = usual.shorter_side if arguments.shorter_side is None else arguments.shorter_side
    overlap = min(overlap, length // 2)
    return replace(usual, length=length, overlap=overlap, shorter_side=side or None)


def default_data() -> Path:
    """The data folder of the reference material."""
    return Path(os.environ.get("TARVIS_SHARED", "../shared")) / "data"
