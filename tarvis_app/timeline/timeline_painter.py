"""How the timeline is painted: ruler, doubt, and a row per target."""

from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPen, QPixmap, QPolygonF

from tarvis_app.theme import Colours
from tarvis_app.timeline.strip_image import strip_image
from tarvis_app.timeline.time_scale import TimeScale, tick_step
from tarvis_app.timeline.track_strip import StripCode, TrackStrips
from tarvis_core.annotation.project import Project
from tarvis_core.annotation.target import TargetId

GUTTER = 150
"""Width of the column of names."""
RULER_HEIGHT = 24
PLOT_HEIGHT = 26
HEADER_HEIGHT = RULER_HEIGHT + PLOT_HEIGHT
ROW_HEIGHT = 24
STRIP_MARGIN = 5
MAX_DIAMONDS = 600


@dataclass(frozen=True)
class TimelineScene:
    """Everything that is painted at one moment."""

    project: Project | None
    strips: TrackStrips
    scale: TimeScale
    colours: Colours
    size: tuple[int, int]
    """(height, width) of the viewport in logical pixels."""
    scroll: int
    """How far the rows are scrolled, in pixels."""
    selection: tuple[TargetId, ...]
    range: tuple[int, int]
    """In and out point, both inclusive."""
    doubt_title: str

    @property
    def targets(self) -> list[TargetId]:
        """One row each."""
        return [] if self.project is None else list(self.project.targets)

    @property
    def range_edges(self) -> tuple[float, float]:
        """Where the range begins and ends, in pixels."""
        first, last = self.range
        return GUTTER + self.scale.x_of(first), GUTTER + self.scale.x_of(last + 1)


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
        self._draw_rows(painter)
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
            painter.setPen(QColor(colours.faint))
            painter.drawText(
                QRect(x + 4, 0, 90, RULER_HEIGHT - 2), Qt.AlignmentFlag.AlignVCenter, str(frame)
            )
        self._draw_range_handles(painter)
        painter.setClipping(False)
        painter.setPen(QColor(colours.border))
        painter.drawLine(0, RULER_HEIGHT - 1, self._width, RULER_HEIGHT - 1)

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
                        QPointF(x + 7 * direction, RULER_HEIGHT - 14),
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
        """Doubt about the selected targets (about all, without a selection) over time."""
        targets = list(self._scene.selection) or self._scene.targets
        colours = self._colours
        top, height = RULER_HEIGHT, PLOT_HEIGHT
        doubt = self._scene.strips.binned_doubt(
            targets, self._scale.first, self._scale.last, self._scale.width
        )
        painter.setPen(QColor(colours.faint))
        label = QRect(10, top, GUTTER - 20, height)
        painter.drawText(label, Qt.AlignmentFlag.AlignVCenter, self._scene.doubt_title)
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
        painter.drawLine(0, top + height - 1, self._width, top + height - 1)

    def _visible_rows(self) -> tuple[list[TargetId], int]:
        """Targets in view, and the y of the first one's row."""
        offset = self._scene.scroll
        first = offset // ROW_HEIGHT
        count = self._height // ROW_HEIGHT + 2
        y = HEADER_HEIGHT + first * ROW_HEIGHT - offset
        return self._scene.targets[first : first + count], y

    def _draw_rows(self, painter: QPainter) -> None:
        targets, y = self._visible_rows()
        project = self._scene.project
        if project is None:
            return
        codes = self._scene.strips.binned_codes(
            targets, self._scale.first, self._scale.last, self._scale.width
        )
        image = strip_image(codes, [project.target(t).colour for t in targets])
        for row, target in enumerate(targets):
            self._draw_row(painter, target, y + row * ROW_HEIGHT, image, row)

    def _draw_row(
        self, painter: QPainter, target_id: TargetId, y: int, image: QImage, row: int
    ) -> None:
        project = self._scene.project
        assert project is not None, "rows are drawn of a project"
        target, colours = project.target(target_id), self._colours
        is_selected = target_id in self._scene.selection
        if is_selected:
            painter.fillRect(0, y, self._width, ROW_HEIGHT, colours.raised)
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
        painter.drawLine(0, y + ROW_HEIGHT - 1, self._width, y + ROW_HEIGHT - 1)

    def _draw_marks(self, painter: QPainter, target: TargetId, y: int) -> None:
        """Diamonds on keyframes, dots on frames with clicks."""
        project = self._scene.project
        assert project is not None, "marks are drawn of a project"
        first, last = int(self._scale.first) - 1, int(self._scale.last) + 1
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setClipRect(GUTTER, y, self._scale.width, ROW_HEIGHT)
        painter.setPen(QPen(QColor(0, 0, 0, 170), 1.0))
        painter.setBrush(QColor("white"))
        keyframes = self._scene.strips.edges(target, StripCode.KEYFRAME, first, last)
        middle = y + ROW_HEIGHT / 2
        for frame in keyframes[:MAX_DIAMONDS].tolist():
            painter.drawPolygon(_diamond(GUTTER + self._scale.x_of(frame + 0.5), middle, 6.0))
        painter.setBrush(QColor(self._colours.accent))
        for frame in project.exemplar_frames(target):
            if first <= frame <= last:
                x = GUTTER + self._scale.x_of(frame + 0.5)
                painter.drawEllipse(QPointF(x, y + ROW_HEIGHT - 5), 2.8, 2.8)
        painter.restore()


def draw_playhead(
    painter: QPainter, scene: TimelineScene, frame: int, run_head: int | None
) -> None:
    """Paint where the person is, and where a run has come to."""
    height = scene.size[0]
    painter.setClipRect(GUTTER, 0, scene.scale.width, height)
    if run_head is not None:
        x = GUTTER + scene.scale.x_of(run_head + 0.5)
        painter.setPen(QPen(QColor(scene.colours.warning), 1.0, Qt.PenStyle.DashLine))
        painter.drawLine(QPointF(x, RULER_HEIGHT), QPointF(x, height))
    x = GUTTER + scene.scale.x_of(frame + 0.5)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(QColor(scene.colours.text), 1.2))
    painter.drawLine(QPointF(x, 4), QPointF(x, height))
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(scene.colours.text))
    painter.drawPolygon(QPolygonF([QPointF(x - 5, 2), QPointF(x + 5, 2), QPointF(x, 11)]))


def _diamond(x: float, y: float, radius: float) -> QPolygonF:
    return QPolygonF(
        [
            QPointF(x, y - radius),
            QPointF(x + radius * 0.75, y),
            QPointF(x, y + radius),
            QPointF(x - radius * 0.75, y),
        ]
    )
