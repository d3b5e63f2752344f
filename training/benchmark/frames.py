"""Which frames of a benchmark's video the network sees, and their images."""

import logging
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from tarvis_core.annotation.formats.annotated_video import AnnotatedVideo
from tarvis_core.errors import FormatError
from tarvis_core.video.image_folder import is_image_file, natural_order
from training.benchmark.benchmark_list import FramesRun
from training.datasets.raw_clip import image_at, read_image

logger = logging.getLogger(__name__)

MOST_PER_SECOND = 10
"""BURST: this many frames, and one more, of each second."""


@dataclass(frozen=True)
class RunFrame:
    """One frame that the network sees."""

    name: str
    load: Callable[[], np.ndarray]
    """Reads the (H, W, 3) uint8 RGB image."""
    position: int | None
    """Its place among the video's annotated frames; None if it is not annotated."""
    is_handed_in: bool
    """Whether the benchmark wants its masks."""


class RunFrames:
    """Frames as inference reads those of a video: by number from 0."""

    def __init__(self, frames: tuple[RunFrame, ...], size: tuple[int, int]) -> None:
        self.items = frames
        self.size = size

    @property
    def num_frames(self) -> int:
        """Number of frames."""
        return len(self.items)

    def frames(self, numbers: Iterable[int]) -> Iterator[np.ndarray]:
        """Images one by one, each read when it is asked for."""
        return (self.items[number].load() for number in numbers)

    def frame(self, number: int) -> np.ndarray:
        """One image."""
        return self.items[number].load()


def frames_to_run(video: AnnotatedVideo, rule: FramesRun) -> RunFrames:
    """The frames of a video that the network is to see, in order.

    Raises:
        FormatError: The video has no frame, or an image is missing.
    """
    if video.num_frames == 0:
        raise FormatError(f"video {video.name} has no frames")
    annotated = [_annotated(video, position) for position in range(video.num_frames)]
    others: dict[int, RunFrame] = {}
    if rule is FramesRun.ALL_IMAGES:
        return RunFrames(_all_images(video, annotated), video.size)
    if rule is FramesRun.BURST_RATE:
        others = _between(video)
    by_number = others | dict(zip(video.frame_numbers, annotated, strict=True))
    return RunFrames(tuple(by_number[number] for number in sorted(by_number)), video.size)


def burst_numbers(num_frames: int, fps: float) -> list[int]:
    """Numbers of the frames that are run: at most eleven of each second (chapter 9)."""
    rate = round(fps)
    most = min(MOST_PER_SECOND, rate - 2)
    if most < 1:
        return list(range(num_frames))
    kept = {int(place) for place in np.round(np.linspace(0, rate, most + 2))[:-1]}
    return [number for number in range(num_frames) if number % rate in kept]


def _annotated(video: AnnotatedVideo, position: int) -> RunFrame:
    name = video.frame_names[position]
    return RunFrame(name, lambda: image_at(video, position), position, is_handed_in=True)


def _all_images(video: AnnotatedVideo, annotated: list[RunFrame]) -> tuple[RunFrame, ...]:
    """The images beside the first frame's; annotated frames by their file's name."""
    first = video.load_frame(0).image_path
    if first is None:
        return tuple(annotated)
    by_stem = {Path(frame.name).stem: frame for frame in annotated}
    paths = [path for path in first.parent.iterdir() if is_image_file(path)]
    found = [
        by_stem.get(path.stem) or _unannotated(video, path, is_handed_in=True)
        for path in sorted(paths, key=lambda path: natural_order(path.name))
    ]
    lost = by_stem.keys() - {path.stem for path in paths}
    if lost:
        raise FormatError(f"{first.parent} lacks the images of the frames {sorted(lost)[:5]}")
    return tuple(found)


def _unannotated(video: AnnotatedVideo, path: Path, *, is_handed_in: bool) -> RunFrame:
    return RunFrame(path.stem, lambda: read_image(path, video.size), None, is_handed_in)


def _between(video: AnnotatedVideo) -> dict[int, RunFrame]:
    """Frames between the annotated ones by number; none if their images are not there."""
    names = video.extras.get("burst", {}).get("all_image_paths") or ()
    first = video.load_frame(0).image_path
    if not names or first is None or not video.fps:
        return {}
    folder, last = first.parent, max(video.frame_numbers)
    numbers = [n for n in burst_numbers(len(names), video.fps) if n <= last]
    paths = {n: folder / Path(names[n]).name for n in numbers if n not in video.frame_numbers}
    missing = [path.name for path in paths.values() if not path.is_file()]
    if missing:
        logger.warning(
            "%s: %d images between the annotated ones are missing, such as %s; only annotated "
            "frames are run, which makes tracking harder than in the published numbers",
            video.name,
            len(missing),
            missing[0],
        )
        return {}
    return {n: _unannotated(video, path, is_handed_in=False) for n, path in paths.items()}
