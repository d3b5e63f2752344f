"""The timeline: ruler, quality, and a row per target; click and drag go through time."""

from PySide6.QtCore import QPointF, QRect, QRectF, QSize, Qt, Signal, Slot
from PySide6.QtGui import (
    QColor,
    QImage,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QPixmap,
    QPolygonF,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QAbstractScrollArea, QFrame, QWidget
from typing_extensions import override

from tarvis_app.document.document import Document
from tarvis_app.theme import Theme
from tarvis_app.timeline.strip_image import strip_image
from tarvis_app.timeline.time_scale import TimeScale, tick_step
from tarvis_app.timeline.track_strip import StripCode, TrackStrips
from tarvis_app.view_state import ViewState
from tarvis_core.annotation.target import TargetId

GUTTER = 150
RULER_HEIGHT = 24
PLOT_HEIGHT = 26
ROW_HEIGHT = 24
STRIP_MARGIN = 5
MAX_DIAMONDS = 600
HANDLE_REACH = 6


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
        self._scale = TimeScale(0.0, 1.0, 1)
        self._cached = QPixmap()
        self._drag = ""
        self._run_head: int | None = None
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self.setMinimumHeight(RULER_HEIGHT + PLOT_HEIGHT + 2 * ROW_HEIGHT)
        self.setAccessibleName(self.tr("Timeline"))
        self.verticalScrollBar().valueChanged.connect(self.redraw)
        self._connect()

    def _connect(self) -> None:
        document, view_state = self._document, self._view_state
        document.project_opened.connect(self._read)
        document.masks_changed.connect(self._follow_masks)
        document.targets_changed.connect(self._follow_rows)
        document.exemplars_changed.connect(self.redraw)
        view_state.video_changed.connect(self._read)
        view_state.frame_changed.connect(self._follow_frame)
        view_state.selection_changed.connect(self.redraw)
        view_state.range_changed.connect(self.redraw)
        self._theme.changed.connect(self.redraw)

    @override
    def sizeHint(self) -> QSize:
        """Room for a handful of rows."""
        return QSize(800, RULER_HEIGHT + PLOT_HEIGHT + 5 * ROW_HEIGHT)

    @property
    def scale(self) -> TimeScale:
        """Which frames are shown."""
        return self._scale

    @Slot()
    def _read(self) -> None:
        self._strips.read(self._document.project)
        width = max(1, self.viewport().width() - GUTTER)
        self._scale = TimeScale(0.0, max(1.0, float(self._view_state.num_frames)), width)
        self._follow_rows()

    @Slot(object)
    def _follow_masks(self, changes: object) -> None:
        self._strips.follow(changes)  # type: ignore[arg-type]  # the signal carries MaskChanges
        self.redraw()

    @Slot()
    def _follow_rows(self) -> None:
        rows = len(self._targets())
        visible = max(1, self.viewport().height() - RULER_HEIGHT - PLOT_HEIGHT)
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
        if self._cached.isNull():
            self._cached = QPixmap(viewport.size() * ratio)
            self._cached.setDevicePixelRatio(ratio)
            self._draw_all(self._cached)
        painter = QPainter(viewport)
        painter.drawPixmap(0, 0, self._cached)
        self._draw_playhead(painter)

    def _draw_all(self, pixmap: QPixmap) -> None:
        colours = self._theme.colours
        pixmap.fill(QColor(colours.panel))
        painter = QPainter(pixmap)
        painter.setFont(self.font())
        self._draw_rows(painter)
        self._draw_range(painter)
        painter.fillRect(0, 0, self.viewport().width(), RULER_HEIGHT + PLOT_HEIGHT, colours.panel)
        self._draw_plot(painter)
        self._draw_ruler(painter)
        painter.setPen(QColor(colours.border))
        painter.drawLine(GUTTER - 1, 0, GUTTER - 1, self.viewport().height())
        painter.end()

    def _draw_ruler(self, painter: QPainter) -> None:
        colours = self._theme.colours
        step = tick_step(self._scale.pixels_per_frame)
        first = int(self._scale.first // step) * step
        painter.setClipRect(GUTTER, 0, self._scale.width, RULER_HEIGHT + PLOT_HEIGHT)
        for frame in range(first, int(self._scale.last) + 1, step):
            x = round(GUTTER + self._scale.x_of(frame))
            painter.setPen(QColor(colours.border))
            painter.drawLine(x, RULER_HEIGHT - 7, x, RULER_HEIGHT - 1)
            painter.setPen(QColor(colours.faint))
            painter.drawText(
                QRect(x + 4, 0, 90, RULER_HEIGHT - 2), Qt.AlignmentFlag.AlignVCenter, str(frame)
            )
        self._draw_range_handles(painter)
        painter.setClipping(False)
        painter.setPen(QColor(colours.border))
        painter.drawLine(0, RULER_HEIGHT - 1, self.viewport().width(), RULER_HEIGHT - 1)

    def _draw_range_handles(self, painter: QPainter) -> None:
        first, last = self._view_state.range
        colour = QColor(self._theme.colours.accent)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colour)
        left, right = self._range_edges()
        painter.drawRect(QRectF(left, RULER_HEIGHT - 4, right - left, 3))
        for x, direction in ((left, 1), (right, -1)):
            painter.drawPolygon(
                QPolygonF(
                    [
                        QPointF(x, RULER_HEIGHT - 14),
                        QPointF(x + 7 * direction, RULER_HEIGHT - 14),
                        QPointF(x, RULER_HEIGHT - 1),
                    ]
                )
            )
        assert first <= last, "the view state keeps the range in order"

    def _range_edges(self) -> tuple[float, float]:
        first, last = self._view_state.range
        return GUTTER + self._scale.x_of(first), GUTTER + self._scale.x_of(last + 1)

    def _draw_range(self, painter: QPainter) -> None:
        """Dim what lies outside the in and out points."""
        left, right = self._range_edges()
        shade = QColor(self._theme.colours.window)
        shade.setAlpha(170)
        top, height = RULER_HEIGHT, self.viewport().height()
        painter.fillRect(QRectF(GUTTER, top, max(0.0, left - GUTTER), height), shade)
        painter.fillRect(
            QRectF(right, top, max(0.0, self.viewport().width() - right), height), shade
        )

    def _draw_plot(self, painter: QPainter) -> None:
        """Doubt about the selected targets (about all, without a selection) over time."""
        targets = list(self._view_state.selection) or self._targets()
        colours = self._theme.colours
        top, height = RULER_HEIGHT, PLOT_HEIGHT
        doubt = self._strips.binned_doubt(
            targets, self._scale.first, self._scale.last, self._scale.width
        )
        painter.setPen(QColor(colours.faint))
        label = QRect(10, top, GUTTER - 20, height)
        painter.drawText(label, Qt.AlignmentFlag.AlignVCenter, self.tr("Doubt"))
        if doubt.any():
            points = [QPointF(GUTTER, top + height)]
            points += [
                QPointF(GUTTER + x, top + height - 1 - float(value) * (height - 4))
                for x, value in enumerate(doubt)
            ]
            points.append(QPointF(GUTTER + doubt.size, top + height))
            painter.setPen(Qt.PenStyle.NoPen)
            fill = QColor(colours.warning)
            fill.setAlpha(150)
            painter.setBrush(fill)
            painter.drawPolygon(QPolygonF(points))
        painter.setPen(QColor(colours.border))
        painter.drawLine(0, top + height - 1, self.viewport().width(), top + height - 1)

    def _visible_rows(self) -> tuple[list[TargetId], int]:
        """Targets in view, and the y of the first one's row."""
        offset = self.verticalScrollBar().value()
        first = offset // ROW_HEIGHT
        count = self.viewport().height() // ROW_HEIGHT + 2
        y = RULER_HEIGHT + PLOT_HEIGHT + first * ROW_HEIGHT - offset
        return self._targets()[first : first + count], y

    def _draw_rows(self, painter: QPainter) -> None:
        targets, y = self._visible_rows()
        project = self._document.project
        if project is None:
            return
        codes = self._strips.binned_codes(
            targets, self._scale.first, self._scale.last, self._scale.width
        )
        image = strip_image(codes, [project.target(t).colour for t in targets])
        for row, target in enumerate(targets):
            self._draw_row(painter, target, y + row * ROW_HEIGHT, image, row)

    def _draw_row(
        self, painter: QPainter, target_id: TargetId, y: int, image: QImage, row: int
    ) -> None:
        project = self._document.project
        assert project is not None, "rows are drawn of a project"
        target, colours = project.target(target_id), self._theme.colours
        is_selected = target_id in self._view_state.selection
        if is_selected:
            painter.fillRect(0, y, self.viewport().width(), ROW_HEIGHT, colours.raised)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(*target.colour))
        painter.drawRoundedRect(QRectF(10, y + 7, 10, 10), 2, 2)
        painter.setPen(QColor(colours.text if target.is_visible else colours.faint))
        name = QRect(28, y, GUTTER - 36, ROW_HEIGHT)
        shown = painter.fontMetrics().elidedText(
            target.name, Qt.TextElideMode.ElideRight, name.width()
        )
        painter.drawText(name, Qt.AlignmentFlag.AlignVCenter, shown)
        strip = QRect(GUTTER, y + STRIP_MARGIN, self._scale.width, ROW_HEIGHT - 2 * STRIP_MARGIN)
        painter.drawImage(strip, image, QRect(0, row, self._scale.width, 1))
        self._draw_marks(painter, target_id, y)
        painter.setPen(QColor(colours.window))
        painter.drawLine(0, y + ROW_HEIGHT - 1, self.viewport().width(), y + ROW_HEIGHT - 1)

    def _draw_marks(self, painter: QPainter, target: TargetId, y: int) -> None:
        """Diamonds on keyframes, dots on frames with clicks."""
        project = self._document.project
        assert project is not None, "marks are drawn of a project"
        first, last = int(self._scale.first) - 1, int(self._scale.last) + 1
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setClipRect(GUTTER, y, self._scale.width, ROW_HEIGHT)
        painter.setPen(QPen(QColor(0, 0, 0, 170), 1.0))
        painter.setBrush(QColor("white"))
        keyframes = self._strips.edges(target, StripCode.KEYFRAME, first, last)
        middle = y + ROW_HEIGHT / 2
        for frame in keyframes[:MAX_DIAMONDS].tolist():
            painter.drawPolygon(_diamond(GUTTER + self._scale.x_of(frame + 0.5), middle, 6.0))
        painter.setBrush(QColor(self._theme.colours.accent))
        for frame in project.exemplar_frames(target):
            if first <= frame <= last:
                x = GUTTER + self._scale.x_of(frame + 0.5)
                painter.drawEllipse(QPointF(x, y + ROW_HEIGHT - 5), 2.8, 2.8)
        painter.restore()

    def _draw_playhead(self, painter: QPainter) -> None:
        colours = self._theme.colours
        height = self.viewport().height()
        painter.setClipRect(GUTTER, 0, self._scale.width, height)
        if self._run_head is not None:
            x = GUTTER + self._scale.x_of(self._run_head + 0.5)
            painter.setPen(QPen(QColor(colours.warning), 1.0, Qt.PenStyle.DashLine))
            painter.drawLine(QPointF(x, RULER_HEIGHT), QPointF(x, height))
        x = GUTTER + self._scale.x_of(self._view_state.frame + 0.5)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(QColor(colours.text), 1.2))
        painter.drawLine(QPointF(x, 4), QPointF(x, height))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(colours.text))
        painter.drawPolygon(QPolygonF([QPointF(x - 5, 2), QPointF(x + 5, 2), QPointF(x, 11)]))

    # Events

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
        left, right = self._range_edges()
        if abs(x - left) <= HANDLE_REACH:
            return "in"
        return "out" if abs(x - right) <= HANDLE_REACH else ""

    def _target_at(self, y: float) -> TargetId | None:
        row = y - RULER_HEIGHT - PLOT_HEIGHT + self.verticalScrollBar().value()
        if y < RULER_HEIGHT + PLOT_HEIGHT or row < 0:
            return None
        targets = self._targets()
        index = int(row // ROW_HEIGHT)
        return targets[index] if index < len(targets) else None


def _diamond(x: float, y: float, radius: float) -> QPolygonF:
    return QPolygonF(
        [
            QPointF(x, y - radius),
            QPointF(x + radius * 0.75, y),
            QPointF(x, y + radius),
            QPointF(x - radius * 0.75, y),
        ]
    )
