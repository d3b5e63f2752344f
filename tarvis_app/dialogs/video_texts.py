"""How a video is stored, in words."""

import numpy as np
from PySide6.QtCore import QCoreApplication

from tarvis_app.counting import counted
from tarvis_app.playback.video_info import VideoInfo
from tarvis_core.video.video_facts import PictureFacts, VideoFacts

CONTEXT = "VideoTexts"
CODECS = {
    "h264": "H.264",
    "hevc": "H.265",
    "av1": "AV1",
    "vp8": "VP8",
    "vp9": "VP9",
    "mpeg1video": "MPEG-1",
    "mpeg2video": "MPEG-2",
    "mpeg4": "MPEG-4 Part 2",
    "mjpeg": "Motion JPEG",
    "prores": "ProRes",
    "gif": "GIF",
}
CONTAINERS = {"mov": "MP4/MOV", "matroska": "Matroska/WebM", "mpegts": "MPEG-TS"}
"""By the first of FFmpeg's names; others are their names in capitals."""
KILOBYTE, MEGABYTE, GIGABYTE = 10**3, 10**6, 10**9
SPARSE = 60
"""With fewer key frames than one in so many, jumps are felt."""


def _tr(text: str, count: int = -1) -> str:
    return QCoreApplication.translate(CONTEXT, text, None, count)


def codec_name(facts: VideoFacts) -> str:
    """The codec as people call it."""
    if facts.picture is None:
        return _tr("images")
    return CODECS.get(facts.codec, facts.codec.upper())


def storage_text(facts: VideoFacts) -> str:
    """Codec, container and size of the file: "H.264 in MP4/MOV, 2.4 MB"."""
    if facts.picture is None:
        return _tr("one image per frame")
    name = facts.container.split(",")[0]
    return _tr("{codec} in {container}, {size}").format(
        codec=codec_name(facts),
        container=CONTAINERS.get(name, name.upper()),
        size=_bytes_text(facts.num_bytes),
    )


def _bytes_text(num_bytes: int) -> str:
    if num_bytes < MEGABYTE:
        return _tr("{size:.0f} KB").format(size=num_bytes / KILOBYTE)
    if num_bytes < GIGABYTE:
        return _tr("{size:.1f} MB").format(size=num_bytes / MEGABYTE)
    return _tr("{size:.1f} GB").format(size=num_bytes / GIGABYTE)


def size_text(video: VideoInfo) -> str:
    """Width and height; also how frames are stored, where they are turned."""
    height, width = video.size
    text = f"{width} × {height}"
    picture = video.facts.picture
    if picture is None or not (picture.turn_degrees or picture.is_mirrored):
        return text
    stored = f"{picture.stored_size[1]} × {picture.stored_size[0]}"
    parts = [_tr("stored {size}").format(size=stored)]
    if picture.is_mirrored:
        parts.append(_tr("mirrored"))
    if picture.turn_degrees:
        parts.append(_tr("turned {degrees}° clockwise").format(degrees=picture.turn_degrees))
    return f"{text}, {', '.join(parts)}"


def rate_text(video: VideoInfo) -> str:
    """Frames per second, and whether all last equally long."""
    rate = f"{video.fps:.3f}".rstrip("0").rstrip(".")
    if video.facts.picture is None:
        return _tr("images have none; played at {rate} per second").format(rate=rate)
    if video.facts.is_constant_rate:
        return _tr("{rate} per second, constant").format(rate=rate)
    lasting_ms = np.diff(video.times_s) * 1000
    text = _tr("{rate} per second on average, variable: a frame lasts {least:.0f} to {most:.0f} ms")
    return text.format(rate=rate, least=lasting_ms.min(), most=lasting_ms.max())


def colour_text(picture: PictureFacts) -> str:
    """Bits and pixel format, and what is not shown as it is meant."""
    text = _tr("{bits} bit ({name})").format(bits=picture.num_bits, name=picture.pixel_format)
    if picture.num_bits > 8:
        text = _tr("{text}, read as 8 bit").format(text=text)
    if picture.is_hdr:
        text = _tr("{text}; HDR, so colours look pale").format(text=text)
    return text


def key_frame_text(video: VideoInfo) -> str:
    """How often decoding can start."""
    count = video.facts.num_key_frames
    text = counted(count, _tr("1 for the whole video"), _tr("{count} in the video", count))
    if video.num_frames > SPARSE * max(1, count):
        return _tr("{text}; jumps through time take a moment").format(text=text)
    return text


def is_unusual(video: VideoInfo) -> bool:
    """Whether a person should know more of how it is stored than its size."""
    picture = video.facts.picture
    is_hdr = picture is not None and picture.is_hdr
    return bool(video.problems) or not video.facts.is_constant_rate or is_hdr


def short_text(video: VideoInfo) -> str:
    """Codec, size and rate in a few words: "H.264 · 1280×720 · 29.97/s"."""
    height, width = video.size
    if video.facts.picture is None:
        return f"{codec_name(video.facts)} · {width}×{height}"
    rate = f"{video.fps:.4g}"
    text = _tr("{rate}/s") if video.facts.is_constant_rate else _tr("≈ {rate}/s, variable")
    return f"{codec_name(video.facts)} · {width}×{height} · {text.format(rate=rate)}"
