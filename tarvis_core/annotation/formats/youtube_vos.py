"""YouTube-VOS: palette PNG trees with `meta.json`, which gives each object's class and frames.

Validation annotations show an object only on the frame where it first appears; 0 on such a frame
means "nothing new here", not background.
"""

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
from tarvis_core.annotation.formats.target_naming import make_target
from tarvis_core.annotation.formats.write_job import WriteJob
from tarvis_core.annotation.label_set import Category, LabelSet
from tarvis_core.annotation.target import CategoryId, Target, TargetId, TargetKind

META = "meta.json"
_NO_CLASS = ""


class YoutubeVosFormat(AnnotationFormat):
    """YouTube-VOS."""

    id = "youtube_vos"
    title = "YouTube-VOS PNG and meta.json"
    capabilities = FormatCapabilities(
        max_target_id=MAX_TARGET_ID, categories=True, class_ids=False, class_names=True
    )
    has_first_frame = True

    @override
    def recognises(self, path: Path) -> bool:
        split = _split_of(path, None)
        return split is not None and _has_objects_with_frames(split / META)

    @override
    def _open(self, path: Path, options: ReadOptions) -> DatasetReader:
        split = _split_of(path, options.split)
        return YoutubeVosReader(*open_split(path, split, options.image_folder))

    @override
    def _write(self, job: WriteJob) -> None:
        write_split(job, META, _objects)


def _split_of(path: Path, split: str | None) -> Path | None:
    return find_split(path.parent if path.name == META else path, split)


def _has_objects_with_frames(meta: Path) -> bool:
    return Glance.at(meta).has("videos", "objects", "frames")


def _objects(written: WrittenVideo) -> dict[str, dict[str, object]]:
    label_set = written.video.label_set
    objects: dict[str, dict[str, object]] = {}
    for target in written.video.targets:
        if target.id not in written.frames:
            continue
        name = _NO_CLASS
        if target.category is not None and target.category in label_set:
            name = label_set.category(target.category).name
        objects[str(target.id)] = {"category": name, "frames": written.frames[target.id]}
    return objects


class YoutubeVosReader(PaletteTreeReader):
    """Reads one split of YouTube-VOS."""

    def __init__(self, split: Path, images: Path | None) -> None:
        """Read the list of objects.

        Args:
            split: Folder of the split.
            images: Folder with one folder of images per video, if there is one.

        Raises:
            FormatError: The list is damaged.
        """
        self._meta = split / META
        self._classes = _read_classes(self._meta) if self._meta.is_file() else {}
        names = sorted({name for objects in self._classes.values() for name in objects.values()})
        categories = tuple(
            Category(CategoryId(number), name, TargetKind.THING)
            for number, name in enumerate(filter(None, names), start=1)
        )
        tree = split / "Annotations"
        super().__init__(tree, images, videos_in(tree), LabelSet("youtube_vos", categories))

    @override
    def _find_targets(
        self, video: str, size: tuple[int, int], label_names: tuple[str, ...]
    ) -> tuple[Target, ...]:
        if video not in self._classes:
            return super()._find_targets(video, size, label_names)
        return tuple(self._target(video, target) for target in self._classes[video])

    @override
    def _target(self, video: str, target: TargetId) -> Target:
        name = self._classes.get(video, {}).get(target, _NO_CLASS)
        category = self.label_set.by_name(name) if name else None
        return make_target(target, category.id if category else None, self.label_set)


def _read_classes(meta: Path) -> dict[str, dict[TargetId, str]]:
    """For each video the class name of each object; empty where the file gives none."""
    videos = JsonObject(load_json(meta), str(meta)).object("videos")
    classes: dict[str, dict[TargetId, str]] = {}
    for video in videos.fields:
        objects = videos.object(video).object("objects")
        found = classes.setdefault(video, {})
        for key in objects.fields:
            target = TargetId(id_of_key(key, objects.place))
            found[target] = objects.object(key).optional_text("category", _NO_CLASS)
    return classes
