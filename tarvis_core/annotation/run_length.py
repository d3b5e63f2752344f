"""Run arithmetic: masks as runs and vertical segments, without ever drawing their pixels.

Codes are COCO's: run lengths in column-major order, zeros first; compressed as text in groups of
five bits (cocoapi `common/maskApi.c`, BSD licence). A run may reach over several columns; the form
to compute with is `Segments`, its pieces within single columns. What is here costs time and memory
by the number of runs and columns, never by the number of pixels: a code that claims a frame of four
billion pixels is read as quickly as any other.
"""

from typing import NamedTuple

import numpy as np

from tarvis_core.sentence import Sentence

MAX_PIXELS = 2**32 - 1
"""A run counts in 32 bits, so no frame may have more pixels."""

_GROUP_BITS = 5
_GROUP_MASK = 0x1F
_MORE = 0x20
_FIRST_CHARACTER = 48
_MAX_GROUPS = 8
"""More groups than any run of a frame needs: 5 · 8 > 32 bits and a sign."""


class Segments(NamedTuple):
    """Vertical segments of a mask, by column and then from the top; none touches the next."""

    columns: np.ndarray
    """(S,) int64: column of each segment, in pixels."""
    tops: np.ndarray
    """(S,) int64: first row of each segment."""
    bottoms: np.ndarray
    """(S,) int64: row after the last of each segment."""

    def lengths(self) -> np.ndarray:
        """(S,) int64: number of pixels of each segment."""
        return self.bottoms - self.tops

    def shifted(self, x: int, y: int) -> "Segments":
        """The same segments, `x` columns further right and `y` rows further down."""
        return Segments(self.columns + x, self.tops + y, self.bottoms + y)

    def box(self) -> tuple[int, int, int, int]:
        """(x_min, y_min, x_max, y_max), far edges exclusive; all 0 without segments."""
        if self.columns.size == 0:
            return (0, 0, 0, 0)
        return (
            int(self.columns[0]),
            int(self.tops.min()),
            int(self.columns[-1]) + 1,
            int(self.bottoms.max()),
        )

    def intervals(self, height: int) -> tuple[np.ndarray, np.ndarray]:
        """(starts, stops) in column-major order of a frame of this height, joined where they touch.

        Returns:
            Two (I,) arrays of int64, rising; no interval touches the next.
        """
        starts = self.columns * height + self.tops
        return _joined(starts, starts + self.lengths())


def segments_from_runs(runs: np.ndarray, height: int) -> Segments:
    """The segments of a frame's runs.

    Args:
        runs: (R,) int64 run lengths in column-major order, zeros first; none negative.
        height: Height of the frame in pixels.
    """
    ends = np.cumsum(runs)
    starts, stops = ends[:-1:2], ends[1::2]
    is_filled = stops > starts
    starts, stops = _joined(starts[is_filled], stops[is_filled])
    first, last = starts // height, (stops - 1) // height
    num_columns = last - first + 1
    if starts.size == num_columns.sum():  # no run crosses into another column
        tops = starts - first * height
        return Segments(first, tops, tops + (stops - starts))
    interval = np.repeat(np.arange(starts.size), num_columns)
    nth_column = np.arange(interval.size) - (np.cumsum(num_columns) - num_columns)[interval]
    columns = first[interval] + nth_column
    tops = np.where(nth_column == 0, starts[interval] - columns * height, 0)
    is_last = columns == last[interval]
    bottoms = np.where(is_last, stops[interval] - columns * height, height)
    return Segments(columns, tops, bottoms)


def runs_from_segments(segments: Segments, height: int, width: int) -> np.ndarray:
    """The run lengths of a frame: zeros first, none of length 0 but perhaps the first.

    Returns:
        (R,) int64 in column-major order; they sum to height · width.
    """
    starts, stops = segments.intervals(height)
    total = height * width
    edges = np.empty(2 * starts.size + 1, dtype=np.int64)
    edges[:-1:2] = starts
    edges[1::2] = stops
    edges[-1] = total
    runs = np.diff(edges, prepend=0)
    return runs[:-1] if runs.size > 1 and runs[-1] == 0 else runs


def runs_from_text(counts: str | bytes) -> np.ndarray:
    """The run lengths of a compressed code, which is not trusted (pycocotools' decoder does).

    Returns:
        (R,) int64. They may be negative or of any sum: whoever knows the frame checks that.

    Raises:
        ValueError: The code is empty, cut off, or holds what no code has.
    """
    text = counts.encode("utf-8") if isinstance(counts, str) else counts
    if not text:
        raise ValueError(Sentence("the run-length code is empty"))
    groups = np.frombuffer(text, dtype=np.uint8).astype(np.int64) - _FIRST_CHARACTER
    if groups.min() < 0 or groups.max() >= 2 * _MORE:
        raise ValueError(Sentence("the run-length code holds characters that no code has"))
    is_last = (groups & _MORE) == 0
    if not is_last[-1]:
        raise ValueError(Sentence("the run-length code is cut off"))
    ends = np.flatnonzero(is_last)
    starts = np.concatenate(([0], ends[:-1] + 1))
    lengths = ends - starts + 1
    if lengths.max() > _MAX_GROUPS:
        raise ValueError(Sentence("a run of the run-length code is longer than any frame"))
    shifts = _GROUP_BITS * (np.arange(groups.size) - np.repeat(starts, lengths))
    values = np.add.reduceat((groups & _GROUP_MASK) << shifts, starts)
    is_negative = (groups[ends] & 0x10) != 0
    values -= is_negative * (np.int64(1) << (_GROUP_BITS * lengths))
    if np.abs(values).max() > MAX_PIXELS:
        raise ValueError(Sentence("a run of the run-length code is longer than any frame"))
    # from the fourth run on, a code holds the difference to the run two before
    values[1::2] = np.cumsum(values[1::2])
    values[2::2] = np.cumsum(values[2::2])
    return values


def text_from_runs(runs: np.ndarray) -> bytes:
    """The compressed code of run lengths, the same bytes as pycocotools writes.

    Args:
        runs: (R,) int64, R ≥ 1, none negative.
    """
    values = runs.copy()
    values[3:] -= runs[1:-2]
    magnitudes = values ^ (values >> 63)  # the bits that a signed number needs beside its sign
    lengths = np.ones(values.size, dtype=np.int64)
    for groups in range(1, _MAX_GROUPS):
        is_longer = magnitudes >= 1 << (_GROUP_BITS * groups - 1)
        if not is_longer.any():
            break
        lengths += is_longer
    ends = np.cumsum(lengths)
    nth_group = np.arange(int(ends[-1])) - np.repeat(ends - lengths, lengths)
    groups_of = (np.repeat(values, lengths) >> (_GROUP_BITS * nth_group)) & _GROUP_MASK
    groups_of[nth_group < np.repeat(lengths, lengths) - 1] |= _MORE
    return (groups_of + _FIRST_CHARACTER).astype(np.uint8).tobytes()


def segments_from_code(counts: bytes, box: tuple[int, int, int, int]) -> Segments:
    """The segments, in frame pixels, of a box and the trusted code of its pixels."""
    if not counts:
        nothing = np.zeros(0, dtype=np.int64)
        return Segments(nothing, nothing, nothing)
    x_min, y_min, _, y_max = box
    return segments_from_runs(runs_from_text(counts), y_max - y_min).shifted(x_min, y_min)


def code_from_segments(segments: Segments) -> tuple[tuple[int, int, int, int], bytes]:
    """The tightest box of segments, and the code of its pixels; b"" without segments."""
    box = segments.box()
    if segments.columns.size == 0:
        return box, b""
    x_min, y_min, x_max, y_max = box
    runs = runs_from_segments(segments.shifted(-x_min, -y_min), y_max - y_min, x_max - x_min)
    return box, text_from_runs(runs)


def intersection_length(
    starts: np.ndarray, stops: np.ndarray, other_starts: np.ndarray, other_stops: np.ndarray
) -> int:
    """Total length that two rising lists of separate intervals share."""
    if starts.size == 0 or other_starts.size == 0:
        return 0
    covered = np.concatenate(([0], np.cumsum(other_stops - other_starts)))

    def covered_before(positions: np.ndarray) -> np.ndarray:
        index = np.searchsorted(other_starts, positions, side="right")
        beyond = np.maximum(other_stops[index - 1] - positions, 0)
        return np.where(index == 0, 0, covered[index] - np.where(index == 0, 0, beyond))

    return int((covered_before(stops) - covered_before(starts)).sum())


def _joined(starts: np.ndarray, stops: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Rising intervals, joined where one begins at the end of the one before."""
    is_new = np.ones(starts.size, dtype=np.bool_)
    is_new[1:] = starts[1:] != stops[:-1]
    if is_new.all():
        return starts, stops
    is_end = np.ones(starts.size, dtype=np.bool_)
    is_end[:-1] = is_new[1:]
    return starts[is_new], stops[is_end]


def num_components(segments: Segments) -> int:
    """Number of pieces whose pixels meet at edges or corners."""
    columns, tops, bottoms = segments
    if columns.size < 2:
        return int(columns.size)
    reach = int(bottoms.max()) + 2  # so that a column and a row make one rising number
    column_before = (columns - 1) * reach
    first = np.searchsorted(columns * reach + bottoms, column_before + tops)
    last = np.searchsorted(columns * reach + tops, column_before + bottoms, side="right")
    parents = np.where(last > first, first, np.arange(columns.size))
    while True:  # each segment finds the first one that it hangs on, in steps that double
        grandparents = parents[parents]
        if np.array_equal(grandparents, parents):
            break
        parents = grandparents
    num_roots = int(np.count_nonzero(parents == np.arange(columns.size)))
    return num_roots - _num_joins(parents, first, last)


def _num_joins(roots: np.ndarray, first: np.ndarray, last: np.ndarray) -> int:
    """How many pieces vanish because a segment touches several of the column before."""
    joined: dict[int, int] = {}

    def root_of(number: int) -> int:
        while number in joined:
            number = joined[number]
        return number

    for segment in np.flatnonzero(last - first > 1).tolist():
        touched = roots[first[segment] : last[segment]].tolist()
        for other in touched[1:]:
            one, two = root_of(touched[0]), root_of(other)
            if one != two:
                joined[max(one, two)] = min(one, two)
    return len(joined)
