"""WriteJob: one data set on its way into files, with options, progress and losses."""

import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from enum import Enum
from functools import cached_property
from pathlib import Path, PurePosixPath

from PIL import Image

from tarvis_core.annotation.formats.annotated_video import (
    AnnotatedFrame,
    AnnotatedVideo,
    DatasetReader,
)
from tarvis_core.annotation.formats.file_access import OutputFolder, safe_file_name
from tarvis_core.annotation.formats.fitting import fit_video
from tarvis_core.annotation.formats.format_capabilities import FormatCapabilities
from tarvis_core.annotation.formats.loss import Loss, LossCounter, LossKind
from tarvis_core.annotation.target import TargetId
from tarvis_core.errors import FormatError
from tarvis_core.sentence import Sentence

_IMAGE_SUFFIXES = (".jpg", ".jpeg", ".png")
_JPEG_QUALITY = 95


class Content(Enum):
    """Which of a format's files is written."""

    ANNOTATIONS = "annotations"
    """Ground truth, as a data set is published."""
    RESULTS = "results"
    """Predictions, as an evaluator takes them."""
    FIRST_FRAME = "first_frame"
    """Every target only where it first appears: what an exemplar-guided method is given."""


@dataclass(frozen=True)
class Progress:
    """How far reading or writing is."""

    video: int
    """Position of the video, from 0."""
    num_videos: int
    frames_done: int
    """Frames of this video that are done."""
    num_frames: int
    """Frames of this video."""

    @property
    def fraction(self) -> float:
        """Part of the whole, 0…1, with all videos taken for equally long."""
        part = self.frames_done / self.num_frames if self.num_frames else 1.0
        return (self.video + part) / self.num_videos if self.num_videos else 1.0


ProgressReport = Callable[[Progress], None]
"""Called after each frame; an exception that it raises stops the job."""


def ignore_progress(progress: Progress) -> None:
    """Tell nobody."""


@dataclass(frozen=True)
class WriteOptions:
    """How to write."""

    content: Content = Content.ANNOTATIONS
    split: str = "train"
    """Name of the split, where a format has it in folder or file names."""
    with_images: bool = False
    """Whether the frames' images are put where the format expects them."""
    progress: ProgressReport = ignore_progress


@dataclass(frozen=True)
class WriteReport:
    """What was written, and what the format could not hold."""

    files: tuple[Path, ...]
    losses: tuple[Loss, ...]

    @property
    def is_lossless(self) -> bool:
        """Whether everything was kept."""
        return not self.losses


def renamed(old: str, new: str) -> Sentence:
    """The example of a name that had to be changed."""
    return Sentence("{old} became {new}", old=old, new=new)


class WriteJob:
    """What a format's writer works with: fitted videos in, files out."""

    def __init__(
        self,
        dataset: DatasetReader,
        folder: Path,
        options: WriteOptions,
        capabilities: FormatCapabilities,
    ) -> None:
        self.dataset = dataset
        """What is written, as it came; for names and sizes. Masks come from `videos`."""
        self.output = OutputFolder(folder)
        self.options = options
        self.capabilities = capabilities
        self.losses = LossCounter()
        self._given_names: dict[str, int] = {}

    def videos(self) -> Iterator[AnnotatedVideo]:
        """Every video as the format can hold it. Load each frame once: loading counts losses."""
        for index, video in enumerate(self.dataset):
            fitted = fit_video(video, self.capabilities, self.losses)
            if fitted.num_frames == 0:
                self.options.progress(Progress(index, len(self.dataset), 0, 0))
            shown: set[TargetId] = set()
            yield self._with_progress(fitted, index, shown)
            empty = [target for target in fitted.targets if target.id not in shown]
            if empty:
                example = Sentence(
                    "{video}, target {target} ({name})",
                    video=video.name,
                    target=empty[0].id,
                    name=empty[0].name,
                )
                self.losses.add(LossKind.EMPTY_TARGETS, example, len(empty))

    def _with_progress(
        self, video: AnnotatedVideo, index: int, shown: set[TargetId]
    ) -> AnnotatedVideo:
        """The video with each loaded frame reported, and its targets noted in `shown`."""

        def load(frame_index: int) -> AnnotatedFrame:
            frame = video.load_frame(frame_index)
            shown.update(frame.masks)
            progress = Progress(index, len(self.dataset), frame_index + 1, video.num_frames)
            self.options.progress(progress)
            return frame

        return replace(video, load_frame=load)

    @cached_property
    def folder_names(self) -> tuple[str, ...]:
        """For each video a folder name that no other video has."""
        return tuple(self._unique_name(video.name) for video in self.dataset)

    def _unique_name(self, name: str) -> str:
        wanted = safe_file_name(name)
        unique, number = wanted, self._given_names.get(wanted, 1)
        while unique in self._given_names:
            number += 1
            unique = f"{wanted}_{number}"
        self._given_names[wanted] = number
        self._given_names.setdefault(unique, 1)
        if unique != name:
            self.losses.add(LossKind.NAMES_CHANGED, renamed(name, unique))
        return unique

    def frame_stems(self, video: AnnotatedVideo) -> tuple[str, ...]:
        """For each frame a file name without folder and suffix; numbers where names collide."""
        stems = tuple(
            safe_file_name(PurePosixPath(name.replace("\\", "/")).stem)
            for name in video.frame_names
        )
        if len({stem.casefold() for stem in stems}) == len(stems):
            return stems
        example = Sentence("frames of {video}: {name}", video=video.name, name=stems[0])
        self.losses.add(LossKind.NAMES_CHANGED, example, len(stems))
        digits = max(5, len(str(len(stems))))
        return tuple(f"{number:0{digits}d}" for number in range(len(stems)))

    def write_image(
        self,
        video: AnnotatedVideo,
        index: int,
        frame: AnnotatedFrame,
        stem: str,
        *,
        only_png: bool = False,
    ) -> None:
        """Put a frame's image into the output, if the options ask for images.

        Args:
            video: The frame's video.
            index: The frame's position.
            frame: The frame.
            stem: Path below the output folder without suffix.
            only_png: Whether the format wants PNG files whatever the source has.

        Raises:
            FormatError: The image cannot be read or written.
        """
        path = frame.image_path
        suffix = ".png" if only_png else ".jpg"
        if path is not None and not only_png and path.suffix.lower() in _IMAGE_SUFFIXES:
            suffix = path.suffix.lower()
        self.write_listed_image(video, index, frame, stem + suffix)

    def write_listed_image(
        self, video: AnnotatedVideo, index: int, frame: AnnotatedFrame, name: str
    ) -> None:
        """`write_image` under exactly the name that the annotations list.

        Args:
            video: The frame's video.
            index: The frame's position.
            frame: The frame.
            name: Path below the output folder; an image of another type is converted to its suffix.
                Without the suffix of an image, it gets `.jpg`.

        Raises:
            FormatError: The image cannot be read or written.
        """
        if not self.options.with_images:
            return
        path, suffix = frame.image_path, PurePosixPath(name).suffix.lower()
        if suffix not in Image.registered_extensions():
            name, suffix = f"{name}.jpg", ".jpg"
        if path is not None and _kind(path.suffix.lower()) == _kind(suffix):
            self.output.copy(path, name)
        elif path is not None or video.load_image is not None:
            self.output.write(name, _encoded(video, index, path, suffix))
        else:
            example = Sentence("{video}, frame {frame}", video=video.name, frame=frame.name)
            self.losses.add(LossKind.IMAGES, example)


def _kind(suffix: str) -> str:
    """The name that Pillow has for the type of image of a suffix."""
    return Image.registered_extensions().get(suffix, suffix)


def _encoded(video: AnnotatedVideo, index: int, path: Path | None, suffix: str) -> bytes:
    """A frame's image as a file of the suffix's type."""
    content = io.BytesIO()
    try:
        if video.load_image is not None and path is None:
            image = Image.fromarray(video.load_image(index))
        else:
            assert path is not None
            with Image.open(path) as opened:
                image = opened.convert("RGB")
        image.save(content, _kind(suffix), quality=_JPEG_QUALITY)
    except (OSError, ValueError, SyntaxError) as error:  # what Pillow raises for damaged files
        raise FormatError(
            "the image {name} cannot be read: {error}", name=path or video.name, error=error
        ) from error
    return content.getvalue()
