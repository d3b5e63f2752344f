"""`tarvis segment`: find everything of chosen classes in a video and write the masks."""

import argparse

from tarvis_core.commands.class_arguments import add_class_arguments, class_request
from tarvis_core.commands.inference_arguments import (
    add_inference_arguments,
    frame_range,
    load_engine,
)
from tarvis_core.commands.inference_run import output_format, run_and_write
from tarvis_core.commands.mask_collection import MaskCollection
from tarvis_core.inference.settings import InferenceSettings
from tarvis_core.video.video_reader import open_video


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of `tarvis segment`."""
    add_inference_arguments(parser)
    add_class_arguments(parser, is_required=True)


def run(arguments: argparse.Namespace) -> int:
    """Search, write, say what was written."""
    output_format(arguments)
    with open_video(arguments.video) as video:
        searched = class_request(arguments, frame_range(arguments, video))
        assert searched is not None, "the parser requires classes"
        request, label_set = searched
        engine = load_engine(arguments, InferenceSettings())
        return run_and_write(
            arguments,
            video,
            MaskCollection(label_set),
            lambda stop: engine.find_classes(video, request, stop),
            "searching",
        )
