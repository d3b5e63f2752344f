"""The lists of images and videos that COCO and its kin share."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from tarvis_core.annotation.formats.annotated_video import AnnotatedVideo, DatasetReader
from tarvis_core.annotation.formats.number_allocator import NumberAllocator

_IMAGE_SUFFIXES = (".jpg", ".jpeg", ".png", ".bmp", ".tif", ".tiff", ".webp")


@dataclass(frozen=True)
class NumberedVideo:
    """A video with the numbers that it and its images have in a file."""

    video: AnnotatedVideo
    video_id: int
    image_ids: tuple[int | str, ...]


class ImageRows:
    """Makes the lists of images and videos of a file; each pass gives the same numbers."""

    def __init__(self, dataset: DatasetReader, family: str, *, lists_videos: bool = False) -> None:
        """Look at the videos, not at their frames.

        Args:
            dataset: The videos as they came.
            family: Under which of their `extras` the fields of this kind of file are.
            lists_videos: Whether the file has a list of videos; frame ids then count from 0.
        """
        self._dataset = dataset
        self._family = family
        self._lists_videos = lists_videos
        self.has_videos = lists_videos or any(
            video.num_frames != 1 or "video" in video.extras.get(family, {}) for video in dataset
        )
        """Whether images name their video: all do, or none."""

    def numbered(self) -> Iterator[NumberedVideo]:
        """Every video with its numbers: those that it had in such a file, where they are free."""
        video_ids, image_ids = NumberAllocator(), NumberAllocator()
        used: set[str] = set()
        for video in self._dataset:
            wanted = [fields.get("id") for fields in self._image_extras(video)]
            video_id = video_ids.take(self._extras(video).get("video", {}).get("id"))
            numbers = tuple(
                number if isinstance(number, str) and number not in used else image_ids.take(number)
                for number in wanted
            )
            used |= {number for number in numbers if isinstance(number, str)}
            yield NumberedVideo(video, video_id, numbers)

    def videos(self) -> Iterator[dict[str, Any]]:
        """The entries of the list of videos."""
        for numbered in self.numbered():
            height, width = numbered.video.size
            row = {"id": numbered.video_id, "name": numbered.video.name}
            extras = self._extras(numbered.video).get("video", {})
            yield {**extras, **row, "width": width, "height": height}

    def images(self) -> Iterator[dict[str, Any]]:
        """The entries of the list of images."""
        for numbered in self.numbered():
            video = numbered.video
            height, width = video.size
            extras = self._image_extras(video)
            for index, number in enumerate(numbered.image_ids):
                row = {**extras[index], "id": number, "file_name": image_name(video, index)}
                row |= {"height": height, "width": width}
                if self.has_videos:
                    frame = index if self._lists_videos else video.frame_numbers[index]
                    row |= {"video_id": numbered.video_id, "frame_id": frame}
                yield row

    def _extras(self, video: AnnotatedVideo) -> dict[str, Any]:
        return dict(video.extras.get(self._family, {}))

    def _image_extras(self, video: AnnotatedVideo) -> list[dict[str, Any]]:
        return self._extras(video).get("images") or [{}] * video.num_frames


def with_suffix(name: str) -> str:
    """The name of an image: `.jpg` is added where there is no image's suffix."""
    return name if PurePosixPath(name).suffix.lower() in _IMAGE_SUFFIXES else name + ".jpg"


def image_name(video: AnnotatedVideo, index: int) -> str:
    """The file name of a frame's image as a list of images gives it.

    Frames of a video are put into a folder of its name, names without a suffix get `.jpg`.
    """
    name = with_suffix(video.frame_names[index].replace("\\", "/"))
    return f"{video.name}/{name}" if video.num_frames > 1 and "/" not in name else name


def image_folders(file: Path, given: Path | None) -> tuple[Path, ...]:
    """Where the images of a JSON file may lie, the likeliest first.

    Args:
        file: The file; `annotations/instances_NAME.json` has its images in `NAME` beside.
        given: A folder that the person named; then only that one.
    """
    if given is not None:
        return (given,)
    beside = file.parent
    named = file.stem.rpartition("_")[2]
    above = beside.parent
    names = ("images", "JPEGImages")
    return (beside, *(beside / name for name in names), *(above / name for name in (named, *names)))
