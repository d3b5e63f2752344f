"""Runs a request with a progress bar; whatever ends it, what was finished becomes valid files."""

import argparse
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

from tqdm import tqdm

from tarvis_core.annotation.formats.annotation_format import AnnotationFormat
from tarvis_core.annotation.formats.format_list import format_by_id
from tarvis_core.annotation.formats.write_job import Content, WriteOptions
from tarvis_core.annotation.segmentation import ClipMasks
from tarvis_core.annotation.wording import counted
from tarvis_core.commands.command_line import EXIT_INTERRUPTED, EXIT_OK
from tarvis_core.commands.mask_collection import MaskCollection
from tarvis_core.commands.output_folder import check_file
from tarvis_core.errors import ConfigError, TarvisError
from tarvis_core.video.overlay_writer import write_overlay
from tarvis_core.video.video_reader import VideoReader

StartRun = Callable[[threading.Event], Iterator[ClipMasks]]
"""Starts a run that the event stops."""


def check_overlay(arguments: argparse.Namespace) -> None:
    """Find out before the run what the overlay could only fail of at its end.

    Raises:
        ConfigError: It is no MP4 file, its folder is missing, or the file is there already.
    """
    overlay = arguments.overlay
    if overlay is None:
        return
    if overlay.suffix != ".mp4" or not overlay.parent.is_dir():
        raise ConfigError(
            "--overlay names an .mp4 file in an existing folder, not {overlay}", overlay=overlay
        )
    check_file("--overlay", overlay, may_overwrite=arguments.overwrite)


@contextmanager
def stopped_by_interrupt() -> Iterator[threading.Event]:
    """An event that the first Ctrl-C sets; the second one raises `KeyboardInterrupt`."""
    stop = threading.Event()

    def handle(number: int, frame: FrameType | None) -> None:
        if stop.is_set():
            raise KeyboardInterrupt
        stop.set()
        sys.stderr.write("\ntarvis: stopping after this clip; press Ctrl-C again to stop at once\n")

    if threading.current_thread() is not threading.main_thread():  # signals are the main thread's
        yield stop
        return
    before = signal.signal(signal.SIGINT, handle)
    try:
        yield stop
    finally:
        signal.signal(signal.SIGINT, before)


def collect(
    clips: Iterator[ClipMasks], collection: MaskCollection, description: str
) -> TarvisError | KeyboardInterrupt | None:
    """Take every clip of a run, and show how fast it goes and how long it will take.

    Returns:
        What ended the run before its time; None if nothing did.
    """
    if not sys.stderr.isatty():  # no bar is shown there
        sys.stderr.write(f"tarvis: {description}; this may take minutes\n")
        sys.stderr.flush()
    with tqdm(desc=description, unit=" frames", disable=None, file=sys.stderr) as bar:
        try:
            for clip in clips:
                collection.add(clip)
                bar.total = clip.frames_total
                bar.update(clip.frames_done - bar.n)
        except (TarvisError, KeyboardInterrupt) as error:
            return error
    return None


def write_results(
    arguments: argparse.Namespace,
    video: VideoReader,
    collection: MaskCollection,
    annotation_format: AnnotationFormat,
) -> None:
    """Write the annotations and, if wanted, the overlay, and say so.

    Raises:
        FormatError: A file cannot be written.
        VideoError: The overlay cannot be written.
    """
    if not collection.frames:
        sys.stdout.write("no frame was finished: nothing is written\n")
        return
    options = WriteOptions(
        content=Content(arguments.content),
        split=arguments.split,
        with_images=arguments.with_images,
    )
    report = collection.write(video, annotation_format, arguments.out, options)
    num_targets, num_frames = len(collection.targets), len(collection.frames)
    sys.stdout.write(f"{counted(num_targets, 'targets')} on {counted(num_frames, 'frames')}\n")
    for path in report.files[:1]:
        others = f" and {len(report.files) - 1} more" if len(report.files) > 1 else ""
        sys.stdout.write(f"{annotation_format.title}: {path}{others}\n")
    for loss in report.losses:
        sys.stdout.write(f"lost: {loss.message}\n")
    if arguments.overlay is not None:
        with stopped_by_interrupt() as stop:
            write_overlay(
                video, collection.masks_at, arguments.overlay, frames=collection.frames, stop=stop
            )
        sys.stdout.write(f"overlay: {arguments.overlay}\n")


def run_and_write(
    arguments: argparse.Namespace,
    video: VideoReader,
    collection: MaskCollection,
    start: StartRun,
    description: str,
) -> int:
    """Run a request, write what was finished.

    Args:
        arguments: Parsed with `add_inference_arguments`.
        video: The video.
        collection: Where the masks go.
        start: Starts the run, given the event that stops it.
        description: What the progress bar says.

    Returns:
        The exit status.

    Raises:
        TarvisError: The run or the writing failed; what was finished is written.
    """
    annotation_format = format_by_id(arguments.format)
    with stopped_by_interrupt() as stop:
        failure = collect(start(stop), collection, description)
        is_interrupted = stop.is_set()
    write_results(arguments, video, collection, annotation_format)
    if isinstance(failure, TarvisError):
        raise failure
    return EXIT_INTERRUPTED if is_interrupted else EXIT_OK
