"""VideoFacts: how a video is stored, for a person who wants to know what was opened."""

from dataclasses import dataclass
from typing import Self

import av

from tarvis_core.video.picture import orientation_of

HDR_CURVES = (16, 18)
"""PQ and HLG, as ITU-T H.273 numbers the transfer of brightness."""


@dataclass(frozen=True)
class PictureFacts:
    """How the pixels of a video file are stored, by its first frame."""

    pixel_format: str
    """FFmpeg's name of it."""
    num_bits: int
    """Bits per channel; more than 8 are rounded to 8 when frames are read."""
    is_hdr: bool
    """Whether brightness follows a curve of HDR video, which is left as it is."""
    stored_size: tuple[int, int]
    """(height, width) before frames are turned upright."""
    turn_degrees: int
    """How far clockwise they are turned: 0, 90, 180 or 270."""
    is_mirrored: bool
    """Whether left and right change places before that."""

    @classmethod
    def of(cls, picture: av.VideoFrame) -> Self:
        """Of a frame as the decoder gave it."""
        orientation = orientation_of(picture)
        return cls(
            picture.format.name,
            max(component.bits for component in picture.format.components),
            int(picture.color_trc) in HDR_CURVES,
            (picture.height, picture.width),
            orientation.turn_degrees,
            orientation.is_mirrored,
        )


@dataclass(frozen=True)
class VideoFacts:
    """How the frames lie in their file or files."""

    codec: str
    """FFmpeg's name of the codec; "images" for a folder or one image."""
    container: str = ""
    """FFmpeg's names of the container format, parted by commas; empty for images."""
    num_bytes: int = 0
    """Size of the file; 0 for images."""
    num_key_frames: int = 1
    """Frames at which decoding can start."""
    is_constant_rate: bool = True
    """Whether all frames last equally long."""
    picture: PictureFacts | None = None
    """None for images, which are read upright and in 8 bits."""
