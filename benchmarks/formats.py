"""How long annotation formats take: frames of 1080p with ten objects, written and read.

    python -m benchmarks.formats --frames 1000

Prints a Markdown table: seconds to write, seconds to read every mask (on the clock, and of the
processor), size on disk.
"""

import argparse
import platform
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from importlib.metadata import version
from pathlib import Path

import numpy as np

from tarvis_core.annotation.formats.annotated_video import (
    AnnotatedFrame,
    AnnotatedVideo,
    TargetMask,
    VideoCollection,
)
from tarvis_core.annotation.formats.annotation_format import AnnotationFormat
from tarvis_core.annotation.formats.format_list import FORMATS
from tarvis_core.annotation.formats.target_naming import make_target
from tarvis_core.annotation.label_set import LabelSet, load_label_set
from tarvis_core.annotation.mask import Mask
from tarvis_core.annotation.target import TargetId

SIZE = (1080, 1920)
NUM_TARGETS = 10
PERIOD = 50
"""Masks repeat after so many frames: making them is not what is measured."""


def blob(centre: np.ndarray, radius: float, phase: float) -> Mask:
    """A ragged round shape, about as many runs as a hand-made mask of an animal."""
    height, width = SIZE
    extent = int(radius * 1.5)
    x, y = (int(value) for value in centre)
    rows = np.arange(max(0, y - extent), min(height, y + extent))
    columns = np.arange(max(0, x - extent), min(width, x + extent))
    delta_y, delta_x = rows[:, None] - y, columns[None, :] - x
    angle = np.arctan2(delta_y, delta_x)
    edge = radius * (1 + 0.25 * np.sin(5 * angle + phase) + 0.05 * np.sin(31 * angle - phase))
    inside = np.hypot(delta_y, delta_x) < edge
    return Mask.from_crop(height, width, (int(columns[0]), int(rows[0])), inside)


def scene() -> list[dict[TargetId, TargetMask]]:
    """The masks of `PERIOD` frames: ten objects of 5,000 to 90,000 pixels that drift."""
    random = np.random.default_rng(0)
    centres = random.uniform((200, 200), (SIZE[1] - 200, SIZE[0] - 200), (NUM_TARGETS, 2))
    radii = np.linspace(40, 170, NUM_TARGETS)
    frames = []
    for time_step in range(PERIOD):
        drift = 80 * np.sin(2 * np.pi * time_step / PERIOD + np.arange(NUM_TARGETS))
        masks = {}
        for index in range(NUM_TARGETS):
            centre = centres[index] + (drift[index], 0)
            mask = blob(centre, float(radii[index]), time_step / 8)
            masks[TargetId(index + 1)] = TargetMask(mask, z_order=index)
        frames.append(masks)
    return frames


def load_frame(frames: list[dict[TargetId, TargetMask]], index: int) -> AnnotatedFrame:
    """A frame of the endless scene."""
    return AnnotatedFrame(f"{index:05d}.jpg", frames[index % PERIOD])


def dataset(num_frames: int, label_set: LabelSet) -> VideoCollection:
    """One video of so many frames."""
    category = label_set.things[0].id
    video = AnnotatedVideo(
        name="clip",
        size=SIZE,
        label_set=label_set,
        frame_names=tuple(f"{index:05d}.jpg" for index in range(num_frames)),
        load_frame=partial(load_frame, scene()),
        load_targets=lambda: tuple(
            make_target(index + 1, category, label_set) for index in range(NUM_TARGETS)
        ),
    )
    return VideoCollection(label_set, [video])


@dataclass(frozen=True)
class Timing:
    """Seconds on the clock and of the processor; the first includes what else the machine does."""

    clock: float
    processor: float

    def __str__(self) -> str:
        """Both, as the table shows them."""
        return f"{self.clock:.1f} | {self.processor:.1f}"


def timed(action: Callable[[], object]) -> Timing:
    """How long an action takes."""
    clock, processor = time.perf_counter(), time.process_time()
    action()
    return Timing(time.perf_counter() - clock, time.process_time() - processor)


def read_all(annotation_format: AnnotationFormat, folder: Path) -> None:
    """Decode every mask of every frame."""
    for video in annotation_format.read(folder):
        for frame in video.frames():
            assert len(frame.masks) <= NUM_TARGETS


def measure(
    annotation_format: AnnotationFormat, videos: VideoCollection
) -> tuple[Timing, Timing, int]:
    """Time to write, time to read, bytes."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write = timed(lambda: annotation_format.write(videos, folder))
        read = timed(lambda: read_all(annotation_format, folder))
        num_bytes = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    return write, read, num_bytes


def main() -> None:
    """Measure every format, or those named."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--frames", type=int, default=1000)
    parser.add_argument("formats", nargs="*", help="ids of formats; all if none is given")
    arguments = parser.parse_args()
    print(
        f"{arguments.frames} frames of {SIZE[1]} × {SIZE[0]} with {NUM_TARGETS} objects; ", end=""
    )
    print(f"{platform.machine()}, Python {platform.python_version()}, ", end="")
    print(f"numpy {version('numpy')}, pillow {version('pillow')}\n")
    print("| format | write, s | of processor | read, s | of processor | MB |")
    print("|---|---|---|---|---|---|")
    for annotation_format in FORMATS:
        if arguments.formats and annotation_format.id not in arguments.formats:
            continue
        label_set = load_label_set("cityscapes_vps")
        videos = dataset(arguments.frames, label_set)
        write, read, num_bytes = measure(annotation_format, videos)
        row = f"| {annotation_format.id} | {write} | {read} | {num_bytes / 1e6:.1f} |"
        print(row, flush=True)


if __name__ == "__main__":
    main()
