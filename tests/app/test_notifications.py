"""The banner: several remedies leave the message room to be read."""

import pytest
from PySide6.QtWidgets import QWidget

from tarvis_app.notifications import Banner, Remedy

LONG = (
    "cuda has too little memory even for clips of 2 small frames; close other programs, choose a "
    "smaller network or another device"
)


@pytest.fixture
def canvas(qtbot):
    canvas = QWidget()
    canvas.resize(735, 420)
    qtbot.addWidget(canvas)
    return canvas


@pytest.fixture
def banner(canvas, notifications, theme):
    return Banner(notifications, theme, canvas)


def nothing():
    """Be called."""


@pytest.mark.parametrize("num_remedies", [0, 1, 4])
def test_that_a_message_is_read_in_a_few_lines_whatever_is_offered(
    banner, notifications, num_remedies
):
    texts = ["Shorter clips, smaller frames", "Use the CPU", "One target at a time", "Models…"]
    notifications.error(LONG, [Remedy(text, nothing) for text in texts[:num_remedies]])
    banner.parentWidget().show()
    banner.parentWidget().grab()
    assert [button.text() for button in banner._buttons] == texts[:num_remedies]
    assert banner._text.width() > 350
    assert banner.height() < 110
    notifications.inform("short")
    assert banner._buttons == []


def test_that_a_remedy_is_called_and_the_message_goes(banner, notifications):
    called = []
    notifications.warn("odd", [Remedy("mend", lambda: called.append(True))])
    banner._buttons[0].click()
    assert called == [True]
    assert notifications.current is None


def test_that_one_message_after_another_is_shown_whole(banner, notifications, qtbot):
    banner.parentWidget().show()
    for text in (LONG, LONG, "short", LONG):
        notifications.inform(text, [Remedy("Next", nothing), Remedy("Skip the tour", nothing)])
        qtbot.wait(1)
        banner.parentWidget().grab()
        label = banner._text
        assert label.height() >= label.heightForWidth(label.width())
        bottoms = [button.geometry().bottom() for button in banner._buttons]
        assert max(bottoms) < banner.height()
