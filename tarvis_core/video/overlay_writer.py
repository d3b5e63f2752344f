"""OverlayWriter: a video file of frames with masks drawn over them."""

import logging
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import Self, cast

import av
import av.container
import av.error
import av.video
import numpy as np
from av.video.reformatter import ColorRange, Colorspace, VideoReformatter

from tarvis_core.annotation.mask import Mask
from tarvis_core.annotation.target import TargetId
from tarvis_core.errors import VideoError
from tarvis_core.video.overlay import DEFAULT_STYLE, OverlayStyle, draw_masks
from tarvis_core.video.packet_scan import reason
from tarvis_core.video.video_reader import VideoReader

_log = logging.getLogger(__name__)

CODECS = ("libx264", "libopenh264", "mpeg4")
"""Encoders in the order in which they are tried: not every build has H.264."""
_X264_OPTIONS = {"crf": "20", "preset": "fast"}
_BITS_PER_PIXEL = 0.2
"""Bit rate of the encoders that have no constant quality, per pixel and frame."""
_BT709 = 1
_LIMITED_RANGE = 1


class OverlayWriter:
    """Writes frames into an MP4 file, each at the time that it had in the video.

    Use it as a context manager: on leaving, whatever was written becomes a whole file, also after
    an error or when stopped early. Until then the file has another name beside. Without a frame
    there is no file, and a file that was there before stays.

    Args:
        path: The file to write; replaced if it exists.
        size: (height, width) of the frames. Odd sizes get one more row or column, as H.264 wants.
        fps: Average frames per second, for the encoder's planning.
        time_base: Seconds per unit of the times given to `write`.
        codecs: Encoders to try in this order.

    Raises:
        VideoError: The file cannot be made, or there is no encoder.
    """

    def __init__(
        self,
        path: Path,
        size: tuple[int, int],
        fps: float,
        time_base: Fraction,
        codecs: Iterable[str] = CODECS,
    ) -> None:
        if path.suffix.lower() != ".mp4":
            raise VideoError(
                "overlay videos are MP4 files: give {name} the suffix .mp4", name=path.name
            )
        if not path.parent.is_dir():
            raise VideoError(
                "{path} cannot be written: there is no folder {folder}",
                path=path,
                folder=path.parent,
            )
        self._path = path
        self._part_path = path.with_name(f".{path.stem}.part.mp4")
        self._size = size
        self._num_written = 0
        self._first_time = 0
        self._last_time = -1
        codec = _first_available(codecs)
        container = av.open(str(self._part_path), "w")  # makes the file with the first frame
        self._container: av.container.OutputContainer | None = container
        rate = Fraction(fps).limit_denominator(100_000)
        self._stream = cast("av.video.VideoStream", container.add_stream(codec, rate=rate))
        self._reformatter = VideoReformatter()
        self._set_up_encoder(codec, fps, time_base)

    def _set_up_encoder(self, codec: str, fps: float, time_base: Fraction) -> None:
        height, width = (side + side % 2 for side in self._size)
        context = self._stream.codec_context
        context.height, context.width, context.pix_fmt = height, width, "yuv420p"
        context.time_base = time_base
        self._stream.time_base = time_base
        context.colorspace = context.color_primaries = context.color_trc = _BT709
        context.color_range = _LIMITED_RANGE
        if codec == "libx264":
            context.options = _X264_OPTIONS
        else:
            _log.warning("no H.264 encoder by x264: %s is used, files are larger", codec)
            context.bit_rate = int(_BITS_PER_PIXEL * height * width * fps)

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
    def num_written(self) -> int:
        """Number of frames written so far."""
        return self._num_written

    def write(self, frame: np.ndarray, time: int) -> None:
        """Add a frame.

        Args:
            frame: (H, W, 3) uint8 RGB.
            time: When it is shown, in units of the time base; later than the frame before. The
                first frame's time becomes the beginning.

        Raises:
            ValueError: The frame has another size, or its time is not later.
            VideoError: The file cannot be written on.
        """
        if self._container is None:
            raise ValueError(f"the writer of {self._path} is closed")
        if frame.shape != (*self._size, 3):
            raise ValueError(f"frames of this video are {self._size}, got {frame.shape}")
        if self._num_written == 0:
            self._first_time = time
        elif time <= self._last_time:
            raise ValueError(f"time {time} is not later than that of the frame before")
        height, width = self._size
        padded = np.pad(frame, ((0, height % 2), (0, width % 2), (0, 0)), mode="edge")
        picture = self._reformatter.reformat(
            av.VideoFrame.from_ndarray(padded),
            format="yuv420p",
            dst_colorspace=Colorspace.ITU709,
            dst_color_range=ColorRange.MPEG,
            threads=1,
        )
        picture.pts = time - self._first_time
        picture.time_base = self._stream.codec_context.time_base
        with self._errors_told():
            self._container.mux(self._stream.encode(picture))
        self._last_time = time
        self._num_written += 1

    def close(self) -> None:
        """Finish the file and give it its name; a second time does nothing.

        Raises:
            VideoError: The file cannot be finished.
        """
        container, self._container = self._container, None
        if container is None:
            return
        try:
            with self._errors_told(), closing(container):
                if self._num_written:
                    container.mux(self._stream.encode(None))
                del self._stream
        except VideoError:
            self._part_path.unlink(missing_ok=True)
            raise
        if self._num_written:
            self._part_path.replace(self._path)
        else:
            self._part_path.unlink(missing_ok=True)

    @contextmanager
    def _errors_told(self) -> Iterator[None]:
        try:
            yield
        except (av.error.FFmpegError, OSError) as error:
            raise VideoError(
                "{path} cannot be written ({reason}): is there room on the disk?",
                path=self._path,
                reason=reason(error),
            ) from error


def write_overlay(
    video: VideoReader,
    masks_at: Callable[[int], Mapping[TargetId, Mask]],
    path: Path,
    *,
    frames: Iterable[int] | None = None,
    style: OverlayStyle = DEFAULT_STYLE,
    stop: threading.Event | None = None,
) -> int:
    """Write a video with masks over its frames, at the video's own times.

    Args:
        video: Where the frames come from.
        masks_at: The masks of a frame, by its number.
        path: The MP4 file to write.
        frames: Ascending numbers of the frames; None for all.
        style: How the masks look.
        stop: When set, the file ends after the frame at hand.

    Returns:
        The number of frames written.

    Raises:
        VideoError: A frame cannot be read, or the file cannot be written.
    """
    index = video.index
    with OverlayWriter(path, video.size, video.fps, index.time_base) as writer:
        for number in range(video.num_frames) if frames is None else frames:
            if stop is not None and stop.is_set():
                break
            drawn = draw_masks(video.frame(number), masks_at(number), style)
            writer.write(drawn, int(index.pts[number]))
        return writer.num_written


def _first_available(codecs: Iterable[str]) -> str:
    for name in codecs:
        if name in av.codecs_available:
            return name
    raise VideoError(
        "this build of FFmpeg has none of the encoders {names}", names=", ".join(codecs)
    )
