"""The interface that every annotation format implements."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from tarvis_core.annotation.formats.annotated_video import DatasetReader
from tarvis_core.annotation.formats.format_capabilities import FormatCapabilities
from tarvis_core.annotation.formats.write_job import Content, WriteJob, WriteOptions, WriteReport
from tarvis_core.annotation.label_set import LabelSet
from tarvis_core.errors import FormatError


@dataclass(frozen=True)
class ReadOptions:
    """What a file does not say itself."""

    image_folder: Path | None = None
    """Where the frames' images lie; None to look in the format's usual places."""
    label_set: LabelSet | None = None
    """Classes for files that give class numbers without names."""
    split: str | None = None
    """Which split, where one folder holds several; None for everything."""


class AnnotationFormat(ABC):
    """One annotation format: recognises its files, reads and writes them."""

    id: ClassVar[str]
    """Short name for the command line, such as "youtube_vis"."""
    title: ClassVar[str]
    """Name for people, such as "YouTube-VIS JSON"."""
    capabilities: ClassVar[FormatCapabilities]
    has_first_frame: ClassVar[bool] = False
    """Whether there are files of what an exemplar-guided method is given."""

    has_file_per_frame: ClassVar[bool] = False
    """Whether each frame has a file that is recognised by itself, and their folder is the video."""

    @abstractmethod
    def recognises(self, path: Path) -> bool:
        """Whether a file or folder looks like this format, from a glance at names and heads.

        Never raises: what cannot be looked at is not recognised.
        """

    def read(self, path: Path, options: ReadOptions | None = None) -> DatasetReader:
        """Open a data set; its videos are read when they are asked for.

        Args:
            path: The file or folder; a folder may be the one that holds the format's file.
            options: What the file does not say itself.

        Raises:
            FormatError: It is not there or damaged; the message names file and place.
        """
        if not path.exists():
            raise FormatError(
                "{path} is not there; give the file or folder of {title}",
                path=path,
                title=self.title,
            )
        return self._open(path, options or ReadOptions())

    def write(
        self, dataset: DatasetReader, folder: Path, options: WriteOptions | None = None
    ) -> WriteReport:
        """Write a data set below a folder.

        Args:
            dataset: The videos; frames are loaded one at a time.
            folder: Where to write; made if missing. Nothing outside of it is touched.
            options: How to write.

        Returns:
            The files, and what the format could not hold.

        Raises:
            FormatError: A file cannot be written, or a source file turns out to be damaged; or the
                format has no files of first frames, and they are asked for.
        """
        chosen = options or WriteOptions()
        if chosen.content is Content.FIRST_FRAME and not self.has_first_frame:
            raise FormatError(
                "{title} has no files of first frames; write annotations, or choose another format",
                title=self.title,
            )
        job = WriteJob(dataset, folder, chosen, self.capabilities)
        self._write(job)
        return WriteReport(job.output.files, job.losses.losses)

    @abstractmethod
    def _open(self, path: Path, options: ReadOptions) -> DatasetReader:
        """Open an existing path."""

    @abstractmethod
    def _write(self, job: WriteJob) -> None:
        """Write every video of the job into its output, and count losses of its own."""
