"""Reader of VIPSeg's JSON files, ground truth and submissions alike."""

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

from tarvis_core.annotation.formats.annotated_video import AnnotatedVideo, DatasetReader
from tarvis_core.annotation.formats.category_rows import extra_fields, read_categories
from tarvis_core.annotation.formats.file_access import ImageFinder, path_below
from tarvis_core.annotation.formats.indexed_json import JsonIndex, index_json
from tarvis_core.annotation.formats.json_value import JsonObject, objects_of
from tarvis_core.annotation.formats.label_image import read_image_size
from tarvis_core.annotation.formats.segment_video import SegmentFrame, SegmentFrames
from tarvis_core.annotation.label_set import LabelSet
from tarvis_core.errors import FormatError

FAMILY = "vipseg"
VIDEOS, ANNOTATIONS = "videos", "annotations"
LABEL_FOLDER = "panomasksRGB"
PREDICTION_FILE = "pred.json"
PREDICTIONS = "pan_pred"
_IMAGE_FOLDERS = ("images", "imgs", "JPEGImages")
_IMAGE_SUFFIX = ".jpg"


class VipsegReader(DatasetReader):
    """Reads one video at a time."""

    def __init__(self, path: Path, image_folder: Path | None, label_set: LabelSet) -> None:
        """Look through a file.

        Args:
            path: `panoptic_gt_VIPSeg_SPLIT.json`, or `pred.json` of a submission.
            image_folder: Where its images lie; None to look in the usual places.
            label_set: Classes for a file that lists none.

        Raises:
            FormatError: It is damaged, or a video has no annotations.
        """
        self._path = path
        self._positions: dict[str, dict[str, int]] = {VIDEOS: {}, ANNOTATIONS: {}}
        self._json: JsonIndex = index_json(path, (VIDEOS, ANNOTATIONS), self._note)
        rows, place = self._json.fields.get("categories"), f"{path}: categories"
        self._label_set = read_categories(rows, FAMILY, place) if rows else label_set
        others = {name: v for name, v in self._json.fields.items() if name != "categories"}
        self._extras = {**others, "categories": extra_fields(rows, place)}
        self._names = tuple(self._positions[ANNOTATIONS])
        is_result = VIDEOS not in self._json
        self._label_folder = path.parent / (PREDICTIONS if is_result else LABEL_FOLDER)
        folders = [path.parent / name for name in _IMAGE_FOLDERS]
        self._finder = ImageFinder([image_folder] if image_folder else folders)

    def _note(self, name: str, value: Any) -> None:
        known = self._positions[name]
        entry = JsonObject(value, f"{self._path}: {name}[{len(known)}]")
        video = entry.text("video_id")
        if video in known:
            raise FormatError(f"{entry.place}: video {video!r:.80} is listed twice")
        known[video] = len(known)

    @property
    def label_set(self) -> LabelSet:
        """The file's categories."""
        return self._label_set

    @property
    def extras(self) -> Mapping[str, Any]:
        """The file's other members."""
        return {FAMILY: self._extras}

    def __len__(self) -> int:
        """Number of videos with annotations."""
        return len(self._names)

    def __getitem__(self, index: int) -> AnnotatedVideo:
        """The video at a position."""
        name = self._names[index]
        entries = tuple(self._frame_entries(name))
        names = [entry.text("file_name") for entry in entries]
        if not names:
            raise FormatError(f"{self._path}: video {name!r:.80} has no frame")
        folder = path_below(self._label_folder, name, str(self._path))
        labels = [path_below(folder, file_name, str(self._path)) for file_name in names]
        frames = SegmentFrames(
            self._size(name, labels[0]),
            tuple(
                SegmentFrame(path.stem + _IMAGE_SUFFIX, path, self._image(name, path.stem))
                for path in labels
            ),
            entries.__getitem__,
        )
        return AnnotatedVideo(
            name=name,
            size=frames.size,
            label_set=self._label_set,
            frame_names=tuple(frame.name for frame in frames.frames),
            load_frame=frames.load,
            load_targets=partial(frames.targets, self._label_set),
        )

    def _frame_entries(self, name: str) -> tuple[JsonObject, ...]:
        position = self._positions[ANNOTATIONS][name]
        place = self._json.place(ANNOTATIONS, position)
        video = JsonObject(self._json.entry(ANNOTATIONS, position), place)
        return tuple(objects_of(video.value(ANNOTATIONS), f"{place}: {ANNOTATIONS}"))

    def _size(self, name: str, first_label: Path) -> tuple[int, int]:
        """The size that the list of videos gives, else that of the first panoptic image."""
        position = self._positions[VIDEOS].get(name)
        if position is None:
            return read_image_size(first_label)
        place = self._json.place(VIDEOS, position)
        images = JsonObject(self._json.entry(VIDEOS, position), place).objects("images")
        sizes = {image.frame_size() for image in images}
        if len(sizes) != 1:
            raise FormatError(f"{place}: the images of a video must be of one size")
        return sizes.pop()

    def _image(self, video: str, stem: str) -> Path | None:
        return self._finder.find(f"{video}/{stem}{_IMAGE_SUFFIX}", str(self._path))
