"""The frame of the video as the lowest layer of the canvas."""

from PySide6.QtCore import QRectF
from PySide6.QtGui import QPainter, QTransform
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget
from typing_extensions import override

from tarvis_app.playback.frame_cache import FrameImage

ALWAYS_SMOOTH_PIXELS = 2_200_000
"""Up to this size, scaling smoothly is cheap enough while things move."""

CRISP_SCALE = 3.0
"""From this magnification on, pixels are shown as squares."""


class FrameItem(QGraphicsItem):
    """Paints one decoded frame, one scene unit per frame pixel."""

    def __init__(self) -> None:
        super().__init__()
        self._shown: FrameImage | None = None
        self._size = (0, 0)
        self.is_idle = True

    @property
    def frame(self) -> int | None:
        """The frame that is on the screen; None before the first one."""
        return None if self._shown is None else self._shown.frame

    @property
    def size(self) -> tuple[int, int]:
        """(height, width) of the frames."""
        return self._size

    def clear(self, size: tuple[int, int]) -> None:
        """Show nothing until a frame of the new video comes."""
        self.prepareGeometryChange()
        self._size = size
        self._shown = None
        self.update()

    def show_image(self, image: FrameImage) -> None:
        """Show a frame."""
        self._shown = image
        self.update()

    @override
    def boundingRect(self) -> QRectF:
        """The frame's rectangle."""
        height, width = self._size
        return QRectF(0, 0, width, height)

    @override
    def paint(
        self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None
    ) -> None:
        """Paint the exposed part of the frame."""
        if self._shown is None:
            return
        prepare_layer(painter, self._size, is_idle=self.is_idle)
        painter.drawImage(0, 0, self._shown.image)


def prepare_layer(painter: QPainter, size: tuple[int, int], *, is_idle: bool) -> None:
    """Begin a layer on a pixel of the screen; scale smoothly where it looks better and is quick.

    A view scrolls by whole units, which are no whole pixels on screens of 125 or 150 %: pixels of
    the frame would be shown in squares of different sizes.

    Args:
        painter: With the layer's transform.
        size: (height, width) of the layer.
        is_idle: Whether the view rests.
    """
    ratio, at = painter.device().devicePixelRatioF(), painter.worldTransform()
    left, top = (round(place * ratio) / ratio for place in (at.dx(), at.dy()))
    painter.setWorldTransform(QTransform(at.m11(), at.m12(), at.m21(), at.m22(), left, top))
    scale = at.m11() * ratio
    is_affordable = is_idle or size[0] * size[1] <= ALWAYS_SMOOTH_PIXELS
    is_smooth = scale < CRISP_SCALE and scale != 1.0 and is_affordable
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, is_smooth)
