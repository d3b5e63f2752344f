"""The ghost of a run: the outlines it replaced beside its own, and the pixels that differ."""

import numpy as np
from PySide6.QtCore import QObject, QPointF, Slot
from PySide6.QtGui import QColor, QImage, QPainterPath, QPixmap
from PySide6.QtWidgets import QGraphicsItem, QGraphicsPixmapItem

from tarvis_app.canvas.canvas_view import CanvasView
from tarvis_app.canvas.heads_up_display import HeadsUpDisplay
from tarvis_app.canvas.outlines import OutlineItem, outline_path
from tarvis_app.counting import counted
from tarvis_app.document.document import Document
from tarvis_app.segmentation.pending_run import PendingRun
from tarvis_app.view_state import ViewState
from tarvis_core.annotation.mask import Mask
from tarvis_core.annotation.mask_store import MaskChange

OLD, NEW = QColor(255, 150, 40), QColor(86, 190, 255)
"""Orange and sky blue are told apart by everybody; the old outline is dashed besides."""
TINT = 110
"""Opacity of the pixels that differ, 0…255."""


class GhostLayer(QObject):
    """Shows what a run changed on the shown frame for as long as nobody decided about it."""

    def __init__(
        self,
        view: CanvasView,
        document: Document,
        view_state: ViewState,
        pending: PendingRun,
        display: HeadsUpDisplay,
    ) -> None:
        super().__init__(view)
        self._view = view
        self._document = document
        self._view_state = view_state
        self._pending = pending
        self._display = display
        self._items: list[QGraphicsItem] = []
        pending.changed.connect(self.refresh)
        document.masks_changed.connect(self._follow_masks)
        view_state.shown_frame_changed.connect(self.refresh)
        view_state.overlay.changed.connect(self.refresh)

    @property
    def num_shown(self) -> int:
        """How many replaced masks are drawn on the shown frame."""
        return sum(isinstance(item, QGraphicsPixmapItem) for item in self._items)

    @Slot()
    def refresh(self) -> None:
        """Draw the differences of the shown frame anew."""
        for item in self._items:
            self._view.scene().removeItem(item)
        self._items = []
        style, frame = self._view_state.overlay.style, self._view_state.shown_frame
        if style.shows_difference and not style.is_hidden and self._document.project is not None:
            masks = self._document.project.masks
            for target, before in self._pending.before_at(frame).items():
                held = masks.get(target, frame)
                empty = Mask.empty(*before.size)
                self._add(before, empty if held is None else held.mask)
        self._display.show_note(self._note())

    @Slot(object)
    def _follow_masks(self, changes: tuple[MaskChange, ...]) -> None:
        """Once a person corrects what a run gave, there is nothing to compare on that frame."""
        frame = self._view_state.shown_frame
        if self._pending.is_pending and any(change.frame == frame for change in changes):
            self.refresh()

    def _note(self) -> str:
        pending = self._pending
        if pending.is_stopping:
            return self.tr("Stopping… What is done is kept.")
        if not pending.is_pending:
            return ""
        frames = counted(len(pending.frames), self.tr("1 frame"), self.tr("{count} frames"))
        text = self.tr("The run changed {frames}")
        if self._items:
            text = self.tr("Before: orange, dashed · after: blue · {frames} changed")
        return f"{text.format(frames=frames)} · {self._what_keys_do()}"

    def _what_keys_do(self) -> str:
        if self._pending.is_going_on:
            return self.tr("Esc stops the run and keeps what is done")
        if self._pending.is_offered:
            return self.tr("Ctrl+Enter keeps it · Esc takes the whole run back")
        return self.tr("Ctrl+Enter keeps it")

    def _add(self, before: Mask, after: Mask) -> None:
        tint = QGraphicsPixmapItem(_difference(before, after))
        tint.setPos(QPointF(*_corner(before, after)))
        tint.setZValue(2)
        self._put(tint)
        self._put(_outline(outline_path(after), NEW, is_dashed=False))
        self._put(_outline(outline_path(before), OLD, is_dashed=True))

    def _put(self, item: QGraphicsItem) -> None:
        self._view.scene().addItem(item)
        self._items.append(item)


def _outline(path: QPainterPath, colour: QColor, *, is_dashed: bool) -> OutlineItem:
    item = OutlineItem(width=1.8)
    item.show_path(path, colour, is_dashed=is_dashed)
    item.setZValue(7 if is_dashed else 6)
    return item


def _difference(before: Mask, after: Mask) -> QPixmap:
    """The pixels that only one of both has, in its colour, cut to what both cover."""
    boxes = [mask.box for mask in (before, after) if not mask.is_empty]
    if not boxes:
        return QPixmap()
    region = (
        min(box[0] for box in boxes),
        min(box[1] for box in boxes),
        max(box[2] for box in boxes),
        max(box[3] for box in boxes),
    )
    old, new = before.pixels_in(region), after.pixels_in(region)
    codes = np.zeros(old.shape, dtype=np.uint8)
    codes[old & ~new], codes[new & ~old] = 1, 2
    height, width = codes.shape
    image = QImage(codes.data, width, height, width, QImage.Format.Format_Indexed8)
    colours = [QColor(c.red(), c.green(), c.blue(), TINT).rgba() for c in (OLD, NEW)]
    image.setColorTable([0, *colours])
    return QPixmap.fromImage(image.convertToFormat(QImage.Format.Format_ARGB32_Premultiplied))


def _corner(before: Mask, after: Mask) -> tuple[int, int]:
    boxes = [mask.box for mask in (before, after) if not mask.is_empty]
    return min((b[0] for b in boxes), default=0), min((b[1] for b in boxes), default=0)
