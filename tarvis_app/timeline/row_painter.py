"""How a target's row is painted: name, strip, keyframes, clicks, lock, and what waits for a run."""

from collections.abc import Iterable

import numpy as np
from PySide6.QtCore import QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QImage, QPainter, QPen, QPolygonF

from tarvis_app.timeline.span_states import MarkedSpan, SpanState
from tarvis_app.timeline.strip_image import strip_image
from tarvis_app.timeline.time_scale import TimeScale
from tarvis_app.timeline.timeline_scene import GUTTER, HEADER_HEIGHT, ROW_HEIGHT, TimelineScene
from tarvis_app.timeline.track_strip import KEYFRAME_CODES, VERIFIED_CODES
from tarvis_core.annotation.target import Target, TargetId

STRIP_MARGIN = 5
DIAMOND_PITCH = 4
"""Of the keyframes within so many pixels one is drawn: diamonds so near run into each other."""
VERIFIED_HEIGHT = 2
"""Of the line at the foot of a strip that says that a person confirmed these masks."""
BAND = 3
"""Height of the line above a strip that shows a state."""
GLYPHS = {
    SpanState.STALE: "↻",
    SpanState.RUNNING: "▸",
    SpanState.PAUSED: "‖",
    SpanState.FAILED: "!",
}
"""Beside a target's name, for those who do not tell the colours apart."""
URGENCY = (SpanState.RUNNING, SpanState.FAILED, SpanState.PAUSED, SpanState.STALE)
"""Of several states in a row the first of these is named beside the target."""


class RowPainter:
    """Paints the rows of one scene."""

    def __init__(self, scene: TimelineScene) -> None:
        self._scene = scene
        self._scale = scene.scale
        self._colours = scene.colours
        self._height, self._width = scene.size
        self._state_colours = {
            SpanState.OPEN: QColor(scene.colours.faint),
            SpanState.PROVISIONAL: QColor(scene.colours.text),
            SpanState.STALE: QColor(scene.colours.warning),
            SpanState.RUNNING: QColor(scene.colours.accent),
            SpanState.PAUSED: QColor(scene.colours.text),
            SpanState.FAILED: QColor(scene.colours.error),
        }

    def draw(self, painter: QPainter) -> None:
        """Paint the rows in view."""
        targets, y = self._visible_rows()
        project = self._scene.project
        if project is None:
            return
        codes = self._scene.strips.binned_codes(
            targets, self._scale.first, self._scale.last, self._scale.width
        )
        image = strip_image(codes, [project.target(t).colour for t in targets])
        for row, target in enumerate(targets):
            self._draw_row(painter, project.target(target), y + row * ROW_HEIGHT, image, row)

    def _visible_rows(self) -> tuple[list[TargetId], int]:
        """Targets in view, and the y of the first one's row."""
        offset = self._scene.scroll
        first = offset // ROW_HEIGHT
        count = self._height // ROW_HEIGHT + 2
        y = HEADER_HEIGHT + first * ROW_HEIGHT - offset
        return self._scene.targets[first : first + count], y

    def _draw_row(self, painter: QPainter, target: Target, y: int, image: QImage, row: int) -> None:
        if target.id in self._scene.selection:
            painter.fillRect(0, y, self._width, ROW_HEIGHT, self._colours.raised)
        spans = self._scene.spans(target.id)
        self._draw_name(painter, target, y, spans)
        strip = QRect(GUTTER, y + STRIP_MARGIN, self._scale.width, ROW_HEIGHT - 2 * STRIP_MARGIN)
        painter.drawImage(strip, image, QRect(0, row, self._scale.width, 1))
        if target.is_locked:
            self._draw_lock(painter, strip)
        painter.setClipRect(GUTTER, y, self._scale.width, ROW_HEIGHT)
        for span in spans_in_view(spans, self._scale):
            self._draw_span(painter, span, strip)
        painter.setClipping(False)
        self._draw_marks(painter, target.id, y)
        painter.setPen(QColor(self._colours.window))
        painter.drawLine(0, y + ROW_HEIGHT - 1, self._width, y + ROW_HEIGHT - 1)

    def _draw_name(
        self, painter: QPainter, target: Target, y: int, spans: tuple[MarkedSpan, ...]
    ) -> None:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(*target.colour))
        painter.drawRoundedRect(QRectF(10, y + 7, 10, 10), 2, 2)
        painter.setPen(QColor(self._colours.text if target.is_visible else self._colours.faint))
        name = QRect(28, y, GUTTER - 52, ROW_HEIGHT)
        shown = painter.fontMetrics().elidedText(
            target.name, Qt.TextElideMode.ElideRight, name.width()
        )
        painter.drawText(name, Qt.AlignmentFlag.AlignVCenter, shown)
        state = next((s for s in URGENCY if any(span.state is s for span in spans)), None)
        if target.is_locked:
            self._draw_padlock(painter, GUTTER - 17, y + 7)
        elif state is not None:
            painter.setPen(self._state_colours[state])
            glyph = QRect(GUTTER - 24, y, 20, ROW_HEIGHT)
            painter.drawText(glyph, Qt.AlignmentFlag.AlignCenter, GLYPHS[state])

    def _draw_padlock(self, painter: QPainter, x: int, y: int) -> None:
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        colour = QColor(self._colours.faint)
        painter.setPen(QPen(colour, 1.4))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawArc(QRectF(x + 1.5, y, 5, 7), 0, 180 * 16)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colour)
        painter.drawRoundedRect(QRectF(x, y + 4, 8, 6), 1, 1)
        painter.restore()

    def _draw_lock(self, painter: QPainter, strip: QRect) -> None:
        """Hatch what no run and no tool changes."""
        hatch = QColor(self._colours.window)
        hatch.setAlpha(200)
        painter.fillRect(strip, QBrush(hatch, Qt.BrushStyle.FDiagPattern))

    def _draw_span(self, painter: QPainter, span: MarkedSpan, strip: QRect) -> None:
        left = GUTTER + self._scale.x_of(span.first)
        width = max(2.0, GUTTER + self._scale.x_of(span.last + 1) - left)
        colour = self._state_colours[span.state]
        if span.state in (SpanState.OPEN, SpanState.PROVISIONAL):
            painter.setPen(QPen(colour, 1.0, Qt.PenStyle.DotLine))
            middle = strip.center().y() + 0.5
            painter.drawLine(QPointF(left, middle), QPointF(left + width, middle))
            return
        if span.state is SpanState.STALE:
            faded = QColor(self._colours.text)
            faded.setAlpha(140)
            hatched = QRectF(left, strip.top(), width, strip.height())
            painter.fillRect(hatched, QBrush(faded, Qt.BrushStyle.BDiagPattern))
        pattern = Qt.PenStyle.DashLine if span.state is SpanState.PAUSED else Qt.PenStyle.SolidLine
        pen = QPen(colour, BAND, pattern, Qt.PenCapStyle.FlatCap)
        painter.setPen(pen)
        y = strip.top() - BAND / 2 - 1
        painter.drawLine(QPointF(left, y), QPointF(left + width, y))

    def _draw_marks(self, painter: QPainter, target: TargetId, y: int) -> None:
        """Diamonds on keyframes, dots on frames with clicks, a line below verified frames."""
        project = self._scene.project
        assert project is not None, "marks are drawn of a project"
        first, last = int(self._scale.first) - 1, int(self._scale.last) + 1
        painter.save()
        painter.setClipRect(GUTTER, y, self._scale.width, ROW_HEIGHT)
        verified = self._scene.strips.edges(target, VERIFIED_CODES, first, last)
        foot = y + ROW_HEIGHT - STRIP_MARGIN - VERIFIED_HEIGHT
        for start, end in stretches_of(verified, 1.0 / max(self._scale.pixels_per_frame, 1e-9)):
            left, right = (GUTTER + self._scale.x_of(frame) for frame in (start, end + 1))
            line = QRectF(left, foot, max(1.0, right - left), VERIFIED_HEIGHT)
            painter.fillRect(line, QColor(self._colours.text))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(QColor(0, 0, 0, 170), 1.0))
        painter.setBrush(QColor("white"))
        keyframes = self._scene.strips.edges(target, KEYFRAME_CODES, first, last)
        middle = y + ROW_HEIGHT / 2
        columns = (keyframes - self._scale.first) * self._scale.pixels_per_frame // DIAMOND_PITCH
        _, apart = np.unique(columns, return_index=True)
        for frame in keyframes[apart].tolist():
            painter.drawPolygon(_diamond(GUTTER + self._scale.x_of(frame + 0.5), middle, 6.0))
        painter.setBrush(QColor(self._colours.accent))
        for frame in project.exemplar_frames(target):
            if first <= frame <= last:
                x = GUTTER + self._scale.x_of(frame + 0.5)
                painter.drawEllipse(QPointF(x, y + ROW_HEIGHT - 5), 2.8, 2.8)
        painter.restore()


def spans_in_view(spans: Iterable[MarkedSpan], scale: TimeScale) -> list[MarkedSpan]:
    """What is to be drawn of the spans of a row, in order: at most a few for each pixel.

    Those out of view are left out; those of one state that less than a pixel lies between are
    drawn as one.
    """
    shown: list[tuple[int, int, SpanState]] = []
    last_of: dict[SpanState, int] = {}
    frames_per_pixel = 1.0 / max(scale.pixels_per_frame, 1e-9)
    for span in spans:
        first, last, state = span.first, span.last, span.state
        if last < scale.first or first > scale.last:
            continue
        place = last_of.get(state)
        if place is not None and first - shown[place][1] <= frames_per_pixel:
            shown[place] = (shown[place][0], last, state)
        else:
            last_of[state] = len(shown)
            shown.append((first, last, state))
    return [MarkedSpan(*each) for each in shown]


def stretches_of(frames: np.ndarray, gap: float) -> list[tuple[int, int]]:
    """Frames in order as stretches (first, last), both inclusive.

    Args:
        frames: Their numbers, (n,).
        gap: Frames at most so far apart, or neighbours, are in one stretch.
    """
    if not frames.size:
        return []
    ends = np.flatnonzero(np.diff(frames) > max(1.0, gap))
    firsts = frames[np.concatenate(([0], ends + 1))]
    lasts = frames[np.concatenate((ends, [frames.size - 1]))]
    return list(zip(firsts.tolist(), lasts.tolist(), strict=True))


def _diamond(x: float, y: float, radius: float) -> QPolygonF:
    return QPolygonF(
        [
            QPointF(x, y - radius),
            QPointF(x + radius * 0.75, y),
            QPointF(x, y + radius),
            QPointF(x - radius * 0.75, y),
        ]
    )
