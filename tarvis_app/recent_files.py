"""The menu of recently opened files."""

from collections import Counter
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, Slot
from PySide6.QtWidgets import QMenu

from tarvis_app.opening import Opening
from tarvis_app.settings import Settings


class RecentFiles(QObject):
    """Keeps the menu in step with the settings."""

    def __init__(self, menu: QMenu, settings: Settings, opening: Opening) -> None:
        super().__init__(menu)
        self._menu = menu
        menu.setToolTipsVisible(True)
        self._settings = settings
        self._opening = opening
        settings.recent_changed.connect(self._fill)
        self._fill()

    @Slot()
    def _fill(self) -> None:
        self._menu.clear()
        names = Counter(path.name for path in self._settings.recent)
        for path in self._settings.recent:
            is_alone = names[path.name] == 1
            text = path.name if is_alone else f"{path.name} ({path.parent.name})"
            action = self._menu.addAction(text.replace("&", "&&"))  # one & marks a key
            action.setToolTip(str(path))
            action.setStatusTip(str(path))
            action.triggered.connect(partial(self._open, path))
        self._menu.setEnabled(bool(self._settings.recent))
        if self._settings.recent:
            self._menu.addSeparator()
            self._menu.addAction(self.tr("Clear this list"), self._settings.clear_recent)

    def _open(self, path: Path, _checked: bool = False) -> None:  # noqa: FBT001, FBT002 -- Qt's
        self._opening.open(path)
