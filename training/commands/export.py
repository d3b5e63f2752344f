"""`tarvis-train export`: a run's averaged weights as a small file for the program."""

import argparse
import json
import sys
from pathlib import Path

import torch

from tarvis_core.model.checkpoint import load_checkpoint, read_header, save_checkpoint


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("weights", type=Path, help="weights.safetensors of a run's folder")
    parser.add_argument("output", type=Path, help="where the small file goes")
    parser.add_argument("--scores", type=Path, help="JSON of `tarvis-train evaluate` to go with it")
    parser.add_argument("--licence", default="", help="terms under which the weights are given")


def run(arguments: argparse.Namespace) -> int:
    """Write the weights with matrices in half precision."""
    model = load_checkpoint(arguments.weights, torch.device("cpu"))
    about: dict[str, object] = dict(read_header(arguments.weights).metadata)
    if arguments.scores:
        summary = json.loads(arguments.scores.read_text("utf-8"))["summary"]
        about["scores"] = {name: round(value, 3) for name, value in summary.items()}
    if arguments.licence:
        about["licence"] = arguments.licence
    save_checkpoint(model, arguments.output, about, matrix_type=torch.float16)
    megabytes = arguments.output.stat().st_size / 1e6
    sys.stdout.write(f"wrote {arguments.output}, {megabytes:.1f} MB\n")
    return 0
