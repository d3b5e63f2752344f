"""What writers of labelling tools' files share: names of images and labels, order of shapes."""

from tarvis_core.annotation.formats.annotated_video import (
    AnnotatedFrame,
    AnnotatedVideo,
    TargetMask,
)
from tarvis_core.annotation.formats.coco_rows import image_name
from tarvis_core.annotation.formats.file_access import inner_path
from tarvis_core.annotation.formats.loss import LossKind, place_of
from tarvis_core.annotation.formats.made_up_class import MADE_UP_NAME
from tarvis_core.annotation.formats.write_job import WriteJob
from tarvis_core.annotation.target import Target, TargetId
from tarvis_core.errors import FormatError


class ImageNames:
    """Gives every frame of a job an image name that no other frame has."""

    def __init__(self, job: WriteJob) -> None:
        self._job = job
        self._used: set[str] = set()

    def of(self, video: AnnotatedVideo, folder: str) -> list[str]:
        """The names of a video's images, paths below the folder of images.

        Args:
            video: The video.
            folder: Name of a folder that no other video has.
        """
        names = [_inner(image_name(video, index)) for index in range(video.num_frames)]
        is_free = len(set(names)) == len(names) and not self._used & set(names)
        if "" in names or not is_free:
            names = [f"{folder}/{stem}.jpg" for stem in self._job.frame_stems(video)]
        self._used |= set(names)
        return names


def _inner(name: str) -> str:
    """The name, or nothing if it leads out of the folder."""
    try:
        return str(inner_path(name, name))
    except FormatError:
        return ""


class LabelNames:
    """Names of classes, for files that know classes by name and list the names first."""

    def __init__(self, job: WriteJob) -> None:
        """Look at every target, not at frames."""
        self._losses = job.losses
        names = [category.name for category in job.dataset.label_set.categories]
        for video in job.dataset:
            names += [_label(target, video) for target in video.targets]
        self.all: tuple[str, ...] = tuple(dict.fromkeys(names))
        """Every name, each once: the label set's, then others that targets need."""

    def of(self, video: AnnotatedVideo) -> dict[TargetId, str]:
        """The name of each target's class; where there is none, a made-up one, which is a loss."""
        for target in video.targets:
            if target.category is None:
                self._losses.add(LossKind.NO_CLASS, place_of(video.name, target.id))
        return {target.id: _label(target, video) for target in video.targets}


def _label(target: Target, video: AnnotatedVideo) -> str:
    if target.category is None:
        return MADE_UP_NAME
    if target.category in video.label_set:
        return video.label_set.category(target.category).name
    return f"class {target.category}"


def shapes_in_order(frame: AnnotatedFrame) -> list[tuple[TargetId, TargetMask]]:
    """The masks of a frame, the lowest first."""
    return sorted(frame.masks.items(), key=lambda item: (item[1].z_order, item[0]))
