"""Makes the frame index of a file and holds it against what the decoder delivers."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from itertools import chain

import av

from tarvis_core.annotation.wording import counted
from tarvis_core.errors import VideoError
from tarvis_core.sentence import Sentence
from tarvis_core.video.decoding_run import DecodingRun
from tarvis_core.video.frame_index import (
    DeliveredFrame,
    FrameIndex,
    Numbering,
    Verdict,
    index_from_frames,
    index_from_packets,
    reconcile,
)
from tarvis_core.video.opening_watch import OpeningWatch, unwatched
from tarvis_core.video.packet_scan import PacketScan
from tarvis_core.video.picture import stored_bytes
from tarvis_core.video.video_stream import (
    DecoderStumbledError,
    Landing,
    StreamFacts,
    VideoStream,
)

_log = logging.getLogger(__name__)

_NUM_CHECKED_FRAMES = 16
"""So many frames from the start are always checked."""
_FULLY_CHECKED_PIXELS = 48_000_000
"""Files with fewer pixels in all frames together are checked to the end: it takes a blink."""
_MIN_SHORTAGE_S = 0.2
_MIN_SHORTAGE = 0.02
"""A file counts as cut off if its last frame starts so much (of its length) before its end."""


@dataclass(frozen=True)
class CheckedIndex:
    """An index that agrees with the decoder, and what decoding for the check left over."""

    index: FrameIndex
    first_picture: av.VideoFrame
    run: DecodingRun | None
    """Goes on from the first frame; None if the frames checked did not all fit into memory."""
    problems: tuple[Sentence, ...]


def read_index(
    stream: VideoStream, scan: PacketScan, max_bytes: int, watch: OpeningWatch = unwatched
) -> CheckedIndex:
    """The index of a file.

    The packets promise an index. Its first frames are decoded; if they come as promised, or only
    leading frames are missing, the index stands. Otherwise, and always in short files, the whole
    file is decoded, and the index is of what came.

    Args:
        stream: The file.
        scan: Its packets.
        max_bytes: Bound of the memory for frames that were decoded and will soon be wanted.
        watch: Told how many frames were decoded; may end it.

    Raises:
        VideoError: No frame can be decoded.
        DecoderStumbledError: Try again with the careful decoder.
    """
    facts = stream.facts
    promised = None
    if not _has_storage_times(scan, facts):
        promised = index_from_packets(scan.packets, facts.time_base, facts.claimed_fps)
    num_promised = len(scan.packets) if promised is None else promised.num_frames
    probe = _Probe(stream.start_over(), max_bytes, lambda num_done: watch(num_done, num_promised))
    probe.advance(None if promised is None else _num_to_check(promised, facts))
    if probe.first_picture is None:
        raise VideoError(
            "no frame of {path} can be decoded: it is damaged or encrypted", path=stream.path
        )
    index = None
    if promised is not None and not probe.is_complete:
        index = _confirmed(promised, probe, scan, facts)
    if index is None:
        probe.advance(None)
        index = index_from_frames(scan.packets, probe.delivered, facts.time_base, facts.claimed_fps)
    if index.numbering is Numbering.BY_COUNT:
        _log.info("%s: its times cannot be used, frames are counted", stream.path)
    missing = _missing_frames(promised, index)
    if missing and not stream.is_careful:
        raise DecoderStumbledError(missing[0])
    problems = _scan_problems(scan, facts) + missing
    return CheckedIndex(index, probe.first_picture, probe.to_run(index), problems)


class _Probe:
    """The first frames of a file, decoded before their numbers are known."""

    def __init__(self, landing: Landing, max_bytes: int, tell: Callable[[int], None]) -> None:
        self.delivered: list[DeliveredFrame] = []
        self.first_picture: av.VideoFrame | None = None
        self.is_complete = False
        self._landing = landing
        self._tell = tell
        self._kept: list[av.VideoFrame] = []
        self._room = max_bytes

    def advance(self, num_frames: int | None) -> None:
        """Decode until so many frames were delivered, or all."""
        while num_frames is None or len(self.delivered) < num_frames:
            picture = next(self._landing.pictures, None)
            if picture is None:
                self.is_complete = True
                return
            self.first_picture = self.first_picture or picture
            self.delivered.append(DeliveredFrame(picture.pts, bool(picture.key_frame)))
            self._tell(len(self.delivered))
            self._room -= stored_bytes(picture)
            if self._room > 0:
                self._kept.append(picture)

    def to_run(self, index: FrameIndex) -> DecodingRun | None:
        """The run that gives the frames again and goes on; None if they did not all fit."""
        if self._room <= 0:
            return None
        pictures = chain(self._kept, self._landing.pictures)
        return DecodingRun(index, Landing(None, is_file_start=True, pictures=pictures))


def _has_storage_times(scan: PacketScan, facts: StreamFacts) -> bool:
    """Whether times are those of storage: AVI files have no others, and their frames swap."""
    times = [packet.pts for packet in scan.packets if packet.pts is not None]
    return "avi" in facts.container and facts.is_reordered and times == sorted(times)


def _num_to_check(index: FrameIndex, facts: StreamFacts) -> int | None:
    height, width = facts.size
    is_short = index.num_frames * height * width <= _FULLY_CHECKED_PIXELS
    return None if is_short else _NUM_CHECKED_FRAMES


def _confirmed(
    promised: FrameIndex, probe: _Probe, scan: PacketScan, facts: StreamFacts
) -> FrameIndex | None:
    """The promised index as far as the first frames confirm it; None if they do not."""
    verdict = reconcile(promised, probe.delivered)
    if verdict is Verdict.UNSURE:
        return None
    if verdict is Verdict.HOLDS:
        return promised
    first_pts = probe.delivered[0].pts
    return index_from_packets(scan.packets, facts.time_base, facts.claimed_fps, first_pts)


def _scan_problems(scan: PacketScan, facts: StreamFacts) -> tuple[Sentence, ...]:
    if scan.error is not None:
        return (
            Sentence(
                "the file can be read up to its packet {packet} only ({reason})",
                packet=scan.num_packets,
                reason=scan.error,
            ),
        )
    num_found = scan.num_packets
    if "avi" in facts.container and scan.packets:
        num_found = max(num_found, (scan.packets[-1].dts or 0) + 1)  # it counts repetitions too
    if num_found < facts.num_packets:
        return (
            Sentence(
                "the file is cut off: it promises {num_promised} frames and has {num_found}",
                num_promised=facts.num_packets,
                num_found=num_found,
            ),
        )
    times = [packet.pts for packet in scan.packets if packet.pts is not None]
    end_s = float(max(times) * facts.time_base) if times else facts.end_s
    if facts.end_s - end_s > max(_MIN_SHORTAGE_S, _MIN_SHORTAGE * facts.end_s):
        return (
            Sentence(
                "the file is cut off: it promises {promised_s:.2f} s and has {end_s:.2f} s",
                promised_s=facts.end_s,
                end_s=end_s,
            ),
        )
    return ()


def _missing_frames(promised: FrameIndex | None, index: FrameIndex) -> tuple[Sentence, ...]:
    if promised is None or promised.num_frames <= index.num_frames:
        return ()
    return (
        Sentence(
            "cannot be decoded and left out: {frames} of {num_frames}",
            frames=counted(promised.num_frames - index.num_frames, "frames"),
            num_frames=promised.num_frames,
        ),
    )
