"""How the timeline is painted: ruler, curve, range and playhead; rows are in `row_painter`."""

from PySide6.QtCore import QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPixmap, QPolygonF

from tarvis_app.timeline.row_painter import GLYPHS, RowPainter
from tarvis_app.timeline.span_states import SpanState
from tarvis_app.timeline.time_scale import tick_step
from tarvis_app.timeline.timeline_scene import (
    GUTTER,
    HEADER_HEIGHT,
    PLOT_HEIGHT,
    RULER_HEIGHT,
    TimelineScene,
)
from tarvis_app.timeline.track_strip import Plot

FLAG_WIDTH = 7
"""Of the flags that stand at the ends of the range."""
LABEL_OFFSET = FLAG_WIDTH + 3
"""From a tick to its number: clear of a flag."""
HEAD_REACH = 5
"""Of the playhead's head, to both sides."""
LABEL_WIDTH = 90


class TimelinePainter:
    """Paints one scene."""

    def __init__(self, scene: TimelineScene) -> None:
        self._scene = scene
        self._scale = scene.scale
        self._colours = scene.colours
        self._height, self._width = scene.size

    def draw(self, pixmap: QPixmap) -> None:
        """Paint everything but the playhead."""
        pixmap.fill(QColor(self._colours.panel))
        painter = QPainter(pixmap)
        RowPainter(self._scene).draw(painter)
        self._draw_range(painter)
        painter.fillRect(0, 0, self._width, HEADER_HEIGHT, QColor(self._colours.panel))
        self._draw_plot(painter)
        self._draw_ruler(painter)
        painter.setPen(QColor(self._colours.border))
        painter.drawLine(GUTTER - 1, 0, GUTTER - 1, self._height)
        painter.end()

    def _draw_ruler(self, painter: QPainter) -> None:
        colours = self._colours
        step = tick_step(self._scale.pixels_per_frame)
        first = int(self._scale.first // step) * step
        painter.setClipRect(GUTTER, 0, self._scale.width, HEADER_HEIGHT)
        for frame in range(first, int(self._scale.last) + 1, step):
            x = round(GUTTER + self._scale.x_of(frame))
            painter.setPen(QColor(colours.border))
            painter.drawLine(x, RULER_HEIGHT - 7, x, RULER_HEIGHT - 1)
            left = x + self._label_offset(painter.fontMetrics().horizontalAdvance(str(frame)))
            room = QRect(left, 0, LABEL_WIDTH, RULER_HEIGHT - 2)
            label = painter.boundingRect(room, Qt.AlignmentFlag.AlignVCenter, str(frame))
            if label.right() < self._width - FLAG_WIDTH:  # half a number says another one
                painter.setPen(QColor(colours.faint))
                painter.drawText(room, Qt.AlignmentFlag.AlignVCenter, str(frame))
        self._draw_range_handles(painter)
        painter.setClipping(False)
        painter.setPen(QColor(colours.border))
        painter.drawLine(0, RULER_HEIGHT - 1, self._width, RULER_HEIGHT - 1)

    def _label_offset(self, width: int) -> int:
        """From a tick to its number: where the playhead, in the frame's middle, covers nothing."""
        middle = round(self._scale.pixels_per_frame / 2)
        has_room = LABEL_OFFSET + width < middle - HEAD_REACH
        return LABEL_OFFSET if has_room else max(LABEL_OFFSET, middle + HEAD_REACH + 2)

    def _draw_range_handles(self, painter: QPainter) -> None:
        colour = QColor(self._colours.accent)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colour)
        left, right = self._scene.range_edges
        painter.drawRect(QRectF(left, RULER_HEIGHT - 4, right - left, 3))
        for x, direction in ((left, 1), (right, -1)):
            painter.drawPolygon(
                QPolygonF(
                    [
                        QPointF(x, RULER_HEIGHT - 14),
                        QPointF(x + FLAG_WIDTH * direction, RULER_HEIGHT - 14),
                        QPointF(x, RULER_HEIGHT - 1),
                    ]
                )
            )

    def _draw_range(self, painter: QPainter) -> None:
        """Dim what lies outside the in and out points."""
        left, right = self._scene.range_edges
        shade = QColor(self._colours.window)
        shade.setAlpha(170)
        top, height = RULER_HEIGHT, self._height
        painter.fillRect(QRectF(GUTTER, top, max(0.0, left - GUTTER), height), shade)
        painter.fillRect(QRectF(right, top, max(0.0, self._width - right), height), shade)

    def _draw_plot(self, painter: QPainter) -> None:
        """A curve about the selected targets (about all, without a selection) over time."""
        targets = list(self._scene.selection) or self._scene.targets
        colours, plot = self._colours, self._scene.plot
        top, height = RULER_HEIGHT, PLOT_HEIGHT
        values = self._scene.strips.binned_plot(
            plot, targets, self._scale.first, self._scale.last, self._scale.width
        )
        painter.setPen(QColor(colours.faint))
        label = QRect(10, top, GUTTER - 20, height)
        painter.drawText(label, Qt.AlignmentFlag.AlignVCenter, f"{self._scene.plot_title} ▾")
        if values.any():
            points = [QPointF(GUTTER, top + height)]
            points += [
                QPointF(GUTTER + x, top + height - 1 - float(value) * (height - 4))
                for x, value in enumerate(values)
            ]
            points.append(QPointF(GUTTER + values.size, top + height))
            painter.setPen(Qt.PenStyle.NoPen)
            fill = QColor(colours.accent if plot is Plot.AREA else colours.warning)
            fill.setAlpha(150)
            painter.setBrush(fill)
            painter.drawPolygon(QPolygonF(points))
        painter.setPen(QColor(colours.border))
        painter.drawLine(0, top + height - 1, self._width, top + height - 1)


def draw_playhead(
    painter: QPainter, scene: TimelineScene, frame: int, run_head: int | None
) -> None:
    """Paint where the person is, and where a run has come to."""
    height = scene.size[0]
    painter.setClipRect(GUTTER, 0, scene.scale.width, height)
    if run_head is not None:
        _draw_run_head(painter, scene, run_head)
    x = GUTTER + scene.scale.x_of(frame + 0.5)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(QColor(scene.colours.text), 1.2))
    painter.drawLine(QPointF(x, 4), QPointF(x, height))
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(scene.colours.text))
    painter.drawPolygon(
        QPolygonF([QPointF(x - HEAD_REACH, 2), QPointF(x + HEAD_REACH, 2), QPointF(x, 11)])
    )


def _draw_run_head(painter: QPainter, scene: TimelineScene, frame: int) -> None:
    """A dashed line in the colour of the spans that a run is on its way to."""
    x, colour = GUTTER + scene.scale.x_of(frame + 0.5), QColor(scene.colours.accent)
    painter.setPen(QPen(colour, 1.6, Qt.PenStyle.DashLine))
    painter.drawLine(QPointF(x, RULER_HEIGHT), QPointF(x, scene.size[0]))
    painter.drawText(QPointF(x + 4, RULER_HEIGHT + PLOT_HEIGHT - 7), GLYPHS[SpanState.RUNNING])
