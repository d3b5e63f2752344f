"""Thumbnails outlive the window: they are kept in the project's file, beside the view.

A target is known by its picture; one that came from another frame each time would be a new one.
"""

import base64
import binascii
import logging
from collections.abc import Mapping
from typing import Any

from PySide6.QtCore import QBuffer, QIODevice, QObject, QTimer, Slot
from PySide6.QtGui import QPixmap

from tarvis_app.opening import Opening
from tarvis_app.panels.thumbnails import Thumbnails
from tarvis_core.annotation.target import TargetId
from tarvis_core.errors import ProjectFileError

log = logging.getLogger(__name__)

SETTING = "picture/{target}"
FORMAT = "PNG"
SAVE_AFTER_MS = 1000


class ThumbnailKeeping(QObject):
    """Writes new pictures a moment after they were made, and brings them back with the project."""

    def __init__(self, thumbnails: Thumbnails, opening: Opening) -> None:
        super().__init__(thumbnails)
        self._thumbnails = thumbnails
        self._opening = opening
        self._kept: dict[TargetId, int] = {}
        self._timer = QTimer(self, singleShot=True, interval=SAVE_AFTER_MS)
        self._timer.timeout.connect(self.save)
        thumbnails.changed.connect(self._timer.start)
        opening.opened.connect(self.restore)

    @Slot()
    def restore(self) -> None:
        """Show again what was shown when the project was last open."""
        file = self._opening.file
        self._kept = {}
        if file is None:
            return
        pictures = from_settings(file.view_settings, tuple(file.project.targets))
        self._kept = {target: picture.cacheKey() for target, (_, picture) in pictures.items()}
        self._thumbnails.restore(pictures)

    @Slot()
    def save(self) -> None:
        """Write the pictures that are not written yet."""
        self._timer.stop()
        file = self._opening.file
        if file is None or file.is_read_only:
            return
        new = {
            target: held
            for target, held in self._thumbnails.pictures.items()
            if self._kept.get(target) != held[1].cacheKey()
        }
        if not new:
            return
        try:
            file.set_view_settings(
                {SETTING.format(target=t): [frame, to_text(p)] for t, (frame, p) in new.items()}
            )
        except ProjectFileError as error:
            log.warning("thumbnails were not kept: %s", error)
            return
        self._kept.update({target: picture.cacheKey() for target, (_, picture) in new.items()})

    def save_at_last(self) -> None:
        """Write what is not written yet: the window closes."""
        if self._timer.isActive():
            self.save()


def from_settings(
    held: Mapping[str, Any], targets: tuple[TargetId, ...]
) -> dict[TargetId, tuple[int, QPixmap]]:
    """The kept pictures of these targets; a damaged one is left out."""
    found = {}
    for target in targets:
        match held.get(SETTING.format(target=target)):
            case [int(frame), str(text)]:
                picture = from_text(text)
                if picture is not None:
                    found[target] = (frame, picture)
    return found


def to_text(picture: QPixmap) -> str:
    """A picture as text; `from_text` gives the same pixels back."""
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    picture.save(buffer, FORMAT)
    return base64.b64encode(buffer.data().data()).decode("ascii")


def from_text(text: str) -> QPixmap | None:
    """The picture that `to_text` wrote; None if the text is damaged."""
    picture = QPixmap()
    try:
        content = base64.b64decode(text, validate=True)
    except binascii.Error:
        return None
    return picture if picture.loadFromData(content, FORMAT) else None
