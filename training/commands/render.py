"""`tarvis-train render`: clips of rendered scenes, as a folder of DAVIS layout."""

import argparse
import sys
from pathlib import Path

from training.commands.evaluate import default_data
from training.data_manifest import read_manifest
from training.rendered_clips import ClipRenderer, RenderSettings, render_clips


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument(
        "data",
        type=Path,
        nargs="?",
        default=default_data(),
        help="folder with manifest.json, whose training stills give the photographs "
        "(default: data in the folder that TARVIS_SHARED names)",
    )
    parser.add_argument("--into", type=Path, required=True, help="folder of the clips")
    parser.add_argument("--clips", type=int, default=100, help="how many there shall be")
    parser.add_argument("--seed", type=int, default=1, help="another seed gives other clips")
    parser.add_argument(
        "--without-academic", action="store_true", help="leave out photos with academic terms"
    )


def run(arguments: argparse.Namespace) -> int:
    """Render; what is there already is kept."""
    frames = read_manifest(
        arguments.data, "train", includes_academic=not arguments.without_academic
    )
    stills = [frame for frame in frames if frame.clip is None]
    renderer = ClipRenderer(stills, RenderSettings())
    names = render_clips(renderer, arguments.into, arguments.clips, arguments.seed)
    sys.stdout.write(f"{len(names)} clips of seed {arguments.seed} are in {arguments.into}\n")
    return 0
