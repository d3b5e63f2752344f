"""A picture that is not the frame asked for is never taken for it."""

import pytest

from tarvis_app.canvas.heads_up_display import HeadsUpDisplay
from tarvis_app.conduct.frame_waiting import FrameWaiting


@pytest.fixture
def said(canvas, document, view_state):
    """What stands in the middle of the canvas."""
    display = HeadsUpDisplay(canvas, document, view_state)
    FrameWaiting(document, view_state, display)
    view_state.note_shown_frame(view_state.frame)
    return display._awaited.text


def test_that_a_frame_that_takes_long_is_said_to_be_on_its_way(qtbot, view_state, said):
    view_state.show_frame(7)
    assert said() == "", "it may come at once"
    qtbot.waitUntil(lambda: said() == "Frame 7 is on its way. This is frame 0.")
    view_state.show_frame(9)
    assert said() == "Frame 9 is on its way. This is frame 0."
    view_state.note_shown_frame(7)
    assert said() == "Frame 9 is on its way. This is frame 7."
    view_state.note_shown_frame(9)
    assert said() == ""


def test_that_a_frame_that_comes_soon_needs_no_word(qtbot, view_state, said):
    view_state.show_frame(7)
    view_state.note_shown_frame(7)
    qtbot.wait(300)
    assert said() == ""
