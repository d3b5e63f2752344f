"""Whoever goes by keys through the window sees where the keys are."""

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QColor
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDialog, QLineEdit, QPushButton, QTabBar, QVBoxLayout
from shiboken6 import isValid

from tarvis_app.application import Application
from tarvis_app.document.edits import Edit
from tarvis_app.window_run import delete_now
from tarvis_core.annotation import target_operations

KEY = Qt.Key


pytestmark = pytest.mark.qt_log_ignore("This plugin does not support", extend=True)


@pytest.fixture
def application(qapp, qtbot, settings, numbered_video):
    application = Application(qapp, settings, lambda _: None)
    window = application.window
    window.resize(1280, 720)
    window.show()
    window.activateWindow()
    application.open(numbered_video)
    qtbot.waitUntil(lambda: window.isActiveWindow() and application.presenter.frame == 0)
    _, changes = target_operations.create_target(application.document.opened, "Cow")
    application.document.edit(Edit("New", changes))
    yield application
    window.close()
    delete_now(window)
    delete_now(application)


def press(key):
    focus = QApplication.focusWidget()
    QTest.keyClick(focus, key)
    return QApplication.focusWidget()


def rim(window, place, colour):
    """The part of a rectangle's rim that has a colour."""
    image = window.grab(place).toImage()
    width, height = image.width(), image.height()
    points = [QPoint(x, y) for x in range(8, width - 8) for y in (1, height - 2)]
    points += [QPoint(x, y) for y in range(8, height - 8) for x in (1, width - 2)]
    wanted = QColor(colour).rgb()
    return sum(image.pixel(p) == wanted for p in points) / len(points)


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_that_every_control_that_keys_lead_to_has_a_ring(application, theme):
    application.settings.theme = theme
    application.canvas.setFocus()
    window, ring = application.window, application.focus_ring
    seen = []
    while (first := press(KEY.Key_F6)) is not application.canvas:
        control = first
        while True:
            seen.append(control)
            assert ring.ring.isVisible(), control
            part = control.rect()
            if isinstance(control, QTabBar):
                part = control.tabRect(control.currentIndex())
            around = ring.ring.geometry()
            assert (around & window.rect()).contains(
                part.translated(control.mapTo(window, QPoint())).center()
            )
            if len(seen) % 4 == 1 or isinstance(control, QTabBar):
                assert rim(window, around, application.theme.colours.accent) > 0.8, control
            control = press(KEY.Key_Tab)
            if control is first:
                break
    assert len(seen) > 25
    assert any(isinstance(control, QTabBar) for control in seen)
    assert ring.ring is None, "the canvas needs none"


def test_that_the_mouse_needs_no_ring(application):
    application.canvas.setFocus()
    press(KEY.Key_F6)
    ring = application.focus_ring
    assert ring.ring is not None
    QTest.mouseClick(application.task_panel.stops_at_keyframes, Qt.MouseButton.LeftButton)
    assert ring.ring is None
    application.task_panel.selected_only.setFocus(Qt.FocusReason.TabFocusReason)
    assert ring.ring is None, "a control that Qt moves on to after a click"


def test_that_what_qt_moves_on_to_by_itself_needs_none(application, qtbot):
    """After Enter in a dialog, or any key that is no Tab, a control that is disabled."""
    ring, panel = application.focus_ring, application.task_panel
    QTest.keyClick(application.canvas, KEY.Key_Right)
    panel.selected_only.setFocus(Qt.FocusReason.TabFocusReason)
    assert ring.ring is None
    dialog = QDialog(application.window)
    layout = QVBoxLayout(dialog)
    for part in (QLineEdit(dialog), QPushButton("Go", dialog)):
        layout.addWidget(part)
    dialog.show()
    qtbot.waitUntil(dialog.isActiveWindow)
    press(KEY.Key_Tab)
    assert ring.ring.window() is dialog
    QTest.keyClick(dialog, KEY.Key_Return)
    dialog.close()
    application.window.activateWindow()
    qtbot.waitUntil(application.window.isActiveWindow)
    panel.stops_at_keyframes.setFocus(Qt.FocusReason.TabFocusReason)
    assert ring.ring is None
    press(KEY.Key_F6)
    assert ring.ring.window() is application.window


def test_that_a_dialog_has_it_too(application, qtbot):
    dialog = QDialog(application.window)
    layout = QVBoxLayout(dialog)
    for part in (QLineEdit(dialog), QPushButton("Go", dialog)):
        layout.addWidget(part)
    dialog.show()
    qtbot.waitUntil(dialog.isActiveWindow)
    button = press(KEY.Key_Tab)
    assert isinstance(button, QPushButton)
    assert application.focus_ring.ring.window() is dialog
    dialog.close()
    assert application.focus_ring.ring is None


def test_that_the_ring_goes_with_a_dialog_that_deletes_itself(application, qtbot):
    for _ in range(2):
        dialog = QDialog(application.window)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        layout = QVBoxLayout(dialog)
        for part in (QLineEdit(dialog), QPushButton("Go", dialog)):
            layout.addWidget(part)
        dialog.show()
        qtbot.waitUntil(dialog.isActiveWindow)
        press(KEY.Key_Tab)
        ring = application.focus_ring.ring
        assert ring.window() is dialog
        delete_now(dialog)  # as its own window's end deletes it, with the keys inside
        assert not isValid(ring)
        application.window.activateWindow()
        qtbot.waitUntil(application.window.isActiveWindow)
        application.canvas.setFocus(Qt.FocusReason.TabFocusReason)
        press(KEY.Key_F6)
        assert application.focus_ring.ring.window() is application.window
