"""The timeline as a picture: ruler, curve, and a row per target, at any zoom in time."""

from PySide6.QtCore import QEvent, QPoint, QSize, Qt, Slot
from PySide6.QtGui import QHelpEvent, QPainter, QPaintEvent, QPixmap, QResizeEvent
from PySide6.QtWidgets import QAbstractScrollArea, QFrame, QToolTip, QWidget
from typing_extensions import override

from tarvis_app.document.document import Document
from tarvis_app.theme import Theme
from tarvis_app.timeline.time_scale import TimeScale
from tarvis_app.timeline.timeline_content import TimelineContent
from tarvis_app.timeline.timeline_painter import TimelinePainter, draw_playhead
from tarvis_app.timeline.timeline_scene import (
    GUTTER,
    HEADER_HEIGHT,
    ROW_HEIGHT,
    RULER_HEIGHT,
    TimelineScene,
)
from tarvis_app.view_state import ViewState
from tarvis_core.annotation.target import TargetId

LEAST_HEIGHT = 40
"""Beside a long message: frame numbers and the playhead."""

HANDLE_REACH = 6


class TimelineRows(QAbstractScrollArea):
    """Paints the content, and knows what lies where; the playhead moves over a cached picture."""

    def __init__(
        self, document: Document, view_state: ViewState, theme: Theme, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.content = TimelineContent(document, view_state, theme, self)
        self._view_state = view_state
        self._scale = TimeScale(0.0, 1.0, 1)
        self._cached = QPixmap()
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setMinimumHeight(LEAST_HEIGHT)
        self.setAccessibleName(self.tr("Timeline"))
        self.verticalScrollBar().valueChanged.connect(self.redraw)
        self.content.changed.connect(self.redraw)
        self.content.rows_changed.connect(self._follow_rows)
        self.content.video_changed.connect(self._read)
        self.content.head_moved.connect(self.viewport().update)
        view_state.frame_changed.connect(self._follow_frame)
        view_state.selection_changed.connect(self._follow_selection)

    @override
    def sizeHint(self) -> QSize:
        """Room for a handful of rows."""
        return QSize(800, HEADER_HEIGHT + 5 * ROW_HEIGHT)

    @property
    def scale(self) -> TimeScale:
        """Which frames are shown."""
        return self._scale

    @Slot()
    def _read(self) -> None:
        width = max(1, self.viewport().width() - GUTTER)
        self._scale = TimeScale(0.0, max(1.0, float(self.content.num_frames)), width)
        self._follow_rows()

    @Slot()
    def _follow_rows(self) -> None:
        rows = len(self.content.targets)
        visible = max(1, self.viewport().height() - HEADER_HEIGHT)
        self.verticalScrollBar().setRange(0, max(0, rows * ROW_HEIGHT - visible))
        self.verticalScrollBar().setPageStep(visible)
        self.verticalScrollBar().setSingleStep(ROW_HEIGHT)
        self._follow_selection()
        self.redraw()

    @Slot()
    def _follow_selection(self) -> None:
        """Scroll as little as shows the row of the active target."""
        active, bar = self._view_state.active_target, self.verticalScrollBar()
        if active not in self.content.targets:
            return
        top = self.content.targets.index(active) * ROW_HEIGHT
        lowest = top + ROW_HEIGHT - bar.pageStep()
        bar.setValue(min(top, max(bar.value(), lowest)))

    @Slot(int)
    def _follow_frame(self, frame: int) -> None:
        moved = self._scale.showing(frame, self.content.num_frames)
        if moved != self._scale:
            self._scale = moved
            self.redraw()
        self.viewport().update()

    @Slot()
    def redraw(self) -> None:
        """Draw everything anew at the next opportunity."""
        self._cached = QPixmap()
        self.viewport().update()

    def _zoom_to(self, scale: TimeScale) -> None:
        """Show other frames."""
        self._scale = scale
        self.redraw()

    def show_everything(self) -> None:
        """Show the whole video."""
        end = max(1.0, float(self.content.num_frames))
        self._zoom_to(TimeScale(0.0, end, self._scale.width))

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the cached strips, and the playhead over them."""
        viewport = self.viewport()
        ratio = viewport.devicePixelRatioF()
        scene = self._scene()
        if self._cached.isNull():
            self._cached = QPixmap(viewport.size() * ratio)
            self._cached.setDevicePixelRatio(ratio)
            TimelinePainter(scene).draw(self._cached)
        painter = QPainter(viewport)
        painter.drawPixmap(0, 0, self._cached)
        if self.content.num_frames:
            draw_playhead(painter, scene, self._view_state.frame, self.content.run_head)

    def _scene(self) -> TimelineScene:
        viewport = self.viewport()
        size = (viewport.height(), viewport.width())
        return self.content.scene(self._scale, size, self.verticalScrollBar().value())

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        """Show the same frames over the new width."""
        super().resizeEvent(event)
        self._scale = self._scale.with_width(max(1, self.viewport().width() - GUTTER))
        self._follow_rows()

    @override
    def viewportEvent(self, event: QEvent) -> bool:
        """Say what lies under the pointer."""
        if event.type() is QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            text = self.text_at(event.pos())
            QToolTip.showText(event.globalPos(), text, self.viewport())
            return True
        return super().viewportEvent(event)

    def text_at(self, place: QPoint) -> str:
        """What a run's head, or the row, under a place of the viewport says."""
        target, project, texts = (
            self._target_at(place.y()),
            self.content.project,
            self.content.texts,
        )
        head = self.content.run_head
        if head is not None and place.y() >= RULER_HEIGHT:
            x = GUTTER + self._scale.x_of(head + 0.5)
            if place.x() >= GUTTER and abs(place.x() - x) <= HANDLE_REACH:
                return texts.run_head(head)
        if project is None or target is None:
            return texts.header() if place.y() < HEADER_HEIGHT else ""
        if place.x() < GUTTER:
            return texts.name(project.target(target), self._scene().spans(target))
        frame = self._scale.frame_at(place.x() - GUTTER)
        summary = project.masks.track(target).summary(frame)
        spans = self._scene().spans_at(target, frame)
        return texts.frame(project.target(target), frame, summary, spans)

    def _handle_at(self, x: float, y: float) -> str:
        if not RULER_HEIGHT - 15 <= y <= RULER_HEIGHT:
            return ""
        left, right = self._scene().range_edges
        if abs(x - left) <= HANDLE_REACH:
            return "in"
        return "out" if abs(x - right) <= HANDLE_REACH else ""

    def _target_at(self, y: float) -> TargetId | None:
        row = y - HEADER_HEIGHT + self.verticalScrollBar().value()
        if y < HEADER_HEIGHT or row < 0:
            return None
        targets = self.content.targets
        index = int(row // ROW_HEIGHT)
        return targets[index] if index < len(targets) else None
