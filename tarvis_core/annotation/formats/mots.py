"""MOTS text files (KITTI-MOTS): one line per mask, `frame id class height width code`.

As mots_tools and TrackEval read them: one file per sequence, frames counted from 0, the code
COCO's compressed run lengths of the whole frame, masks of a frame disjoint, class 10 an area that
is ignored. In ground truth an id is class · 1000 + instance; results may use any.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path

from typing_extensions import override

from tarvis_core.annotation.formats.annotated_video import AnnotatedVideo, DatasetReader
from tarvis_core.annotation.formats.annotation_format import AnnotationFormat, ReadOptions
from tarvis_core.annotation.formats.file_access import read_bytes
from tarvis_core.annotation.formats.format_capabilities import FormatCapabilities
from tarvis_core.annotation.formats.label_tree import list_names
from tarvis_core.annotation.formats.loss import LossKind, place_of
from tarvis_core.annotation.formats.mots_reader import (
    IGNORED_CLASS,
    IGNORED_ID,
    MOTS_LABELS,
    MotsReader,
)
from tarvis_core.annotation.formats.write_job import Content, WriteJob, renamed
from tarvis_core.annotation.target import CategoryId, TargetId
from tarvis_core.errors import FormatError

TEXT_FOLDER = "instances_txt"
_SEQMAP = "evaluate_mots.seqmap"
_NO_CLASS = CategoryId(3)
"""A number that no MOTS evaluation looks at, for targets without a class."""
_HEAD_BYTES = 4096
_IMAGE_FOLDERS = ("image_02", "images", "JPEGImages")


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
