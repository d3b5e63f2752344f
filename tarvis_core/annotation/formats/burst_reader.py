"""Reader of BURST files: ground truth, first-frame files and results alike."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tarvis_core.annotation.formats.annotated_video import (
    AnnotatedFrame,
    AnnotatedVideo,
    TargetMask,
)
from tarvis_core.annotation.formats.category_rows import (
    unnamed_categories,
)
from tarvis_core.annotation.formats.file_access import ImageFinder
from tarvis_core.annotation.formats.indexed_json import JsonIndex, index_json
from tarvis_core.annotation.formats.json_reader import JsonReader
from tarvis_core.annotation.formats.json_value import (
    JsonObject,
    as_list,
    as_number,
    id_of_key,
    mask_of_rle,
)
from tarvis_core.annotation.formats.target_naming import make_target
from tarvis_core.annotation.label_set import LabelSet
from tarvis_core.annotation.target import Target, TargetId
from tarvis_core.annotation.track import FrameState
from tarvis_core.errors import FormatError

FAMILY = "burst"
SEQUENCES = "sequences"
_SEQUENCE_FIELDS = (
    "width",
    "height",
    "fps",
    "annotated_image_paths",
    "track_category_ids",
    "segmentations",
)


class BurstReader(JsonReader):
    """Reads BURST; one sequence is in memory at a time."""

    family = FAMILY

    def __init__(self, path: Path, folders: tuple[Path, ...]) -> None:
        """Look through a file.

        Args:
            path: The JSON file.
            folders: Where its images may lie.

        Raises:
            FormatError: It is damaged.
        """
        self._path = path
        self._finder = ImageFinder(folders)
        self._ids: set[int] = set()
        self._num_noted = 0
        self._json: JsonIndex = index_json(path, (SEQUENCES,), self._note)
        if SEQUENCES not in self._json:
            raise FormatError("{path} has no list of sequences", path=path)
        self._read_members()
        if not self._json.fields.get("categories"):
            self._label_set = unnamed_categories((), FAMILY)

    def _note(self, name: str, value: Any) -> None:
        sequence = JsonObject(value, f"{self._path}: {name}[{self._num_noted}]")
        self._num_noted += 1
        if "id" not in sequence:
            return
        number = sequence.integer("id")
        if number in self._ids:
            raise FormatError(
                "{place}: the id {number} is also another sequence's",
                place=sequence.place,
                number=number,
            )
        self._ids.add(number)

    def __len__(self) -> int:
        """Number of sequences."""
        return self._json.count(SEQUENCES)

    def __getitem__(self, index: int) -> AnnotatedVideo:
        """The sequence at a position."""
        sequence = self._entry(SEQUENCES, index)
        frames = _SequenceFrames(sequence, self._finder, str(self._extras.get("split", "")))
        return AnnotatedVideo(
            name=frames.name,
            size=frames.size,
            label_set=self._label_set,
            frame_names=frames.names,
            frame_numbers=_frame_numbers(sequence, frames.names),
            fps=sequence.optional_number("fps"),
            load_frame=frames.load,
            load_targets=_TargetLoader(sequence, self._label_set),
            extras={FAMILY: sequence.others(*_SEQUENCE_FIELDS)},
        )


def _frame_numbers(sequence: JsonObject, names: tuple[str, ...]) -> tuple[int, ...]:
    """Positions of the annotated images among all of them, where the file lists all."""
    if not sequence.fields.get("all_image_paths"):
        return ()
    positions = {name: n for n, name in enumerate(sequence.texts("all_image_paths"))}
    missing = next((name for name in names if name not in positions), None)
    if missing is not None:
        raise FormatError(
            "{place}: {missing!r:.80} is not among all_image_paths",
            place=sequence.place,
            missing=missing,
        )
    return tuple(positions[name] for name in names)


class _SequenceFrames:
    """Loads the frames of one sequence."""

    def __init__(self, sequence: JsonObject, finder: ImageFinder, split: str) -> None:
        self._finder = finder
        self._place = sequence.place
        self.size = sequence.frame_size()
        self.names = sequence.texts("annotated_image_paths")
        self._segmentations = sequence.sequence("segmentations")
        if len(self._segmentations) != len(self.names):
            raise FormatError(
                "{place}: {num_segmentations} segmentations for {num_images} annotated images; "
                "there must be one for each",
                place=sequence.place,
                num_segmentations=len(self._segmentations),
                num_images=len(self.names),
            )
        dataset = sequence.optional_text("dataset")
        name = sequence.text("seq_name")
        self.name = f"{dataset}/{name}" if dataset else name
        self._folders = (self.name, f"{split}/{self.name}", name)

    def load(self, index: int) -> AnnotatedFrame:
        """The frame at a position."""
        place = f"{self._place}: segmentations[{index}]"
        entries = JsonObject(self._segmentations[index], place)
        masks: dict[TargetId, TargetMask] = {}
        points = {}
        for key in entries.fields:
            target = TargetId(id_of_key(key, place))
            if target in masks:
                raise FormatError(
                    "{place}: target {target} is there twice", place=place, target=target
                )
            entry = entries.object(key)
            mask = _target_mask(entry, self.size)
            if mask.mask.is_empty:
                continue
            masks[target] = mask
            if "point" in entry:
                points[target] = _point(entry, self.size)
        return AnnotatedFrame(
            self.names[index], masks, image_path=self._image(index), points=points
        )

    def _image(self, index: int) -> Path | None:
        place = f"{self._place}: annotated_image_paths[{index}]"
        names = [f"{folder}/{self.names[index]}" for folder in self._folders if folder]
        found = (self._finder.find(name, place) for name in (*names, self.names[index]))
        return next((path for path in found if path is not None), None)


def _target_mask(entry: JsonObject, size: tuple[int, int]) -> TargetMask:
    is_made_by_person = "is_gt" in entry and entry.flag("is_gt")
    state = FrameState.KEYFRAME if is_made_by_person else FrameState.PREDICTED
    return TargetMask(
        mask_of_rle(entry.value("rle"), size, f"{entry.place}: rle"),
        score=entry.optional_number("score"),
        state=state if "is_gt" in entry else None,
    )


def _point(entry: JsonObject, size: tuple[int, int]) -> tuple[float, float]:
    """The centre (x, y) of the pixel that a point names: {"x", "y"} or [x, y]."""
    value, place = entry.value("point"), f"{entry.place}: point"
    if isinstance(value, Mapping):
        fields = JsonObject(value, place)
        x, y = fields.number("x"), fields.number("y")
    else:
        numbers = as_list(value, place)
        if len(numbers) != 2:
            raise FormatError("{place} must be x and y", place=place)
        x, y = (as_number(number, place) for number in numbers)
    if not (0 <= x < size[1] and 0 <= y < size[0]):
        raise FormatError("{place} ({x:g}, {y:g}) lies outside the frame", place=place, x=x, y=y)
    return int(x) + 0.5, int(y) + 0.5


class _TargetLoader:
    """Finds the targets of one sequence."""

    def __init__(self, sequence: JsonObject, label_set: LabelSet) -> None:
        self._sequence = sequence
        self._label_set = label_set

    def __call__(self) -> tuple[Target, ...]:
        place = f"{self._sequence.place}: track_category_ids"
        classes = self._sequence.object("track_category_ids")
        found: dict[int, int | None] = {}
        for key in classes.fields:
            number = id_of_key(key, place)
            found[number] = classes.integer(key, -(2**31), 2**31)
        for frame in self._sequence.sequence("segmentations"):
            for key in JsonObject(frame, self._sequence.place).fields:
                found.setdefault(id_of_key(key, place), None)
        return tuple(make_target(n, category, self._label_set) for n, category in found.items())
