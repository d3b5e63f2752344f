"""The menu of files opened lately."""

from pathlib import Path

import pytest
from PySide6.QtCore import QObject
from PySide6.QtWidgets import QMenu

from tarvis_app.recent_files import RecentFiles

DOG, CAT, OTHER_DOG = Path("/videos/dog.mp4"), Path("/videos/cat & co.mp4"), Path("/old/dog.mp4")


class FakeOpening(QObject):
    """Notes what is to be opened."""

    def __init__(self):
        super().__init__()
        self.opened = []

    def open(self, path):
        self.opened.append(path)


@pytest.fixture
def opening(qapp):
    return FakeOpening()


@pytest.fixture
def menu(qtbot, settings, opening):
    menu = QMenu()
    qtbot.addWidget(menu)
    menu.recent = RecentFiles(menu, settings, opening)
    return menu


def texts(menu):
    return [action.text() for action in menu.actions() if not action.isSeparator()]


def test_that_files_opened_lately_are_listed_newest_first_and_opened_again(menu, settings, opening):
    assert not menu.isEnabled()
    for path in (DOG, CAT):
        settings.add_recent(path)
    assert menu.isEnabled()
    assert texts(menu) == ["cat && co.mp4", "dog.mp4", "Clear this list"]
    menu.actions()[1].trigger()
    assert opening.opened == [DOG]
    settings.add_recent(DOG)
    assert texts(menu)[0] == "dog.mp4"


def test_that_files_of_one_name_are_told_apart_by_their_folders(menu, settings):
    for path in (OTHER_DOG, DOG, CAT):
        settings.add_recent(path)
    assert texts(menu)[1:3] == ["dog.mp4 (videos)", "dog.mp4 (old)"]
    assert [action.toolTip() for action in menu.actions()[1:3]] == [str(DOG), str(OTHER_DOG)]


def test_that_the_list_can_be_cleared(menu, settings):
    settings.add_recent(DOG)
    menu.actions()[-1].trigger()
    assert texts(menu) == []
    assert not menu.isEnabled()
