"""A person at the window, and the camera that looks over the shoulder."""

import os
from collections.abc import Callable
from pathlib import Path

from picture_engine import KnowingEngine
from PIL import Image
from PySide6.QtCore import QEvent, QEventLoop, QPointF, Qt, QTimer
from PySide6.QtGui import QMouseEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from tarvis_app.application import Application
from tarvis_core.video.sample_clip import sample_label_map

PICTURES = Path(os.environ.get("TARVIS_GUIDE_PICTURES", Path(__file__).parent / "pictures"))
COLOURS_IN_PICTURES = 256
"""Pictures are stored with a palette: they are small, and nobody sees the difference."""


class Camera:
    """A person at the window, and the camera that looks over the shoulder."""

    def __init__(self, application: Application, engine: KnowingEngine) -> None:
        self.app = application
        self.engine = engine

    def wait(self, seconds: float) -> None:
        """Let Qt work for a while."""
        loop = QEventLoop()
        QTimer.singleShot(int(seconds * 1000), loop.quit)
        loop.exec()

    def wait_until(self, condition: Callable[[], bool]) -> None:
        """Let Qt work until something is so, ten seconds at most."""
        for _ in range(200):
            if condition():
                return
            self.wait(0.05)

    def go_to(self, frame: int) -> None:
        """Show a frame."""
        self.app.view_state.show_frame(frame)
        self.wait_until(lambda: self.app.presenter.frame == frame)
        self.wait(0.3)

    def click(self, label: int, frame: int, *, is_new: bool = True) -> None:
        """Click the middle of a target of the sample clip."""
        if is_new:
            self.app.actions["target.new"].trigger()
        rows, columns = (sample_label_map(frame) == label).nonzero()
        order = abs(rows - rows.mean()) + abs(columns - columns.mean())
        nearest = order.argmin()
        place = self.app.canvas.mapFromScene(QPointF(columns[nearest] + 0.5, rows[nearest] + 0.5))
        before = self.app.document.opened.masks.num_masks
        QTest.mouseClick(self.app.canvas.viewport(), Qt.MouseButton.LeftButton, pos=place)
        if is_new:
            self.wait_until(lambda: self.app.document.opened.masks.num_masks > before)

    def paint(self, *points: tuple[float, float]) -> None:
        """Draw a stroke with the mouse."""
        viewport, left = self.app.canvas.viewport(), Qt.MouseButton.LeftButton
        places = [self.app.canvas.mapFromScene(QPointF(*point)) for point in points]
        QTest.mousePress(viewport, left, pos=places[0])
        for place in places:
            position = QPointF(place)
            event = QMouseEvent(
                QEvent.Type.MouseMove,
                position,
                viewport.mapToGlobal(position),
                Qt.MouseButton.NoButton,
                left,
                Qt.KeyboardModifier.NoModifier,
            )
            QApplication.sendEvent(viewport, event)
        QTest.mouseRelease(viewport, left, pos=places[-1])

    def shoot(self, name: str, widget: QWidget | None = None) -> None:
        """Save a picture."""
        image = (widget or self.app.window).grab().toImage()
        image.save(str(PICTURES / f"{name}.png"))
        shrink(PICTURES / f"{name}.png")


def shrink(path: Path) -> None:
    """Store a picture with a palette."""
    with Image.open(path) as image:
        small = image.convert("RGB").quantize(COLOURS_IN_PICTURES, dither=Image.Dither.NONE)
    small.save(path, optimize=True)
