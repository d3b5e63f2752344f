"""FrameIndex: presentation time and key flag of every frame of a video file.

A frame number is the frame's place in the order of presentation. The index is made from packets
alone, without decoding, and then held against what the decoder delivers first (`reconcile`): some
files hold packets that show nothing, frames that nothing can decode, or times that are not those of
presentation.
"""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from fractions import Fraction
from typing import NamedTuple

import numpy as np

DEFAULT_FPS = 25.0
"""Rate of a video that neither has two frames nor states a rate."""
_CLAIM_TOLERANCE = 0.005
"""A stated rate this close (relative) to the measured one is the exact value of the same rate."""


class Packet(NamedTuple):
    """What the index needs to know of one packet of the video stream."""

    pts: int | None
    """Presentation time, in units of the time base."""
    dts: int | None
    """Decoding time, in units of the time base."""
    is_key: bool
    """Whether the container says that decoding can start here."""
    is_shown: bool
    """Whether a frame is to be shown; no, for what an edit list cuts off and for hidden frames."""
    num_bytes: int


class DeliveredFrame(NamedTuple):
    """What the decoder said of one frame, in the order in which it delivered them."""

    pts: int | None
    is_key: bool


class Anchor(NamedTuple):
    """A place where decoding can start."""

    frame: int
    """Number of the first frame that is certain to be right when decoding starts here."""
    pts: int | None
    dts: int | None
    num_bytes: int
    """Size of the packet: after a seek, some demuxers give its times to another one."""


class Numbering(Enum):
    """How a frame that comes out of the decoder gets its number."""

    BY_TIME = "by time"
    """Its presentation time says which frame it is."""
    BY_COUNT = "by count"
    """Times are missing or wrong: frames are counted from an anchor on."""


@dataclass(frozen=True, eq=False)
class FrameIndex:
    """Times and key flags of all frames, in order of presentation."""

    pts: np.ndarray
    """(N,) int64, strictly increasing: presentation times in units of the time base."""
    is_key: np.ndarray
    """(N,) bool: whether decoding can start at the frame."""
    time_base: Fraction
    """Seconds per unit of time."""
    anchors: tuple[Anchor, ...]
    """Where decoding can start, by frame; may be empty. The start of the file always remains."""
    numbering: Numbering = Numbering.BY_TIME
    claimed_fps: Fraction | None = None
    """Frames per second as the file states them; often only nominal, sometimes nonsense."""

    def __post_init__(self) -> None:
        if self.pts.ndim != 1 or self.pts.shape != self.is_key.shape or not self.pts.size:
            raise ValueError(
                f"times {self.pts.shape} and key flags {self.is_key.shape} must be one per frame"
            )
        if (np.diff(self.pts) <= 0).any():
            raise ValueError("presentation times must increase")
        self.pts.flags.writeable = False
        self.is_key.flags.writeable = False

    @property
    def num_frames(self) -> int:
        """Number of frames."""
        return int(self.pts.size)

    @property
    def times_s(self) -> np.ndarray:
        """(N,) float64: seconds from the first frame to each frame."""
        ticks = (self.pts - self.pts[0]).astype(np.float64)
        return ticks * self.time_base.numerator / self.time_base.denominator

    @property
    def fps(self) -> float:
        """Average frames per second; the stated rate where the times agree with it."""
        claimed = float(self.claimed_fps) if self.claimed_fps else 0.0
        if self.num_frames < 2:
            return claimed or DEFAULT_FPS
        duration_s = float((int(self.pts[-1]) - int(self.pts[0])) * self.time_base)
        measured = (self.num_frames - 1) / duration_s
        return claimed if abs(claimed - measured) <= _CLAIM_TOLERANCE * measured else measured

    @property
    def is_constant_rate(self) -> bool:
        """Whether all frames last equally long, up to the rounding of their times."""
        if self.num_frames < 3:
            return True
        even = np.linspace(int(self.pts[0]), int(self.pts[-1]), self.num_frames)
        tolerance = max(1.0, 0.002 * float(even[1] - even[0]))
        return bool(np.abs(self.pts - even).max() <= tolerance)

    def number_of(self, pts: int) -> int | None:
        """Number of the frame with exactly this presentation time; None if there is none."""
        number = int(np.searchsorted(self.pts, pts))
        return number if number < self.num_frames and int(self.pts[number]) == pts else None

    def number_at(self, time_s: float) -> int:
        """Number of the frame that is shown `time_s` seconds after the first frame."""
        number = int(np.searchsorted(self.times_s, time_s + 1e-9, side="right")) - 1
        return max(0, number)

    def anchors_before(self, number: int) -> tuple[Anchor, ...]:
        """The anchors at or before a frame, the nearest last."""
        return self.anchors[: bisect_right(self.anchors, number, key=lambda anchor: anchor.frame)]


def index_from_packets(
    packets: Sequence[Packet],
    time_base: Fraction,
    claimed_fps: Fraction | None = None,
    first_pts: int | None = None,
) -> FrameIndex | None:
    """The index that the packets promise.

    Args:
        packets: All packets of the stream, in the order of the file.
        time_base: Seconds per unit of the packets' times.
        claimed_fps: The rate that the file states.
        first_pts: Frames before this time are left out.

    Returns:
        None if packets that show a frame lack a time, share one, or if there are none.
    """
    shown = [packet for packet in packets if packet.is_shown]
    if not shown or any(packet.pts is None for packet in shown):
        return None
    times = np.array([packet.pts for packet in shown], dtype=np.int64)
    pts = np.sort(times)
    if (np.diff(pts) == 0).any():
        return None
    if first_pts is not None:
        pts = pts[pts >= first_pts]
    if not pts.size:
        return None
    anchors = _anchors_by_time(packets, pts)
    is_key = np.zeros(pts.size, dtype=np.bool_)
    is_key[[anchor.frame for anchor in anchors if anchor.pts == pts[anchor.frame]]] = True
    return FrameIndex(pts, is_key, time_base, anchors, claimed_fps=claimed_fps)


def _anchors_by_time(packets: Sequence[Packet], pts: np.ndarray) -> tuple[Anchor, ...]:
    anchors: dict[int, Anchor] = {}
    for packet in packets:
        if packet.is_key and packet.pts is not None:
            number = int(np.searchsorted(pts, packet.pts))
            if number < pts.size:
                # of two, the later starts nearer to the frame
                anchors[number] = Anchor(number, packet.pts, packet.dts, packet.num_bytes)
    return tuple(anchors[number] for number in sorted(anchors))


def index_from_frames(
    packets: Sequence[Packet],
    delivered: Sequence[DeliveredFrame],
    time_base: Fraction,
    claimed_fps: Fraction | None = None,
) -> FrameIndex:
    """The index of exactly the frames that the decoder delivered for the whole file.

    Raises:
        ValueError: There is no frame.
    """
    times = [frame.pts for frame in delivered]
    known = [time for time in times if time is not None]
    are_unique = len(known) == len(times) == len(set(known))
    shown = {packet.pts for packet in packets if packet.is_shown}
    if are_unique and known == sorted(known) and shown.issuperset(known):
        wanted = set(known)
        kept = [p if p.pts in wanted else p._replace(is_shown=False) for p in packets]
        index = index_from_packets(kept, time_base, claimed_fps)
        if index is not None:
            return index
    if are_unique:
        pts = np.array(sorted(known), dtype=np.int64)
    else:
        time_base = 1 / (claimed_fps or Fraction(DEFAULT_FPS))
        pts = np.arange(len(times), dtype=np.int64)
    is_key = np.array([frame.is_key for frame in delivered], dtype=np.bool_)
    anchors = _anchors_by_count(packets, is_key)
    return FrameIndex(pts, is_key, time_base, anchors, Numbering.BY_COUNT, claimed_fps)


def _anchors_by_count(packets: Sequence[Packet], is_key: np.ndarray) -> tuple[Anchor, ...]:
    """Key packets paired with delivered key frames; none where they do not pair off."""
    frames = np.flatnonzero(is_key)
    keys = [packet for packet in packets if packet.is_key]
    if len(keys) != frames.size or any(packet.dts is None for packet in keys):
        return ()
    return tuple(
        Anchor(int(frame), packet.pts, packet.dts, packet.num_bytes)
        for frame, packet in zip(frames, keys, strict=True)
    )


class Verdict(Enum):
    """What the first frames that the decoder delivered say about an index made from packets."""

    HOLDS = "holds"
    LEADING_FRAMES_FAIL = "leading frames fail"
    """It holds from the first delivered frame on."""
    UNSURE = "unsure"
    """Only decoding the whole file can tell."""


def reconcile(index: FrameIndex, delivered: Sequence[DeliveredFrame]) -> Verdict:
    """Hold an index made from packets against the first frames that the decoder delivered.

    Args:
        index: The index that the packets promise.
        delivered: At least one frame, in the order of delivery, from the start of the file.
    """
    times = [frame.pts for frame in delivered]
    first = None if times[0] is None else index.number_of(times[0])
    if first is None or times != index.pts[first : first + len(times)].tolist():
        return Verdict.UNSURE
    return Verdict.HOLDS if first == 0 else Verdict.LEADING_FRAMES_FAIL
