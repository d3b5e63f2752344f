"""The timeline: ruler, quality, and a row per target; click and drag go through time."""

from functools import partial

from PySide6.QtCore import QEvent, QPoint, QSize, Qt, QTimer, Signal, Slot
from PySide6.QtGui import (
    QHelpEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPixmap,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QAbstractScrollArea, QFrame, QMenu, QToolTip, QWidget
from typing_extensions import override

from tarvis_app.document.document import Document
from tarvis_app.segmentation.requests import ClipAnswer, Job, JobEnd
from tarvis_app.theme import Theme
from tarvis_app.timeline.row_texts import RowTexts
from tarvis_app.timeline.span_states import RunMarks
from tarvis_app.timeline.time_scale import TimeScale
from tarvis_app.timeline.timeline_painter import TimelinePainter, draw_playhead
from tarvis_app.timeline.timeline_scene import (
    GUTTER,
    HEADER_HEIGHT,
    ROW_HEIGHT,
    RULER_HEIGHT,
    TimelineScene,
)
from tarvis_app.timeline.track_strip import Plot, TrackStrips
from tarvis_app.view_state import ViewState
from tarvis_core.annotation.mask_store import MaskChange
from tarvis_core.annotation.target import TargetId

HANDLE_REACH = 6
REDRAW_AFTER_MS = 40


class TimelineView(QAbstractScrollArea):
    """Shows where targets are known, and how well; moves the playhead and the range.

    Signals:
        frame_wanted: The person went to a frame. Argument: its number.
        target_clicked: A row was clicked. Arguments: target id, whether Ctrl was held.
        target_isolated: A row was double-clicked. Argument: target id.
    """

    frame_wanted = Signal(int)
    target_clicked = Signal(int, bool)
    target_isolated = Signal(int)

    def __init__(
        self, document: Document, view_state: ViewState, theme: Theme, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._document = document
        self._view_state = view_state
        self._theme = theme
        self._strips = TrackStrips()
        self._marks = RunMarks()
        self._texts = RowTexts(self)
        self._plot = Plot.DOUBT
        self._scale = TimeScale(0.0, 1.0, 1)
        self._cached = QPixmap()
        self._drag = ""
        self._run_head: int | None = None
        self._redraw_soon = QTimer(self)
        self._redraw_soon.setSingleShot(True)
        self._redraw_soon.setInterval(REDRAW_AFTER_MS)
        self._redraw_soon.timeout.connect(self.redraw)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self.setMinimumHeight(HEADER_HEIGHT + 2 * ROW_HEIGHT)
        self.setAccessibleName(self.tr("Timeline"))
        self.verticalScrollBar().valueChanged.connect(self.redraw)
        self._connect()

    def _connect(self) -> None:
        document, view_state = self._document, self._view_state
        document.project_opened.connect(self._read)
        document.masks_changed.connect(self._follow_masks)
        document.targets_changed.connect(self._follow_rows)
        document.exemplars_changed.connect(self._follow_exemplars)
        view_state.video_changed.connect(self._read)
        view_state.frame_changed.connect(self._follow_frame)
        view_state.selection_changed.connect(self.redraw)
        view_state.range_changed.connect(self.redraw)
        self._theme.changed.connect(self.redraw)

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
        self._marks.clear()
        self._strips.read(self._document.project)
        width = max(1, self.viewport().width() - GUTTER)
        self._scale = TimeScale(0.0, max(1.0, float(self._view_state.num_frames)), width)
        self._follow_rows()

    @Slot(object)
    def _follow_masks(self, changes: tuple[MaskChange, ...]) -> None:
        self._strips.follow(changes)
        self._marks.follow(changes)
        self._redraw_before_long()

    def _redraw_before_long(self) -> None:
        if not self._redraw_soon.isActive():  # a run writes many clips a second
            self._redraw_soon.start()

    @Slot()
    def _follow_exemplars(self) -> None:
        self._strips.forget_waiting()
        self.redraw()

    @Slot()
    def _follow_rows(self) -> None:
        rows = len(self._targets())
        visible = max(1, self.viewport().height() - HEADER_HEIGHT)
        self.verticalScrollBar().setRange(0, max(0, rows * ROW_HEIGHT - visible))
        self.verticalScrollBar().setPageStep(visible)
        self.verticalScrollBar().setSingleStep(ROW_HEIGHT)
        self.redraw()

    @Slot(int)
    def _follow_frame(self, frame: int) -> None:
        moved = self._scale.showing(frame, self._view_state.num_frames)
        if moved != self._scale:
            self._scale = moved
            self.redraw()
        self.viewport().update()

    @Slot(object)
    def begin_run(self, job: Job) -> None:
        """Mark what a run is going to write."""
        self._marks.begin(job, self._view_state.num_frames)
        self.redraw()

    @Slot(object)
    def settle_clip(self, answer: ClipAnswer) -> None:
        """Take the mark off what a clip of the run wrote."""
        self._marks.settle(answer)
        self._redraw_before_long()

    @Slot(object)
    def end_run(self, end: JobEnd) -> None:
        """Keep marked what a run left undone."""
        self._marks.end(end)
        self.redraw()

    def show_run_head(self, frame: int | None) -> None:
        """Mark where a run has come to; None when none goes on."""
        self._run_head = frame
        self.viewport().update()

    @Slot()
    def redraw(self) -> None:
        """Draw everything anew at the next opportunity."""
        self._cached = QPixmap()
        self.viewport().update()

    def _targets(self) -> list[TargetId]:
        project = self._document.project
        return [] if project is None else list(project.targets)

    # Painting

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
        draw_playhead(painter, scene, self._view_state.frame, self._run_head)

    def _scene(self) -> TimelineScene:
        viewport = self.viewport()
        return TimelineScene(
            self._document.project,
            self._strips,
            self._scale,
            self._theme.colours,
            (viewport.height(), viewport.width()),
            self.verticalScrollBar().value(),
            self._view_state.selection,
            self._view_state.range,
            self._plot,
            self._texts.plot(self._plot),
            self._marks,
        )

    @property
    def plot(self) -> Plot:
        """What the curve above the rows shows."""
        return self._plot

    def show_plot(self, plot: Plot) -> None:
        """Show another curve above the rows."""
        self._plot = plot
        self.redraw()

    @Slot()
    def show_next_plot(self) -> None:
        """Show the next curve; after the last the first."""
        plots = list(Plot)
        self.show_plot(plots[(plots.index(self._plot) + 1) % len(plots)])

    def _ask_for_plot(self, place: QPoint) -> None:
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        for plot in Plot:
            action = menu.addAction(self._texts.plot(plot))
            action.setCheckable(True)
            action.setChecked(plot is self._plot)
            action.triggered.connect(partial(self.show_plot, plot))
        menu.popup(self.viewport().mapToGlobal(place))

    # Events

    @override
    def viewportEvent(self, event: QEvent) -> bool:
        """Say what lies under the pointer."""
        if event.type() is QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            text = self.text_at(event.pos())
            QToolTip.showText(event.globalPos(), text, self.viewport())
            return True
        return super().viewportEvent(event)

    def text_at(self, place: QPoint) -> str:
        """What the row under a place of the viewport says of its frame."""
        target = self._target_at(place.y())
        project = self._document.project
        if project is None or target is None:
            return self._texts.header() if place.y() < HEADER_HEIGHT else ""
        if place.x() < GUTTER:
            return self._texts.name(project.target(target), self._scene().spans(target))
        frame = self._scale.frame_at(place.x() - GUTTER)
        summary = project.masks.track(target).summary(frame)
        spans = self._scene().spans_at(target, frame)
        return self._texts.frame(project.target(target), frame, summary, spans)

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        """Show the same frames over the new width."""
        super().resizeEvent(event)
        self._scale = self._scale.with_width(max(1, self.viewport().width() - GUTTER))
        self._follow_rows()

    @override
    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Begin scrubbing, or dragging the in or out point; or select a row."""
        if event.button() != Qt.MouseButton.LeftButton:
            return
        x, y = event.position().x(), event.position().y()
        target = self._target_at(y)
        if x < GUTTER and RULER_HEIGHT <= y < HEADER_HEIGHT:
            self._ask_for_plot(event.position().toPoint())
            return
        if target is not None and x < GUTTER:
            is_control = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
            self.target_clicked.emit(target, is_control)
            return
        self._drag = self._handle_at(x, y) or "playhead"
        if event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            frame = self._scale.frame_at(x - GUTTER)
            self._view_state.set_range(frame, frame)
            self._drag = "out"
        self._drag_to(x)

    @override
    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Go on dragging."""
        x, y = event.position().x(), event.position().y()
        if self._drag and event.buttons() & Qt.MouseButton.LeftButton:
            self._drag_to(x)
            return
        is_handle = bool(self._handle_at(x, y))
        shape = Qt.CursorShape.SizeHorCursor if is_handle else Qt.CursorShape.ArrowCursor
        self.viewport().setCursor(shape)

    @override
    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """End dragging."""
        self._drag = ""

    @override
    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Isolate a row."""
        target = self._target_at(event.position().y())
        if target is not None and event.position().x() < GUTTER:
            self.target_isolated.emit(target)
        else:
            self.mousePressEvent(event)

    @override
    def wheelEvent(self, event: QWheelEvent) -> None:
        """Zoom in time; with Shift scroll in time; over the names scroll the rows."""
        steps = (event.angleDelta().y() or event.angleDelta().x()) / 120
        num_frames = self._view_state.num_frames
        if event.position().x() < GUTTER:
            super().wheelEvent(event)
            return
        if event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            span = self._scale.last - self._scale.first
            self._scale = self._scale.scrolled(-steps * span * 0.1, num_frames)
        else:
            x = event.position().x() - GUTTER
            self._scale = self._scale.zoomed(1.25**steps, x, num_frames)
        self.redraw()
        event.accept()

    def show_everything(self) -> None:
        """Show the whole video."""
        self._scale = TimeScale(
            0.0, max(1.0, float(self._view_state.num_frames)), self._scale.width
        )
        self.redraw()

    def _drag_to(self, x: float) -> None:
        frame = max(0, min(self._scale.frame_at(x - GUTTER), self._view_state.num_frames - 1))
        first, last = self._view_state.range
        if self._drag == "in":
            self._view_state.set_range(min(frame, last), last)
        elif self._drag == "out":
            self._view_state.set_range(first, max(frame, first))
        else:
            self.frame_wanted.emit(frame)

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
        targets = self._targets()
        index = int(row // ROW_HEIGHT)
        return targets[index] if index < len(targets) else None
