"""VideoStream: one open video file, its packets and its decoder. The only place that holds PyAV's.

PyAV crashes when a stream is touched after its container was closed: facts about the stream are
copied when it is opened, and everything that refers to it is dropped before closing.
"""

import os
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import cast

import av
import av.container
import av.video
from av.stream import Disposition

from tarvis_core.errors import VideoError
from tarvis_core.video.frame_index import Anchor, Numbering
from tarvis_core.video.opening_watch import OpeningWatch, unwatched
from tarvis_core.video.packet_scan import READING_ERRORS, PacketScan, reason, scan_packets

_MAX_THREADS = 8
_LOCAL_ONLY = {"protocol_whitelist": "file,crypto,data"}
"""A playlist must not make the program fetch things from the net."""


class DecoderStumbledError(Exception):
    """The decoder refused a packet while several threads were decoding."""


@dataclass(frozen=True)
class StreamFacts:
    """What the file says of its video stream."""

    codec: str
    time_base: Fraction
    claimed_fps: Fraction | None
    size: tuple[int, int]
    """(height, width) before rotation; may be wrong."""
    num_packets: int
    """Number of packets that the file promises; 0 if it does not say."""
    end_s: float
    """When the file as a whole ends, by its header; 0 if that says nothing of the video."""
    is_reordered: bool
    """Whether the decoder expects frames in another order than they are stored in."""
    container: str
    """FFmpeg's name of the container format."""


@dataclass(frozen=True)
class Landing:
    """Where decoding starts after a seek."""

    pts: int | None
    """Presentation time of the key frame at which it starts; None at the start of the file."""
    is_file_start: bool
    pictures: Iterator[av.VideoFrame]
    """The frames from there on, as the decoder delivers them."""


class VideoStream:
    """The first real video stream of a file. Not to be shared by threads.

    Decodes with several threads until the decoder refuses a packet; PyAV then loses frames that
    other threads had finished. After `decode_carefully` every refusal costs its own packet only.

    Raises:
        VideoError: The file cannot be opened, or has no video that can be decoded.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.num_refused = 0
        """Number of packets that the decoder refused so far, with repetitions."""
        self.is_careful = False
        """Whether it decodes with one thread, so that nothing depends on their number."""
        self._seeks_by_dts = False
        self._scan: PacketScan | None = None
        self._key_sizes: dict[int | None, int] = {}
        self._packets: Generator[av.Packet] | None = None
        self._open()
        self.facts = self._read_facts()

    def _open(self) -> None:
        try:
            self._container = av.open(
                os.fspath(self.path.absolute()), options=_LOCAL_ONLY, metadata_errors="ignore"
            )
        except FileNotFoundError as error:
            raise VideoError("there is no file {path}", path=self.path) from error
        except PermissionError as error:
            raise VideoError(
                "{path} may not be read: check its permissions", path=self.path
            ) from error
        except READING_ERRORS as error:
            raise VideoError(
                "{path} cannot be opened as a video: it is of another kind, or its index is "
                "missing because the recording or copying was cut short ({reason})",
                path=self.path,
                reason=reason(error),
            ) from error
        try:
            self._stream = _choose_stream(self._container, self.path)
        except VideoError:
            self._container.close()
            raise
        context = self._stream.codec_context
        context.thread_type = "NONE" if self.is_careful else "AUTO"
        context.thread_count = 1 if self.is_careful else min(_MAX_THREADS, os.cpu_count() or 1)

    def _read_facts(self) -> StreamFacts:
        stream, container = self._stream, self._container
        return StreamFacts(
            stream.codec_context.codec.canonical_name,
            stream.time_base or Fraction(1, av.time_base),
            stream.average_rate or stream.guessed_rate,
            (stream.codec_context.height, stream.codec_context.width),
            # an edit list takes packets away from those that the header counts
            len(stream.index_entries) if "mov" in container.format.name else stream.frames,
            (container.duration or 0) / av.time_base if len(container.streams) == 1 else 0.0,
            bool(stream.codec_context.has_b_frames),
            container.format.name,
        )

    def scan(self, watch: OpeningWatch = unwatched) -> PacketScan:
        """All packets of the stream; leaves the file at its end."""
        total = self.facts.num_packets
        self._scan = scan_packets(
            self._container, self._stream, lambda num_done: watch(num_done, total)
        )
        self._key_sizes = {p.pts: p.num_bytes for p in self._scan.packets if p.is_key}
        return self._scan

    def decode_carefully(self) -> None:
        """Open the file anew and decode with one thread from now on."""
        self.is_careful = True
        self.reopen()

    def reopen(self) -> None:
        """Open the file anew; ends every run of pictures."""
        self.close()
        self._open()

    def close(self) -> None:
        """Close the file; ends every run of pictures."""
        self._end_run()
        del self._stream
        self._container.close()

    def _end_run(self) -> None:
        """End the reading of packets; a run of pictures then ends where it stands."""
        if self._packets is not None:
            self._packets.close()
        self._packets = None

    def start_over(self) -> Landing:
        """Decode from the first packet on."""
        first = self._scan.packets[0] if self._scan and self._scan.packets else None
        for time in () if first is None else (first.dts, first.pts):
            packet = None if time is None else self._seek(time)
            if packet is not None and self._is_first_of_file(packet):
                pictures = self._pictures(packet, self._packets)
                return Landing(None, is_file_start=True, pictures=pictures)
        self.reopen()
        self._packets = self._demux()
        pictures = self._pictures(self._next_packet(), self._packets)
        return Landing(None, is_file_start=True, pictures=pictures)

    def start_at(self, anchor: Anchor, numbering: Numbering) -> Landing | None:
        """Decode from the key frame of an anchor on, or from one before it.

        Returns:
            None if no seek leads there.
        """
        times = (anchor.dts, anchor.pts) if self._seeks_by_dts else (anchor.pts, anchor.dts)
        for attempt, time in enumerate(times):
            packet = None if time is None else self._seek(time)
            is_file_start = packet is not None and self._is_first_of_file(packet)
            while packet is not None and not packet.is_keyframe:
                packet, is_file_start = self._next_packet(), False
            if packet is not None and self._is_at_or_before(packet, anchor, numbering):
                self._seeks_by_dts ^= attempt > 0  # what helped once is tried first from now on
                pictures = self._pictures(packet, self._packets)
                return Landing(packet.pts, is_file_start, pictures)
        return None

    def _seek(self, time: int) -> av.Packet | None:
        """Go to the key packet at or before a time; the packet found there."""
        self._end_run()
        try:
            self._container.seek(time, stream=self._stream)
        except READING_ERRORS:
            return None
        self._packets = self._demux()
        return self._next_packet()

    def _demux(self) -> Generator[av.Packet]:
        """The packets from where the file stands."""
        return cast("Generator[av.Packet]", self._container.demux(self._stream))

    def _next_packet(self) -> av.Packet | None:
        """The next packet with data; None at the end of what can be read."""
        try:
            return next((packet for packet in self._packets or () if packet.size), None)
        except READING_ERRORS:
            return None

    def _is_first_of_file(self, packet: av.Packet) -> bool:
        assert self._scan is not None
        first = self._scan.packets[0]
        return packet.pts == first.pts and packet.pos == self._scan.first_position

    def _is_at_or_before(self, packet: av.Packet, anchor: Anchor, numbering: Numbering) -> bool:
        """Whether a key packet is an anchor's, or for frames numbered by time an earlier one."""
        if packet.dts == anchor.dts and packet.pts == anchor.pts:
            return packet.size == anchor.num_bytes
        if numbering is Numbering.BY_COUNT or packet.pts is None or anchor.pts is None:
            return False
        return packet.pts <= anchor.pts and self._key_sizes.get(packet.pts) == packet.size

    def _pictures(
        self, packet: av.Packet | None, packets: Generator[av.Packet] | None
    ) -> Iterator[av.VideoFrame]:
        """Decode a packet and all that follow it, then what the decoder still holds.

        Ends early when another run has begun: the decoder belongs to that one.
        """
        while self._packets is packets:
            yield from self._decode(packet)
            if packet is None:
                return
            packet = self._next_packet() if self._packets is packets else None

    def _decode(self, packet: av.Packet | None) -> list[av.VideoFrame]:
        try:
            return self._stream.codec_context.decode(packet)
        except READING_ERRORS as error:
            if not self.is_careful:
                raise DecoderStumbledError(reason(error)) from error
            self.num_refused += 1
            return []


def _choose_stream(container: av.container.InputContainer, path: Path) -> av.video.VideoStream:
    streams = [
        stream
        for stream in container.streams.video
        if not stream.disposition & Disposition.attached_pic
    ]
    if not streams:
        raise VideoError("{path} holds no video, only sound, text or a cover picture", path=path)
    if all(stream.codec_context is None for stream in streams):
        raise VideoError(
            "the video in {path} is coded in a way that cannot be decoded here", path=path
        )
    best = container.streams.best("video")
    usable = [stream for stream in streams if stream.codec_context is not None]
    return best if best in usable else usable[0]
