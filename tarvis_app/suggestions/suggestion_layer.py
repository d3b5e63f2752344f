"""Suggestions on the canvas: dashed outlines with class and score, found under the pointer."""

from collections.abc import Sequence

from PySide6.QtCore import QObject, QPointF, QRect, QRectF, Slot
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QGraphicsItem, QLabel

from tarvis_app.canvas.canvas_view import CanvasView
from tarvis_app.canvas.label_item import LabelItem
from tarvis_app.canvas.outlines import OutlineItem, outline_path
from tarvis_app.suggestions.suggestion import Number, Suggestion
from tarvis_app.suggestions.suggestion_list import SuggestionList
from tarvis_app.view_state import ViewState
from tarvis_core.annotation.mask import Mask

MAX_SHOWN = 60
"""More outlines on one frame are a tangle; the list has them all."""
EDGE = 2
"""Pixels between a label and the edge of the view, or another label."""


class SuggestionLayer(QObject):
    """Keeps the dashed outlines in step with list and frame, and tells which one is pointed at."""

    def __init__(
        self, view: CanvasView, suggestions: SuggestionList, view_state: ViewState
    ) -> None:
        super().__init__(view)
        self._view = view
        self._suggestions = suggestions
        self._view_state = view_state
        self._items: list[QGraphicsItem] = []
        self._labels: list[tuple[LabelItem, Mask]] = []
        self._shown: list[tuple[Suggestion, Mask]] = []
        self._pointed: Number | None = None
        suggestions.changed.connect(self.refresh)
        suggestions.choice.changed.connect(self.refresh)
        view_state.shown_frame_changed.connect(self._follow_frame)
        view_state.overlay.changed.connect(self.refresh)
        view.pointer_moved.connect(self.point_at)
        view.zoom_changed.connect(self.place_labels)
        for bar in (view.horizontalScrollBar(), view.verticalScrollBar()):
            bar.valueChanged.connect(self.place_labels)

    @property
    def shown(self) -> tuple[Suggestion, ...]:
        """What is drawn on the shown frame."""
        return tuple(suggestion for suggestion, _ in self._shown)

    @property
    def plates(self) -> tuple[QRect, ...]:
        """Where the labels are, in pixels of the view."""
        to_view = self._view.viewportTransform()
        return tuple(
            label.plate.translated(to_view.map(label.pos())).toRect() for label, _ in self._labels
        )

    @Slot()
    def refresh(self) -> None:
        """Draw what waits on the shown frame anew."""
        for item in self._items:
            self._view.scene().removeItem(item)
        self._items, self._shown, self._labels = [], [], []
        if self._view_state.overlay.style.is_hidden:
            return
        current, frame = self._suggestions.choice.current, self._view_state.shown_frame
        shown = list(self._suggestions.above[:MAX_SHOWN])
        if current is not None and current not in shown:
            shown.append(current)
        for suggestion in shown:
            mask = suggestion.mask_at(frame)
            if mask is not None:
                self._shown.append((suggestion, mask))
                self._add(suggestion, mask, is_current=suggestion == current)
        self.place_labels()

    @Slot()
    def place_labels(self) -> None:
        """Put each label above its outline, but inside the view and clear of other labels."""
        view = self._view
        taken = [plate.geometry() for plate in view.findChildren(QLabel) if plate.isVisible()]
        room, to_view = view.viewport().rect(), view.viewportTransform()
        to_scene, _ = to_view.inverted()
        for label, mask in self._labels:
            corner = to_view.map(QPointF(*mask.box[:2]))
            plate = label.plate.translated(corner).toAlignedRect()
            if to_view.mapRect(_rectangle(mask)).intersects(QRectF(room)):
                plate = place_plate(plate, room, taken)
            taken.append(plate)
            label.setPos(to_scene.map(QPointF(plate.topLeft()) - label.plate.topLeft()))

    def _add(self, suggestion: Suggestion, mask: Mask, *, is_current: bool) -> None:
        colour = suggestion.colour or (0, 0, 0)
        outline = OutlineItem(width=3.0 if is_current else 1.8)
        outline.show_path(outline_path(mask), QColor(*colour), is_dashed=True)
        outline.setZValue(8 if is_current else 7)
        text = f"{suggestion.name} {suggestion.score:.2f}"
        if is_current:
            text = self.tr("{what} · Enter: accept · Del: reject").format(what=text)
        label = LabelItem(text, colour)
        label.setZValue(9 if is_current else 8)
        for item in (outline, label):
            self._view.scene().addItem(item)
            self._items.append(item)
        self._labels.append((label, mask))

    @Slot(float, float)
    def point_at(self, x: float, y: float) -> None:
        """Make the smallest one at a place of the frame the current one, or none if none is there.

        Enter means the mask again as soon as the pointer is elsewhere on the canvas.
        """
        hit = [(mask.area, s.number) for s, mask in self._shown if _covers(mask, x, y)]
        self._pointed = min(hit)[1] if hit else None
        self._suggestions.choice.choose(self._pointed)

    @Slot()
    def _follow_frame(self) -> None:
        """Show another frame's; what was pointed at is not, unless it is seen there too."""
        self.refresh()
        frame, current = self._view_state.shown_frame, self._suggestions.choice.current
        is_pointed = current is not None and current.number == self._pointed
        if current is not None and is_pointed and current.mask_at(frame) is None:
            self._pointed = None
            self._suggestions.choice.choose(None)


def place_plate(plate: QRect, room: QRect, taken: Sequence[QRect]) -> QRect:
    """A label's plate moved as little as needed to lie in the room and clear of others.

    Where it would lie on another it goes below that; where there is no room, it stays.
    """
    inside = room.adjusted(EDGE, EDGE, -EDGE, -EDGE)
    placed = QRect(plate)
    placed.moveLeft(max(inside.left(), min(plate.left(), inside.right() - plate.width() + 1)))
    placed.moveTop(max(inside.top(), min(plate.top(), inside.bottom() - plate.height() + 1)))
    first = QRect(placed)
    while (other := next((r for r in taken if r.intersects(placed)), None)) is not None:
        placed.moveTop(other.bottom() + 1 + EDGE)
        if placed.bottom() > inside.bottom():
            return first
    return placed


def _rectangle(mask: Mask) -> QRectF:
    x_min, y_min, x_max, y_max = mask.box
    return QRectF(x_min, y_min, x_max - x_min, y_max - y_min)


def _covers(mask: Mask, x: float, y: float) -> bool:
    x_min, y_min, x_max, y_max = mask.box
    if not (x_min <= x < x_max and y_min <= y < y_max):
        return False
    column, row = int(x), int(y)
    return bool(mask.pixels_in((column, row, column + 1, row + 1))[0, 0])
