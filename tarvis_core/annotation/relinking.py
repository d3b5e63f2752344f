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
            f"{path} is not the video of this project, {Path(video.path).name} of "
            f"{video.num_bytes} bytes. Choose that one, or replace the video"
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
            f"{other.path} has {other.num_frames} frames of {other.frame_size} pixels (height, "
            f"width), the project's video {video.num_frames} of {video.frame_size}. Choose a file "
            "with the same frames"
        )
    return () if other == video else (VideoChange(video, other),)
