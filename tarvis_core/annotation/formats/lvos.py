"""LVOS (LingyiHongfd/LVOS): palette PNG trees with `SPLIT_meta.json`, the range of each object."""

from pathlib import Path

from typing_extensions import override

from tarvis_core.annotation.formats.annotated_video import DatasetReader
from tarvis_core.annotation.formats.annotation_format import AnnotationFormat, ReadOptions
from tarvis_core.annotation.formats.format_capabilities import FormatCapabilities
from tarvis_core.annotation.formats.indexed_json import load_json
from tarvis_core.annotation.formats.json_search import Glance
from tarvis_core.annotation.formats.json_value import JsonObject, id_of_key
from tarvis_core.annotation.formats.palette_tree import (
    MAX_TARGET_ID,
    PaletteTreeReader,
    WrittenVideo,
    find_split,
    open_split,
    videos_in,
    write_split,
)
from tarvis_core.annotation.formats.write_job import WriteJob
from tarvis_core.annotation.label_set import LabelSet
from tarvis_core.annotation.target import Target, TargetId


class LvosFormat(AnnotationFormat):
    """LVOS."""

    id = "lvos"
    title = "LVOS PNG and meta JSON"
    capabilities = FormatCapabilities(max_target_id=MAX_TARGET_ID)
    has_first_frame = True

    @override
    def recognises(self, path: Path) -> bool:
        split = find_split(path, None)
        meta = None if split is None else _meta_of(split)
        return meta is not None and Glance.at(meta).has("videos", "objects", "frame_range")

    @override
    def _open(self, path: Path, options: ReadOptions) -> DatasetReader:
        split = find_split(path, options.split)
        return LvosReader(*open_split(path, split, options.image_folder))

    @override
    def _write(self, job: WriteJob) -> None:
        write_split(job, f"{job.options.split}_meta.json", _objects)


def _meta_of(split: Path) -> Path | None:
    """The list of objects of a split, in its folder or beside it."""
    name = f"{split.name}_meta.json"
    found = (folder / name for folder in (split, split.parent) if (folder / name).is_file())
    return next(found, None)


def _objects(written: WrittenVideo) -> dict[str, object]:
    return {
        str(target): {
            "frame_range": {"start": names[0], "end": names[-1], "frame_nums": len(names)}
        }
        for target, names in sorted(written.frames.items())
    }


class LvosReader(PaletteTreeReader):
    """Reads one split of LVOS."""

    def __init__(self, split: Path, images: Path | None) -> None:
        """Read the list of objects.

        Args:
            split: Folder of the split.
            images: Folder with one folder of images per video, if there is one.

        Raises:
            FormatError: The list is damaged.
        """
        meta = _meta_of(split)
        self._objects = {} if meta is None else _read_objects(meta)
        tree = split / "Annotations"
        super().__init__(tree, images, videos_in(tree), LabelSet("lvos", ()))

    @override
    def _find_targets(
        self, video: str, size: tuple[int, int], label_names: tuple[str, ...]
    ) -> tuple[Target, ...]:
        if video not in self._objects:
            return super()._find_targets(video, size, label_names)
        return tuple(self._target(video, target) for target in self._objects[video])


def _read_objects(meta: Path) -> dict[str, list[TargetId]]:
    """For each video its objects."""
    videos = JsonObject(load_json(meta), str(meta)).object("videos")
    found = {}
    for video in videos.fields:
        objects = videos.object(video).object("objects")
        found[video] = [TargetId(id_of_key(key, objects.place)) for key in objects.fields]
    return found
