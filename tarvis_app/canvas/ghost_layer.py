"""The ghost of a run: the outlines it replaced beside its own, and the pixels that differ."""

from PySide6.QtCore import QObject, Slot
from PySide6.QtWidgets import QGraphicsItem

from tarvis_app.canvas import difference_look
from tarvis_app.canvas.canvas_view import CanvasView
from tarvis_app.canvas.heads_up_display import HeadsUpDisplay
from tarvis_app.canvas.outlines import outline_path
from tarvis_app.counting import counted
from tarvis_app.document.document import Document
from tarvis_app.segmentation.pending_run import PendingRun
from tarvis_app.view_state import ViewState
from tarvis_core.annotation.mask import Mask
from tarvis_core.annotation.mask_store import MaskChange


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
        self._num_shown = 0
        self._esc_stops = self._esc_takes_back = True
        pending.changed.connect(self.refresh)
        document.masks_changed.connect(self._follow_masks)
        view_state.shown_frame_changed.connect(self.refresh)
        view_state.overlay.changed.connect(self.refresh)

    @property
    def num_shown(self) -> int:
        """How many replaced masks are drawn on the shown frame."""
        return self._num_shown

    @Slot()
    def refresh(self) -> None:
        """Draw the differences of the shown frame anew."""
        for item in self._items:
            self._view.scene().removeItem(item)
        self._items, self._num_shown = [], 0
        style, frame = self._view_state.overlay.style, self._view_state.shown_frame
        if style.shows_difference and not style.is_hidden and self._document.project is not None:
            masks = self._document.project.masks
            for target, before in self._pending.before_at(frame).items():
                held = masks.get(target, frame)
                empty = Mask.empty(*before.size)
                self._add(before, empty if held is None else held.mask)
        self._display.show_note(self._note(), has_legend=bool(self._items))

    def show_esc(self, *, stops: bool, takes_back: bool) -> None:
        """Say of Esc only what it does where the keys are: stop a run, or take it back."""
        if (stops, takes_back) != (self._esc_stops, self._esc_takes_back):
            self._esc_stops, self._esc_takes_back = stops, takes_back
            self.refresh()

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
        frames = counted(
            len(pending.frames),
            self.tr("1 frame"),
            self.tr("{count} frames", None, len(pending.frames)),
        )
        text = self.tr("The run changed {frames}")
        return " · ".join((text.format(frames=frames), *self._what_keys_do()))

    def _what_keys_do(self) -> list[str]:
        if self._pending.is_going_on:
            text = self.tr("Esc stops the run and keeps what is done")
            return [text] if self._esc_stops else []
        told = [self.tr("Ctrl+Enter keeps it")]
        if self._pending.is_offered and self._esc_takes_back:
            told.append(self.tr("Esc takes the whole run back"))
        return told

    def _add(self, before: Mask, after: Mask) -> None:
        """Fill what only one of both has, and draw both outlines; before lies above after."""
        for z_value, side, own, other in (
            (6, difference_look.after(), after, before),
            (7, difference_look.before(), before, after),
        ):
            region = outline_path(own.difference(other))
            if not region.isEmpty():
                self._put(difference_look.TextureItem(region, side.texture), 2)
            self._put(difference_look.outline_of(side, outline_path(own)), z_value)
        self._num_shown += 1

    def _put(self, item: QGraphicsItem, z_value: float) -> None:
        item.setZValue(z_value)
        self._view.scene().addItem(item)
        self._items.append(item)
