"""Thumbnails: what each target looks like, cut from a frame on which it was shown."""

from collections.abc import Mapping

import cv2
import numpy as np
from PySide6.QtCore import QObject, QTimer, Signal, Slot
from PySide6.QtGui import QImage, QPixmap

from tarvis_app.document.document import Document
from tarvis_app.playback.frame_cache import FrameImage
from tarvis_core.annotation.mask import Mask
from tarvis_core.annotation.mask_store import MaskChange
from tarvis_core.annotation.project import Project
from tarvis_core.annotation.target import TargetId

WIDTH, HEIGHT = 96, 72
"""In pixels of the picture; it is drawn at half the size or less, so that it is sharp at 2×."""
MARGIN = 0.12
"""Of the mask's box, on every side."""
DIMMED = 0.4
"""Brightness of what is not the target's."""
AFTER_MS = 120


class Thumbnails(QObject):
    """Keeps one picture per target, from the first frame on which it was shown.

    Signals:
        changed: There are others.
    """

    changed = Signal()

    def __init__(self, document: Document) -> None:
        super().__init__(document)
        self._document = document
        self._shown: FrameImage | None = None
        self._pictures: dict[TargetId, tuple[int, QPixmap]] = {}
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(AFTER_MS)
        self._timer.timeout.connect(self._refresh)
        document.project_opened.connect(self._clear)
        document.masks_changed.connect(self._follow_masks)

    def of(self, target: TargetId) -> QPixmap | None:
        """A target's picture; None while it was not seen yet."""
        found = self._pictures.get(target)
        return None if found is None else found[1]

    @property
    def pictures(self) -> Mapping[TargetId, tuple[int, QPixmap]]:
        """Every target's picture with the frame that it is from."""
        return self._pictures

    def restore(self, pictures: Mapping[TargetId, tuple[int, QPixmap]]) -> None:
        """Show again what was shown when the project was last open."""
        self._pictures.update(pictures)
        self.changed.emit()

    @Slot(object)
    def show_image(self, image: FrameImage) -> None:
        """Be told which frame is on the screen."""
        self._shown = image
        self._timer.start()

    @Slot()
    def _clear(self) -> None:
        self._shown = None
        self._pictures.clear()
        self.changed.emit()

    @Slot(object)
    def _follow_masks(self, changes: tuple[MaskChange, ...]) -> None:
        if self._shown is None:
            return
        for change in changes:
            if change.frame == self._shown.frame:
                self._forget(change.target, change.frame)
                self._timer.start()

    def _forget(self, target: TargetId, frame: int) -> None:
        """A mask changed on the frame that its picture is from."""
        if target in self._pictures and self._pictures[target][0] == frame:
            del self._pictures[target]

    @Slot()
    def _refresh(self) -> None:
        project, shown = self._document.project, self._shown
        if project is None or shown is None or shown.pixels.shape[:2] != project.video.frame_size:
            return
        missing = [target for target in project.targets if target not in self._pictures]
        found = {target: self._cut(project, shown, target) for target in missing}
        made = {t: (shown.frame, picture) for t, picture in found.items() if picture is not None}
        if made:
            self._pictures.update(made)
            self.changed.emit()

    def _cut(self, project: Project, shown: FrameImage, target: TargetId) -> QPixmap | None:
        held = project.masks.get(target, shown.frame)
        if held is None or held.mask.is_empty:
            return None
        return QPixmap.fromImage(thumbnail(shown.pixels, held.mask))


def thumbnail(pixels: np.ndarray, mask: Mask) -> QImage:
    """Cut a target out of its frame, with what is round it dimmed.

    Args:
        pixels: Array (H, W, 4) of uint8, blue first.
        mask: The target on that frame; not empty.
    """
    x_min, y_min, x_max, y_max = _region(mask)
    crop = pixels[y_min:y_max, x_min:x_max, :3]
    is_inside = mask.pixels_in((x_min, y_min, x_max, y_max))[..., np.newaxis]
    dimmed = np.where(is_inside, crop, crop * DIMMED).astype(np.uint8)
    scale = min(WIDTH / dimmed.shape[1], HEIGHT / dimmed.shape[0])
    size = (max(1, round(dimmed.shape[1] * scale)), max(1, round(dimmed.shape[0] * scale)))
    interpolation = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    small = cv2.resize(dimmed, size, interpolation=interpolation)
    canvas = np.zeros((HEIGHT, WIDTH, 3), dtype=np.uint8)
    top, left = (HEIGHT - size[1]) // 2, (WIDTH - size[0]) // 2
    canvas[top : top + size[1], left : left + size[0]] = small
    return QImage(canvas.data, WIDTH, HEIGHT, 3 * WIDTH, QImage.Format.Format_BGR888).copy()


def _region(mask: Mask) -> tuple[int, int, int, int]:
    """The mask's box with a margin, in the picture's proportions as far as the frame goes."""
    x_min, y_min, x_max, y_max = mask.box
    width, height = (x_max - x_min) * (1 + 2 * MARGIN), (y_max - y_min) * (1 + 2 * MARGIN)
    width, height = max(width, height * WIDTH / HEIGHT, 8), max(height, width * HEIGHT / WIDTH, 6)
    x, y = (x_min + x_max) / 2, (y_min + y_max) / 2
    return (
        max(0, int(x - width / 2)),
        max(0, int(y - height / 2)),
        min(mask.width, int(np.ceil(x + width / 2))),
        min(mask.height, int(np.ceil(y + height / 2))),
    )
