"""`tarvis-train curves`: the curves of a run as one picture."""

import argparse
import sys
from pathlib import Path

import cv2

from training.curves import draw_curves, read_curves


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("folder", type=Path, help="a run's folder, with log.jsonl")
    parser.add_argument("--output", type=Path, help="PNG file (default: curves.png in the folder)")


def run(arguments: argparse.Namespace) -> int:
    """Draw the picture."""
    output: Path = arguments.output or arguments.folder / "curves.png"
    picture = draw_curves(read_curves(arguments.folder / "log.jsonl"))
    cv2.imwrite(str(output), cv2.cvtColor(picture, cv2.COLOR_RGB2BGR))
    sys.stdout.write(f"wrote {output}\n")
    return 0
