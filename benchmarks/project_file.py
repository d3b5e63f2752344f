"""Time project files: opening, reading and writing, at several numbers of masks; and statistics.

python benchmarks/project_file.py [NUM_MASKS ...]
"""

import os
import platform
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np

from tarvis_core.annotation.label_set import LabelSet
from tarvis_core.annotation.mask import Mask
from tarvis_core.annotation.mask_store import MaskChange, MaskStore
from tarvis_core.annotation.painting import paint
from tarvis_core.annotation.project import Project
from tarvis_core.annotation.project_file import ProjectFile
from tarvis_core.annotation.statistics import track_statistics
from tarvis_core.annotation.target import Target, TargetId
from tarvis_core.annotation.track import FrameState, MaskSource, TrackFrame
from tarvis_core.annotation.video_identity import VideoIdentity

SIZE = (1080, 1920)
NUM_TARGETS = 10
NUM_REPEATS = 50


def blob(random: np.random.Generator) -> Mask:
    """A wavy shape of about 300 × 300 pixels somewhere in the frame."""
    angles = np.linspace(0, 2 * np.pi, 72, endpoint=False)
    radii = 130 + 30 * np.sin(5 * angles + random.uniform(0, 6)) + random.normal(0, 4, 72)
    x, y = random.uniform(200, SIZE[1] - 200), random.uniform(200, SIZE[0] - 200)
    points = np.stack([x + radii * np.cos(angles), y + radii * np.sin(angles)], axis=1)
    pixels = np.zeros(SIZE, dtype=np.uint8)
    cv2.fillPoly(pixels, [np.round(points).astype(np.int32)], 1)
    return Mask.from_array(pixels)


def write_project(path: Path, num_masks: int, blobs: list[Mask]) -> None:
    """A file with this many masks, spread over the targets."""
    random = np.random.default_rng(0)
    num_frames = num_masks // NUM_TARGETS
    targets = [Target(TargetId(i + 1), f"target {i + 1}") for i in range(NUM_TARGETS)]
    masks = MaskStore(SIZE)
    source = MaskSource("track", "benchmark", 1.0)
    for target in targets:
        for frame in range(num_frames):
            state = FrameState.PREDICTED if frame % 50 else FrameState.KEYFRAME
            chosen = blobs[int(random.integers(len(blobs)))]
            held = TrackFrame(chosen, state, float(random.random()), None, source)
            masks.apply([MaskChange(target.id, frame, None, held)])
    video = VideoIdentity("/videos/benchmark.mp4", 1, "", "", num_frames, SIZE)
    ProjectFile.create(path, Project(video, LabelSet("none", ()), targets, (), masks)).close()


def milliseconds(action: Callable[[], object]) -> float:
    """How long an action takes."""
    started = time.perf_counter()
    action()
    return (time.perf_counter() - started) * 1e3


def forget_pages(path: Path) -> None:
    """Have the system forget what it holds of a file in memory."""
    descriptor = os.open(path, os.O_RDONLY)
    os.fsync(descriptor)
    os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
    os.close(descriptor)


def measure(path: Path, num_masks: int, blobs: list[Mask]) -> None:
    """Print one row of the table."""
    opened, used = [], []
    for is_cold in (True, False, False, False):
        if is_cold and hasattr(os, "posix_fadvise"):
            forget_pages(path)
        started, used_before = time.perf_counter(), time.process_time()
        file = ProjectFile.open(path)
        opened.append((time.perf_counter() - started) * 1e3)
        used.append((time.process_time() - used_before) * 1e3)
        file.close()
    with ProjectFile.open(path) as file:
        project = file.project
        frames = np.random.default_rng(1).integers(0, num_masks // NUM_TARGETS, NUM_REPEATS)
        read = [milliseconds(lambda f=int(f): project.masks.masks_at(f)) for f in frames]
        clip = [
            milliseconds(lambda f=int(f), i=i: write_clip(project, f, blobs[i % len(blobs)]))
            for i, f in enumerate(frames)
        ]
        stroke = Mask.from_crop(*SIZE, (900, 500), np.ones((25, 25), dtype=np.bool_))
        painted = [
            milliseconds(lambda f=int(f): project.apply(paint(project, TargetId(1), f, stroke)))
            for f in frames
        ]
    print(
        f"{num_masks:9d}{path.stat().st_size / 2**20:9.0f}{opened[0]:11.0f}{min(opened[1:]):11.0f}"
        f"{min(used[1:]):10.0f}"
        f"{statistics.median(read):12.2f}{statistics.median(clip):12.2f}"
        f"{statistics.median(painted):12.2f}"
    )


def write_clip(project: Project, frame: int, mask: Mask) -> None:
    """One edit that replaces the masks of all targets on one frame."""
    held = TrackFrame(mask, FrameState.PREDICTED, 0.5)
    project.apply([project.masks.change_to(t, frame, held) for t in project.targets])


def measure_statistics(path: Path) -> None:
    """Print what the statistics of one track take per frame."""
    with ProjectFile.open(path, read_only=True) as file:
        track = file.project.masks.track(TargetId(1))
        started = time.process_time()
        track_statistics(track)
        used = (time.process_time() - started) * 1e3
        print(f"statistics, reading included: {used / len(track):.3f} ms CPU per mask")


def main(sizes: list[int]) -> None:
    """Print the table."""
    random = np.random.default_rng(2)
    blobs = [blob(random) for _ in range(200)]
    mean_bytes = statistics.mean(len(mask.counts) for mask in blobs)
    print(
        f"{platform.platform()}, {os.cpu_count()} cores, Python {platform.python_version()}, "
        f"SQLite {sqlite3.sqlite_version}\n{SIZE[1]} × {SIZE[0]}, {NUM_TARGETS} targets per "
        f"frame, {mean_bytes:.0f} bytes per mask; milliseconds\n\n"
        "    masks      MiB  open cold  open warm  open CPU  read frame write frame  one stroke"
    )
    with tempfile.TemporaryDirectory() as folder:
        for num_masks in sizes:
            path = Path(folder) / f"{num_masks}.tarvis"
            write_project(path, num_masks, blobs)
            measure(path, num_masks, blobs)
        measure_statistics(path)


if __name__ == "__main__":
    main([int(text) for text in sys.argv[1:]] or [1_000, 10_000, 100_000])
