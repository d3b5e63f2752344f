"""What `tarvis convert` and `tarvis inspect` read: annotation files of any format, or a project."""

import argparse
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from tqdm import tqdm

from tarvis_core.annotation.formats.annotated_video import DatasetReader, VideoCollection
from tarvis_core.annotation.formats.annotation_format import ReadOptions
from tarvis_core.annotation.formats.format_list import FORMATS, format_by_id, recognise
from tarvis_core.annotation.formats.project_conversion import project_to_video
from tarvis_core.annotation.formats.write_job import Progress, ProgressReport
from tarvis_core.annotation.project_file import SUFFIX, ProjectFile
from tarvis_core.video.video_reader import open_video


@dataclass(frozen=True)
class AnnotationSource:
    """An opened source."""

    title: str
    """What kind of source it is, for a person."""
    dataset: DatasetReader
    project_file: ProjectFile | None = None
    """The project's file; None if it is no project."""


def format_name(text: str) -> str:
    """A format's id as a word of a command line."""
    known = [annotation_format.id for annotation_format in FORMATS]
    if text not in known:
        raise argparse.ArgumentTypeError(
            f"there is no annotation format “{text}”; known are {', '.join(sorted(known))}"
        )
    return text


@contextmanager
def open_source(
    path: Path, format_id: str | None, options: ReadOptions, *, with_images: bool = False
) -> Iterator[AnnotationSource]:
    """Open annotation files or a project.

    Args:
        path: A file or folder; a project by its suffix.
        format_id: Its format; None to recognise it.
        options: What a file does not say itself.
        with_images: Whether a project's video is needed, too.

    Raises:
        FormatError: It is not there, of no known format, or damaged.
        ProjectFileError: The project cannot be opened.
        VideoError: The project's video cannot be opened.
    """
    with ExitStack() as stack:
        if path.suffix == SUFFIX and format_id is None:
            file = stack.enter_context(ProjectFile.open(path, read_only=True))
            load_image = None
            found = file.find_video() if with_images else None
            if found is not None:
                load_image = stack.enter_context(open_video(found)).frame
            video = project_to_video(file.project, load_image=load_image)
            dataset: DatasetReader = VideoCollection(file.project.label_set, [video])
            yield AnnotationSource("TarViS project", dataset, file)
            return
        annotation_format = recognise(path) if format_id is None else format_by_id(format_id)
        yield AnnotationSource(annotation_format.title, annotation_format.read(path, options))


@contextmanager
def progress_bar(description: str) -> Iterator[ProgressReport]:
    """A bar on standard error that reports of progress move; none where that is no terminal."""
    layout = "{desc}: {percentage:3.0f}%|{bar}| {elapsed}<{remaining}{postfix}"
    with tqdm(total=1.0, desc=description, bar_format=layout, disable=None, leave=False) as bar:

        def report(progress: Progress) -> None:
            bar.update(progress.fraction - bar.n)

        yield report
