"""Settings: what the program remembers of its user between two starts."""

from dataclasses import dataclass
from pathlib import Path

import platformdirs
from PySide6.QtCore import QByteArray, QObject, QSettings, Signal

from tarvis_app.kept_values import kept_count, kept_file, kept_flag, kept_folder, kept_text
from tarvis_app.language import SYSTEM

APPLICATION_NAME = "tarvis-studio"
MAX_RECENT = 12
MAX_REDUCTION = 3
"""The least memory that the network can be asked to do with."""


@dataclass(frozen=True)
class Folders:
    """Where the program keeps its own files."""

    config: Path
    projects: Path
    """Projects that were never saved elsewhere, one file per video."""
    logs: Path


def default_folders() -> Folders:
    """The folders that the operating system means for this."""
    data = platformdirs.user_data_path(APPLICATION_NAME)
    return Folders(
        config=platformdirs.user_config_path(APPLICATION_NAME),
        projects=data / "projects",
        logs=platformdirs.user_log_path(APPLICATION_NAME),
    )


class Settings(QObject):
    """Typed access to one settings file.

    Signals:
        recent_changed: The list of recently opened files changed.
        shortcuts_changed: A shortcut was remapped.
        theme_changed: The theme was chosen. Argument: its name.
    """

    recent_changed = Signal()
    shortcuts_changed = Signal()
    theme_changed = Signal(str)

    weights = kept_file("model/weights")
    """The weights the user chose; None: the best that are installed."""
    language = kept_text("language", SYSTEM)
    """The window's language, such as "de"; "system": the operating system's."""
    device = kept_text("model/device", "auto")
    """Device the network runs on: "auto", "cpu", "cuda", "mps"."""
    reduction = kept_count("model/reduction", MAX_REDUCTION)
    """How far clips are below what the weights were made for, 0 … `MAX_REDUCTION`."""
    follows_runs = kept_flag("run/followed")
    """Whether the canvas shows the frame that a run wrote last."""
    reduces_motion = kept_flag("motion/reduced")
    """Whether nothing may move by itself."""
    export_folder = kept_folder("export/folder")
    """Where the last export went."""
    has_seen_tour = kept_flag("tour/seen")
    """Whether the first steps were shown to this user before."""

    def __init__(self, folders: Folders, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.folders = folders
        folders.config.mkdir(parents=True, exist_ok=True)
        self.store = QSettings(str(folders.config / "window.ini"), QSettings.Format.IniFormat)

    def sync(self) -> None:
        """Write everything to disk now."""
        self.store.sync()

    @property
    def theme(self) -> str:
        """Name of the theme: "system", "dark" or "light"."""
        return str(self.store.value("theme", "system"))

    @theme.setter
    def theme(self, name: str) -> None:
        self.store.setValue("theme", name)
        self.theme_changed.emit(name)

    @property
    def recent(self) -> tuple[Path, ...]:
        """Videos and projects opened last, newest first."""
        return tuple(Path(text) for text in self._texts("recent"))

    def add_recent(self, path: Path) -> None:
        """Put a file at the head of the recent ones."""
        others = [str(known) for known in self.recent if known != path]
        self.store.setValue("recent", [str(path), *others][:MAX_RECENT])
        self.recent_changed.emit()

    def clear_recent(self) -> None:
        """Forget the recent files."""
        self.store.remove("recent")
        self.recent_changed.emit()

    def shortcuts(self, action: str) -> tuple[str, ...] | None:
        """The user's own shortcuts of an action as portable text; None where unchanged."""
        key = f"shortcuts/{action}"
        return tuple(self._texts(key)) if self.store.contains(key) else None

    def set_shortcuts(self, action: str, shortcuts: tuple[str, ...] | None) -> None:
        """Remap an action; None returns to the shortcuts it came with."""
        if shortcuts is None:
            self.store.remove(f"shortcuts/{action}")
        else:
            self.store.setValue(f"shortcuts/{action}", list(shortcuts))
        self.shortcuts_changed.emit()

    def bytes_of(self, key: str) -> QByteArray:
        """Layout data that Qt saved under `key`; empty where there is none."""
        value = self.store.value(f"layout/{key}", QByteArray())
        return value if isinstance(value, QByteArray) else QByteArray()

    def set_bytes(self, key: str, value: QByteArray) -> None:
        """Keep layout data of Qt."""
        self.store.setValue(f"layout/{key}", value)

    def _texts(self, key: str) -> list[str]:
        value = self.store.value(key, [])
        if isinstance(value, str):  # QSettings reads a list of one as its element
            return [value] if value else []
        return [str(item) for item in value] if isinstance(value, list | tuple) else []
