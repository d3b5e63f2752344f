"""DAVIS 2017: a palette PNG per frame whose values are the targets' numbers.

Layout and rules as the DAVIS 2017 evaluation reads them (davischallenge.org): folders
`Annotations/480p/SEQUENCE/00000.png`, images in `JPEGImages`, lists of sequences in `ImageSets`.
Semi-supervised files number targets 1…N without gaps and know no void; unsupervised ground truth
(`Annotations_unsupervised`) marks void as 255. Results have the sequences' folders at the top.
"""

from pathlib import Path

from typing_extensions import override

from tarvis_core.annotation.formats.annotated_video import DatasetReader
from tarvis_core.annotation.formats.annotation_format import AnnotationFormat, ReadOptions
from tarvis_core.annotation.formats.file_access import inner_path, read_bytes
from tarvis_core.annotation.formats.format_capabilities import FormatCapabilities
from tarvis_core.annotation.formats.label_tree import has_label_images, list_folders
from tarvis_core.annotation.formats.palette_tree import (
    MAX_TARGET_ID,
    PaletteTreeReader,
    videos_in,
    write_palette_tree,
)
from tarvis_core.annotation.formats.write_job import Content, WriteJob
from tarvis_core.annotation.label_set import LabelSet
from tarvis_core.errors import FormatError

RESOLUTION = "480p"


class DavisFormat(AnnotationFormat):
    """DAVIS 2017, semi-supervised."""

    id = "davis"
    title = "DAVIS 2017 (semi-supervised)"
    capabilities = FormatCapabilities(max_target_id=MAX_TARGET_ID, contiguous_ids=True)
    has_first_frame = True
    annotations_folder = "Annotations"

    @override
    def recognises(self, path: Path) -> bool:
        return find_sequences(path, self.annotations_folder) is not None

    @override
    def _open(self, path: Path, options: ReadOptions) -> DatasetReader:
        sequences = find_sequences(path, self.annotations_folder)
        if sequences is None:
            raise FormatError(
                "{path} has no folders of label images (PNG) as DAVIS has them", path=path
            )
        images = options.image_folder or _images_beside(sequences, self.annotations_folder)
        names = _listed_videos(path, options.split) or videos_in(sequences)
        return PaletteTreeReader(sequences, images, names, LabelSet("davis", ()))

    @override
    def _write(self, job: WriteJob) -> None:
        is_result = job.options.content is Content.RESULTS
        annotations = "" if is_result else f"{self.annotations_folder}/{RESOLUTION}/"
        images = f"JPEGImages/{RESOLUTION}/"
        folders = [written.folder for written in write_palette_tree(job, annotations, images)]
        if not is_result:
            listing = "".join(f"{name}\n" for name in folders)
            job.output.write(f"ImageSets/2017/{job.options.split}.txt", listing.encode())


class DavisUnsupervisedFormat(DavisFormat):
    """DAVIS 2017, unsupervised ground truth: every object, and void."""

    id = "davis_unsupervised"
    title = "DAVIS 2017 (unsupervised)"
    capabilities = FormatCapabilities(max_target_id=MAX_TARGET_ID, contiguous_ids=True, void=True)
    annotations_folder = "Annotations_unsupervised"


def find_sequences(path: Path, annotations_folder: str) -> Path | None:
    """The folder that holds one folder of label images per video.

    Args:
        path: The data set's folder, or one of those below it.
        annotations_folder: What the data set calls the folder of annotations.

    Returns:
        The first of `path/Annotations/480p`, another resolution, `path/Annotations` and `path`
        itself that holds folders of PNG files; None if there is none.
    """
    top = path / annotations_folder
    candidates = [top / RESOLUTION, *(top / name for name in _folders(top)), top]
    if annotations_folder == "Annotations" or path.parent.name == annotations_folder:
        candidates.append(path)
    return next((folder for folder in candidates if _holds_videos(folder)), None)


def _folders(path: Path) -> list[str]:
    return list_folders(path) if path.is_dir() else []


def _holds_videos(folder: Path) -> bool:
    return any(has_label_images(folder / name) for name in _folders(folder))


def _images_beside(sequences: Path, annotations_folder: str) -> Path | None:
    parts = list(sequences.parts)
    if annotations_folder not in parts:
        return None
    parts[len(parts) - 1 - parts[::-1].index(annotations_folder)] = "JPEGImages"
    images = Path(*parts)
    return images if images.is_dir() else None


def _listed_videos(root: Path, split: str | None) -> tuple[str, ...]:
    """The videos of a split as `ImageSets` lists them; empty where no split is asked for."""
    if split is None:
        return ()
    years = root / "ImageSets"
    for year in sorted(_folders(years), reverse=True):
        listing = years / year / f"{split}.txt"
        if listing.is_file():
            lines = read_bytes(listing).decode("utf-8", "replace").split()
            return tuple(str(inner_path(name, str(listing))) for name in lines)
    raise FormatError("{years} lists no split {split!r}", years=years, split=split)
