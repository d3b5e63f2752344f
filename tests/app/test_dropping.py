"""A file dropped on the window is opened."""

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QApplication

from tarvis_app.application import Application
from tarvis_app.window_run import delete_now
from tarvis_core.annotation.formats.annotated_video import VideoCollection
from tarvis_core.annotation.formats.davis import DavisFormat
from tarvis_core.annotation.formats.project_conversion import project_to_video
from tests.fakes.fake_engine import load_fake
from tests.fakes.numbered_video import Recipe, write_numbered_video
from tests.fakes.projects import sample_project

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support", extend=True)
"""What the offscreen platform says of itself when a dialog opens."""

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


def drop(window, path):
    data, _ = dragged(window, QUrl.fromLocalFile(str(path)))
    QApplication.sendEvent(window, QDropEvent(QPointF(40, 40), COPY, data, LEFT, NONE))


def test_that_dropped_annotations_are_looked_into_before_anything_changes(
    qtbot, application, numbered_video, tmp_path
):
    annotations = tmp_path / "masks.json"
    annotations.write_text("{}")
    with qtbot.waitSignal(application.opening.video_refused, timeout=10000):
        drop(application.window, annotations)  # there is nothing to import into
    with qtbot.waitSignal(application.opening.opened, timeout=10000):
        drop(application.window, numbered_video)
    with qtbot.waitSignal(application.exchange.import_failed, timeout=10000) as failed:
        drop(application.window, annotations)
    assert application.import_dialog.isVisible()
    assert "masks.json" in failed.args[0]
    assert "masks.json" in application.import_dialog.report.toPlainText()


def test_that_a_dropped_folder_is_a_video_or_a_data_set_by_what_lies_in_it(
    qtbot, application, numbered_video, tmp_path
):
    project = sample_project()
    DavisFormat().write(VideoCollection(project.label_set, [project_to_video(project)]), tmp_path)
    with qtbot.waitSignal(application.opening.opened, timeout=10000):
        drop(application.window, numbered_video)
    with qtbot.waitSignal(application.exchange.import_failed, timeout=10000) as failed:
        drop(application.window, tmp_path)
    assert "the annotations are for frames of 40 × 30 pixels" in failed.args[0]

    images = tmp_path / "Annotations" / "480p" / "cow"
    with qtbot.waitSignal(application.opening.opened, timeout=10000) as opened:
        drop(application.window, images)
    assert opened.args[0].path == images


def test_that_what_is_no_file_of_this_machine_is_not_taken(application):
    assert not dragged(application.window, QUrl("https://example.org/dog.mp4"))[1]
    assert not dragged(application.window, text="dog.mp4")[1]


def test_that_another_video_that_is_dropped_is_the_one_that_an_open_import_is_about(
    qtbot, application, numbered_video, tmp_path
):
    annotations, dialog = tmp_path / "masks.json", application.import_dialog
    annotations.write_text("{}")
    other = write_numbered_video(tmp_path, Recipe("other.mp4", num_frames=4))
    with qtbot.waitSignal(application.opening.opened):
        drop(application.window, numbered_video)
    with qtbot.waitSignal(application.exchange.import_failed):
        drop(application.window, annotations)
    asked = []
    application.exchange._look_into_wanted.connect(asked.append)
    with qtbot.waitSignal(application.exchange.import_failed):
        drop(application.window, other)
    assert [job.project for job in asked] == [application.opening.file.path]
    assert "read again for it: other." in dialog.report.toPlainText()
    dialog.close()
    with qtbot.waitSignal(application.opening.opened):
        drop(application.window, numbered_video)
    assert len(asked) == 1, "nobody waits for it"
