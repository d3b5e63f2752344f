"""What a batch is to do, and what came of each video: frozen, for both sides of a thread."""

import itertools
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import Enum
from functools import cached_property
from pathlib import Path

from tarvis_app.segmentation.run_plan import exemplars_on
from tarvis_app.segmentation.run_progress import RunStep
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

    @cached_property
    def projects(self) -> tuple[Path, ...]:
        """Where the project of each video is written; a file that is there is never touched."""
        return project_paths(self.videos, self.folder)

    @property
    def indices(self) -> tuple[int, ...]:
        """Of the videos that it is about, in order."""
        everything = range(len(self.videos))
        return tuple(i for i in everything if self.wanted is None or i in self.wanted)


def project_paths(videos: Sequence[Path], folder: Path) -> tuple[Path, ...]:
    """Where the project of each video is written.

    It is called after its video, with the suffix where several have the same name without.
    """
    counts = Counter(video.stem for video in videos)
    names = [video.stem if counts[video.stem] == 1 else video.name for video in videos]
    return tuple(folder / f"{name}{SUFFIX}" for name in names)


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
    frames_done: int = 0
    frames_total: int = 0
    step: RunStep | None = None
    """What takes time just now; None: nothing that needs a word."""

    @property
    def share(self) -> float:
        """How much of the video is done, 0…1."""
        return self.frames_done / self.frames_total if self.frames_total else 0.0


@dataclass(frozen=True)
class VideoResult:
    """What came of one video."""

    index: int
    state: VideoState
    num_targets: int = 0
    message: str = ""


def find_videos(folder: Path) -> tuple[Path, ...]:
    """The videos in a folder, by name: files, and folders of images; empty if it cannot be read."""
    try:
        entries = sorted(folder.iterdir())
    except OSError:
        return ()
    return tuple(path for path in entries if _is_video(path))


def _is_video(path: Path) -> bool:
    if path.name.startswith("."):
        return False
    if not path.is_dir():
        return is_video_file(path)
    try:
        images = (image for image in path.iterdir() if image.suffix.lower() in IMAGE_SUFFIXES)
        return len(list(itertools.islice(images, FEWEST_IMAGES))) == FEWEST_IMAGES
    except OSError:
        return False


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
