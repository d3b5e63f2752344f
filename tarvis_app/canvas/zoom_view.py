"""A view that zooms at the pointer, pans, fits, and magnifies for as long as a key is held."""

from PySide6.QtCore import QPoint, QPointF, QRectF, Qt, QTimer, Signal
from PySide6.QtGui import QPainter, QResizeEvent
from PySide6.QtWidgets import QFrame, QGraphicsScene, QGraphicsView, QWidget
from typing_extensions import override

MIN_SCALE, MAX_SCALE = 0.02, 64.0
ZOOM_STEP = 1.25
FIT_MARGIN = 0.98
LOUPE_FACTOR = 3.0
IDLE_AFTER_MS = 150


class ZoomView(QGraphicsView):
    """Shows a scene whose picture lies at (0, 0), one scene unit per pixel.

    Signals:
        zoom_changed: Argument: device pixels per frame pixel.
    """

    zoom_changed = Signal(float)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setScene(QGraphicsScene(self))
        self._size = (0, 0)
        self._is_fitted = True
        self._before_loupe: tuple[float, QPointF, bool] | None = None
        self.loupe_place: QPointF | None = None
        """Where the loupe magnifies, in frame pixels; None: under the mouse."""
        self._idle_timer = QTimer(self)
        self._idle_timer.setSingleShot(True)
        self._idle_timer.setInterval(IDLE_AFTER_MS)
        self._idle_timer.timeout.connect(self._be_idle)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setTransformationAnchor(QGraphicsView.ViewportAnchor.NoAnchor)
        self.setResizeAnchor(QGraphicsView.ViewportAnchor.NoAnchor)
        self.setViewportUpdateMode(QGraphicsView.ViewportUpdateMode.MinimalViewportUpdate)
        self.setOptimizationFlag(QGraphicsView.OptimizationFlag.DontSavePainterState)
        self.setRenderHint(QPainter.RenderHint.Antialiasing, False)  # noqa: FBT003 -- Qt's own signature
        self.setMinimumSize(240, 160)

    @property
    def scale_factor(self) -> float:
        """Screen pixels per frame pixel."""
        return self.transform().m11()

    def show_size(self, size: tuple[int, int]) -> None:
        """Be ready for frames of (height, width) and show them whole."""
        height, width = size
        self._size = size
        self.scene().setSceneRect(QRectF(-width, -height, 3 * width, 3 * height))
        self.fit()

    def fit(self) -> None:
        """Show the whole frame."""
        height, width = self._size
        if not height or not width:
            return
        viewport = self.viewport().size()
        scale = min(viewport.width() / width, viewport.height() / height) * FIT_MARGIN
        self._is_fitted = True
        self._set_scale(scale)
        self.centerOn(width / 2, height / 2)

    def show_actual_pixels(self) -> None:
        """Show one frame pixel per pixel of the screen."""
        self.zoom_to(1.0 / self.devicePixelRatioF())

    def zoom_in(self) -> None:
        """Magnify about the middle."""
        self.zoom_to(self.scale_factor * ZOOM_STEP)

    def zoom_out(self) -> None:
        """Show more."""
        self.zoom_to(self.scale_factor / ZOOM_STEP)

    def zoom_to(self, scale: float, at: QPointF | None = None) -> None:
        """Set the scale and keep a place of the viewport where it is; None: its middle."""
        anchor = at or QPointF(self.viewport().rect().center())
        before = self.mapToScene(anchor.toPoint())
        self._is_fitted = False
        self._set_scale(scale)
        shift = self.mapFromScene(before) - anchor.toPoint()
        self.scroll_by(shift)
        self._be_busy()

    def restore_view(self, scale: float, centre: tuple[float, float]) -> None:
        """Show what was shown when the project was last open."""
        self._is_fitted = False
        self._set_scale(scale)
        self.centerOn(*centre)

    @property
    def centre(self) -> tuple[float, float]:
        """The frame position in the middle of the viewport, (x, y)."""
        point = self.mapToScene(self.viewport().rect().center())
        return point.x(), point.y()

    @property
    def is_fitted(self) -> bool:
        """Whether the whole frame is shown and stays so when the window changes."""
        return self._is_fitted

    def _set_scale(self, scale: float) -> None:
        scale = max(MIN_SCALE, min(MAX_SCALE, scale))
        self.resetTransform()
        self.scale(scale, scale)
        self.zoom_changed.emit(scale * self.devicePixelRatioF())

    def scroll_by(self, shift: QPoint) -> None:
        """Move the view by screen pixels."""
        horizontal, vertical = self.horizontalScrollBar(), self.verticalScrollBar()
        horizontal.setValue(horizontal.value() + shift.x())
        vertical.setValue(vertical.value() + shift.y())

    def press_loupe(self) -> None:
        """Magnify under the pointer for as long as a key is held."""
        if self._before_loupe is None:
            self._before_loupe = (self.scale_factor, QPointF(*self.centre), self._is_fitted)
            here = self.viewport().mapFromGlobal(self.cursor().pos())
            if self.loupe_place is not None:
                here = self.mapFromScene(self.loupe_place)
            inside = self.viewport().rect().contains(here)
            self.zoom_to(self.scale_factor * LOUPE_FACTOR, QPointF(here) if inside else None)

    def release_loupe(self) -> None:
        """Return to the view before the loupe."""
        if self._before_loupe is not None:
            scale, centre, self._is_fitted = self._before_loupe
            self._before_loupe = None
            self._set_scale(scale)
            self.centerOn(centre)

    def pan_by(self, shift: QPoint) -> None:
        """Move the view as the person drags it; it is then no longer fitted."""
        self._is_fitted = False
        self.scroll_by(shift)
        self._be_busy()

    def set_idle(self, *, is_idle: bool) -> None:
        """Be told whether the view rests, so that drawing finely is affordable."""

    def _be_busy(self) -> None:
        self.set_idle(is_idle=False)
        self._idle_timer.start()

    def _be_idle(self) -> None:
        self.set_idle(is_idle=True)

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep the whole frame in view if it was."""
        super().resizeEvent(event)
        if self._is_fitted:
            self.fit()
