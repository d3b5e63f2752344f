"""A bar that is set in the middle of an edit does not show the middle of the edit."""

import pytest
from PySide6.QtWidgets import QProgressBar, QVBoxLayout, QWidget
from typing_extensions import override

from tarvis_app.panels.busy_bar import BusyBar
from tarvis_app.panels.quiet_bar import QuietBar

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support", extend=True)


class Canvas(QWidget):
    """Counts how often it is painted."""

    count = 0

    @override
    def paintEvent(self, event):
        self.count += 1


@pytest.mark.parametrize(
    ("kind", "is_quiet"), [(QProgressBar, False), (QuietBar, True), (BusyBar, True)]
)
def test_that_setting_a_bar_paints_nothing_at_once(qtbot, kind, is_quiet):
    window = QWidget()
    qtbot.addWidget(window)
    layout = QVBoxLayout(window)
    bar, canvas = kind(), Canvas()
    layout.addWidget(bar)
    layout.addWidget(canvas)
    window.resize(300, 200)
    window.show()
    qtbot.waitUntil(lambda: canvas.count > 0)
    qtbot.wait(20)
    before = canvas.count
    canvas.update()
    bar.setRange(0, 500)
    bar.setValue(400)
    assert (canvas.count == before) is is_quiet
    qtbot.waitUntil(lambda: canvas.count > before)
    assert bar.value() == 400
