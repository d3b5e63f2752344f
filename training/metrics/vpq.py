"""Video panoptic quality (VPQ): Cityscapes-VPS and VIPSeg.

Defined by mcahny/vps `tools/eval_vpq.py` and VIPSeg `ClipPanoFCN/eval_vpq_vspw.py`: panoptic
quality of the tubes in every window of n annotated frames, averaged over window lengths n.
"""

from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from tarvis_core.annotation.target import CategoryId
from training.metrics.panoptic_quality import (
    PanopticFrame,
    QualityCounter,
    QualityTable,
    TubeOverlaps,
    join_frames,
    overlaps_of_frame,
)

CITYSCAPES_VPS_WINDOWS = (1, 2, 3, 4)
"""Annotated frames of a window; every fifth frame is annotated, so k = 0, 5, 10, 15."""
VIPSEG_WINDOWS = (1, 2, 4, 6)
"""The windows of published numbers (VIPSeg-Dataset issue 7)."""
VIPSEG_SCRIPT_WINDOWS = (1, 2, 4, 6, 8)
"""The windows over which the published script averages."""


@dataclass(frozen=True)
class VpqResult:
    """Video panoptic quality in percent."""

    vpq: float
    vpq_thing: float
    vpq_stuff: float
    per_window: Mapping[int, QualityTable]
    """By number of annotated frames; fractions."""

    @classmethod
    def mean_over(cls, per_window: Mapping[int, QualityTable]) -> "VpqResult":
        """The result as the mean of some windows' qualities."""
        tables = per_window.values()
        return cls(
            vpq=100 * sum(table.all.pq for table in tables) / len(per_window),
            vpq_thing=100 * sum(table.things.pq for table in tables) / len(per_window),
            vpq_stuff=100 * sum(table.stuff.pq for table in tables) / len(per_window),
            per_window=per_window,
        )


class VideoPanopticQuality:
    """Collects videos; a window of counts is kept, never the pixels."""

    def __init__(self, categories: Mapping[CategoryId, bool], windows: Sequence[int]) -> None:
        """Start at zero.

        Args:
            categories: Whether each class is a thing class.
            windows: Lengths in annotated frames; a video adds nothing to windows longer than it.
        """
        self._counters = {window: QualityCounter(categories) for window in windows}

    def add_video(self, frames: Iterable[tuple[PanopticFrame, PanopticFrame]]) -> None:
        """Score one video.

        Args:
            frames: (true, predicted) for each annotated frame in order.

        Raises:
            ValueError: Map and list of segments do not agree, or a class is unknown.
        """
        recent: deque[TubeOverlaps] = deque(maxlen=max(self._counters))
        for true, predicted in frames:
            recent.append(overlaps_of_frame(true, predicted))
            for window, counter in self._counters.items():
                if len(recent) >= window:
                    counter.add(join_frames(list(recent)[-window:]))

    def result(self, windows: Sequence[int] | None = None) -> VpqResult:
        """The quality of all videos added so far.

        Args:
            windows: The windows to average over; None for all that were counted.
        """
        chosen = self._counters if windows is None else windows
        return VpqResult.mean_over({window: self._counters[window].table() for window in chosen})
