"""Reader of VIPSeg's JSON files, ground truth and submissions alike."""

from pathlib import Path
from typing import Any

from tarvis_core.annotation.formats.annotated_video import AnnotatedVideo
from tarvis_core.annotation.formats.file_access import ImageFinder, path_below
from tarvis_core.annotation.formats.indexed_json import JsonIndex, index_json
from tarvis_core.annotation.formats.json_reader import JsonReader
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


class VipsegReader(JsonReader):
    """Reads one video at a time."""

    family = FAMILY

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
        self._read_members(label_set)
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
            raise FormatError(
                "{place}: video {video!r:.80} is listed twice", place=entry.place, video=video
            )
        known[video] = len(known)

    def __len__(self) -> int:
        """Number of videos with annotations."""
        return len(self._names)

    def __getitem__(self, index: int) -> AnnotatedVideo:
        """The video at a position."""
        name = self._names[index]
        entries = tuple(self._frame_entries(name))
        names = [entry.text("file_name") for entry in entries]
        if not names:
            raise FormatError("{path}: video {name!r:.80} has no frame", path=self._path, name=name)
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
        return frames.to_video(name, self._label_set)

    def _frame_entries(self, name: str) -> tuple[JsonObject, ...]:
        position = self._positions[ANNOTATIONS][name]
        video = self._entry(ANNOTATIONS, position)
        return tuple(objects_of(video.value(ANNOTATIONS), f"{video.place}: {ANNOTATIONS}"))

    def _size(self, name: str, first_label: Path) -> tuple[int, int]:
        """The size that the list of videos gives, else that of the first panoptic image."""
        position = self._positions[VIDEOS].get(name)
        if position is None:
            return read_image_size(first_label)
        video = self._entry(VIDEOS, position)
        sizes = {image.frame_size() for image in video.objects("images")}
        if len(sizes) != 1:
            raise FormatError(
                "{place}: the images of a video must be of one size", place=video.place
            )
        return sizes.pop()

    def _image(self, video: str, stem: str) -> Path | None:
        return self._finder.find(f"{video}/{stem}{_IMAGE_SUFFIX}", str(self._path))
