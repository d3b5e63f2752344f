"""Every control of the window and of all dialogs has a name for screen readers, and a tooltip."""

import pytest
from PySide6.QtGui import QAccessible, QKeySequence
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractScrollArea,
    QAbstractSlider,
    QAbstractSpinBox,
    QComboBox,
    QDockWidget,
    QHeaderView,
    QKeySequenceEdit,
    QLineEdit,
    QPlainTextEdit,
    QProgressBar,
    QScrollArea,
    QScrollBar,
    QTabBar,
    QTextBrowser,
    QToolBar,
    QToolButton,
)

from tarvis_app.application import Application
from tarvis_app.canvas.canvas_view import CanvasView
from tarvis_app.notifications import Remedy
from tarvis_app.timeline.timeline_view import TimelineView
from tarvis_app.window_run import delete_now
from tests.fakes import mouse
from tests.fakes.fake_engine import FakeEngine, loader

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support", extend=True)

CONTROLS = (
    QAbstractButton,
    QAbstractScrollArea,
    QAbstractSlider,
    QAbstractSpinBox,
    QComboBox,
    QKeySequenceEdit,
    QLineEdit,
    QProgressBar,
)
COMPOUND = (QAbstractSpinBox, QComboBox, QKeySequenceEdit, QLineEdit, QTabBar, QToolBar)
"""What stands in these is a part of them, and made by Qt."""
DIALOGS = ("export", "import", "models", "shortcuts", "batch", "video")


@pytest.fixture
def application(qapp, qtbot, settings, numbered_video):
    """The window with a target, suggestions and a message, and every dialog."""
    application = Application(qapp, settings, loader(FakeEngine()))
    application.window.show()
    application.open(numbered_video)
    qtbot.waitUntil(lambda: application.presenter.frame is not None)
    mouse.click(application.canvas, 30, 20, mouse.LEFT)
    qtbot.waitUntil(lambda: application.document.opened.masks.num_masks > 0)
    application.class_search.start()
    qtbot.waitUntil(lambda: bool(application.suggestions.waiting))
    qtbot.waitUntil(lambda: not application.runs.is_running)
    application.notifications.warn("odd", [Remedy("Mend it", lambda: None)])
    yield application
    application.window.close()
    delete_now(application.window)
    delete_now(application)


@pytest.fixture
def places(application):
    """The window and its dialogs by name."""
    dialogs = {name: getattr(application, f"{name}_dialog") for name in DIALOGS}
    return {"window": application.window, **dialogs}


def controls(place):
    """Everything in a window that can be worked or read, but what Qt put into it."""
    found = [w for kind in CONTROLS for w in place.findChildren(kind) if w.window() is place]
    return [w for w in dict.fromkeys(found) if not is_made_by_qt(w)]


def is_made_by_qt(widget):
    name, parent = widget.objectName(), widget.parentWidget()
    if name.startswith("qt_") or isinstance(widget, (QScrollBar, QHeaderView, QScrollArea)):
        return True
    if isinstance(parent, COMPOUND) and not isinstance(parent, QToolBar):
        return True
    is_corner = isinstance(parent, QAbstractItemView)
    is_extension = isinstance(widget, QToolButton) and "ext" in name
    return is_corner or is_extension or isinstance(parent, QDockWidget)


def described(widget):
    return (
        f"{type(widget).__name__} “{said_name(widget)}” in {type(widget.parentWidget()).__name__}"
    )


def said_name(widget):
    """What a screen reader says of it; of a list to choose from, what is chosen is not enough."""
    if isinstance(widget, QComboBox):
        return widget.accessibleName()
    return QAccessible.queryAccessibleInterface(widget).text(QAccessible.Text.Name)


def is_only_read(widget):
    """Whether there is nothing to be done with it that a tooltip could tell."""
    is_text = isinstance(widget, (QPlainTextEdit, QTextBrowser)) and widget.isReadOnly()
    return is_text or isinstance(widget, QProgressBar)


def speaks_where_it_is_pointed_at(widget):
    """The timeline has a tooltip for each place, and the canvas says below what the mouse does."""
    return isinstance(widget, (TimelineView, CanvasView))


@pytest.mark.parametrize("name", ["window", *DIALOGS])
def test_that_every_control_has_a_name_for_screen_readers(places, name):
    nameless = [described(w) for w in controls(places[name]) if not said_name(w).strip()]
    assert nameless == []


@pytest.mark.parametrize("name", ["window", *DIALOGS])
def test_that_every_control_has_a_tooltip(places, name):
    bare = [
        described(widget)
        for widget in controls(places[name])
        if not (is_only_read(widget) or speaks_where_it_is_pointed_at(widget))
        and not widget.toolTip().strip()
    ]
    assert bare == []


def test_that_every_button_of_an_action_tells_its_keys(application):
    buttons = [b for b in application.window.findChildren(QToolButton) if b.defaultAction()]
    assert len(buttons) > 40
    for button in buttons:
        key = button.defaultAction().shortcut().toString(QKeySequence.SequenceFormat.NativeText)
        assert f"({key})" in button.toolTip() or not key, button.toolTip()
