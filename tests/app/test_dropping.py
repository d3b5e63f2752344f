"""A file dropped on the window is opened."""

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QApplication

from tarvis_app.application import Application
from tarvis_app.window_run import delete_now
from tests.fakes.fake_engine import load_fake

LEFT, NONE = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
COPY = Qt.DropAction.CopyAction


@pytest.fixture
def application(qapp, qtbot, settings):
    application = Application(qapp, settings, load_fake)
    application.window.show()
    yield application
    application.window.close()
    delete_now(application.window)
    delete_now(application)


def dragged(window, *urls, text=""):
    """What is dragged over the window; whether the window takes it."""
    data = QMimeData()
    data.setUrls(list(urls))
    data.setText(text)
    event = QDragEnterEvent(QPoint(40, 40), COPY, data, LEFT, NONE)
    event.ignore()
    QApplication.sendEvent(window, event)
    return data, event.isAccepted()


def test_that_a_dropped_video_is_opened(qtbot, application, numbered_video):
    data, is_taken = dragged(application.window, QUrl.fromLocalFile(str(numbered_video)))
    assert is_taken
    event = QDropEvent(QPointF(40, 40), COPY, data, LEFT, NONE)
    with qtbot.waitSignal(application.opening.opened, timeout=10000) as opened:
        QApplication.sendEvent(application.window, event)
    assert opened.args[0].path == numbered_video
    assert event.isAccepted()


def test_that_what_is_no_file_of_this_machine_is_not_taken(application):
    assert not dragged(application.window, QUrl("https://example.org/dog.mp4"))[1]
    assert not dragged(application.window, text="dog.mp4")[1]
