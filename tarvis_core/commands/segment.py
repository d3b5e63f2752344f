"""`tarvis segment`: find everything of chosen classes in videos and write the masks."""

import argparse
from pathlib import Path

from tarvis_core.commands.class_arguments import add_class_arguments, class_request
from tarvis_core.commands.inference_arguments import (
    add_inference_arguments,
    frame_range,
    load_engine,
)
from tarvis_core.commands.inference_run import check_overlay, run_and_write
from tarvis_core.commands.mask_collection import MaskCollection
from tarvis_core.commands.output_folder import check_folder
from tarvis_core.commands.video_batch import is_batch, run_many
from tarvis_core.inference.engine import InferenceEngine
from tarvis_core.inference.known_label_sets import known_label_set
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
        return run_many(arguments, "segment", lambda: _engine_for_many(arguments), _search)
    check_folder(arguments.out, may_overwrite=arguments.overwrite)
    return _search(arguments, arguments.videos[0], None)


def _engine_for_many(arguments: argparse.Namespace) -> InferenceEngine:
    """The engine; what is wrong with the classes is said once and not for each video."""
    asked = class_request(arguments, (0, 0))
    assert asked is not None, "the parser requires classes"
    engine = load_engine(arguments, InferenceSettings())
    known_label_set(engine.network.config, asked[0].label_set)
    return engine


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
