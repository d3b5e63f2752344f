"""Relinking: a project finds its video again after either was moved."""

from pathlib import Path

from tarvis_core.annotation.project import Project
from tarvis_core.annotation.project_changes import VideoChange
from tarvis_core.annotation.video_identity import VideoIdentity
from tarvis_core.errors import AnnotationError


def relink(project: Project, path: Path) -> tuple[VideoChange, ...]:
    """The edit that notes where the project's video lies now; empty if that is noted already.

    Raises:
        AnnotationError: What lies there is another video, or nothing.
    """
    video = project.video
    if not video.is_same_video(path):
        raise AnnotationError(
            "{path} is not the video of this project, {name} of {num_bytes} bytes. Choose that "
            "one, or replace the video",
            path=path,
            name=Path(video.path).name,
            num_bytes=video.num_bytes,
        )
    moved = video.moved_to(path)
    return () if moved == video else (VideoChange(video, moved),)


def replace_video(project: Project, other: VideoIdentity) -> tuple[VideoChange, ...]:
    """The edit that puts another file of the same frames in the place of the project's video.

    It may be another encoding: what must agree are the size and the number of the frames.

    Raises:
        AnnotationError: The frames do not agree.
    """
    video = project.video
    if other.frame_size != video.frame_size or other.num_frames != video.num_frames:
        raise AnnotationError(
            "{path} has {num_other_frames} frames of {other_size} pixels (height, width), the "
            "project's video {num_frames} of {frame_size}. Choose a file with the same frames",
            path=other.path,
            num_other_frames=other.num_frames,
            other_size=other.frame_size,
            num_frames=video.num_frames,
            frame_size=video.frame_size,
        )
    return () if other == video else (VideoChange(video, other),)
