"""A line of text that is shortened where it has no room."""

from PySide6.QtWidgets import QHBoxLayout, QLabel, QWidget

from tarvis_app.panels.elided_label import ElidedLabel

TEXT = "pass 2 of 3 · 1200 of 10000 frames · 12 frames/s · 12:13 left"


def test_that_a_text_is_shortened_where_it_has_no_room_and_whole_in_its_tooltip(qtbot):
    box = QWidget()
    qtbot.addWidget(box)
    label = ElidedLabel(60, box)
    layout = QHBoxLayout(box)
    layout.addWidget(label)
    label.setText(TEXT)
    whole = QLabel(TEXT).sizeHint().width()
    assert label.minimumSizeHint().width() == 60
    assert label.sizeHint().width() == whole, "it takes the room that there is"

    box.resize(whole + 60, 40)
    box.grab()
    assert (label.shown_text, label.toolTip()) == (TEXT, "")
    box.resize(160, 40)
    box.grab()
    assert label.shown_text.startswith("pass 2")
    assert label.shown_text.endswith("…")
    assert label.toolTip() == TEXT
    assert label.accessibleName() in ("", TEXT)


def test_that_a_short_text_is_no_wider_than_it_has_to_be(qtbot):
    label = ElidedLabel(120)
    qtbot.addWidget(label)
    label.setText("Go")
    assert label.minimumSizeHint().width() < 120
