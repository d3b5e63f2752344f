"""`tarvis bench`: how fast these weights are on this machine, and where the time goes."""

import argparse
import dataclasses
import json
import os
import platform
import sys
from pathlib import Path
from typing import Any

import torch

from tarvis_core.commands.inference_arguments import (
    add_clip_arguments,
    add_device_argument,
    add_kernel_argument,
    chosen_clips,
    weights_of,
)
from tarvis_core.inference.benchmark import MANY_TARGETS, PARTS, Report, Row, measure_engine
from tarvis_core.inference.engine import InferenceEngine
from tarvis_core.inference.settings import InferenceSettings, Precision
from tarvis_core.video.frame_geometry import FrameGeometry

GIGABYTE = 10**9
LEAST_FRAMES = 2


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what is measured."""
    parser.add_argument("--weights", metavar="FILE", help="a file or a name; default: the usual")
    add_device_argument(parser)
    add_kernel_argument(parser)
    add_clip_arguments(parser)
    parser.add_argument(
        "--precision",
        type=Precision,
        choices=list(Precision),
        default=Precision.AUTO,
        metavar="FORMAT",
        help="auto, float32 or bfloat16",
    )
    parser.add_argument(
        "--size", type=_size, default=(480, 854), metavar="HxW", help="of the video (480x854)"
    )
    parser.add_argument("--frames", type=_frames, default=100, help="of the video (100)")
    parser.add_argument(
        "--targets",
        type=int,
        default=MANY_TARGETS,
        metavar="N",
        help=f"so many targets at once are compared with one ({MANY_TARGETS})",
    )
    parser.add_argument("--threads", type=int, help="processor threads; default: all")
    parser.add_argument("--cache-gb", type=float, help="room for features; default: as usual")
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write the figures here")


def run(arguments: argparse.Namespace) -> int:
    """Measure, print a table, write JSON."""
    if arguments.threads:
        torch.set_num_threads(arguments.threads)
    weights = weights_of(arguments)
    room = None if arguments.cache_gb is None else int(arguments.cache_gb * GIGABYTE)
    settings = InferenceSettings(
        clip=chosen_clips(arguments, weights),
        precision=arguments.precision,
        cache_bytes=room,
        may_fuse=arguments.may_fuse,
        targets_at_once=arguments.targets_at_once,
    )
    engine = InferenceEngine.load(weights, arguments.device, settings)
    conditions = _conditions(arguments, weights, engine)
    report = measure_engine(engine, arguments.size, arguments.frames, max(1, arguments.targets))
    sys.stdout.write(_table(conditions, report))
    if arguments.json:
        content = {
            "conditions": conditions,
            "rows": [dataclasses.asdict(row) for row in report.rows],
            "shares_of_first_pass": report.parts,
        }
        arguments.json.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n")
    return 0


def _conditions(
    arguments: argparse.Namespace, weights: Path, engine: InferenceEngine
) -> dict[str, Any]:
    height, width = arguments.size
    clip = engine.clips.for_tracking
    geometry = FrameGeometry.for_frame(
        arguments.size, clip.side_for(arguments.size), clip.longer_side, clip.multiple
    )
    return {
        "machine": _machine(engine.device),
        "torch": torch.__version__,
        "threads": torch.get_num_threads(),
        "weights": weights.stem,
        "number_format": str(engine.network.dtype).removeprefix("torch."),
        "video": f"{arguments.frames} frames of {height}×{width}",
        "clips": f"{clip.length} frames, {clip.overlap} shared",
        "network_sees": _sizes(geometry, is_chosen=arguments.side is not None),
    }


def _sizes(geometry: FrameGeometry, *, is_chosen: bool) -> str:
    """The frames as the network sees them, and who decided that."""
    seen, padded = (
        "×".join(map(str, size)) for size in (geometry.network_size, geometry.padded_size)
    )
    reason = "as --side says" if is_chosen else "as the weights recommend; --side changes it"
    return f"frames of {seen}, padded to {padded} ({reason})"


def _machine(device: torch.device) -> str:
    if device.type == "cuda":
        return torch.cuda.get_device_name(device)
    cpuinfo = Path("/proc/cpuinfo")
    names = [platform.processor() or platform.machine()]
    if cpuinfo.exists():
        lines = cpuinfo.read_text(errors="replace").splitlines()
        names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return f"{(names or ['CPU'])[0]}, {os.cpu_count()} cores"


def _table(conditions: dict[str, Any], report: Report) -> str:
    lines = [f"{name.replace('_', ' '):15} {value}" for name, value in conditions.items()]
    lines += ["", f"{'':52}{'waited':>12}{'processor':>12}"]
    lines += [f"{row.title:52}{_value(row):>12}{_processor(row):>12}" for row in report.rows]
    lines += ["", "where the first pass's processor time goes"]
    rest = 1 - sum(report.parts.values())
    shares = [(PARTS[name], share) for name, share in report.parts.items() if share > 0]
    lines += [f"  {name:50}{share:>11.1%}" for name, share in [*shares, ("all else", rest)]]
    return "\n".join(lines) + "\n"


def _value(row: Row) -> str:
    if row.unit == "s":
        return _seconds(row.value)
    return f"{row.value:.2f} {row.unit}"


def _processor(row: Row) -> str:
    return "" if row.processor_s is None else _seconds(row.processor_s)


def _seconds(value: float) -> str:
    return f"{1000 * value:.0f} ms" if value < 1 else f"{value:.2f} s"


def _size(text: str) -> tuple[int, int]:
    height, _, width = text.partition("x")
    if not (height.isdigit() and width.isdigit() and int(height) > 0 and int(width) > 0):
        raise argparse.ArgumentTypeError(f"“{text}” is not HEIGHTxWIDTH, such as 480x854")
    return int(height), int(width)


def _frames(text: str) -> int:
    if not text.isdigit() or int(text) < LEAST_FRAMES:
        raise argparse.ArgumentTypeError(f"“{text}” is not a number of at least {LEAST_FRAMES}")
    return int(text)
