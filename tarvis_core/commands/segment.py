"""`tarvis segment`: find everything of chosen classes in videos and write the masks."""

import argparse
import sys
from pathlib import Path

from tarvis_core.commands.class_arguments import add_class_arguments, class_request
from tarvis_core.commands.command_line import EXIT_OK
from tarvis_core.commands.inference_arguments import (
    add_inference_arguments,
    frame_range,
    load_engine,
)
from tarvis_core.commands.inference_run import check_overlay, run_and_write
from tarvis_core.commands.mask_collection import MaskCollection
from tarvis_core.commands.output_folder import check_folder
from tarvis_core.commands.video_batch import (
    BatchItem,
    device_of_process,
    is_batch,
    plan_batch,
    question_of,
    run_batch,
)
from tarvis_core.errors import ConfigError
from tarvis_core.inference.engine import InferenceEngine
from tarvis_core.inference.settings import InferenceSettings
from tarvis_core.video.video_reader import open_video


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of `tarvis segment`."""
    add_inference_arguments(parser, takes_many_videos=True)
    add_class_arguments(parser, is_required=True)


def run(arguments: argparse.Namespace) -> int:
    """Search, write, say what was written."""
    check_overlay(arguments)
    if is_batch(arguments.videos):
        return _search_many(arguments)
    check_folder(arguments.out, may_overwrite=arguments.overwrite)
    return _search(arguments, arguments.videos[0], None)


def _search_many(arguments: argparse.Namespace) -> int:
    """Search what is left of this process's videos."""
    if arguments.overlay is not None:
        raise ConfigError("--overlay is for one video; leave it out or name one video")
    items = plan_batch(
        arguments.videos,
        arguments.out,
        question_of("segment", arguments),
        may_overwrite=arguments.overwrite,
    )
    if not items:
        sys.stdout.write("no video is left to do\n")
        return EXIT_OK
    arguments.device = device_of_process(arguments.device)
    engine = load_engine(arguments, InferenceSettings())

    def search(item: BatchItem) -> int:
        own = argparse.Namespace(**{**vars(arguments), "out": item.out})
        return _search(own, item.video, engine)

    return run_batch(items, search, "segment")


def _search(arguments: argparse.Namespace, path: Path, engine: InferenceEngine | None) -> int:
    with open_video(path) as video:
        searched = class_request(arguments, frame_range(arguments, video))
        assert searched is not None, "the parser requires classes"
        request, label_set = searched
        engine = engine or load_engine(arguments, InferenceSettings())
        return run_and_write(
            arguments,
            video,
            MaskCollection(label_set),
            lambda stop: engine.find_classes(video, request, stop),
            "searching",
        )
