"""What the head of CVAT's XML says: name, number of frames, size and labels of each task."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tarvis_core.annotation.formats.file_access import check_frame_size
from tarvis_core.annotation.formats.json_search import Glance
from tarvis_core.annotation.formats.label_tree import list_names
from tarvis_core.annotation.formats.xml_stream import XmlEnd, XmlEvent
from tarvis_core.annotation.formats.xml_writer import HEADER, start_tag, text_element
from tarvis_core.errors import FormatError

MAX_TASK_FRAMES = 1_000_000
"""Nine hours; a task of more frames is taken for damage."""
_MAX_FILES = 1000


@dataclass
class CvatTask:
    """One task: a video, or a collection of images."""

    id: str = ""
    name: str = ""
    num_frames: int = 0
    size: tuple[int, int] | None = None
    """(height, width) of every frame of a video."""


@dataclass
class CvatMeta:
    """The head of a file, filled while events pass."""

    path: Path
    tasks: list[CvatTask] = field(default_factory=list)
    labels: list[str] = field(default_factory=list)
    _height: int = 0
    _width: int = 0

    def note(self, event: XmlEvent) -> None:
        """Take what an event says."""
        if not isinstance(event, XmlEnd) or "meta" not in event.path:
            return
        parent, name = event.path[-2], event.name
        if (parent, name) == ("label", "name"):
            self.labels.append(event.text)
        elif parent == "original_size":
            self._note_side(name, event.text)
        elif parent in ("task", "job"):
            self._note_task(name, event.text)
        elif name in ("task", "job"):
            self.tasks.append(CvatTask())

    def _task(self) -> CvatTask:
        if not self.tasks:
            self.tasks.append(CvatTask())
        return self.tasks[-1]

    def _note_task(self, name: str, text: str) -> None:
        task = self._task()
        if name == "id":
            task.id = text
        elif name == "name":
            task.name = text
        elif name == "size":
            task.num_frames = self._number(text, "size")
        elif name == "original_size" and self._height and self._width:
            task.size = check_frame_size(self._height, self._width, f"{self.path}: original_size")

    def _note_side(self, name: str, text: str) -> None:
        if name == "height":
            self._height = self._number(text, name)
        elif name == "width":
            self._width = self._number(text, name)

    def _number(self, text: str, name: str) -> int:
        is_number = text.isascii() and text.isdigit() and len(text) < 10
        if not (is_number and int(text) <= MAX_TASK_FRAMES):
            raise FormatError(
                "{path}: {name} in the head must be 0…{maximum}, not {text!r:.40}",
                path=self.path,
                name=name,
                maximum=MAX_TASK_FRAMES,
                text=text,
            )
        return int(text)

    def named_tasks(self) -> list[CvatTask]:
        """The tasks that the head describes, at least one."""
        return [task for task in self.tasks if task != CvatTask()] or [CvatTask()]


def find_cvat_files(path: Path, *signs: str) -> list[Path]:
    """The XML files at a path that have these texts near their beginning or end.

    Args:
        path: A file, or a folder in which (and in whose folders) XML files are looked at.
        signs: Texts of which one must be there beside `<annotations`.
    """
    try:
        if path.is_file():
            found = [path] if path.suffix.lower() == ".xml" else []
        else:
            found = sorted(path.glob("*.xml")) or sorted(path.glob("*/*.xml"))
    except (OSError, ValueError):
        return []
    glances = ((file, Glance.at(file)) for file in found[:_MAX_FILES] if file.is_file())
    return [
        file
        for file, glance in glances
        if glance.holds("<annotations") and any(glance.holds(sign) for sign in signs)
    ]


def folder_of_images(folder: Path) -> tuple[Path, ...]:
    """Where the images of a file may lie: beside it, or in `images` beside it."""
    return (folder, folder / "images", folder / "data")


def image_files(folders: Sequence[Path]) -> tuple[Path, ...]:
    """The images of the first folder that has any, in order."""
    for folder in folders:
        if folder.is_dir():
            names = list_names(folder, (".jpg", ".jpeg", ".png"))
            if names:
                return tuple(folder / name for name in names)
    return ()


def head_lines(
    name: str, num_frames: int, mode: str, labels: Iterable[str], size: tuple[int, int] | None
) -> Iterator[bytes]:
    """The head of a file, up to the first annotation."""
    yield HEADER
    yield b"<annotations>\n  <version>1.1</version>\n  <meta>\n    <task>\n"
    lines = [
        text_element("name", name),
        text_element("size", num_frames),
        text_element("mode", mode),
        start_tag("labels", {}),
        *(f"  <label>{text_element('name', x)}<attributes></attributes></label>" for x in labels),
        "</labels>",
    ]
    if size is not None:
        height, width = text_element("height", size[0]), text_element("width", size[1])
        lines.append(f"<original_size>{width}{height}</original_size>")
    for line in lines:
        yield f"      {line}\n".encode()
    yield b"    </task>\n  </meta>\n"
