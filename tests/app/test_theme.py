"""The look: what can be ticked is seen, ticked or not, in both themes."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QFontMetrics, QPalette
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDockWidget,
    QListWidget,
    QMainWindow,
    QWidget,
)

from tarvis_app.colours import DARK, LIGHT, palette_of
from tarvis_app.style_sheet import style_sheet

CONTRAST = 2.8
"""Of a box's outline against its ground, at least (WCAG's ratio)."""


def luminance(colour):
    """Relative luminance by WCAG 2."""
    parts = (value / 255 for value in (colour.red(), colour.green(), colour.blue()))
    linear = [v / 12.92 if v <= 0.03928 else ((v + 0.055) / 1.055) ** 2.4 for v in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(first, second):
    light, dark = sorted((luminance(first), luminance(second)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("name", ["dark", "light"])
@pytest.mark.parametrize("is_ticked", [False, True])
def test_that_a_box_is_seen_on_its_ground(qtbot, theme, name, is_ticked):
    theme.use(name)
    box = QCheckBox("text")
    qtbot.addWidget(box)
    box.setChecked(is_ticked)
    box.resize(80, 24)
    picture = box.grab().toImage()
    ground = QColor(theme.colours.window)
    seen = [contrast(picture.pixelColor(x, 12), ground) for x in range(14)]
    assert max(seen) > CONTRAST


@pytest.mark.qt_log_ignore("This plugin does not support", extend=True)
@pytest.mark.parametrize("name", ["dark", "light"])
def test_that_the_chosen_line_of_a_list_to_choose_from_can_be_read(qtbot, theme, name):
    theme.use(name)
    box = QComboBox()
    qtbot.addWidget(box)
    box.addItems(["0.5×", "WWWW", "2×"])
    box.setCurrentIndex(1)
    box.show()
    box.showPopup()
    view = box.view()
    line = view.visualRect(view.model().index(1, 0))
    picture = view.viewport().grab(line).toImage()
    ground = picture.pixelColor(line.width() - 3, line.height() // 2)
    row = line.height() // 2
    seen = [contrast(picture.pixelColor(x, row), ground) for x in range(line.width())]
    box.hidePopup()
    assert max(seen) > 4.5


@pytest.mark.parametrize("name", ["dark", "light"])
def test_that_the_chosen_line_of_a_list_that_is_at_rest_can_be_read(qtbot, theme, name):
    theme.use(name)
    formats = QListWidget()
    qtbot.addWidget(formats)
    formats.addItems(["BURST", "WWWW", "DAVIS"])
    formats.setCurrentRow(1)
    formats.setDisabled(True)
    formats.show()
    line = formats.visualItemRect(formats.item(1))
    picture = formats.viewport().grab(line).toImage()
    row = line.height() // 2
    ground = picture.pixelColor(line.width() - 3, row)
    seen = [contrast(picture.pixelColor(x, row), ground) for x in range(line.width())]
    assert max(seen) > 4.5
    assert ground != QColor(theme.colours.field), "and it is seen to be the chosen one"


@pytest.mark.qt_log_ignore("This plugin does not support", extend=True)
def test_that_the_title_of_a_dock_is_not_cut_off_below(qtbot, theme):
    theme.use("light")
    window, title = QMainWindow(), "Targets jpqy"
    qtbot.addWidget(window)
    dock = QDockWidget(title)
    dock.setWidget(QWidget())
    dock.setMinimumWidth(250)
    window.addDockWidget(Qt.DockWidgetArea.RightDockWidgetArea, dock)
    window.show()
    picture = dock.grab().toImage()
    text = QColor(theme.colours.text)
    bar = range(dock.widget().geometry().top() - 2)
    rows = [y for y in bar if any(near(picture.pixelColor(x, y), text) for x in range(200))]
    letters = QFontMetrics(dock.font()).tightBoundingRect(title)
    assert rows[-1] - rows[0] + 1 >= letters.height()


def near(seen, colour):
    return all(abs(a - b) < 90 for a, b in zip(seen.getRgb(), colour.getRgb(), strict=True))


@pytest.mark.parametrize("colours", [DARK, LIGHT])
def test_that_the_style_sheet_has_no_gap(colours):
    sheet = style_sheet(colours)
    assert sheet.count("{") == sheet.count("}") > 50
    assert "None" not in sheet


@pytest.mark.parametrize("colours", [DARK, LIGHT])
def test_that_words_in_an_empty_field_fade_when_it_cannot_be_used(colours):
    palette, role = palette_of(colours), QPalette.ColorRole.PlaceholderText
    ground = QColor(colours.field)
    faded, usual = (
        contrast(palette.color(group, role), ground)
        for group in (QPalette.ColorGroup.Disabled, QPalette.ColorGroup.Active)
    )
    assert faded < usual
