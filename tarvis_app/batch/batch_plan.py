"""What a batch is to do, and what came of each video: frozen, for both sides of a thread."""

from dataclasses import dataclass, replace
from enum import Enum
from pathlib import Path

from tarvis_app.segmentation.run_plan import exemplars_on
from tarvis_core.annotation.exemplar import Exemplar, MaskExemplar, ShownMask
from tarvis_core.annotation.label_set import LabelSet
from tarvis_core.annotation.project import Project
from tarvis_core.annotation.project_file import SUFFIX
from tarvis_core.annotation.segmentation import ClassTask
from tarvis_core.annotation.target import CategoryId, Target
from tarvis_core.video.video_file import is_video_file

IMAGE_SUFFIXES = frozenset([".png", ".jpg", ".jpeg", ".bmp", ".webp", ".tif", ".tiff"])
FEWEST_IMAGES = 2
"""A folder of fewer images is no video."""


@dataclass(frozen=True)
class FindTask:
    """Find everything of some classes."""

    label_set: str
    task: ClassTask
    categories: tuple[CategoryId, ...] | None
    """None: all classes of the label set."""


@dataclass(frozen=True)
class FollowTask:
    """Follow the targets of one frame, which are put on the first frame of each video."""

    label_set: LabelSet
    targets: tuple[Target, ...]
    exemplars: tuple[Exemplar, ...]
    """All on frame 0."""
    frame_size: tuple[int, int]
    """(height, width) of the frame they were given on; videos of another size are refused."""


@dataclass(frozen=True)
class BatchPlan:
    """The same task for every video."""

    videos: tuple[Path, ...]
    folder: Path
    """Where the projects are written."""
    task: FindTask | FollowTask
    wanted: frozenset[int] | None = None
    """Only the videos of these indices; None for all."""

    def project_of(self, video: Path) -> Path:
        """Where the project of a video is written; a file that is there is never touched."""
        return self.folder / f"{video.stem}{SUFFIX}"


class VideoState(Enum):
    """How far a video is."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    KEPT = "kept"
    """Its project was there already."""
    STOPPED = "stopped"
    FAILED = "failed"


@dataclass(frozen=True)
class BatchProgress:
    """How far the video in work is."""

    index: int
    frames_done: int
    frames_total: int


@dataclass(frozen=True)
class VideoResult:
    """What came of one video."""

    index: int
    state: VideoState
    num_targets: int = 0
    message: str = ""


def find_videos(folder: Path) -> tuple[Path, ...]:
    """The videos in a folder, by name: files, and folders of images; empty if it is not there."""
    if not folder.is_dir():
        return ()
    return tuple(sorted(path for path in folder.iterdir() if _is_video(path)))


def _is_video(path: Path) -> bool:
    if path.name.startswith("."):
        return False
    if path.is_dir():
        images = (image for image in path.iterdir() if image.suffix.lower() in IMAGE_SUFFIXES)
        return len([image for image, _ in zip(images, range(FEWEST_IMAGES), strict=False)]) == (
            FEWEST_IMAGES
        )
    return is_video_file(path)


def task_from_frame(project: Project, frame: int) -> FollowTask | None:
    """The targets that a frame shows, as a task for other videos; None if it shows none.

    What was corrected by clicks goes as the mask that came of it: clicks correct a mask of this
    video only.
    """
    targets, exemplars = [], []
    for target in project.targets.values():
        given = exemplars_on(project, target.id, frame)
        held = project.masks.get(target.id, frame)
        is_corrected = any(isinstance(exemplar, ShownMask) for exemplar in given)
        if (is_corrected or not given) and held is not None and not held.mask.is_empty:
            given = (MaskExemplar(frame, target.id, held.mask),)
        if given:
            targets.append(replace(target, is_locked=False))
            exemplars += [replace(exemplar, frame=0) for exemplar in given]
    if not targets:
        return None
    size = project.video.frame_size
    return FollowTask(project.label_set, tuple(targets), tuple(exemplars), size)
