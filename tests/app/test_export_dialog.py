"""The export dialog while an export goes on, and what is said when it ends behind it."""

from pathlib import Path

import pytest
from PySide6.QtWidgets import QWidget

from tarvis_app.conduct.export_conduct import ExportNotices
from tarvis_app.dialogs.export_dialog import ExportDialog
from tarvis_app.exchange.exchange_jobs import ExportJob, ExportResult
from tarvis_app.exchange.exchange_worker import WRITING_SHARE, ExchangeStoppedError, ExchangeWorker
from tests.fakes.projects import COW

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support", extend=True)
"""What the offscreen platform says of itself when a dialog opens."""


@pytest.fixture
def dialog(qtbot, document, view_state, exchange, settings, tmp_path, notifications):
    window = QWidget()
    qtbot.addWidget(window)
    dialog = ExportDialog(document, view_state, exchange, settings, window)
    dialog.opener = window  # which would take the dialog along
    dialog.notices = ExportNotices(exchange, dialog, notifications)
    dialog.folder.setText(str(tmp_path / "out"))
    return dialog


def test_that_an_export_that_goes_on_is_shown_when_the_dialog_is_opened_again(
    qtbot, dialog, exchange
):
    with qtbot.waitSignal(exchange.looked, timeout=10000):
        dialog.ask()
    with qtbot.waitSignal(exchange.exported, timeout=10000):
        dialog.start()
        dialog.close()
        dialog.ask()
        assert not dialog.start_button.isEnabled(), "one at a time"
        assert not dialog.formats.isEnabled()
        assert not dialog._bar.isHidden()
    assert dialog.start_button.isEnabled()
    assert dialog.formats.isEnabled()


def test_that_another_project_is_looked_at_that_is_opened_behind_the_dialog(
    qtbot, dialog, exchange, view_state
):
    view_state.select(COW)
    with qtbot.waitSignal(exchange.looked):
        dialog.ask()
    with qtbot.waitSignal(exchange.looked):
        dialog._targets.setCurrentIndex(1)
    with qtbot.waitSignal(exchange.looked) as looked:
        view_state.show_video(5)
    job, _look = looked.args
    assert (job.first_frame, job.last_frame, job.targets) == (0, 4, None)
    assert not dialog._targets.isEnabled(), "nothing is selected"


def test_that_the_end_of_an_export_is_said_where_the_dialog_was_closed(
    qtbot, dialog, exchange, notifications, tmp_path
):
    with qtbot.waitSignal(exchange.looked, timeout=10000):
        dialog.ask()
    with qtbot.waitSignal(exchange.exported, timeout=10000):
        dialog.start()
        dialog.close()
    told = notifications.current
    assert told.text.startswith(f"Exported to {tmp_path / 'out'}")
    (show,) = told.remedies
    show.call()
    assert dialog.isVisible()
    notifications.clear()
    with qtbot.waitSignal(exchange.exported, timeout=10000):
        dialog.start()
    assert notifications.current is None, "the dialog says it"


def test_that_what_went_wrong_behind_a_closed_dialog_is_said(dialog, notifications):
    dialog.notices.tell_failure("")
    assert notifications.current is None, "the person stopped it"
    dialog.notices.tell_failure("the disk is full")
    assert notifications.current.text == "the disk is full"
    odd = ExportResult((Path("/masks/a.json"),), differences=("frame 3 differs",), is_checked=True)
    dialog.notices.tell_end(odd)
    assert "not the same" in notifications.current.text


def test_that_reading_back_tells_how_far_it_is_and_can_be_stopped(qapp, file, tmp_path):
    told = []
    worker = ExchangeWorker()
    worker.progressed.connect(told.append)
    job = ExportJob(file.path, "coco", tmp_path / "out", 0, 11)
    worker._export(job)
    assert told == sorted(told)
    compared = [part for part in told if part > WRITING_SHARE]
    assert len(compared) > 3
    assert max(part for part in told if part <= WRITING_SHARE) == WRITING_SHARE

    worker.progressed.connect(lambda part: job.stop.set() if part > WRITING_SHARE else None)
    with pytest.raises(ExchangeStoppedError):
        worker._export(job)


def test_that_a_video_is_not_offered_to_be_read_back_and_that_is_said(qtbot, dialog, exchange):
    with qtbot.waitSignal(exchange.looked, timeout=10000):
        dialog.ask()
    assert dialog._checks.isEnabled()
    with qtbot.waitSignal(exchange.looked, timeout=10000):
        dialog.choose_format(None)
    assert not dialog._checks.isEnabled()
    assert "no masks can be read back" in dialog._checks.toolTip()
    with qtbot.waitSignal(exchange.looked, timeout=10000):
        dialog.choose_format("coco")
    assert dialog._checks.isEnabled()
    assert "compare it with the project" in dialog._checks.toolTip()
