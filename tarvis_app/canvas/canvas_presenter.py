"""Puts on the canvas what belongs to one frame: image, masks, outlines, clicks — never mixed."""

from collections.abc import Iterable, Sequence

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtGui import QColor, QPainterPath
from PySide6.QtWidgets import QGraphicsItem

from tarvis_app.canvas.canvas_view import CanvasView
from tarvis_app.canvas.exemplar_items import BoxItem, PointItem
from tarvis_app.canvas.label_layer import LabelLook
from tarvis_app.canvas.outlines import OutlineItem, outline_path
from tarvis_app.canvas.tool import Tool
from tarvis_app.document.document import Document
from tarvis_app.playback.frame_cache import FrameImage
from tarvis_app.view_state import ViewState
from tarvis_core.annotation.exemplar import BoxExemplar, PointExemplar
from tarvis_core.annotation.mask import Mask
from tarvis_core.annotation.mask_store import MaskChange
from tarvis_core.annotation.project import Project
from tarvis_core.annotation.target import Target, TargetId

MAX_OUTLINED = 4
"""So many selected targets get a sharp outline; more would be a tangle."""

EARLIER, LATER = QColor(120, 200, 255), QColor(255, 170, 90)
"""Onion skin: the keyframe before is cold, the one after is warm."""


class CanvasPresenter(QObject):
    """Keeps the canvas in step with the document and the view state.

    Signals:
        frame_shown: Another frame is on the screen. Argument: `FrameImage`.
    """

    frame_shown = Signal(object)

    def __init__(
        self,
        view: CanvasView,
        document: Document,
        view_state: ViewState,
        tools: Iterable[Tool],
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._view = view
        self._document = document
        self._view_state = view_state
        self._tools = tuple(tools)
        self._exemplar_items: list[QGraphicsItem] = []
        self._outlines = [self._add_outline(1.6, 5) for _ in range(MAX_OUTLINED)]
        self._onion = [self._add_outline(1.6, 4) for _ in range(2)]
        self._draft = self._add_outline(2.0, 6)
        document.project_opened.connect(self._follow_project)
        document.masks_changed.connect(self._follow_masks)
        document.targets_changed.connect(self.refresh)
        document.exemplars_changed.connect(self._show_exemplars)
        view_state.selection_changed.connect(self.refresh)
        view_state.overlay.changed.connect(self._follow_style)
        for tool in self._tools:
            tool.redraw_wanted.connect(self.refresh)

    def _add_outline(self, width: float, z_value: float) -> OutlineItem:
        item = OutlineItem(width=width)
        item.setZValue(z_value)
        self._view.scene().addItem(item)
        return item

    @property
    def frame(self) -> int | None:
        """The frame on the screen."""
        return self._view.frame_item.frame

    @Slot(object)
    def show_image(self, image: FrameImage) -> None:
        """Show a frame together with everything that belongs to it."""
        is_same = self.frame == image.frame
        self._view.frame_item.show_image(image)
        if is_same:
            return
        self.clear_draft()
        for tool in self._tools:
            tool.show_frame(image.frame, self._view.frame_item.size)
        self._view_state.note_shown_frame(image.frame)
        self.refresh()
        self.frame_shown.emit(image)

    @Slot(int, object, object)
    def show_draft(self, frame: int, mask: Mask, colour: tuple[int, int, int]) -> None:
        """Show what a click would give, without giving it, if its frame is still shown."""
        if frame != self.frame:
            return
        self._draft.show_path(outline_path(mask), QColor(*colour), is_dashed=True)

    @Slot()
    def clear_draft(self) -> None:
        """Take the draft away."""
        self._draft.clear()

    @Slot()
    def _follow_project(self) -> None:
        project = self._document.project
        if project is not None and project.masks.frame_size != self._view.frame_item.size:
            # the frame on the screen is of the video before; its masks would not fit the new one
            self._view.show_size(project.masks.frame_size)
        self.refresh()

    @Slot()
    def refresh(self) -> None:
        """Show masks, outlines and clicks of the frame on the screen anew."""
        project, frame = self._document.project, self.frame
        if project is None or frame is None:
            return
        shown = self._shown_targets(project)
        masks = project.masks.masks_at(frame)
        looks = {target.id: self._look(target) for target in shown}
        pairs = [(target.id, masks[target.id].mask) for target in shown if target.id in masks]
        self._view.overlay_item.show_masks(pairs, looks)
        self._show_outlines(project, frame, shown)
        self._show_exemplars()

    def _shown_targets(self, project: Project) -> list[Target]:
        selection = self._view_state.selection
        is_solo = self._view_state.overlay.style.is_solo and bool(selection)
        return [
            target
            for target in project.targets.values()
            if target.is_visible and (not is_solo or target.id in selection)
        ]

    def _look(self, target: Target) -> LabelLook:
        return LabelLook(target.colour, is_selected=target.id in self._view_state.selection)

    def _show_outlines(self, project: Project, frame: int, shown: Sequence[Target]) -> None:
        selected = [t.id for t in shown if t.id in self._view_state.selection][:MAX_OUTLINED]
        is_hidden = self._view_state.overlay.style.is_hidden
        for item, target in zip(self._outlines, [*selected, *[None] * MAX_OUTLINED], strict=False):
            held = None if target is None or is_hidden else project.masks.get(target, frame)
            if held is None:
                item.clear()
                continue
            is_dashed = not held.state.is_law
            item.show_path(outline_path(held.mask), QColor("white"), is_dashed=is_dashed)
        self._show_onion(project, frame, selected or [t.id for t in shown][:MAX_OUTLINED])

    def _show_onion(self, project: Project, frame: int, targets: Sequence[TargetId]) -> None:
        """Draw the neighbouring keyframes of the selected targets, or of the first ones."""
        paths = [QPainterPath(), QPainterPath()]
        style = self._view_state.overlay.style
        if not style.shows_onion_skin or style.is_hidden:
            targets = ()
        for target in targets:
            track = project.masks.track(target)
            frames = (track.law_frame_before(frame), track.law_frame_after(frame))
            for path, neighbour in zip(paths, frames, strict=True):
                held = None if neighbour is None else track.get(neighbour)
                if held is not None:
                    path.addPath(outline_path(held.mask))
        for item, path, colour in zip(self._onion, paths, (EARLIER, LATER), strict=True):
            item.show_path(path, colour)

    @Slot()
    def _show_exemplars(self) -> None:
        for item in self._exemplar_items:
            self._view.scene().removeItem(item)
        self._exemplar_items = []
        project, frame = self._document.project, self.frame
        if project is None or frame is None or self._view_state.overlay.style.is_hidden:
            return
        for target in self._shown_targets(project):
            self._add_exemplars(project, target.id, frame)

    def _add_exemplars(self, project: Project, target: TargetId, frame: int) -> None:
        colour = project.target(target).colour
        for exemplar in project.exemplars_at(target, frame):
            item: QGraphicsItem
            if isinstance(exemplar, PointExemplar):
                item = PointItem(exemplar, colour)
            elif isinstance(exemplar, BoxExemplar):
                item = BoxItem(exemplar, colour)
            else:
                continue
            item.setZValue(10)
            self._view.scene().addItem(item)
            self._exemplar_items.append(item)

    @Slot(object)
    def _follow_masks(self, changes: tuple[MaskChange, ...]) -> None:
        if any(change.frame == self.frame for change in changes):
            self.refresh()

    @Slot()
    def _follow_style(self) -> None:
        self._view.overlay_item.set_style(self._view_state.overlay.style)
        self.refresh()
