"""Panoptic quality: of images (COCO's PQ), and of the tubes that video measures cut (VPQ).

Defined by cocodataset/panopticapi `evaluation.py`. A tube is what one id covers in some
consecutive frames; an image is a tube of one frame.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from tarvis_core.annotation.target import CategoryId
from training.metrics.label_counts import PairCounts, count_pairs

VOID = 0
"""Id of pixels that nobody labelled."""


@dataclass(frozen=True)
class Segment:
    """What one id of an id map stands for."""

    id: int
    category: CategoryId
    is_crowd: bool = False
    area: int | None = None
    """True segments: the number of pixels that the data set states; None: counted."""


@dataclass(frozen=True)
class PanopticFrame:
    """One frame, every pixel of which belongs to at most one segment."""

    ids: np.ndarray
    """(H, W) segment ids below 2^31; 0 is void."""
    segments: Sequence[Segment]
    """Every id that `ids` holds, in the order of the file."""


@dataclass(frozen=True)
class Tube:
    """One segment over some frames: class and crowd flag of the first, pixels of all."""

    category: CategoryId
    is_crowd: bool
    area: int


@dataclass(frozen=True)
class TubeOverlaps:
    """What the measure needs of some frames: tubes by id, and which pixels they share."""

    true: Mapping[int, Tube]
    predicted: Mapping[int, Tube]
    shared: PairCounts
    """Pixels by (true id, predicted id), void among them."""


def overlaps_of_frame(true: PanopticFrame, predicted: PanopticFrame) -> TubeOverlaps:
    """Count the pixels of one frame.

    Raises:
        ValueError: Ids of the predicted map and its list of segments are not the same, or the
            maps differ in size.
    """
    shared = count_pairs(true.ids, predicted.ids)
    true_pixels: Counter[int] = Counter()
    predicted_pixels: Counter[int] = Counter()
    for (true_id, predicted_id), count in shared.items():
        true_pixels[true_id] += count
        predicted_pixels[predicted_id] += count
    listed = {segment.id for segment in predicted.segments}
    if listed != set(predicted_pixels) - {VOID}:
        odd = sorted(listed ^ (set(predicted_pixels) - {VOID}))
        raise ValueError(f"predicted ids {odd[:5]} are only in the map or only in its list")
    return TubeOverlaps(
        true=_tubes(true.segments, true_pixels),
        predicted=_tubes(
            [Segment(segment.id, segment.category) for segment in predicted.segments],
            predicted_pixels,
        ),
        shared=shared,
    )


def _tubes(segments: Iterable[Segment], pixels: Mapping[int, int]) -> dict[int, Tube]:
    tubes: dict[int, Tube] = {}
    for segment in segments:
        area = pixels.get(segment.id, 0) if segment.area is None else segment.area
        if segment.id in tubes:  # listed twice: the areas stated add up
            stated = 0 if segment.area is None else tubes[segment.id].area
            first = tubes[segment.id]
            tubes[segment.id] = Tube(first.category, first.is_crowd, area + stated)
        else:
            tubes[segment.id] = Tube(segment.category, segment.is_crowd, area)
    return tubes


def join_frames(frames: Sequence[TubeOverlaps]) -> TubeOverlaps:
    """The tubes of consecutive frames: equal ids are one tube."""
    shared: PairCounts = Counter()
    for frame in frames:
        shared.update(frame.shared)
    return TubeOverlaps(
        _joined([frame.true for frame in frames]),
        _joined([frame.predicted for frame in frames]),
        shared,
    )


def _joined(frames: Sequence[Mapping[int, Tube]]) -> dict[int, Tube]:
    joined: dict[int, Tube] = {}
    for tubes in frames:
        for number, tube in tubes.items():
            first = joined.get(number)
            joined[number] = (
                tube
                if first is None
                else Tube(first.category, first.is_crowd, first.area + tube.area)
            )
    return joined


@dataclass
class ClassCounts:
    """What was counted for one class."""

    iou_sum: float = 0.0
    """Of the matched pairs."""
    num_matched: int = 0
    num_false: int = 0
    """Predicted tubes that match nothing."""
    num_missed: int = 0
    """True tubes that nothing matches."""

    @property
    def is_empty(self) -> bool:
        """Whether the class was neither there nor predicted."""
        return self.num_matched + self.num_false + self.num_missed == 0

    @property
    def quality(self) -> "Quality":
        """Quality of this class; zero throughout if it is empty."""
        if self.is_empty:
            return Quality(0.0, 0.0, 0.0, 0)
        weight = self.num_matched + 0.5 * self.num_false + 0.5 * self.num_missed
        segmentation = self.iou_sum / self.num_matched if self.num_matched else 0.0
        return Quality(self.iou_sum / weight, segmentation, self.num_matched / weight, 1)


@dataclass(frozen=True)
class Quality:
    """Panoptic quality and its two factors, as means over classes; fractions 0…1."""

    pq: float
    sq: float
    """Segmentation quality: mean IoU of matched pairs."""
    rq: float
    """Recognition quality: share of matched tubes."""
    num_classes: int
    """Classes that were there or predicted; with none, the numbers are not a number."""


@dataclass(frozen=True)
class QualityTable:
    """Quality of all classes together, of things and of stuff, and the counts of each class."""

    all: Quality
    things: Quality
    stuff: Quality
    per_class: Mapping[CategoryId, ClassCounts]


class QualityCounter:
    """Matches tubes and counts for each class; shared by PQ and VPQ."""

    def __init__(self, categories: Mapping[CategoryId, bool]) -> None:
        """Start at zero.

        Args:
            categories: Whether each class is a thing class.
        """
        self._categories = dict(categories)
        self._counts = {category: ClassCounts() for category in categories}

    def add(self, overlaps: TubeOverlaps) -> None:
        """Match the tubes of one image or window.

        Raises:
            ValueError: A tube has a class that is not among the categories.
        """
        for tubes in (overlaps.true, overlaps.predicted):
            unknown = {tube.category for tube in tubes.values()} - set(self._categories)
            if unknown:
                raise ValueError(f"segments have the unknown classes {sorted(unknown)}")
        matched = self._match(overlaps)
        found_true = {true_id for true_id, _ in matched}
        for number, tube in overlaps.true.items():
            if number not in found_true and not tube.is_crowd:
                self._counts[tube.category].num_missed += 1
        self._count_false(overlaps, {predicted_id for _, predicted_id in matched})

    def _match(self, overlaps: TubeOverlaps) -> list[tuple[int, int]]:
        """Pairs of one class that share more than half; there is at most one for each tube."""
        matched = []
        for (true_id, predicted_id), shared in overlaps.shared.items():
            true = overlaps.true.get(true_id)
            predicted = overlaps.predicted.get(predicted_id)
            if true is None or predicted is None or true.is_crowd:
                continue
            if true.category != predicted.category:
                continue
            on_void = overlaps.shared.get((VOID, predicted_id), 0)
            iou = shared / (predicted.area + true.area - shared - on_void)
            if iou > 0.5:
                self._counts[true.category].num_matched += 1
                self._counts[true.category].iou_sum += iou
                matched.append((true_id, predicted_id))
        return matched

    def _count_false(self, overlaps: TubeOverlaps, matched: set[int]) -> None:
        # the evaluators remember one crowd region of each class: the last one
        crowds = {tube.category: number for number, tube in overlaps.true.items() if tube.is_crowd}
        for number, tube in overlaps.predicted.items():
            if number in matched:
                continue
            ignored = overlaps.shared.get((VOID, number), 0)
            if tube.category in crowds:
                ignored += overlaps.shared.get((crowds[tube.category], number), 0)
            if ignored / tube.area <= 0.5:
                self._counts[tube.category].num_false += 1

    def table(self) -> QualityTable:
        """The qualities of all that was added."""
        return QualityTable(
            all=self._mean(list(self._categories)),
            things=self._mean([name for name, is_thing in self._categories.items() if is_thing]),
            stuff=self._mean([name for name, is_thing in self._categories.items() if not is_thing]),
            per_class=dict(self._counts),
        )

    def _mean(self, categories: Sequence[CategoryId]) -> Quality:
        parts = [
            self._counts[name].quality for name in categories if not self._counts[name].is_empty
        ]
        if not parts:
            return Quality(np.nan, np.nan, np.nan, 0)
        return Quality(
            pq=sum(part.pq for part in parts) / len(parts),
            sq=sum(part.sq for part in parts) / len(parts),
            rq=sum(part.rq for part in parts) / len(parts),
            num_classes=len(parts),
        )


class PanopticQuality:
    """COCO's panoptic quality of single images."""

    def __init__(self, categories: Mapping[CategoryId, bool]) -> None:
        """Start at zero.

        Args:
            categories: Whether each class is a thing class.
        """
        self._counter = QualityCounter(categories)

    def add_image(self, true: PanopticFrame, predicted: PanopticFrame) -> None:
        """Score one image.

        Raises:
            ValueError: Map and list of segments do not agree, or a class is unknown.
        """
        self._counter.add(overlaps_of_frame(true, predicted))

    def result(self) -> QualityTable:
        """The qualities of all images added so far."""
        return self._counter.table()
