"""Small screens: targets, suggestions, a message and a run at once, and all of it can be read."""

from itertools import combinations

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractScrollArea,
    QAbstractSpinBox,
    QComboBox,
    QLabel,
    QLineEdit,
    QScrollArea,
    QTabWidget,
    QWidget,
)

from tarvis_app.notifications import Remedy
from tests.fakes.fake_engine import FakeEngine, loader

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support", extend=True)

PLAIN, ENLARGED = (1280, 720), (1024, 576)
"""A screen of 1280×720 as it is, and with everything enlarged to 125 %: pixels of Qt."""
COMPOUND = (QAbstractSpinBox, QComboBox, QLineEdit, QTabWidget)
"""What lies in these is arranged by Qt."""
LONG = (
    "cuda has too little memory even for clips of 2 small frames; close other programs, choose a "
    "smaller network or another device"
)
REMEDIES = [
    Remedy(text, lambda: None)
    for text in ("Shorter clips, smaller frames", "Use the CPU", "One target at a time")
]


def fill(hand, size, engine):
    """Bring up everything that wants room at once, in a window of a size."""
    app = hand.app
    hand.wait_for_video()
    app.window.showNormal()
    app.window.resize(*size)
    hand.click(20, 40)
    hand.wait(lambda: len(hand.masks.masks_at(0)) == 1)
    hand.press(Qt.Key.Key_N)
    hand.click(60, 40)
    hand.wait(lambda: len(hand.masks.masks_at(0)) == 2)
    app.class_search.start()
    hand.wait_for_end()
    hand.wait(lambda: app.suggestion_panel.isVisible())
    engine.delay_s = 0.3
    app.runs.track_both()
    hand.wait(lambda: app.run_status.isVisible() and app.runs.progress.frames_done > 0)


def settle(hand):
    """Let every layout follow, and those that follow them."""
    for _ in range(3):
        hand.qtbot.wait(50)
        hand.app.window.grab()


@pytest.mark.parametrize("page", [0, 1])
@pytest.mark.parametrize("size", [PLAIN, ENLARGED])
def test_that_nothing_overlaps_or_is_cut_however_much_there_is(run, video, size, page):
    engine = FakeEngine()

    def look(hand):
        fill(hand, size, engine)
        hand.app.notifications.warn(LONG, REMEDIES)
        hand.app.task_panel.pages.setCurrentIndex(page)
        settle(hand)
        window = hand.app.window
        assert window.size().toTuple() == size
        assert hand.app.runs.is_running
        assert hand.app.banner.isVisible()
        assert overlapping(window) == []
        assert cut(window) == []
        assert size == ENLARGED or scrolled(window) == []
        hand.app.runs.stop()
        hand.wait_for_end()

    assert run(video, look, loader(engine)) == 0


@pytest.mark.parametrize("height", [1, 120, 224, 320])
@pytest.mark.parametrize("size", [PLAIN, ENLARGED])
def test_that_neither_message_nor_suggestions_nor_run_move_the_canvas(run, video, size, height):
    engine = FakeEngine()

    def look(hand):
        app, window = hand.app, hand.app.window
        hand.wait_for_video()
        window.showNormal()
        window.resize(*size)
        window.resizeDocks([window.docks["timeline"]], [height], Qt.Orientation.Vertical)
        app.notifications.clear()
        app.task_panel.pages.setCurrentIndex(1)
        app.service.warm_up()
        hand.wait(lambda: app.task_panel.class_picker.knows_classes)
        settle(hand)
        places = geometries(app)

        fill(hand, size, engine)
        app.notifications.warn(LONG, REMEDIES)
        settle(hand)

        assert app.banner.isVisible()
        assert geometries(app) == places
        hand.app.runs.stop()
        hand.wait_for_end()

    assert run(video, look, loader(engine)) == 0


def geometries(app):
    docks = [d for d in app.window.docks.values() if not d.visibleRegion().isEmpty()]
    parts = (app.canvas, app.transport, *docks)
    places = {p.objectName() or type(p).__name__: p.geometry().getRect() for p in parts}
    button = app.task_panel.find_button  # what is pressed twice by mistake is pressed there
    return {**places, "find": (*button.mapTo(app.window, QPoint()).toTuple(), button.height())}


def overlapping(window):
    """Pairs of widgets that stand in the same one and lie over each other."""
    found = []
    for parent in (window, *shown(window, QWidget)):
        if isinstance(parent, (QAbstractScrollArea, QTabWidget, *COMPOUND)):
            continue
        inside = [
            child
            for child in parent.findChildren(QWidget, options=DIRECT)
            if child.isVisible() and not child.visibleRegion().isEmpty() and not child.isWindow()
        ]
        found += [
            (a, a.geometry(), b, b.geometry())
            for a, b in combinations(inside, 2)
            if a.geometry().intersects(b.geometry()) and not is_meant(a, b)
        ]
    return found


DIRECT = Qt.FindChildOption.FindDirectChildrenOnly


def is_meant(*pair):
    """Whether one of two is Qt's own handle or rubber band, or a ring round the other."""
    return any(type(each).__name__ in ("QSizeGrip", "QRubberBand", "Ring") for each in pair)


def cut(window):
    """Widgets that are not seen whole, and texts that are wider than their place."""
    found = []
    for widget in shown(window, QWidget):
        parent = widget.parentWidget()
        if isinstance(parent, COMPOUND) or scrolls(widget):
            continue
        if not parent.rect().contains(widget.geometry()):
            found.append(("sticks out", widget, widget.geometry(), parent))
        if isinstance(widget, QLabel) and not widget.wordWrap() and not widget.pixmap():
            hint = widget.sizeHint().width()
        elif isinstance(widget, QAbstractButton) and widget.text():
            hint = widget.minimumSizeHint().width()
        else:
            continue
        if widget.width() < hint:
            found.append(("too narrow", widget, widget.text(), (widget.width(), hint)))
    return found


def scrolls(widget):
    """Whether a widget is what a scroll area scrolls."""
    viewport = widget.parentWidget()
    area = viewport.parentWidget()
    return isinstance(area, QScrollArea) and area.viewport() is viewport


def scrolled(window):
    """Panels that are not seen whole."""
    return [area for area in shown(window, QScrollArea) if area.verticalScrollBar().maximum()]


def shown(window, kind):
    return [
        each
        for each in window.findChildren(kind)
        if each.isVisible() and each.window() is window and not each.visibleRegion().isEmpty()
    ]
