"""VideoFile: the frames of a video file by number, exact whatever the order of access.

Decoding starts at an anchor (a key frame) and runs forward. Every frame that comes out is numbered
by its presentation time, so neither the seek nor the key flags need to be trusted: where a run does
not deliver the frame that was asked for, the next one starts earlier, at last at the file's start.
"""

import logging
from collections.abc import Callable, Iterable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import TypeVar

import av
import numpy as np

from tarvis_core.errors import VideoError
from tarvis_core.sentence import Sentence
from tarvis_core.video.decoding_run import DecodingRun
from tarvis_core.video.frame_index import Anchor
from tarvis_core.video.index_check import read_index
from tarvis_core.video.opening_watch import OpeningWatch, unwatched
from tarvis_core.video.picture import PictureConverter
from tarvis_core.video.picture_cache import PictureCache
from tarvis_core.video.video_facts import PictureFacts, VideoFacts
from tarvis_core.video.video_stream import DecoderStumbledError, VideoStream

VIDEO_SUFFIXES = frozenset({
    ".mp4", ".mov", ".mkv", ".webm", ".avi", ".m4v", ".mpg", ".mpeg", ".ts", ".flv", ".ogv",
    ".wmv", ".gif",
})  # fmt: skip
"""What the names of video files end with, in lower case."""

_log = logging.getLogger(__name__)
_T = TypeVar("_T")

_SHORT_GAP = 8
"""So many frames are decoded and dropped rather than sought over."""
_PATIENCE = 4
"""A frame counts as passed over when so many later ones have come: some decoders swap two."""
_MAX_RANGES = 6
"""So many ranges of frames are named in a message."""


def is_video_file(path: Path) -> bool:
    """Whether a path names a video file, by its suffix."""
    return path.suffix.lower() in VIDEO_SUFFIXES and not path.is_dir()


class VideoFile:
    """The frames of a video file. Not to be shared by threads.

    Args:
        path: The file.
        cache_bytes: Bound of the memory for decoded frames.
        watch: Told how far opening is; may end it.

    Raises:
        VideoError: The file cannot be opened, or no frame of it can be decoded.
    """

    def __init__(self, path: Path, cache_bytes: int, watch: OpeningWatch = unwatched) -> None:
        self.path = path
        self._cache = PictureCache(cache_bytes)
        self._run: DecodingRun | None = None
        self._stand_ins: dict[int, int] = {}
        """Frames that cannot be decoded, and the frame before each that is shown in its place."""
        self._late_anchors: dict[int, int] = {}
        """Anchors from which nothing right comes before a later frame."""
        self._scaled: set[int] = set()
        self._patched: set[int] = set()
        """Frames parts of which the decoder had to make up."""
        self._stream = VideoStream(path)
        try:
            scan = self._stream.scan(watch)
            checked = self._carefully(lambda: read_index(self._stream, scan, cache_bytes, watch))
        except BaseException:
            self._stream.close()
            raise
        self.index = checked.index
        self._run = checked.run
        self._problems = checked.problems
        self._converter = PictureConverter(checked.first_picture)
        self.facts = self._read_facts(checked.first_picture)
        """How the frames are stored."""

    @property
    def size(self) -> tuple[int, int]:
        """(height, width) of the frames, upright."""
        return self._converter.size

    @property
    def problems(self) -> tuple[Sentence, ...]:
        """What is wrong with the file, as far as it has shown."""
        found = list(self._problems)
        if self._stand_ins:
            found.append(
                Sentence(
                    "frames that cannot be decoded show the frame before them: {frames}",
                    frames=_ranges(self._stand_ins),
                )
            )
        if self._patched:
            found.append(
                Sentence("frames are damaged in parts: {frames}", frames=_ranges(self._patched))
            )
        if self._scaled:
            height, width = self.size
            found.append(
                Sentence(
                    "frames of another size are scaled to {width} × {height}: {frames}",
                    width=width,
                    height=height,
                    frames=_ranges(self._scaled),
                )
            )
        return tuple(found)

    def _read_facts(self, first_picture: av.VideoFrame) -> VideoFacts:
        return VideoFacts(
            self._stream.facts.codec,
            self._stream.facts.container,
            self.path.stat().st_size,
            int(np.count_nonzero(self.index.is_key)),
            self.index.is_constant_rate,
            PictureFacts.of(first_picture),
        )

    def frame(self, number: int) -> np.ndarray:
        """A frame as a new (H, W, 3) uint8 array, RGB.

        Raises:
            VideoError: Neither the frame nor any before it can be decoded.
        """
        picture = self._carefully(lambda: self._picture(number))
        if self._converter.is_other_size(picture):
            self._scaled.add(number)
        if picture.is_corrupt:
            self._patched.add(number)
        return self._converter.to_rgb(picture)

    def close(self) -> None:
        """Close the file and drop all frames."""
        self._run = None
        self._cache.clear()
        self._stream.close()

    def _carefully(self, action: Callable[[], _T]) -> _T:
        """Do something; if the decoder stumbles, do it again with the careful decoder."""
        try:
            return action()
        except DecoderStumbledError as error:
            _log.info("%s: decoding with one thread from here on: %s", self.path, error)
        self._run = None
        self._cache.clear()
        self._stream.decode_carefully()
        return action()

    def _picture(self, number: int) -> av.VideoFrame:
        number = self._stand_ins.get(number, number)
        picture = self._cache.get(number)
        if picture is not None:
            return picture
        nearest = self._nearest_anchor(number)
        for run in self._runs_towards(number):
            picture = self._advance(run, number)
            if picture is not None:
                return picture
            if run.is_from_start or run.last_before(nearest) is not None:
                return self._stand_in(number, run)
        raise AssertionError("the last run is from the start")

    def _stand_in(self, number: int, run: DecodingRun) -> av.VideoFrame:
        """Note that a run passed over a frame; the last frame before it.

        The run started before the nearest anchor, so the decoder had all that it could have had.
        """
        before = run.last_before(number)
        if before is None:
            raise VideoError(
                "frame {number} of {path} cannot be decoded, and none before it: open the file "
                "again, it may have changed",
                number=number,
                path=self.path,
            )
        self._stand_ins.update(dict.fromkeys(range(before + 1, number + 1), before))
        return self._picture(before)

    def _advance(self, run: DecodingRun, number: int) -> av.VideoFrame | None:
        """Decode on until a frame comes; None if it is passed over, or at the end."""
        self._run = run
        num_passed = 0
        for found, picture in run:
            if found > number - self._cache.window(picture):
                self._cache.put(found, picture)
            if found == number:
                return picture
            num_passed += found > number
            if num_passed == _PATIENCE:
                break
        return None

    def _runs_towards(self, number: int) -> Iterator[DecodingRun]:
        """Runs that may deliver a frame: the cheapest first, the surest last."""
        if self._run is not None and self._run.next_number <= number:
            next_number = self._run.next_number
            if number - next_number <= _SHORT_GAP or self._nearest_anchor(number) <= next_number:
                yield self._run
        anchors = self._usable_anchors(number)
        position, step = len(anchors) - 1, 1
        while position >= 0:
            run = self._run_from(anchors[position], number)
            if run is not None:
                yield run
            position, step = position - step, 2 * step
        yield DecodingRun(self.index, self._stream.start_over())

    def _run_from(self, anchor: Anchor, number: int) -> DecodingRun | None:
        """A run from an anchor; None if it comes too late for the frame."""
        landing = self._stream.start_at(anchor, self.index.numbering)
        if landing is None:
            return None
        run = DecodingRun(self.index, landing, anchor.frame)
        first = run.first_number()
        if first is None or first > number:
            self._late_anchors[anchor.frame] = self.index.num_frames if first is None else first
            return None
        return run

    def _usable_anchors(self, number: int) -> list[Anchor]:
        late = self._late_anchors
        anchors = self.index.anchors_before(number)
        return [anchor for anchor in anchors if late.get(anchor.frame, 0) <= number]

    def _nearest_anchor(self, number: int) -> int:
        """Number of the nearest frame at which decoding can start."""
        anchors = self.index.anchors_before(number)
        return anchors[-1].frame if anchors else 0


def _ranges(numbers: Iterable[int]) -> str:
    """Frame numbers as text: "3–7, 12"."""
    ordered = sorted(numbers)
    breaks = [i + 1 for i, (a, b) in enumerate(pairwise(ordered)) if b != a + 1]
    ranges = [(ordered[i], ordered[j - 1]) for i, j in pairwise([0, *breaks, len(ordered)])]
    texts = [f"{a}" if a == b else f"{a}–{b}" for a, b in ranges[:_MAX_RANGES]]
    return ", ".join(texts) + (", …" if len(ranges) > _MAX_RANGES else "")
