"""MOTS text files (KITTI-MOTS): one line per mask, `frame id class height width code`.

As mots_tools and TrackEval read them: one file per sequence, frames counted from 0, the code
COCO's compressed run lengths of the whole frame, masks of a frame disjoint, class 10 an area that
is ignored. In ground truth an id is class · 1000 + instance; results may use any.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from typing_extensions import override

from tarvis_core.annotation.formats.annotated_video import (
    AnnotatedFrame,
    AnnotatedVideo,
    DatasetReader,
    TargetMask,
)
from tarvis_core.annotation.formats.annotation_format import AnnotationFormat, ReadOptions
from tarvis_core.annotation.formats.file_access import (
    MAX_FRAMES,
    MAX_TARGET_ID,
    check_frame_size,
    read_bytes,
)
from tarvis_core.annotation.formats.format_capabilities import FormatCapabilities
from tarvis_core.annotation.formats.json_value import mask_of_rle
from tarvis_core.annotation.formats.label_image import read_image_size
from tarvis_core.annotation.formats.label_tree import IMAGE_SUFFIXES, list_names
from tarvis_core.annotation.formats.loss import LossKind, place_of
from tarvis_core.annotation.formats.target_naming import make_target
from tarvis_core.annotation.formats.write_job import Content, WriteJob, renamed
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
TEXT_FOLDER = "instances_txt"
_SEQMAP = "evaluate_mots.seqmap"
_NO_CLASS = CategoryId(3)
"""A number that no MOTS evaluation looks at, for targets without a class."""
_HEAD_BYTES = 4096
_IMAGE_FOLDERS = ("image_02", "images", "JPEGImages")


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


class MotsFormat(AnnotationFormat):
    """MOTS text files."""

    id = "mots"
    title = "MOTS text (KITTI-MOTS)"
    capabilities = FormatCapabilities(void=True, categories=True)

    @override
    def recognises(self, path: Path) -> bool:
        return bool(_find_files(path))

    @override
    def _open(self, path: Path, options: ReadOptions) -> DatasetReader:
        files = _find_files(path)
        if not files:
            raise FormatError("{path} holds no text file of masks, one line each", path=path)
        root = files[0].parent.parent if files[0].parent.name == TEXT_FOLDER else files[0].parent
        lengths = _sequence_lengths(root, options.split)
        if options.split is not None and lengths:
            files = tuple(file for file in files if file.stem in lengths)
        images = options.image_folder or _images_in(root)
        return MotsReader(files, images, lengths, options.label_set or MOTS_LABELS)

    @override
    def _write(self, job: WriteJob) -> None:
        is_result = job.options.content is Content.RESULTS
        seqmap = []
        for video, folder in zip(job.videos(), _one_word_names(job), strict=True):
            name = f"{folder}.txt" if is_result else f"{TEXT_FOLDER}/{folder}.txt"
            with job.output.open(name) as file:
                for line in _lines_of(job, video, folder):
                    file.write(line.encode("ascii"))
            seqmap.append(f"{folder} empty 000000 {max(0, video.num_frames - 1):06d}\n")
        if not is_result:
            listing = "".join(seqmap).encode("utf-8")
            job.output.write(f"{_SEQMAP}.{job.options.split}", listing)


def _one_word_names(job: WriteJob) -> Sequence[str]:
    """A name without blanks for each video: blanks divide the lines of the list of sequences."""
    names = ["_".join(name.split()) for name in job.folder_names]
    if len(set(names)) < len(names):
        return job.folder_names
    for old, new in zip(job.folder_names, names, strict=True):
        if old != new:
            job.losses.add(LossKind.NAMES_CHANGED, renamed(old, new))
    return names


def _lines_of(job: WriteJob, video: AnnotatedVideo, folder: str) -> Iterator[str]:
    categories = mots_categories(job, video)
    height, width = video.size
    for index, frame in enumerate(video.frames()):
        job.write_image(video, index, frame, f"{_IMAGE_FOLDERS[0]}/{folder}/{index:06d}")
        for target, mask in frame.masks.items():
            code = mask.mask.to_coco_rle()["counts"]
            yield f"{index} {target} {categories[target]} {height} {width} {code}\n"
        if frame.void is not None:
            code = frame.void.to_coco_rle()["counts"]
            yield f"{index} {IGNORED_ID} {IGNORED_CLASS} {height} {width} {code}\n"


def mots_categories(job: WriteJob, video: AnnotatedVideo) -> dict[TargetId, CategoryId]:
    """The class of each target; those that have none, or the ignored one, get another."""
    categories = {}
    for target in video.targets:
        category = target.category
        if category is None or category == IGNORED_CLASS or category < 0:
            job.losses.add(LossKind.NO_CLASS, place_of(video.name, target.id))
            category = _NO_CLASS
        categories[target.id] = category
    return categories


def _find_files(path: Path) -> tuple[Path, ...]:
    """The text files: the one given, or those of the folder or its `instances_txt`."""
    if path.is_file():
        return (path,) if _looks_like_mots(path) else ()
    folder = path / TEXT_FOLDER if (path / TEXT_FOLDER).is_dir() else path
    if not folder.is_dir():
        return ()
    try:
        files = [folder / name for name in list_names(folder, (".txt",))]
    except FormatError:
        return ()
    found = tuple(file for file in files if _looks_like_mots(file))
    empty = {file for file in files if file.stat().st_size == 0} if found else set()
    return tuple(file for file in files if file in found or file in empty)


def _looks_like_mots(path: Path) -> bool:
    """Whether a file's first line is one of a mask."""
    try:
        with path.open("rb") as file:
            head = file.read(_HEAD_BYTES).decode("ascii", "replace")
    except (OSError, ValueError):
        return False
    fields = head.split("\n", 1)[0].split()
    return len(fields) == 6 and all(field.isdigit() for field in fields[:5])


def _sequence_lengths(root: Path, split: str | None) -> dict[str, int]:
    """Number of frames by sequence, from the lists of sequences beside the files.

    Lines are `name empty first last`; damaged ones are left out, the lists being optional.
    """
    lengths = {}
    pattern = f"{_SEQMAP}.{split}" if split else f"{_SEQMAP}*"
    for listing in sorted(root.glob(pattern)):
        for line in read_bytes(listing).decode("utf-8", "replace").splitlines():
            fields = line.rsplit(maxsplit=3)
            if len(fields) == 4 and fields[3].isdigit() and len(fields[3]) < 8:
                lengths[fields[0]] = int(fields[3]) + 1
    return lengths


def _images_in(root: Path) -> Path | None:
    folders = (root / name for name in _IMAGE_FOLDERS)
    return next((folder for folder in folders if folder.is_dir()), None)
