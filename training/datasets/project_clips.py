"""A person's own corrected projects as a data set: the frames that the person stands behind."""

from collections.abc import Callable, Collection
from pathlib import Path

import numpy as np

from tarvis_core.annotation.formats.annotated_video import (
    AnnotatedVideo,
    DatasetReader,
    VideoCollection,
)
from tarvis_core.annotation.formats.project_conversion import project_to_video
from tarvis_core.annotation.project import Project
from tarvis_core.annotation.project_file import ProjectFile
from tarvis_core.errors import VideoError
from tarvis_core.video.video_reader import VideoReader


def lawful_frames(project: Project) -> tuple[int, ...]:
    """Frames on which every known mask was drawn or confirmed by the person, in order."""
    tracks = project.masks.tracks
    known = sorted({frame for track in tracks.values() for frame in track.frames})
    return tuple(
        frame
        for frame in known
        if all(each.state.is_law for each in project.masks.masks_at(frame).values())
    )


def read_project(path: Path, frames: Collection[int] | None = None) -> DatasetReader:
    """The corrected frames of one project, with their images.

    Args:
        path: A `.tarvis` file.
        frames: Only these of them; none for all.

    Raises:
        ProjectFileError: It cannot be opened.
        VideoError: Its video is not found.
    """
    with ProjectFile.open(path, read_only=True) as file:
        video = _corrected_video(file, frames)
        return VideoCollection(file.project.label_set, [video])


def _corrected_video(file: ProjectFile, wanted: Collection[int] | None) -> AnnotatedVideo:
    found = file.find_video()
    if found is None:
        raise VideoError(
            f"the video of {file.path} is not at {file.project.video.path}; open the project in "
            "the window to say where it is now"
        )
    frames = [f for f in lawful_frames(file.project) if wanted is None or f in wanted]
    return project_to_video(file.project, frames, _frame_loader(found))


def _frame_loader(path: Path) -> Callable[[int], np.ndarray]:
    """Reads single frames; the video is opened for each, so that any thread may ask."""

    def load(number: int) -> np.ndarray:
        with VideoReader(path) as video:
            return video.frame(number)

    return load
