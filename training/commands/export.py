"""`tarvis-train export`: a run's averaged weights as a small file for the program."""

import argparse
import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch

from tarvis_core.errors import ConfigError
from tarvis_core.inference.settings import ClickView, ClipSettings
from tarvis_core.model.checkpoint import load_checkpoint, read_header, save_checkpoint
from training.weights import mix_in

PADDED_TO = 32
"""What is exported is used with frames padded to multiples of this."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("weights", type=Path, help="weights.safetensors of a run's folder")
    parser.add_argument("output", type=Path, help="where the small file goes")
    parser.add_argument("--scores", type=Path, help="JSON of `tarvis-train evaluate` to go with it")
    parser.add_argument("--licence", default="", help="terms under which the weights are given")
    parser.add_argument(
        "--mix",
        nargs=2,
        metavar=("OTHER", "SHARE"),
        help="add this share (0…1) of other weights of the same network and take so much less of "
        "these: between two stages of one training the mixture is often better than either",
    )
    parser.add_argument(
        "--clips",
        nargs=3,
        type=int,
        metavar=("LENGTH", "OVERLAP", "SIDE"),
        help="clips that the program cuts for these weights, and their frames' shorter side",
    )
    parser.add_argument(
        "--least-side", type=int, help="frames are not enlarged beyond their own size, but to this"
    )
    parser.add_argument("--click-side", type=int, help="shorter side where clicks are answered")
    parser.add_argument(
        "--click-views",
        nargs="*",
        metavar="SIDE",
        help="further looks at a frame that is clicked on, whose mean answers the click: shorter "
        "sides, those with an m mirrored (416m 512 512m 352)",
    )
    parser.add_argument(
        "--drops-islands",
        action=argparse.BooleanOptionalAction,
        help="whether pieces of a mask that touch nothing known of their target are left out",
    )
    parser.add_argument(
        "--anchored",
        action=argparse.BooleanOptionalAction,
        help="whether runs keep the frame that a target was given on; only for weights that "
        "learned it (stored_clips.forms.is_anchored)",
    )


def run(arguments: argparse.Namespace) -> int:
    """Write the weights with matrices in half precision.

    Raises:
        ConfigError: A share or a clip's size has no meaning, or an option would have no effect.
        CheckpointError: A file is missing or damaged, or the two are not of the same network.
    """
    model = load_checkpoint(arguments.weights, torch.device("cpu"))
    if arguments.mix:
        mix_in(model, Path(arguments.mix[0]), _share(arguments.mix[1]))
    noted = dict(read_header(arguments.weights).metadata)
    if arguments.mix:
        noted.pop("scores", None)  # they were measured of one part alone
    about = noted | _wanted(arguments)
    save_checkpoint(model, arguments.output, about, matrix_type=torch.float16)
    megabytes = arguments.output.stat().st_size / 1e6
    sys.stdout.write(f"wrote {arguments.output}, {megabytes:.1f} MB\n")
    return 0


def _wanted(arguments: argparse.Namespace) -> dict[str, Any]:
    """What the program is told about the weights; what is not asked for stays as it was."""
    if arguments.least_side is not None and not arguments.clips:
        raise ConfigError("--least-side belongs to --clips; give both")
    about: dict[str, Any] = {}
    if arguments.scores:
        summary = json.loads(arguments.scores.read_text("utf-8"))["summary"]
        about["scores"] = {name: round(value, 3) for name, value in summary.items()}
    if arguments.licence:
        about["licence"] = arguments.licence
    if arguments.clips:
        length, overlap, side = arguments.clips
        least = arguments.least_side
        clips = ClipSettings(length, overlap, side, multiple=PADDED_TO, least_side=least)
        about["track_clips"] = asdict(clips)
        del about["track_clips"]["is_mirrored"]  # only looks at a click's frame are
    if arguments.click_side is not None:
        about["click_side"] = arguments.click_side
    if arguments.click_views is not None:
        about["click_views"] = [asdict(_click_view(text)) for text in arguments.click_views]
    if arguments.drops_islands is not None:
        about["drops_islands"] = arguments.drops_islands
    if arguments.anchored is not None:
        about["is_anchored"] = arguments.anchored
    return about


def _click_view(text: str) -> ClickView:
    side = text.removesuffix("m")
    if not side.isdigit():
        raise ConfigError(f"--click-views: “{text}” is no side; give one like 416, or 416m")
    return ClickView(int(side), is_mirrored=text.endswith("m"))


def _share(text: str) -> float:
    try:
        share = float(text)
    except ValueError as error:
        raise ConfigError(f"--mix: “{text}” is no share; give a number from 0 to 1") from error
    if not 0 <= share <= 1:
        raise ConfigError(f"--mix: {share} is no share; give a number from 0 to 1")
    return share
