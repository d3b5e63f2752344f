"""How before and after of a run look: lines, textures, and the legend that shows both.

Targets have any hue, so the two are told apart from them and from each other by lightness alone,
which everybody sees: before is black, dashed and striped; after is white, whole and dotted.
"""

from dataclasses import dataclass

from PySide6.QtCore import QCoreApplication, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import (
    QBrush,
    QColor,
    QFont,
    QFontMetrics,
    QImage,
    QPainter,
    QPainterPath,
    QPen,
    QPixmap,
)
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget
from typing_extensions import override

from tarvis_app.canvas.outlines import DASHES, UNDER, OutlineItem

CONTEXT = "DifferenceLook"
BLACK, WHITE = QColor(0, 0, 0), QColor(255, 255, 255)
STRIPE, FAINT_STRIPE = QColor(0, 0, 0, 190), QColor(255, 255, 255, 110)
DOT, DOT_RIM = QColor(255, 255, 255, 235), QColor(0, 0, 0, 150)
TILE = 14
"""Pixels after which a texture repeats: between its marks the picture can be judged."""
STRIPE_WIDTH, FAINT_WIDTH = 3, 2
LINE = 2.0
"""Width of an outline, in pixels."""
SWATCH = QSize(30, 16)
GAP, PADDING = 6, 6
LEGEND_GROUND, LEGEND_TEXT = QColor(128, 128, 128), QColor("white")


@dataclass(frozen=True)
class Side:
    """One side of the comparison."""

    line: QColor
    rim: QColor
    is_dashed: bool
    texture: QImage
    """Of the pixels that only this side has."""


def _tile() -> QImage:
    image = QImage(TILE, TILE, QImage.Format.Format_ARGB32_Premultiplied)
    image.fill(Qt.GlobalColor.transparent)
    return image


def _striped() -> QImage:
    """Oblique dark stripes with a light edge; between them the picture shows."""
    image = _tile()
    for y in range(TILE):
        for x in range(TILE):
            across = (x + y) % TILE
            if across < STRIPE_WIDTH + FAINT_WIDTH:
                image.setPixelColor(x, y, STRIPE if across < STRIPE_WIDTH else FAINT_STRIPE)
    return image


def _dotted() -> QImage:
    """Light dots with a dark rim; between them the picture shows."""
    image = _tile()
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    for colour, radius in ((DOT_RIM, 2.6), (DOT, 1.7)):
        painter.setBrush(colour)
        painter.drawEllipse(QPointF(TILE / 2, TILE / 2), radius, radius)
    painter.end()
    return image


def before() -> Side:
    """What a run replaced."""
    return Side(BLACK, WHITE, is_dashed=True, texture=_striped())


def after() -> Side:
    """What it gave."""
    return Side(WHITE, BLACK, is_dashed=False, texture=_dotted())


def outline_of(side: Side, path: QPainterPath) -> OutlineItem:
    """The outline of one side's mask, in pixels of the frame."""
    item = OutlineItem(width=LINE, rim=side.rim, is_rim_whole=False)
    item.show_path(path, side.line, is_dashed=side.is_dashed)
    return item


class TextureItem(QGraphicsItem):
    """A region filled with a texture that has the same grain at every zoom."""

    def __init__(self, path: QPainterPath, texture: QImage) -> None:
        super().__init__()
        self._path = path
        self._brush = QBrush(texture)

    @override
    def boundingRect(self) -> QRectF:
        """The region."""
        return self._path.boundingRect()

    @override
    def paint(
        self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None
    ) -> None:
        """Fill the region."""
        zoom = painter.worldTransform().m11() / painter.device().devicePixelRatioF()
        transform = self._brush.transform()
        transform.reset()
        transform.scale(1.0 / zoom, 1.0 / zoom)
        self._brush.setTransform(transform)
        painter.fillPath(self._path, self._brush)


def legend(font: QFont, scale: float) -> QPixmap:
    """A picture of both sides with their names.

    Args:
        font: Of the names.
        scale: Pixels of the device for each of the legend.
    """
    metrics = QFontMetrics(font)
    names = (
        (before(), QCoreApplication.translate(CONTEXT, "before")),
        (after(), QCoreApplication.translate(CONTEXT, "after")),
    )
    widths = [SWATCH.width() + GAP + metrics.horizontalAdvance(name) for _, name in names]
    height = max(SWATCH.height(), metrics.height()) + PADDING
    size = QSize(sum(widths) + 4 * GAP, height)
    picture = QPixmap(size * scale)
    picture.setDevicePixelRatio(scale)
    picture.fill(Qt.GlobalColor.transparent)
    painter = QPainter(picture)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setFont(font)
    left = GAP
    for (side, name), width in zip(names, widths, strict=True):
        swatch = QRectF(left, (height - SWATCH.height()) / 2, SWATCH.width(), SWATCH.height())
        _paint_swatch(painter, swatch, side)
        painter.setPen(LEGEND_TEXT)
        text = QRectF(swatch.right() + GAP, 0, width, height)
        painter.drawText(text, Qt.AlignmentFlag.AlignVCenter, name)
        left += width + 2 * GAP
    painter.end()
    return picture


def _paint_swatch(painter: QPainter, place: QRectF, side: Side) -> None:
    """A little of one side's outline and texture on a ground of neither's lightness."""
    painter.fillRect(place, LEGEND_GROUND)
    inner = place.adjusted(2, 2, -2, -2)
    painter.setBrushOrigin(QPointF(inner.left(), inner.center().y() - TILE / 2))
    painter.fillRect(inner, QBrush(side.texture))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for colour, width in ((side.rim, LINE + UNDER), (side.line, LINE)):
        pen = QPen(colour, width)
        if side.is_dashed:
            pen.setDashPattern([each * LINE / width for each in DASHES])
        painter.setPen(pen)
        painter.drawRect(inner)
