"""Reader of CVAT's XML for video: tracks of shapes, between whose keyframes nothing is said."""

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

from tarvis_core.annotation.formats.annotated_video import (
    AnnotatedFrame,
    AnnotatedVideo,
    DatasetReader,
    TargetMask,
)
from tarvis_core.annotation.formats.cvat_meta import (
    MAX_TASK_FRAMES,
    CvatMeta,
    CvatTask,
    folder_of_images,
    image_files,
)
from tarvis_core.annotation.formats.cvat_shapes import (
    AREA_SHAPES,
    OTHER_SHAPES,
    Attributes,
    integer_of,
    is_set,
    mask_of_shape,
    outline,
    text_of,
)
from tarvis_core.annotation.formats.drawn_shapes import mask_of_points
from tarvis_core.annotation.formats.label_image import read_image_size
from tarvis_core.annotation.formats.number_allocator import NumberAllocator
from tarvis_core.annotation.formats.shape_reader import label_set_of_names
from tarvis_core.annotation.formats.target_naming import make_target
from tarvis_core.annotation.formats.xml_stream import XmlEnd, XmlStart, xml_events
from tarvis_core.annotation.label_set import LabelSet
from tarvis_core.annotation.mask import Mask
from tarvis_core.annotation.target import Target, TargetId
from tarvis_core.errors import FormatError
from tarvis_core.sentence import Sentence

_TRACK = ("annotations", "track")
_BLOCK = 64
"""Tracks are looked up by blocks of so many frames: most tracks of masks are one frame long."""


@dataclass(frozen=True)
class _Shape:
    kind: str
    attributes: Attributes
    is_outside: bool
    place: Sentence

    def mask(self, size: tuple[int, int]) -> Mask:
        return mask_of_shape(self.kind, self.attributes, size, self.place)


@dataclass
class _Track:
    """One track: shapes by frame, from which every later frame follows."""

    id: int
    label: str
    group: int
    """0 if it belongs to no group."""
    shapes: dict[int, _Shape] = field(default_factory=dict)
    frames: tuple[int, ...] = ()
    """Frames of its shapes in order."""

    def spans(self, num_frames: int) -> list[tuple[int, int]]:
        """The frames on which it has a shape, said or held: firsts and the frames after lasts."""
        ends = (*self.frames[1:], max(num_frames, self.frames[-1] + 1)) if self.frames else ()
        return [
            (first, end)
            for first, end in zip(self.frames, ends, strict=True)
            if not self.shapes[first].is_outside
        ]

    def mask_at(self, frame: int, size: tuple[int, int]) -> tuple[Mask, int] | None:
        """Mask and z-order on a frame; None where it is outside or has not begun."""
        position = bisect_right(self.frames, frame)
        if position == 0 or self.shapes[self.frames[position - 1]].is_outside:
            return None
        before = self.frames[position - 1]
        shape = self.shapes[before]
        order = integer_of(shape.attributes, "z_order", shape.place, default=0)
        if before == frame or position == len(self.frames):
            return shape.mask(size), order
        after = self.frames[position]
        if self.shapes[after].is_outside:
            return shape.mask(size), order
        share = (frame - before) / (after - before)
        return _between(shape, self.shapes[after], share, size), order


def _between(first: _Shape, second: _Shape, share: float, size: tuple[int, int]) -> Mask:
    """The shape that lies a share of the way from one to another of its kind.

    Masks, and outlines with different numbers of corners, stay as the first is.
    """
    if first.kind != second.kind or first.kind == "mask":
        return first.mask(size)
    corners = outline(first.kind, first.attributes, first.place)
    others = outline(second.kind, second.attributes, second.place)
    if len(corners) != len(others):
        return first.mask(size)
    moved = [
        (x + share * (other_x - x), y + share * (other_y - y))
        for (x, y), (other_x, other_y) in zip(corners, others, strict=True)
    ]
    return mask_of_points(moved, size, first.place)


class _Tracks:
    """The tracks of one task."""

    def __init__(self, path: Path, task: str | None) -> None:
        self.tracks: list[_Track] = []
        self.num_other_shapes = 0
        track: _Track | None = None
        for event in xml_events(path):
            if isinstance(event, XmlEnd):
                if event.path == _TRACK and track is not None:
                    track.frames = tuple(sorted(track.shapes))
                    track = None
            elif event.path == _TRACK:
                is_own = task is None or event.attributes.get("task_id", task) == task
                track = _read_track(event, path) if is_own else None
                if track is not None:
                    self.tracks.append(track)
            elif track is not None and event.path[:-1] == _TRACK:
                self._add_shape(track, event, path)

    def _add_shape(self, track: _Track, event: XmlStart, path: Path) -> None:
        if event.name in OTHER_SHAPES:
            self.num_other_shapes += 1
        if event.name not in AREA_SHAPES:
            return
        place = Sentence(
            "{path}, line {line}: {shape} of track {track}",
            path=path,
            line=event.line,
            shape=event.name,
            track=track.id,
        )
        frame = integer_of(event.attributes, "frame", place)
        if frame >= MAX_TASK_FRAMES or frame in track.shapes:
            raise FormatError(
                "{place}: frame {frame} is out of range or there twice", place=place, frame=frame
            )
        is_outside = is_set(event.attributes, "outside")
        track.shapes[frame] = _Shape(event.name, event.attributes, is_outside, place)

    @property
    def last_frame(self) -> int:
        """The last frame that a shape names; -1 if there is none."""
        return max((track.frames[-1] for track in self.tracks if track.frames), default=-1)


def _read_track(event: XmlStart, path: Path) -> _Track:
    place = Sentence("{path}, line {line}: track", path=path, line=event.line)
    return _Track(
        id=integer_of(event.attributes, "id", place),
        label=text_of(event.attributes, "label", place),
        group=integer_of(event.attributes, "group_id", place, default=0),
    )


def _target_ids(tracks: Sequence[_Track], num_frames: int) -> list[TargetId]:
    """The target of each track: its group's, if the tracks of the group never meet, else its own.

    CVAT has no tracks of masks, so that a target's masks are tracks of one frame in one group.
    """
    spans: dict[tuple[str, int], list[tuple[int, int]]] = {}
    for track in tracks:
        if track.group:
            spans.setdefault((track.label, track.group), []).extend(track.spans(num_frames))
    numbers = NumberAllocator()
    ids = {key: TargetId(numbers.take(key[1])) for key in spans if not _meet(spans[key])}
    return [
        ids[key] if (key := (track.label, track.group)) in ids else _own_id(numbers, track)
        for track in tracks
    ]


def _meet(spans: list[tuple[int, int]]) -> bool:
    """Whether any two spans have a frame in common."""
    return any(first[1] > second[0] for first, second in pairwise(sorted(spans)))


def _own_id(numbers: NumberAllocator, track: _Track) -> TargetId:
    return TargetId(numbers.take(track.id + 1))  # CVAT counts from 0


class _Frames:
    """Loads the frames of one task."""

    def __init__(
        self,
        tracks: Sequence[_Track],
        num_frames: int,
        size: tuple[int, int],
        images: Sequence[Path],
    ) -> None:
        self._tracks = tracks
        self._ids = _target_ids(tracks, num_frames)
        self._near: dict[int, list[int]] = {}
        for position, track in enumerate(tracks):
            for block in _blocks(track.spans(num_frames)):
                self._near.setdefault(block, []).append(position)
        self._size = size
        self._images = images

    def load(self, index: int) -> AnnotatedFrame:
        """The frame at a position."""
        masks: dict[TargetId, TargetMask] = {}
        for position in self._near.get(index // _BLOCK, ()):
            target = self._ids[position]
            found = self._tracks[position].mask_at(index, self._size)
            if found is None or found[0].is_empty:
                continue
            mask, order = found
            if target in masks:
                mask = mask.union(masks[target].mask)
            masks[target] = TargetMask(mask, z_order=order)
        path = self._images[index] if index < len(self._images) else None
        return AnnotatedFrame(self.name(index), masks, image_path=path)

    def name(self, index: int) -> str:
        """The name of a frame, for which the file has none."""
        return self._images[index].name if index < len(self._images) else f"frame_{index:06d}.jpg"

    def labels(self) -> Mapping[TargetId, str]:
        """The label of each target."""
        return {target: track.label for target, track in zip(self._ids, self._tracks, strict=True)}


def _blocks(spans: Sequence[tuple[int, int]]) -> set[int]:
    """Which blocks of frames some spans touch."""
    return {block for start, end in spans for block in range(start // _BLOCK, -(-end // _BLOCK))}


class _TargetLoader:
    """Finds the targets of one task."""

    def __init__(self, frames: _Frames, label_set: LabelSet) -> None:
        self._frames = frames
        self._label_set = label_set

    def __call__(self) -> tuple[Target, ...]:
        categories = {c.name: c.id for c in self._label_set.categories}
        labels = self._frames.labels().items()
        return tuple(make_target(t, categories.get(name), self._label_set) for t, name in labels)


class CvatVideoReader(DatasetReader):
    """Reads files of one or more tasks; the tracks of one task are in memory at a time."""

    def __init__(
        self, files: Sequence[Path], image_folder: Path | None, label_set: LabelSet | None
    ) -> None:
        """Look through the heads of files.

        Args:
            files: The XML files.
            image_folder: Where images lie; None to look beside each file.
            label_set: Classes whose ids and kinds are taken over for the same names.

        Raises:
            FormatError: A file is damaged.
        """
        self._image_folder = image_folder
        self._videos: list[tuple[Path, CvatTask, str | None]] = []
        labels: list[str] = []
        self._problems: list[Sentence] = []
        for path in files:
            meta, used, num_others = _look_through(path)
            tasks = meta.named_tasks()
            for task in tasks:
                self._videos.append((path, task, task.id if len(tasks) > 1 else None))
            labels += [*meta.labels, *used]
            if num_others:
                self._problems.append(
                    Sentence(
                        "{path}: {count} shapes without area (points, lines, cuboids) left out",
                        path=path,
                        count=num_others,
                    )
                )
        self._label_set = label_set_of_names(labels, "cvat", label_set)

    @property
    def label_set(self) -> LabelSet:
        """The classes that the videos' targets belong to."""
        return self._label_set

    @property
    def problems(self) -> tuple[Sentence, ...]:
        """What is odd about the files."""
        return tuple(self._problems)

    def __len__(self) -> int:
        """Number of tasks."""
        return len(self._videos)

    def __getitem__(self, index: int) -> AnnotatedVideo:
        """The task at a position; its tracks are read."""
        path, task, task_id = self._videos[index]
        tracks = _Tracks(path, task_id)
        folders = folder_of_images(path.parent)
        images = image_files((self._image_folder,) if self._image_folder else folders)
        size = task.size or (read_image_size(images[0]) if images else None)
        if size is None:
            raise FormatError(
                "{path} does not say the size of its frames (original_size), and there are no "
                "images beside it; give the folder of images",
                path=path,
            )
        num_frames = max(task.num_frames, tracks.last_frame + 1)
        frames = _Frames(tracks.tracks, num_frames, size, images)
        return AnnotatedVideo(
            name=task.name or path.parent.name,
            size=size,
            label_set=self._label_set,
            frame_names=tuple(map(frames.name, range(num_frames))),
            load_frame=frames.load,
            load_targets=_TargetLoader(frames, self._label_set),
        )


def _look_through(path: Path) -> tuple[CvatMeta, list[str], int]:
    """Head, labels of tracks, and number of shapes without area of a file."""
    meta, labels, num_others = CvatMeta(path), [], 0
    for event in xml_events(path):
        meta.note(event)
        if isinstance(event, XmlStart) and event.path == _TRACK:
            labels.append(_read_track(event, path).label)
        elif isinstance(event, XmlStart) and event.path[:-1] == _TRACK:
            num_others += event.name in OTHER_SHAPES
    return meta, labels, num_others
