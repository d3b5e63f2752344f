"""Reads the packets of a video stream without decoding them."""

from collections.abc import Callable
from dataclasses import dataclass

import av
import av.container
import av.error
import av.video

from tarvis_core.video.frame_index import Packet

READING_ERRORS = (av.error.FFmpegError, OSError, ValueError, LookupError)
"""What PyAV raises over files that are damaged: for some, its own lists run out of range."""


@dataclass(frozen=True)
class PacketScan:
    """All packets of a stream, as far as the file could be read."""

    packets: tuple[Packet, ...]
    """In the order of the file; packets without data are left out."""
    first_position: int | None
    """Byte of the file where the first packet lies, where the container tells."""
    num_packets: int
    """Number of packets, with those without data."""
    error: str | None
    """What ended the reading before the end of the file."""


def scan_packets(
    container: av.container.InputContainer,
    stream: av.video.VideoStream,
    tell: Callable[[int], None] = lambda _: None,
) -> PacketScan:
    """Read all packets of a stream from where the container stands.

    Args:
        container: The open file.
        stream: Its video stream.
        tell: Called with the number of packets read so far; what it raises ends the reading.
    """
    shows_picture = _PICTURE_TESTS.get(stream.codec_context.codec.canonical_name, _always)
    packets: list[Packet] = []
    first_position, num_packets, message = None, 0, None
    try:
        for packet in container.demux(stream):
            num_packets += packet.dts is not None or packet.size > 0  # the last one only flushes
            tell(num_packets)
            if not packet.size:
                continue
            if not packets:
                first_position = packet.pos
            is_shown = not packet.is_discard and shows_picture(packet)
            packets.append(
                Packet(packet.pts, packet.dts, packet.is_keyframe, is_shown, packet.size)
            )
    except READING_ERRORS as error:
        message = reason(error)
    return PacketScan(tuple(packets), first_position, num_packets, message)


def reason(error: Exception) -> str:
    """What an error of PyAV says, in short."""
    return getattr(error, "strerror", None) or str(error) or type(error).__name__


def _always(_data: av.Packet | bytes) -> bool:
    return True


def vp8_shows_picture(data: av.Packet | bytes) -> bool:
    """Whether a VP8 frame is to be shown (RFC 6386, section 9.1: bit 4 of the first byte)."""
    return bool(memoryview(data)[0] & 0x10)


def vp9_shows_picture(data: av.Packet | bytes) -> bool:
    """Whether a packet of VP9 holds a frame to be shown ("VP9 Bitstream Specification", B and 6.2).

    A packet is one frame, or a superframe: several frames and, at its end, an index of their sizes.
    """
    view = memoryview(data).cast("B")
    return any(_vp9_frame_is_shown(view[start]) for start in _vp9_frame_starts(view))


def _vp9_frame_starts(data: memoryview) -> list[int]:
    marker = data[-1]
    num_frames, size_bytes = (marker & 7) + 1, (marker >> 3 & 3) + 1
    index_size = 2 + num_frames * size_bytes
    if marker & 0xE0 != 0xC0 or len(data) <= index_size or data[-index_size] != marker:
        return [0]
    starts, position = [], 0
    for frame in range(num_frames):
        at = len(data) - index_size + 1 + frame * size_bytes
        size = int.from_bytes(data[at : at + size_bytes], "little")
        if size and position < len(data) - index_size:
            starts.append(position)
        position += size
    return starts or [0]


def _vp9_frame_is_shown(first_byte: int) -> bool:
    """Whether a frame is shown, or shows an earlier one, by the first bits of its header."""
    bits = [first_byte >> shift & 1 for shift in range(7, -1, -1)]
    at = (
        5 if bits[2] and bits[3] else 4
    )  # after the marker and the profile; profile 3 has a reserved bit
    shows_existing_frame, shows_this_frame = bits[at], bits[at + 2]
    return bool(shows_existing_frame or shows_this_frame)


_PICTURE_TESTS: dict[str, Callable[[av.Packet], bool]] = {
    "vp8": vp8_shows_picture,
    "vp9": vp9_shows_picture,
}
