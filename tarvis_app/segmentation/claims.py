"""Claims: what the network takes for one thing wherever a mask is clicked on.

A claim is the answer to a place of a frame as if it were the first click on a new target. Where a
mask is right, some claim of its own has what it has; see `tarvis_app/review/surplus.py`.
"""

import threading
from dataclasses import dataclass, field

import numpy as np

from tarvis_app.playback.frame_motion import shrunk
from tarvis_app.segmentation.requests import Engine, RequestNumber
from tarvis_core.annotation.exemplar import PointExemplar
from tarvis_core.annotation.target import TargetId
from tarvis_core.video.video_reader import VideoReader

Place = tuple[float, float]
"""(x, y) in pixels of the frame."""


@dataclass(frozen=True)
class ClaimRequest:
    """What does the network see at each of these places of a frame?"""

    number: RequestNumber
    frame: int
    places: tuple[Place, ...]
    size: tuple[int, int]
    """(h, w) in which the answers are wanted."""


@dataclass(frozen=True)
class ClaimAnswer:
    """The claim of each place, in the order of the places."""

    request: ClaimRequest
    claims: np.ndarray | None
    """(N, h, w) bool; None where the network could not be asked."""


@dataclass
class QueuedClaims:
    """A survey of a mask with the flag that stops it, and what was answered so far."""

    request: ClaimRequest
    stop: threading.Event
    found: list[np.ndarray] = field(default_factory=list)
    """(h, w) bool of the first places."""

    @property
    def is_complete(self) -> bool:
        """Whether every place was answered."""
        return len(self.found) == len(self.request.places)

    @property
    def next_place(self) -> Place:
        """The place to be asked about now."""
        return self.request.places[len(self.found)]

    def answer(self) -> ClaimAnswer:
        """All that was found."""
        return ClaimAnswer(self.request, np.stack(self.found))


def claim(
    engine: Engine, video: VideoReader, frame: int, place: Place, size: tuple[int, int]
) -> np.ndarray:
    """What the network sees at one place of a frame.

    Args:
        engine: The network.
        video: The video.
        frame: The frame.
        place: (x, y) in pixels of the frame.
        size: (h, w) of the answer.

    Returns:
        (h, w) bool; nothing where it sees nothing.
    """
    target = TargetId(1)
    click = PointExemplar(frame, target, *place)
    found = engine.preview(video, frame, (click,), is_quick=True).get(target)
    if found is None:
        return np.zeros(size, dtype=bool)
    return shrunk(found.mask, size) > 0.5
