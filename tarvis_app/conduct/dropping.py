"""What is dropped on the window: videos and projects are opened, annotations are looked into."""

from pathlib import Path

from PySide6.QtCore import QObject, Slot

from tarvis_app.dialogs.import_dialog import ImportDialog
from tarvis_app.document.document import Document
from tarvis_app.opening import Opening
from tarvis_core.annotation.formats.format_list import FORMATS
from tarvis_core.video.image_folder import is_image_file

ANNOTATIONS = frozenset({".json", ".xml", ".txt", ".yaml", ".yml"})
"""What the names of annotation files end with, in lower case."""


def _holds_annotations(path: Path) -> bool:
    """Whether a file or folder is annotations rather than a video; images in a folder are one."""
    if not path.is_dir():
        return path.suffix.lower() in ANNOTATIONS
    try:
        is_video = any(is_image_file(entry) for entry in path.iterdir())
    except OSError:
        return False
    return not is_video and any(known.recognises(path) for known in FORMATS)


class Dropping(QObject):
    """Decides what becomes of a file or folder that was dropped."""

    def __init__(self, document: Document, opening: Opening, dialog: ImportDialog) -> None:
        super().__init__(opening)
        self._document = document
        self._opening = opening
        self._dialog = dialog

    @Slot(object)
    def take(self, path: Path) -> None:
        """Open it; where it is annotations and a video is open, show what importing would do."""
        if self._document.project is not None and _holds_annotations(path):
            self._dialog.show()
            self._dialog.look_into(path)
        else:
            self._opening.open(path)
