"""Where there is little room, lists are short before a panel scrolls."""

import pytest
from PySide6.QtWidgets import QLabel, QListWidget, QPushButton, QScrollArea, QVBoxLayout, QWidget

from tarvis_app.panels.shrinking_panel import ShrinkingPanel

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support", extend=True)


@pytest.mark.parametrize(("kind", "scrolls"), [(QWidget, True), (ShrinkingPanel, False)])
def test_that_the_list_gives_way_to_the_button_below_it(qtbot, kind, scrolls):
    panel, area = kind(), QScrollArea()
    words = QLabel("words that have to wrap where the panel is as narrow as it is here", panel)
    words.setWordWrap(True)
    layout = QVBoxLayout(panel)
    for part in (words, QListWidget(panel), QPushButton("Go", panel)):
        layout.addWidget(part)
    area.setWidgetResizable(True)
    area.setWidget(panel)
    qtbot.addWidget(area)
    area.resize(180, 230)
    area.show()
    qtbot.waitUntil(lambda: panel.width() > 100)
    qtbot.wait(10)
    assert (area.verticalScrollBar().maximum() > 0) is scrolls


def test_that_without_a_layout_any_height_will_do(qtbot):
    panel = ShrinkingPanel()
    qtbot.addWidget(panel)
    assert panel.heightForWidth(100) == -1
