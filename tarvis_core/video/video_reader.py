"""VideoReader: random access to the frames of a video file or a folder of images."""

import operator
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self

import numpy as np

from tarvis_core.annotation.video_identity import VideoIdentity
from tarvis_core.errors import VideoError
from tarvis_core.sentence import Sentence
from tarvis_core.video.frame_index import FrameIndex
from tarvis_core.video.image_folder import ImageFolder, is_image_file
from tarvis_core.video.opening_watch import OpeningWatch, unwatched
from tarvis_core.video.video_facts import VideoFacts
from tarvis_core.video.video_file import VideoFile

DEFAULT_CACHE_BYTES = 256 * 2**20
"""Memory for decoded frames: 85 of a 1080p video, which makes stepping back as good as free."""
DEFAULT_FOLDER_FPS = 24.0
"""Images have no rate; the video data sets that come as images were shown at about this one."""


class FrameSource(Protocol):
    """Where a reader's frames come from."""

    @property
    def index(self) -> FrameIndex:
        """Number and times of the frames."""

    @property
    def size(self) -> tuple[int, int]:
        """(height, width) of the frames."""

    @property
    def facts(self) -> VideoFacts:
        """How the frames are stored."""

    @property
    def problems(self) -> tuple[Sentence, ...]:
        """What is wrong with it."""

    def frame(self, number: int) -> np.ndarray:
        """A frame as a new (H, W, 3) uint8 array, RGB."""

    def close(self) -> None:
        """Let go of the file."""


class VideoReader:
    """The frames of a video by number, 0-based in the order of presentation.

    A number means the same frame whatever was read before, and every frame has the size of the
    first. What can be read of a damaged video is read; the rest is told by `problems`. Use it as a
    context manager, or close it.

    One thread at a time: give each thread a reader of its own. Everything but `frame`, `frames` and
    `close` can be read from any thread, also after closing.

    Args:
        path: A video file, a folder of images, or one image.
        cache_bytes: Bound of the memory for decoded frames.
        folder_fps: Frames per second where the video is a folder of images.
        watch: Told how far opening is; may end it.

    Raises:
        VideoError: It cannot be opened, or no frame of it can be read.
    """

    def __init__(
        self,
        path: Path | str,
        *,
        cache_bytes: int = DEFAULT_CACHE_BYTES,
        folder_fps: float = DEFAULT_FOLDER_FPS,
        watch: OpeningWatch = unwatched,
    ) -> None:
        self.path = Path(path)
        self.image_paths: tuple[Path, ...] = ()
        """The files of the frames, if the video is a folder of images or one image."""
        self._is_closed = False
        self._in_use = threading.Lock()
        self._source: FrameSource
        if not self.path.exists():
            raise VideoError("there is no file or folder {path}", path=self.path)
        if self.path.is_dir() or is_image_file(self.path):
            self._source = folder = ImageFolder(self.path, folder_fps, watch)
            self.image_paths = folder.image_paths
        else:
            self._source = VideoFile(self.path, cache_bytes, watch)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    @property
    def index(self) -> FrameIndex:
        """Presentation times and key frames."""
        return self._source.index

    @property
    def num_frames(self) -> int:
        """Number of frames, at least 1."""
        return self.index.num_frames

    @property
    def size(self) -> tuple[int, int]:
        """(height, width) of every frame, after rotation."""
        return self._source.size

    @property
    def fps(self) -> float:
        """Average frames per second."""
        return self.index.fps

    @property
    def times_s(self) -> np.ndarray:
        """(N,) float64: seconds from the first frame to each frame."""
        return self.index.times_s

    @property
    def codec(self) -> str:
        """Name of the video's codec; "images" for a folder."""
        return self.facts.codec

    @property
    def facts(self) -> VideoFacts:
        """How the frames are stored in their file or files."""
        return self._source.facts

    @property
    def frame_names(self) -> tuple[str, ...]:
        """Name of each frame, without suffix: that of its image, or its number."""
        if self.image_paths:
            return tuple(path.stem for path in self.image_paths)
        num_digits = max(5, len(str(self.num_frames - 1)))
        return tuple(f"{number:0{num_digits}d}" for number in range(self.num_frames))

    @property
    def problems(self) -> tuple[Sentence, ...]:
        """What is wrong with the video, for a person; grows as damage is met."""
        return self._source.problems

    def identity(self) -> VideoIdentity:
        """What a project keeps to know the video again.

        Raises:
            VideoError: The file cannot be read any more.
        """
        is_folder = self.path.is_dir()
        return VideoIdentity.of(
            self.path,
            self.size,
            self.num_frames,
            self.fps,
            times=() if self.image_paths else self.times_s.tolist(),
            frame_names=[path.name for path in self.image_paths] if is_folder else (),
        )

    def frame(self, number: int) -> np.ndarray:
        """One frame as a new (H, W, 3) uint8 array, RGB.

        Raises:
            ValueError: There is no frame of this number, or the reader is closed.
            VideoError: Neither the frame nor one before it can be read.
        """
        number = operator.index(number)
        if not 0 <= number < self.num_frames:
            raise ValueError(f"frame {number} is not one of 0…{self.num_frames - 1} of {self.path}")
        with self._only_user():
            if self._is_closed:
                raise ValueError(f"the reader of {self.path} is closed")
            return self._source.frame(number)

    def frames(self, numbers: Iterable[int]) -> Iterator[np.ndarray]:
        """Frames one by one, each read when it is asked for."""
        return map(self.frame, numbers)

    def close(self) -> None:
        """Let go of the file; a second time does nothing."""
        with self._only_user():
            if not self._is_closed:
                self._is_closed = True
                self._source.close()

    @contextmanager
    def _only_user(self) -> Iterator[None]:
        if not self._in_use.acquire(blocking=False):
            raise RuntimeError(f"two threads use one reader of {self.path}: open one for each")
        try:
            yield
        finally:
            self._in_use.release()


def open_video(path: Path | str, watch: OpeningWatch = unwatched) -> VideoReader:
    """Open a video file, a folder of images, or one image.

    Args:
        path: Where it lies.
        watch: Told how far opening is; may end it.

    Raises:
        VideoError: It cannot be opened, or no frame of it can be read.
    """
    return VideoReader(path, watch=watch)
