"""VideoIdentity: how a project knows its video again, wherever it lies."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Self

from tarvis_core.errors import VideoError

_HASHED_BYTES = 2**20
"""Length of the head and of the tail whose contents are hashed."""


@dataclass(frozen=True)
class VideoIdentity:
    """A video file or image folder: where it was, and what tells it from others."""

    path: str
    """Where it was last seen."""
    num_bytes: int
    """Size of the file, or of all images together."""
    head_hash: str
    """SHA-256 of the first MiB (of the first image, in a folder)."""
    tail_hash: str
    """SHA-256 of the last MiB (of the last image, in a folder)."""
    num_frames: int
    frame_size: tuple[int, int]
    """(height, width) in pixels, after rotation."""
    fps: float = 25.0
    """Average frames per second."""
    times_hash: str = ""
    """SHA-256 of the presentation times of all frames; empty for image folders."""
    frame_names: tuple[str, ...] = ()
    """Names of the images of a folder, in order; empty for video files."""

    @classmethod
    def of(
        cls,
        path: Path,
        frame_size: tuple[int, int],
        num_frames: int,
        fps: float = 25.0,
        times: Sequence[float] = (),
        frame_names: Sequence[str] = (),
    ) -> Self:
        """The identity of a file or folder that lies at `path`.

        Args:
            path: A video file, or a folder of images.
            frame_size: (height, width) in pixels.
            num_frames: Number of frames.
            fps: Average frames per second.
            times: Presentation time of each frame in seconds (video files).
            frame_names: File names of the images (folders), in order.

        Raises:
            VideoError: The file cannot be read.
        """
        num_bytes, head, tail = _fingerprint(path, tuple(frame_names))
        return cls(
            str(path.absolute()),
            num_bytes,
            head,
            tail,
            num_frames,
            frame_size,
            fps,
            hash_times(times) if len(times) else "",
            tuple(frame_names),
        )

    def is_same_video(self, path: Path) -> bool:
        """Whether what lies at `path` has the same size, head and tail."""
        try:
            found = _fingerprint(path, self.frame_names)
        except VideoError:
            return False
        return found == (self.num_bytes, self.head_hash, self.tail_hash)

    def moved_to(self, path: Path) -> "VideoIdentity":
        """The same identity at another place."""
        return replace(self, path=str(path.absolute()))


def hash_times(times: Sequence[float]) -> str:
    """SHA-256 of presentation times, to the microsecond."""
    text = ",".join(str(round(time * 1e6)) for time in times)
    return hashlib.sha256(text.encode("ascii")).hexdigest()


def find_video(identity: VideoIdentity, project_folder: Path) -> Path | None:
    """Where a project's video lies now.

    Looked at are: the place where it was last seen, the project's own folder and the folders
    beside and above it that the old path names.

    Returns:
        The first place where a file or folder of the same contents lies; None if there is none.
    """
    old = Path(identity.path)
    parts = old.parts
    candidates = [old, project_folder / old.name]
    candidates += [
        folder.joinpath(*parts[-depth:])
        for folder in (project_folder, project_folder.parent)
        for depth in range(1, min(4, len(parts)))
    ]
    for candidate in dict.fromkeys(candidates):
        if candidate.exists() and identity.is_same_video(candidate):
            return candidate
    return None


def _fingerprint(path: Path, frame_names: tuple[str, ...]) -> tuple[int, str, str]:
    try:
        if not path.is_dir():
            return (
                path.stat().st_size,
                _hash_part(path, is_tail=False),
                _hash_part(path, is_tail=True),
            )
        images = [path / name for name in frame_names] or sorted(
            entry for entry in path.iterdir() if entry.is_file()
        )
        if not images:
            raise VideoError("the folder {path} holds no images", path=path)
        num_bytes = sum(image.stat().st_size for image in images)
        return num_bytes, _hash_part(images[0], is_tail=False), _hash_part(images[-1], is_tail=True)
    except OSError as error:
        raise VideoError(
            "{path} cannot be read: {reason}", path=path, reason=error.strerror or error
        ) from error


def _hash_part(path: Path, *, is_tail: bool) -> str:
    with path.open("rb") as file:
        if is_tail:
            file.seek(max(0, path.stat().st_size - _HASHED_BYTES))
        return hashlib.sha256(file.read(_HASHED_BYTES)).hexdigest()
