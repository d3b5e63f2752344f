"""A synthetic mouse on a canvas, in frame pixels."""

from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

LEFT, RIGHT = Qt.MouseButton.LeftButton, Qt.MouseButton.RightButton
NONE = Qt.KeyboardModifier.NoModifier


def place(canvas, x, y):
    """Where a frame position is in the viewport."""
    return canvas.mapFromScene(QPointF(x, y))


def click(canvas, x, y, button=LEFT, modifiers=NONE):
    """Press and release."""
    QTest.mouseClick(canvas.viewport(), button, modifiers, place(canvas, x, y))


def move(canvas, x, y, button=Qt.MouseButton.NoButton, modifiers=NONE):
    """Move the pointer, with a button held or without."""
    viewport = canvas.viewport()
    position = QPointF(place(canvas, x, y))
    event = QMouseEvent(
        QEvent.Type.MouseMove,
        position,
        viewport.mapToGlobal(position),
        Qt.MouseButton.NoButton,
        button,
        modifiers,
    )
    QApplication.sendEvent(viewport, event)


def drag(canvas, *points, button=LEFT, modifiers=NONE):
    """Press at the first point, move along the others, release at the last."""
    viewport = canvas.viewport()
    QTest.mousePress(viewport, button, modifiers, place(canvas, *points[0]))
    for point in points[1:]:
        move(canvas, *point, button, modifiers)
    QTest.mouseRelease(viewport, button, modifiers, place(canvas, *points[-1]))
