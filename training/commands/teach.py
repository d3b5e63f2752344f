"""`tarvis-train teach`: label the unlabelled objects of stills with a teacher's masks."""

import argparse
import sys
from pathlib import Path

import torch

from tarvis_core.errors import ConfigError
from training.commands.evaluate import default_data
from training.data_manifest import read_manifest
from training.teacher import Teacher
from training.teacher_labels import Teaching, teach_manifest


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument(
        "data",
        type=Path,
        nargs="?",
        default=default_data(),
        help="folder with manifest.json (default: data in the folder that TARVIS_SHARED names)",
    )
    parser.add_argument("--teacher", type=Path, required=True, help="mobile_sam.pt")
    parser.add_argument("--into", type=Path, required=True, help="folder of the labelled copies")
    parser.add_argument(
        "--source",
        action="append",
        help="label the stills of this source; may be given several times (default: coco_mval)",
    )
    parser.add_argument("--device", default="cpu", help="cpu or cuda")
    parser.add_argument("--threads", type=int, default=1, help="CPU threads")


def run(arguments: argparse.Namespace) -> int:
    """Label; what is there already is kept."""
    torch.set_num_threads(arguments.threads)
    sources = arguments.source or ["coco_mval"]
    frames = [
        frame
        for frame in read_manifest(arguments.data, "train")
        if frame.clip is None and frame.source in sources
    ]
    if not frames:
        raise ConfigError(f"{arguments.data} has no training stills of {', '.join(sources)}")
    teaching = Teaching(Teacher.load(arguments.teacher, arguments.device))
    count = teach_manifest(teaching, arguments.data, frames, arguments.into)
    sys.stdout.write(f"{len(frames)} stills with {count} labels more are in {arguments.into}\n")
    return 0
