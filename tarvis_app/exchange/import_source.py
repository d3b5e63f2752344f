"""Which data set a chosen file is of, and which of its videos is the project's."""

import contextlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tarvis_core.annotation.formats.annotated_video import AnnotatedVideo, DatasetReader
from tarvis_core.annotation.formats.annotation_format import AnnotationFormat
from tarvis_core.annotation.formats.format_list import recognise
from tarvis_core.annotation.formats.project_conversion import numbered_by_names
from tarvis_core.annotation.video_identity import VideoIdentity
from tarvis_core.errors import FormatError

MAX_LEVELS = 4
"""So many folders around a chosen image may be the data set's: its video's, 480p, Annotations."""
_OBJECT = re.compile(r"\d{3}")
"""What folders of single objects are called."""
_TEXTS = (".json", ".xml")
"""Files that describe a data set lie in its own folder."""


@dataclass(frozen=True)
class ImportSource:
    """Annotations of a project's video."""

    format: AnnotationFormat
    dataset: DatasetReader
    video: AnnotatedVideo
    """The project's, of the data set's videos."""


def find_source(chosen: Path, identity: VideoIdentity) -> ImportSource:
    """The annotations of a project's video in what a person chose.

    Data sets of images are known by their folders. Where one of their files is chosen, they are
    the nearest folder around it that holds the project's video, and is not that video's alone.

    Args:
        chosen: A file or folder.
        identity: The project's video.

    Raises:
        FormatError: It is in no known format, damaged, or holds nothing of the project's video.
    """
    name, refusal = Path(identity.path).stem, None
    for known, path in _data_sets(chosen, name):
        dataset = known.read(path)
        try:
            video = matching_video(list(dataset), name)
        except FormatError as error:
            refusal = refusal or error
            continue
        if not known.capabilities.frame_numbers:
            video = numbered_by_names(video, identity.num_frames)
        return ImportSource(known, dataset, video)
    raise refusal or FormatError(
        "{path} is in no known annotation format, and in no folder of one; choose another file",
        path=chosen,
    )


def matching_video(videos: list[AnnotatedVideo], name: str) -> AnnotatedVideo:
    """The video of the project's name; the only one, where there is one only.

    Raises:
        FormatError: It cannot be told which one is meant.
    """
    named = [video for video in videos if Path(video.name).stem == name]
    if named or len(videos) == 1:
        return (named or videos)[0]
    if not videos:
        raise FormatError("the file holds no video; choose another file")
    names = ", ".join(video.name for video in videos[:5])
    raise FormatError(
        "the file holds {num_videos} videos ({names}, …) and none is called {name}; import a file "
        "with this video alone",
        num_videos=len(videos),
        names=names,
        name=name,
    )


def _data_sets(chosen: Path, name: str) -> Iterator[tuple[AnnotationFormat, Path]]:
    """What the chosen file or folder is in; else the folders around it, nearest first.

    A file of one frame stands for its folder. The folder of the video alone comes last: it may look
    like a data set of its own, above all where each object of the video has a folder there.
    """
    if not chosen.exists():
        raise FormatError("{path} is not there", path=chosen)
    num_levels = 1 if chosen.suffix.lower() in _TEXTS else MAX_LEVELS
    around = chosen.absolute().parents[:num_levels]
    is_of_object = _OBJECT.fullmatch(chosen.parent.name) is not None
    alone = {path for path in around if path.name == name}
    alone |= {chosen.absolute().parent.parent} if is_of_object else set()
    for path in (chosen, *sorted(around, key=lambda path: path in alone)):
        with contextlib.suppress(FormatError):
            known = recognise(path)
            if path == chosen and path.is_file() and known.has_file_per_frame:
                continue
            yield known, path
            if path == chosen:
                return
