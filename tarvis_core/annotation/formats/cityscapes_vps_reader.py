"""Readers of Cityscapes-VPS: ground truth and submissions."""

from functools import partial
from pathlib import Path
from typing import Any

from tarvis_core.annotation.formats.annotated_video import AnnotatedVideo, DatasetReader
from tarvis_core.annotation.formats.file_access import ImageFinder, path_below
from tarvis_core.annotation.formats.indexed_json import JsonIndex, index_json
from tarvis_core.annotation.formats.json_reader import JsonReader, entry_at
from tarvis_core.annotation.formats.json_value import JsonObject
from tarvis_core.annotation.formats.label_image import read_image_size
from tarvis_core.annotation.formats.label_tree import list_names
from tarvis_core.annotation.formats.segment_video import SegmentFrame, SegmentFrames
from tarvis_core.annotation.label_set import LabelSet
from tarvis_core.errors import FormatError

FAMILY = "cityscapes_vps"
TRUE_SUFFIX = "_final_mask.png"
PREDICTION_FILE = "pred.json"
PREDICTIONS = "pan_pred"
_IMAGES, _ANNOTATIONS = "images", "annotations"
_LABEL_FOLDER = "panoptic_video"
_IMAGE_FOLDERS = ("img", "img_all")


def video_of(image_id: str) -> str:
    """The video that an image belongs to: what its name begins with."""
    return image_id.partition("_")[0]


class CityscapesVpsReader(JsonReader):
    """Reads ground truth; what is kept in memory are the names of images."""

    family = FAMILY

    def __init__(self, path: Path, image_folder: Path | None) -> None:
        """Look through a file.

        Args:
            path: The JSON file.
            image_folder: Where its images lie; None to look in the usual places.

        Raises:
            FormatError: It is damaged, ids repeat, or an annotation refers to no image.
        """
        self._path = path
        self._sizes: dict[str, tuple[int, int]] = {}
        self._names: dict[str, str] = {}
        self._annotations: dict[str, int] = {}
        self._num_noted = {_IMAGES: 0, _ANNOTATIONS: 0}
        self._json: JsonIndex = index_json(path, (_IMAGES, _ANNOTATIONS), self._note)
        self._read_members()
        self._check_annotations()
        self._videos = self._group()
        self._label_folder = _label_folder(path)
        folders = [self._label_folder.parent / name for name in _IMAGE_FOLDERS]
        self._finder = ImageFinder([image_folder] if image_folder else folders)

    def _note(self, name: str, value: Any) -> None:
        entry = JsonObject(value, f"{self._path}: {name}[{self._num_noted[name]}]")
        position = self._num_noted[name]
        self._num_noted[name] += 1
        if name == _IMAGES:
            image_id = entry.text("id")
            if image_id in self._sizes:
                raise FormatError(
                    "{place}: the id {image_id!r:.80} occurs twice",
                    place=entry.place,
                    image_id=image_id,
                )
            self._sizes[image_id] = entry.frame_size()
            self._names[image_id] = entry.text("file_name")
            return
        image_id = entry.text("image_id")
        if image_id in self._annotations:
            raise FormatError(
                "{place}: image {image_id!r:.80} has an annotation already",
                place=entry.place,
                image_id=image_id,
            )
        self._annotations[image_id] = position

    def _check_annotations(self) -> None:
        unknown = next((name for name in self._annotations if name not in self._sizes), None)
        if unknown is not None:
            raise FormatError(
                "{path}: an annotation is of image {unknown!r:.80}, not listed",
                path=self._path,
                unknown=unknown,
            )

    def _group(self) -> tuple[tuple[str, tuple[str, ...]], ...]:
        """Videos with their annotated images in order."""
        groups: dict[str, list[str]] = {}
        for image_id in self._annotations:
            groups.setdefault(video_of(image_id), []).append(image_id)
        for video, images in groups.items():
            if len({self._sizes[image] for image in images}) > 1:
                raise FormatError(
                    "{path}: the images of video {video} differ in size",
                    path=self._path,
                    video=video,
                )
        return tuple((video, tuple(sorted(images))) for video, images in sorted(groups.items()))

    def __len__(self) -> int:
        """Number of videos."""
        return len(self._videos)

    def __getitem__(self, index: int) -> AnnotatedVideo:
        """The video at a position."""
        name, images = self._videos[index]
        positions = tuple(self._annotations[image] for image in images)
        frames = SegmentFrames(
            self._sizes[images[0]],
            tuple(map(self._frame, images)),
            partial(self._segments, positions),
        )
        return frames.to_video(name, self._label_set)

    def _frame(self, image_id: str) -> SegmentFrame:
        annotation = self._entry(_ANNOTATIONS, self._annotations[image_id])
        labels = path_below(self._label_folder, annotation.text("file_name"), annotation.place)
        name = self._names[image_id]
        return SegmentFrame(name, labels, self._finder.find(name, str(self._path)))

    def _segments(self, positions: tuple[int, ...], index: int) -> JsonObject:
        return self._entry(_ANNOTATIONS, positions[index])


def _label_folder(file: Path) -> Path:
    """Where the panoptic images of a JSON file lie."""
    found = [file.parent / _LABEL_FOLDER]
    splits = [part for part in ("train", "val", "test") if part in file.stem.split("_")]
    found += [file.parent / split / _LABEL_FOLDER for split in splits]
    found += sorted(file.parent.glob(f"*/{_LABEL_FOLDER}"))
    return next((folder for folder in found if folder.is_dir()), file.parent)


class CityscapesVpsResultsReader(DatasetReader):
    """Reads a submission: one entry for each predicted image, in the order of their names."""

    def __init__(self, path: Path, label_set: LabelSet) -> None:
        """Look through a file.

        Args:
            path: `pred.json`.
            label_set: Names of the classes, which a submission does not have.

        Raises:
            FormatError: It is damaged, or images and entries differ in number.
        """
        self._path = path
        self._label_set = label_set
        self._json = index_json(path, (_ANNOTATIONS,))
        self._folder = path.parent / PREDICTIONS
        names = list_names(self._folder, (".png",))
        if len(names) != self._json.count(_ANNOTATIONS):
            raise FormatError(
                "{path} has {num_entries} entries for the {num_images} images in {folder}",
                path=path,
                num_entries=self._json.count(_ANNOTATIONS),
                num_images=len(names),
                folder=self._folder,
            )
        groups: dict[str, list[tuple[int, str]]] = {}
        for position, name in enumerate(names):
            groups.setdefault(video_of(name), []).append((position, name))
        self._videos = tuple((video, tuple(frames)) for video, frames in groups.items())

    @property
    def label_set(self) -> LabelSet:
        """The classes that segments name."""
        return self._label_set

    def __len__(self) -> int:
        """Number of videos."""
        return len(self._videos)

    def __getitem__(self, index: int) -> AnnotatedVideo:
        """The video at a position."""
        name, numbered = self._videos[index]
        positions = tuple(position for position, _ in numbered)
        paths = [self._folder / file_name for _, file_name in numbered]
        frames = SegmentFrames(
            read_image_size(paths[0]),
            tuple(SegmentFrame(path.name, path) for path in paths),
            partial(self._segments, positions),
        )
        return frames.to_video(name, self._label_set)

    def _segments(self, positions: tuple[int, ...], index: int) -> JsonObject:
        return entry_at(self._json, _ANNOTATIONS, positions[index])
