"""`tarvis track`: carry clicked or painted objects through a video and write their masks."""

import argparse
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from threading import Event

from tarvis_core.annotation.exemplar import Exemplar, MaskExemplar, PointExemplar
from tarvis_core.annotation.label_set import load_label_set
from tarvis_core.annotation.palette import target_colour
from tarvis_core.annotation.segmentation import ClipMasks, Direction, TrackRequest
from tarvis_core.annotation.target import Target, TargetId
from tarvis_core.commands.class_arguments import add_class_arguments, class_request
from tarvis_core.commands.command_line import EXIT_USAGE
from tarvis_core.commands.exemplar_arguments import (
    add_exemplar_arguments,
    check_own_masks,
    exemplars_of,
)
from tarvis_core.commands.inference_arguments import (
    add_inference_arguments,
    frame_range,
    load_engine,
)
from tarvis_core.commands.inference_run import check_overlay, run_and_write
from tarvis_core.commands.mask_collection import MaskCollection
from tarvis_core.commands.output_folder import check_folder
from tarvis_core.commands.video_batch import is_batch, run_many
from tarvis_core.errors import ConfigError
from tarvis_core.inference.engine import InferenceEngine
from tarvis_core.inference.settings import InferenceSettings, JointPass
from tarvis_core.video.video_reader import VideoReader, open_video

OPEN_LABEL_SET = "davis"
"""Label set of targets that have no class."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of `tarvis track`."""
    add_inference_arguments(parser, takes_many_videos=True)
    add_exemplar_arguments(parser)
    parser.add_argument(
        "--direction",
        type=Direction,
        choices=list(Direction),
        default=Direction.BOTH,
        metavar="WAY",
        help="forward, backward or both from the exemplars (default: both)",
    )
    parser.add_argument(
        "--name", action="append", default=[], type=_name, metavar="ID:NAME", help="what to call it"
    )
    parser.add_argument(
        "--no-reacquire",
        dest="reacquire",
        action="store_false",
        help="a lost target comes back only with a new exemplar",
    )
    parser.add_argument(
        "--joint",
        type=JointPass,
        choices=list(JointPass),
        default=JointPass.TWO_DECODES,
        metavar="HOW",
        help="with --classes or --panoptic: “two decodes” of the same features, or “one pass”",
    )
    add_class_arguments(parser, is_required=False)


def run(arguments: argparse.Namespace) -> int:
    """Track, write, say what was written."""
    check_overlay(arguments)
    if is_batch(arguments.videos):
        return _track_many(arguments)
    check_folder(arguments.out, may_overwrite=arguments.overwrite)
    return _track(arguments, arguments.videos[0], None)


def _track_many(arguments: argparse.Namespace) -> int:
    """Track in what is left of this process's videos, each with the masks of its own."""
    if len(arguments.videos) > 1:
        check_own_masks(arguments)
    return run_many(
        arguments, "track", lambda: load_engine(arguments, _settings(arguments)), _track
    )


def _track(arguments: argparse.Namespace, path: Path, engine: InferenceEngine | None) -> int:
    with open_video(path) as video:
        exemplars = exemplars_of(arguments, video.size, path.resolve().stem)
        if not any(_can_start(exemplar) for exemplar in exemplars):
            sys.stderr.write(
                "tarvis track: name a target with --point, --box, --mask or --labels\n"
            )
            return EXIT_USAGE
        _check_frames(exemplars, video)
        request = TrackRequest(exemplars, *frame_range(arguments, video), arguments.direction)
        _check_reach(request)
        names = _targets(dict(arguments.name), exemplars)
        searched = class_request(arguments, (request.first_frame, request.last_frame))
        label_set = load_label_set(OPEN_LABEL_SET) if searched is None else searched[1]
        engine = engine or load_engine(arguments, _settings(arguments))

        def start(stop: Event) -> Iterator[ClipMasks]:
            if searched is None:
                return engine.track(video, request, stop)
            return engine.track_and_find(video, request, searched[0], stop)

        collection = MaskCollection(label_set, names, _keyframes(exemplars))
        return run_and_write(arguments, video, collection, start, "tracking")


def _settings(arguments: argparse.Namespace) -> InferenceSettings:
    if arguments.reacquire:
        return InferenceSettings(joint_pass=arguments.joint)
    return InferenceSettings(joint_pass=arguments.joint, reacquire_score=None)


def _can_start(exemplar: Exemplar) -> bool:
    return not isinstance(exemplar, PointExemplar) or exemplar.is_positive


def _check_frames(exemplars: tuple[Exemplar, ...], video: VideoReader) -> None:
    for exemplar in exemplars:
        if exemplar.frame >= video.num_frames:
            raise ConfigError(
                "target {target} is given on frame {frame}, but {name} has frames 0 … {last_frame}",
                target=exemplar.target,
                frame=exemplar.frame,
                name=video.path.name,
                last_frame=video.num_frames - 1,
            )


def _check_reach(request: TrackRequest) -> None:
    """Say which targets are given outside the frames wanted, and which way they are carried.

    Raises:
        ConfigError: A target is carried away from the frames wanted.
    """
    first, last = request.first_frame, request.last_frame
    for target in sorted({each.target for each in request.exemplars}):
        given = [e.frame for e in request.exemplars if e.target == target and _can_start(e)]
        if not given or any(first <= frame <= last for frame in given):
            continue
        place = f"target {target} is given on frame {min(given)}"
        is_after, is_before = min(given) > last, max(given) < first
        if (is_after and request.direction is Direction.FORWARD) or (
            is_before and request.direction is Direction.BACKWARD
        ):
            raise ConfigError(
                "{place}, and carried {direction} from there it never reaches the frames wanted, "
                "{first} … {last}. Choose others with --start and --end, or --direction {both}",
                place=place,
                direction=request.direction.value,
                first=first,
                last=last,
                both=Direction.BOTH.value,
            )
        if is_after:
            sys.stderr.write(
                f"tarvis track: {place}, after the frames wanted, {first} … {last}: it is carried "
                "backward to them\n"
            )


def _keyframes(exemplars: tuple[Exemplar, ...]) -> frozenset[tuple[TargetId, int]]:
    return frozenset(
        (each.target, each.frame) for each in exemplars if isinstance(each, MaskExemplar)
    )


def _targets(
    names: Mapping[TargetId, str], exemplars: tuple[Exemplar, ...]
) -> dict[TargetId, Target]:
    ids = {exemplar.target for exemplar in exemplars}
    unknown = sorted(set(names) - ids)
    if unknown:
        raise ConfigError(
            "--name names target {target}, which has no point, box or mask", target=unknown[0]
        )
    return {
        target: Target(target, names.get(target, f"target {target}"), colour=target_colour(target))
        for target in ids
    }


def _name(text: str) -> tuple[TargetId, str]:
    number, _, name = text.partition(":")
    if not number.isdigit() or int(number) < 1 or not name:
        raise argparse.ArgumentTypeError(f"“{text}” is not ID:NAME, such as 1:dog")
    return TargetId(int(number)), name
