"""MOSE (henghuiding/MOSE-api): a palette PNG tree per split and nothing beside it."""

from pathlib import Path

from typing_extensions import override

from tarvis_core.annotation.formats.annotated_video import DatasetReader
from tarvis_core.annotation.formats.annotation_format import AnnotationFormat, ReadOptions
from tarvis_core.annotation.formats.format_capabilities import FormatCapabilities
from tarvis_core.annotation.formats.palette_tree import (
    MAX_TARGET_ID,
    PaletteTreeReader,
    find_split,
    open_split,
    videos_in,
    write_palette_tree,
)
from tarvis_core.annotation.formats.write_job import Content, WriteJob
from tarvis_core.annotation.label_set import LabelSet


class MoseFormat(AnnotationFormat):
    """MOSE."""

    id = "mose"
    title = "MOSE PNG"
    capabilities = FormatCapabilities(max_target_id=MAX_TARGET_ID)
    has_first_frame = True

    @override
    def recognises(self, path: Path) -> bool:
        return find_split(path, None) is not None and not (path / "ImageSets").is_dir()

    @override
    def _open(self, path: Path, options: ReadOptions) -> DatasetReader:
        split, images = open_split(path, find_split(path, options.split), options.image_folder)
        tree = split / "Annotations"
        return PaletteTreeReader(tree, images, videos_in(tree), LabelSet(self.id, ()))

    @override
    def _write(self, job: WriteJob) -> None:
        split = "" if job.options.content is Content.RESULTS else f"{job.options.split}/"
        for _ in write_palette_tree(job, f"{split}Annotations/", f"{split}JPEGImages/"):
            pass
