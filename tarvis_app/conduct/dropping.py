"""What is dropped on the window: videos and projects are opened, annotations are looked into."""

from pathlib import Path

from PySide6.QtCore import QObject, Slot

from tarvis_app.dialogs.import_dialog import ImportDialog
from tarvis_app.document.document import Document
from tarvis_app.opening import Opening

ANNOTATIONS = frozenset({".json", ".xml", ".txt", ".yaml", ".yml"})
"""What the names of annotation files end with, in lower case."""


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
        if path.suffix.lower() in ANNOTATIONS and self._document.project is not None:
            self._dialog.show()
            self._dialog.look_into(path)
        else:
            self._opening.open(path)
