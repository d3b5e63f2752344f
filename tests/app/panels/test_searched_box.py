"""A box of choices in which any part of a name finds it."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from tarvis_app.panels.searched_box import SearchedBox

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support", extend=True)

NAMES = ("No class", "airplane", "big animal", "animal", "wild animal (other)")


@pytest.fixture
def box(qtbot):
    box = SearchedBox(None)
    qtbot.addWidget(box)
    box.addItems(NAMES)
    box.chosen = []
    box.activated.connect(box.chosen.append)
    box.show()
    box.showPopup()
    yield box
    box.hidePopup()


def found(box):
    model = box.list.model()
    return [model.index(row, 0).data() for row in range(model.rowCount())]


def test_that_any_part_of_a_name_finds_it_and_its_beginning_is_marked(box):
    assert found(box) == list(NAMES)
    assert box.list.currentIndex().data() == "No class", "what is chosen"
    QTest.keyClicks(box.search, "ANIM")
    assert found(box) == ["big animal", "animal", "wild animal (other)"]
    assert box.list.currentIndex().data() == "animal"
    QTest.keyClick(box.search, Qt.Key.Key_Return)
    assert (box.currentText(), box.chosen) == ("animal", [3])
    assert not box.list.isVisible()


def test_that_arrows_mark_another_and_all_is_listed_when_it_opens_again(box):
    QTest.keyClicks(box.search, "al (")
    assert found(box) == ["wild animal (other)"]
    for _ in range(4):
        QTest.keyClick(box.search, Qt.Key.Key_Backspace)
    QTest.keyClick(box.search, Qt.Key.Key_Down)
    QTest.keyClick(box.search, Qt.Key.Key_Return)
    assert box.currentText() == "airplane"
    box.showPopup()
    assert found(box) == list(NAMES)
    assert box.list.currentIndex().data() == "airplane"


def test_that_esc_and_a_search_without_result_choose_nothing(box):
    QTest.keyClicks(box.search, "zebra")
    assert found(box) == []
    assert box._nothing.isVisible()
    QTest.keyClick(box.search, Qt.Key.Key_Return)
    assert box.search.isVisible()
    QTest.keyClick(box.search, Qt.Key.Key_Escape)
    assert not box.search.isVisible()
    assert (box.currentText(), box.chosen) == ("No class", [])


def test_that_a_click_takes_a_row(box):
    rect = box.list.visualRect(box.list.model().index(2, 0))
    QTest.mouseClick(box.list.viewport(), Qt.MouseButton.LeftButton, pos=rect.center())
    assert box.chosen == [2]
