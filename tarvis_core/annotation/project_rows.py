"""What the objects of a project are as rows of its file, and back."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any

from tarvis_core.annotation.exemplar import (
    BoxExemplar,
    Exemplar,
    MaskExemplar,
    PointExemplar,
    ShownMask,
)
from tarvis_core.annotation.label_set import Category, Colour, LabelSet
from tarvis_core.annotation.mask import Mask
from tarvis_core.annotation.target import CategoryId, Target, TargetId, TargetKind
from tarvis_core.annotation.track import FrameState, FrameSummary, MaskSource, Taken, TrackFrame
from tarvis_core.annotation.video_identity import VideoIdentity

Row = Sequence[Any]

MASK_COLUMNS = (
    "frame, target, state, score, disagreement, x_min, y_min, x_max, y_max, area, counts, "
    "tool, weights, made_at, sharing"
)
_COUNTS = MASK_COLUMNS.split(", ").index("counts")
SUMMARY_COLUMNS = (
    "target, frame, state, score, disagreement, x_min, y_min, x_max, y_max, area, made_at"
)

_STATES = {state.value: state for state in FrameState}
_MASK_KINDS: dict[str, type[MaskExemplar] | type[ShownMask]] = {
    "mask": MaskExemplar,
    "shown_mask": ShownMask,
}


def mask_row(target: TargetId, frame: int, held: TrackFrame) -> Row:
    """The row of `MASK_COLUMNS` for one mask."""
    mask, source = held.mask, held.source
    origin = (None, None, None) if source is None else (source.tool, source.weights, source.made_at)
    numbers = (held.state.value, held.score, held.disagreement)
    return (
        frame,
        target,
        *numbers,
        *mask.box,
        mask.area,
        mask.counts,
        *origin,
        _sharing_json(held),
    )


def track_frame(row: Row, size: tuple[int, int]) -> TrackFrame:
    """The mask of a row of `MASK_COLUMNS` in frames of `size` (height, width)."""
    state, score, disagreement, x_min, y_min, x_max, y_max, _, counts = row[2:11]
    tool, weights, made_at, sharing = row[11:]
    mask = Mask(size[0], size[1], (x_min, y_min, x_max, y_max), counts)
    source = None if tool is None else MaskSource(tool, weights, made_at)
    held = TrackFrame(mask, _STATES[state], score, disagreement, source)
    if sharing is None:
        return held
    try:
        return _with_sharing(held, json.loads(sharing))
    except (ValueError, LookupError, TypeError, AttributeError):
        return held  # the mask is whole; what it remembers is damaged


def _sharing_json(held: TrackFrame) -> str | None:
    """What a mask remembers of the answers to other targets' clicks; None for nothing."""
    if not held.yields_to and held.taken is None:
        return None
    value: dict[str, Any] = {"yields_to": sorted(held.yields_to)}
    if held.taken is not None:
        row = mask_row(held.taken.by, 0, held.taken.whole)
        value["taken_by"] = held.taken.by
        value["whole"] = [v.decode("ascii") if isinstance(v, bytes) else v for v in row[2:]]
    return json.dumps(value)


def _with_sharing(held: TrackFrame, value: Mapping[str, Any]) -> TrackFrame:
    taken = None
    if "whole" in value:
        by, cells = TargetId(value["taken_by"]), value["whole"]
        counts = cells[_COUNTS - 2].encode("ascii")
        row = (0, by, *cells[: _COUNTS - 2], counts, *cells[_COUNTS - 1 :])
        taken = Taken(by, track_frame(row, held.mask.size))
    yields_to = frozenset(TargetId(number) for number in value["yields_to"])
    return replace(held, yields_to=yields_to, taken=taken)


def summaries(rows: Iterable[Row]) -> dict[TargetId, dict[int, FrameSummary]]:
    """What rows of `SUMMARY_COLUMNS` say of each target's frames."""
    found: dict[TargetId, dict[int, FrameSummary]] = {}
    make = tuple.__new__  # a hundred thousand of them: the named constructor doubles the time
    for target, frame, state, score, disagreement, x_min, y_min, x_max, y_max, area, made in rows:
        box = (x_min, y_min, x_max, y_max)
        summary = make(FrameSummary, (_STATES[state], score, disagreement, box, area, made))
        try:
            found[target][frame] = summary
        except KeyError:
            found[target] = {frame: summary}
    return found


def target_row(target: Target, position: int) -> Row:
    """The row of the table `targets`."""
    return (
        target.id,
        position,
        target.name,
        target.category,
        target.kind.value,
        json.dumps(target.colour),
        int(target.is_visible),
        int(target.is_locked),
    )


def target_of(row: Row) -> Target:
    """The target of a row of the table `targets`."""
    number, _, name, category, kind, colour, is_visible, is_locked = row
    return Target(
        TargetId(number),
        name,
        None if category is None else CategoryId(category),
        TargetKind(kind),
        _colour(json.loads(colour)),
        bool(is_visible),
        bool(is_locked),
    )


def exemplar_rows(exemplars: Iterable[Exemplar]) -> Iterator[Row]:
    """The rows of the table `exemplars` for the exemplars of one target on one frame."""
    for position, exemplar in enumerate(exemplars):
        place = (exemplar.target, exemplar.frame, position)
        match exemplar:
            case PointExemplar():
                value: list[Any] = [exemplar.x, exemplar.y, exemplar.is_positive]
                yield (*place, "point", json.dumps(value))
            case BoxExemplar():
                yield (*place, "box", json.dumps(exemplar.box))
            case MaskExemplar() | ShownMask():
                mask = exemplar.mask
                value = [mask.height, mask.width, mask.box, mask.counts.decode("ascii")]
                kind = "mask" if isinstance(exemplar, MaskExemplar) else "shown_mask"
                yield (*place, kind, json.dumps(value))


def exemplar_of(row: Row) -> Exemplar:
    """The exemplar of a row of the table `exemplars`."""
    target, frame, _, kind, text = row
    value = json.loads(text)
    if kind == "point":
        return PointExemplar(frame, TargetId(target), value[0], value[1], value[2])
    if kind == "box":
        x_min, y_min, x_max, y_max = value
        return BoxExemplar(frame, TargetId(target), (x_min, y_min, x_max, y_max))
    if kind in _MASK_KINDS:
        height, width, (x_min, y_min, x_max, y_max), counts = value
        mask = Mask(height, width, (x_min, y_min, x_max, y_max), counts.encode("ascii"))
        return _MASK_KINDS[kind](frame, TargetId(target), mask)
    raise ValueError(f"there is no kind of exemplar {kind!r}")


def category_rows(label_set: LabelSet) -> Iterator[Row]:
    """The rows of the table `categories`."""
    for position, category in enumerate(label_set.categories):
        colour = None if category.colour is None else json.dumps(category.colour)
        kind = category.kind.value
        yield (position, category.id, category.name, kind, category.supercategory, colour)


def category_of(row: Row) -> Category:
    """The category of a row of the table `categories`."""
    _, number, name, kind, supercategory, colour = row
    return Category(
        CategoryId(number),
        name,
        TargetKind(kind),
        supercategory,
        None if colour is None else _colour(json.loads(colour)),
    )


def video_json(video: VideoIdentity) -> str:
    """The fact `video`."""
    return json.dumps(asdict(video), ensure_ascii=False)


def video_of(text: str) -> VideoIdentity:
    """The identity that the fact `video` holds."""
    value = json.loads(text)
    height, width = value.pop("frame_size")
    names = tuple(value.pop("frame_names"))
    return VideoIdentity(frame_size=(height, width), frame_names=names, **value)


def _colour(value: Sequence[int]) -> Colour:
    red, green, blue = value
    return (red, green, blue)
