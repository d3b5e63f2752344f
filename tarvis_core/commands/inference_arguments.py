"""The arguments that `tarvis track` and `tarvis segment` share, and what is made of them."""

import argparse
from dataclasses import replace
from pathlib import Path

import torch

from tarvis_core.annotation.formats.format_list import FORMATS
from tarvis_core.annotation.formats.write_job import Content
from tarvis_core.commands.annotation_source import format_name
from tarvis_core.commands.output_folder import add_overwrite_argument
from tarvis_core.errors import CheckpointError, ConfigError
from tarvis_core.inference.device import AUTO
from tarvis_core.inference.engine import InferenceEngine
from tarvis_core.inference.settings import (
    ClipSettings,
    InferenceSettings,
    Precision,
    recommended_clips,
)
from tarvis_core.inference.weights_catalog import default_weights, find_weights
from tarvis_core.model.behaviour import Behaviour
from tarvis_core.model.checkpoint import read_header
from tarvis_core.video.video_reader import VideoReader

GIGABYTE = 10**9
LEAST_SIDE = 32
"""Pixels of the coarsest map's cell."""


def add_inference_arguments(
    parser: argparse.ArgumentParser, *, takes_many_videos: bool = False
) -> None:
    """Declare the video, what comes out, and how the network runs.

    Args:
        parser: Of the verb.
        takes_many_videos: Whether `videos` is a list, instead of one `video`.
    """
    if takes_many_videos:
        parser.add_argument(
            "videos",
            type=Path,
            nargs="+",
            metavar="VIDEO",
            help="a video or folder of images; of several, each gets a folder of DIR, those done "
            "already are passed over, and the processes of torchrun share them",
        )
    else:
        parser.add_argument("video", type=Path, metavar="VIDEO", help="a video or folder of images")
    _add_output(parser.add_argument_group("output"))
    _add_range(parser.add_argument_group("frames, counted from 0"))
    _add_network(parser.add_argument_group("network"))


def _add_output(group: argparse._ArgumentGroup) -> None:
    known = ", ".join(annotation_format.id for annotation_format in FORMATS)
    group.add_argument("--out", required=True, type=Path, metavar="DIR", help="where to write")
    add_overwrite_argument(group)
    group.add_argument(
        "--format",
        type=format_name,
        default="coco",
        metavar="FORMAT",
        help=f"one of {known} (default: coco)",
    )
    group.add_argument(
        "--content",
        choices=[Content.ANNOTATIONS.value, Content.RESULTS.value],
        default=Content.ANNOTATIONS.value,
        help="write what a data set has, or what an evaluator takes (default: annotations)",
    )
    group.add_argument("--split", default="train", help="name of the split in what is written")
    group.add_argument("--with-images", action="store_true", help="write the images as well")
    group.add_argument(
        "--overlay", type=Path, metavar="MP4", help="also write a video with the masks over it"
    )


def _add_range(group: argparse._ArgumentGroup) -> None:
    group.add_argument("--start", type=int, default=0, metavar="FRAME", help="first frame wanted")
    group.add_argument("--end", type=int, metavar="FRAME", help="last frame wanted, inclusive")


def _add_network(group: argparse._ArgumentGroup) -> None:
    group.add_argument(
        "--weights",
        metavar="FILE",
        help="weights: a file, or a name that `tarvis models list` shows",
    )
    add_device_argument(group)
    group.add_argument(
        "--precision",
        type=Precision,
        choices=list(Precision),
        default=Precision.AUTO,
        metavar="FORMAT",
        help="auto, float32 or bfloat16",
    )
    group.add_argument(
        "--behaviour",
        type=Behaviour,
        choices=list(Behaviour),
        default=Behaviour.INTENDED,
        metavar="WHICH",
        help="intended, or published: repeat the released code's errors, to compare with its "
        "numbers (default: intended)",
    )
    add_kernel_argument(group)
    group.add_argument(
        "--cache-gb", type=_gigabytes, metavar="GB", help="memory for features (default: a quarter)"
    )
    group.add_argument(
        "--scratch-gb",
        type=_gigabytes,
        default=0,
        metavar="GB",
        help="size of a scratch file for features that memory has no room for (default: 0, none)",
    )
    add_clip_arguments(group)


def add_clip_arguments(group: argparse._ActionsContainer) -> None:
    """Declare how a video is cut for the network; `chosen_clips` reads it."""
    group.add_argument(
        "--targets-at-once",
        type=int,
        metavar="N",
        help="to save memory, at most so many targets look at a clip at once; the masks stay the "
        "same (default: all that fit)",
    )
    group.add_argument("--clip-length", type=int, metavar="FRAMES", help="frames per clip")
    group.add_argument("--overlap", type=int, metavar="FRAMES", help="frames two clips share")
    group.add_argument(
        "--side",
        type=int,
        metavar="PIXELS",
        help="shorter side of the frames for the network (default: what the weights recommend)",
    )


def add_device_argument(parser: argparse._ActionsContainer) -> None:
    """Declare `--device`."""
    parser.add_argument(
        "--device", type=_device_name, default=AUTO, help="auto, cpu, cuda, cuda:1, mps, …"
    )


def add_kernel_argument(parser: argparse._ActionsContainer) -> None:
    """Declare `--no-fused-kernel`."""
    parser.add_argument(
        "--no-fused-kernel",
        dest="may_fuse",
        action="store_false",
        help="on CUDA, sample by PyTorch's own operations even where our Triton kernel runs",
    )


def _gigabytes(text: str) -> int:
    """Bytes of a number of gigabytes."""
    try:
        number = float(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"“{text}” is no number of gigabytes") from error
    if not 0 <= number < float("inf"):
        raise argparse.ArgumentTypeError(f"{text} is no size; give gigabytes, such as 2.5")
    return int(number * GIGABYTE)


def _device_name(text: str) -> str:
    try:
        if text != AUTO:
            torch.device(text)
    except RuntimeError as error:
        raise argparse.ArgumentTypeError(
            f"there is no kind of device “{text}”; give auto, cpu, cuda, cuda:1 or mps"
        ) from error
    return text


def weights_of(arguments: argparse.Namespace) -> Path:
    """The file of the weights that the arguments name, or the usual one.

    Raises:
        CheckpointError: There are none.
    """
    if arguments.weights is not None:
        return find_weights(arguments.weights)
    weights = default_weights()
    if weights is None:
        raise CheckpointError(
            "there are no weights on this machine; `tarvis models list` shows where to get some"
        )
    return weights


def load_engine(arguments: argparse.Namespace, settings: InferenceSettings) -> InferenceEngine:
    """Load the network.

    Args:
        arguments: Parsed with `add_inference_arguments`.
        settings: Settings of the verb; those of the arguments are added.

    Raises:
        CheckpointError: The weights are missing or damaged.
        ConfigError: A setting has no meaning, or there is no such device.
    """
    weights = weights_of(arguments)
    changed = replace(
        settings,
        precision=arguments.precision,
        behaviour=arguments.behaviour,
        may_fuse=arguments.may_fuse,
        cache_bytes=arguments.cache_gb,
        scratch_bytes=arguments.scratch_gb,
        targets_at_once=arguments.targets_at_once,
    )
    changed = replace(changed, clip=chosen_clips(arguments, weights))
    return InferenceEngine.load(weights, arguments.device, changed)


def chosen_clips(arguments: argparse.Namespace, weights: Path) -> ClipSettings | None:
    """The clips that the weights were made for, as the arguments change them; None if not.

    Raises:
        CheckpointError: The weights are missing or damaged.
        ConfigError: A length, overlap or side has no meaning.
    """
    if arguments.clip_length is arguments.overlap is arguments.side is None:
        return None
    usual = recommended_clips(read_header(weights).metadata)
    length = usual.length if arguments.clip_length is None else arguments.clip_length
    overlap = min(usual.overlap, length // 2) if arguments.overlap is None else arguments.overlap
    changed = replace(usual, length=length, overlap=overlap)
    if arguments.side is None:
        return changed
    if arguments.side < LEAST_SIDE:
        raise ConfigError(
            "--side is {side}; give at least {least} pixels", side=arguments.side, least=LEAST_SIDE
        )
    return replace(changed, shorter_side=arguments.side, least_side=None)


def frame_range(arguments: argparse.Namespace, video: VideoReader) -> tuple[int, int]:
    """First and last frame wanted.

    Raises:
        ConfigError: The video has no such frames.
    """
    last = video.num_frames - 1 if arguments.end is None else arguments.end
    if not 0 <= arguments.start <= last < video.num_frames:
        raise ConfigError(
            "frames {start} … {last} are not frames of {name}, which has frames 0 … {last_frame}",
            start=arguments.start,
            last=last,
            name=video.path.name,
            last_frame=video.num_frames - 1,
        )
    return arguments.start, last
