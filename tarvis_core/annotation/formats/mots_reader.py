"""MOTS text files, read: the lines of a sequence are kept, and made masks frame by frame."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from tarvis_core.annotation.formats.annotated_video import (
    AnnotatedFrame,
    AnnotatedVideo,
    DatasetReader,
    TargetMask,
)
from tarvis_core.annotation.formats.file_access import (
    MAX_FRAMES,
    MAX_TARGET_ID,
    check_frame_size,
    read_bytes,
)
from tarvis_core.annotation.formats.json_value import mask_of_rle
from tarvis_core.annotation.formats.label_image import read_image_size
from tarvis_core.annotation.formats.label_tree import IMAGE_SUFFIXES, list_names
from tarvis_core.annotation.formats.target_naming import make_target
from tarvis_core.annotation.label_set import Category, LabelSet
from tarvis_core.annotation.mask import Mask
from tarvis_core.annotation.target import CategoryId, Target, TargetId, TargetKind
from tarvis_core.errors import FormatError
from tarvis_core.sentence import Sentence, Text

MOTS_LABELS = LabelSet(
    "mots",
    (
        Category(CategoryId(1), "car", TargetKind.THING),
        Category(CategoryId(2), "pedestrian", TargetKind.THING),
    ),
)
IGNORED_CLASS = 10
IGNORED_ID = 10_000


@dataclass(frozen=True)
class _Line:
    frame: int
    target: int
    category: int
    size: tuple[int, int]
    code: str
    place: Text

    @property
    def is_ignored(self) -> bool:
        return self.category == IGNORED_CLASS

    def mask(self) -> Mask:
        return mask_of_rle(self.code, self.size, self.place)


def _parse(text: str, place: Text) -> _Line:
    """One line.

    Raises:
        FormatError: It has not six fields of the right kinds.
    """
    fields = text.split()
    if len(fields) != 6 or not all(f.isascii() and f.isdigit() for f in fields[:5]):
        raise FormatError(
            "{place}: a line is `frame id class height width code` with five whole numbers, not "
            "{text!r:.60}",
            place=place,
            text=text,
        )
    if max(map(len, fields[:5])) > 16:
        raise FormatError("{place}: a number has too many digits", place=place)
    frame, target, category, height, width = map(int, fields[:5])
    if frame >= MAX_FRAMES or target > MAX_TARGET_ID or category > 2**31:
        raise FormatError(
            "{place}: frame {frame}, id {target} or class {category} is too large",
            place=place,
            frame=frame,
            target=target,
            category=category,
        )
    return _Line(frame, target, category, check_frame_size(height, width, place), fields[5], place)


class _Sequence:
    """The lines of one file, read when they are first needed."""

    def __init__(self, path: Path, num_frames: int | None, image_names: tuple[str, ...]) -> None:
        self.path = path
        self._by_frame: dict[int, list[_Line]] = {}
        self._classes: dict[TargetId, int] = {}
        self.size: tuple[int, int] | None = None
        lines = list(self._lines())
        # trackers may count from 0, targets count from 1
        self._shift = int(any(line.target == 0 for line in lines))
        for line in lines:
            self._add(line)
        last = max(self._by_frame, default=-1)
        self.num_frames = max(last + 1, num_frames or 0, len(image_names))

    def _lines(self) -> Iterator[_Line]:
        try:
            text = read_bytes(self.path).decode("utf-8")
        except UnicodeDecodeError as error:
            raise FormatError(
                "{path} is no text: byte {byte}", path=self.path, byte=error.start
            ) from error
        for number, line in enumerate(text.splitlines(), start=1):
            if line.strip():
                yield _parse(line, Sentence("{path}, line {line}", path=self.path, line=number))

    def _add(self, line: _Line) -> None:
        if self.size not in (None, line.size):
            raise FormatError(
                "{place}: a frame of {size}, others are of {other_size}",
                place=line.place,
                size=line.size,
                other_size=self.size,
            )
        self.size = line.size
        self._by_frame.setdefault(line.frame, []).append(line)
        if line.is_ignored:
            return
        target = self._target(line)
        if self._classes.setdefault(target, line.category) != line.category:
            raise FormatError(
                "{place}: target {target} was of class {category} before",
                place=line.place,
                target=line.target,
                category=self._classes[target],
            )

    def _target(self, line: _Line) -> TargetId:
        return TargetId(line.target + self._shift)

    def frame(self, index: int) -> tuple[dict[TargetId, TargetMask], Mask | None]:
        """Masks by target and the ignored region."""
        masks: dict[TargetId, TargetMask] = {}
        void: Mask | None = None
        for line in self._by_frame.get(index, ()):
            mask = line.mask()
            if line.is_ignored:
                void = mask if void is None else void.union(mask)
                continue
            target = self._target(line)
            if target in masks:
                raise FormatError(
                    "{place}: target {target} is on the frame twice",
                    place=line.place,
                    target=line.target,
                )
            if not mask.is_empty:
                masks[target] = TargetMask(mask)
        return masks, void

    def classes(self) -> Mapping[TargetId, int]:
        """The class of each target."""
        return self._classes


class MotsReader(DatasetReader):
    """Reads text files; one sequence is in memory at a time."""

    def __init__(
        self,
        files: tuple[Path, ...],
        images: Path | None,
        lengths: Mapping[str, int],
        label_set: LabelSet,
    ) -> None:
        """Describe the files.

        Args:
            files: One for each sequence.
            images: Folder with one folder of images per sequence, if there is one.
            lengths: Number of frames of sequences, where it is known.
            label_set: Classes of the targets.
        """
        self._files = files
        self._images = images
        self._lengths = dict(lengths)
        self._label_set = label_set

    @property
    def label_set(self) -> LabelSet:
        """The classes that the videos' targets belong to."""
        return self._label_set

    def __len__(self) -> int:
        """Number of sequences."""
        return len(self._files)

    def __getitem__(self, index: int) -> AnnotatedVideo:
        """The sequence at a position; its file is read."""
        path = self._files[index]
        images = self._images_of(path.stem)
        sequence = _Sequence(path, self._lengths.get(path.stem), images)
        size = sequence.size
        if size is None and self._images is not None and images:
            size = read_image_size(self._images / path.stem / images[0])
        if size is None:
            raise FormatError(
                "{path} has no mask, so that the size of its frames is not known", path=path
            )
        names = [f"{number:06d}.png" for number in range(sequence.num_frames)]
        names[: len(images)] = images
        return AnnotatedVideo(
            name=path.stem,
            size=size,
            label_set=self._label_set,
            frame_names=tuple(names),
            load_frame=partial(self._load_frame, sequence, tuple(names), len(images)),
            load_targets=partial(_targets, sequence, self._label_set),
        )

    def _images_of(self, sequence: str) -> tuple[str, ...]:
        if self._images is None or not (self._images / sequence).is_dir():
            return ()
        return tuple(list_names(self._images / sequence, IMAGE_SUFFIXES))

    def _load_frame(
        self, sequence: _Sequence, names: tuple[str, ...], num_images: int, index: int
    ) -> AnnotatedFrame:
        masks, void = sequence.frame(index)
        path = None
        if self._images is not None and index < num_images:
            path = self._images / sequence.path.stem / names[index]
        return AnnotatedFrame(names[index], masks, void, path)


def _targets(sequence: _Sequence, label_set: LabelSet) -> tuple[Target, ...]:
    return tuple(
        make_target(number, category, label_set) for number, category in sequence.classes().items()
    )
