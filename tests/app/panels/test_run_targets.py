"""Whom a run takes, named above the buttons that start it."""

import pytest

from tarvis_app.panels.run_targets import RunTargets
from tarvis_app.segmentation.run_forecast import Cost, Forecast
from tarvis_core.annotation.segmentation import Direction

NOTHING = Cost(0, None, why_nothing="Click first.")


@pytest.fixture
def line(qtbot):
    line = RunTargets()
    qtbot.addWidget(line)
    line.resize(600, 20)
    line.show()
    return line


def show(line, both, forward=NOTHING):
    tracking = {Direction.BOTH: both, Direction.FORWARD: forward, Direction.BACKWARD: NOTHING}
    line.show_forecast(Forecast(tracking))


@pytest.mark.parametrize(
    ("names", "left_out", "text"),
    [
        (("ball",), (), "ball"),
        (("ball", "dog"), (), "All 2: ball, dog"),
        (("ball",), ("dog (locked)",), "Only ball"),
        (("ball", "dog"), ("cat (up to date)",), "2 of 3: ball, dog"),
    ],
)
def test_that_the_line_names_whom_a_run_takes(line, names, left_out, text):
    show(line, Cost(9, None, names=names, left_out=left_out))
    assert line.text() == text


def test_that_one_is_told_who_stays_out_and_why(line):
    show(line, Cost(9, None, names=("ball",), left_out=("dog (locked)", "cat (up to date)")))
    assert line.toolTip() == "Tracked: ball\nLeft out: dog (locked), cat (up to date)"


def test_that_one_way_is_named_where_no_other_is_possible(line):
    show(line, NOTHING, Cost(9, None, names=("ball",)))
    assert line.text() == "ball"
    show(line, NOTHING)
    assert line.text() == "Nothing to track yet"
    assert line.toolTip() == ""


def test_that_nothing_is_said_before_anybody_looked(line):
    show(line, Cost(9, None, names=("ball",)))
    line.show_forecast(Forecast())
    assert line.text() == ""


def test_that_many_names_are_cut_to_the_width(line):
    show(line, Cost(9, None, names=tuple(f"person {number}" for number in range(20))))
    assert line.text().endswith("…")
    assert "person 19" in line.toolTip()
    line.resize(6000, 20)
    assert line.text().endswith("person 19")


def test_that_ways_that_take_others_are_told_apart_when_pointed_at(line):
    forward = Cost(5, None, names=("ball",), left_out=("dog (nothing to carry from here)",))
    show(line, Cost(9, None, names=("ball", "dog")), forward)
    assert line.text() == "Both ways: All 2: ball, dog"
    assert line.toolTip().splitlines() == [
        "Both ways: ball, dog",
        "Forward: ball",
        "Left out: dog (nothing to carry from here)",
    ]


def test_that_many_targets_are_not_called_nothing(line):
    show(line, Cost(900, None))
    assert line.text() == "What waits for a run, and what is selected"


def test_that_a_frame_outside_the_range_is_said_to_be_so(line):
    why = "This frame lies outside the range 0–4 (Shift+I: the whole video)."
    show(line, Cost(0, None, why_nothing=why, is_outside=True))
    assert (line.text(), line.toolTip()) == (why, "")
    line.resize(200, 20)
    assert line.text() == why, "it is not cut, but has a second line"
    assert line.sizeHint().height() > line.fontMetrics().height() + 4
    show(line, NOTHING)
    assert not line.wordWrap()
    assert (line.text(), line.toolTip()) == ("Nothing to track yet", "")
