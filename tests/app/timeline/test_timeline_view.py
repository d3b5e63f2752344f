"""The timeline under a real mouse."""

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu

from tarvis_app.document.edits import Edit
from tarvis_app.timeline.row_painter import STRIP_MARGIN, stretches_of
from tarvis_app.timeline.span_states import SpanState
from tarvis_app.timeline.timeline_scene import GUTTER, HEADER_HEIGHT, ROW_HEIGHT, RULER_HEIGHT
from tarvis_app.timeline.timeline_view import TimelineView
from tarvis_app.timeline.track_strip import Plot
from tarvis_core.annotation import target_operations
from tarvis_core.annotation.track import FrameState, MaskSource, TrackFrame
from tests.fakes.projects import COW, rectangle

LEFT = Qt.MouseButton.LeftButton
NONE = Qt.KeyboardModifier.NoModifier


@pytest.fixture
def timeline(qtbot, document, view_state, theme):
    view = TimelineView(document, view_state, theme)
    qtbot.addWidget(view)
    view.resize(GUTTER + 480, 200)
    view.frame_wanted.connect(view_state.show_frame)
    view.show()
    document.open(document.project)
    return view


def x_of(timeline, frame):
    return round(GUTTER + timeline.scale.x_of(frame + 0.5))


def turn(timeline, at, turned, modifiers=NONE):
    wheel = QWheelEvent(
        at, at, QPoint(), turned, Qt.MouseButton.NoButton, modifiers,
        Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip
    QApplication.sendEvent(timeline.viewport(), wheel)


def test_that_a_click_goes_to_the_frame_under_it(timeline, view_state):
    for frame in (7, 0, 11):
        QTest.mouseClick(timeline.viewport(), LEFT, NONE, QPoint(x_of(timeline, frame), 100))
        assert view_state.frame == frame


def test_that_the_ends_of_the_range_are_dragged(timeline, view_state):
    viewport = timeline.viewport()
    start = QPoint(round(GUTTER + timeline.scale.x_of(0)), RULER_HEIGHT - 5)
    QTest.mousePress(viewport, LEFT, NONE, start)
    QTest.mouseMove(viewport, QPoint(x_of(timeline, 4), 10))
    timeline._drag_to(x_of(timeline, 4))
    QTest.mouseRelease(viewport, LEFT, NONE, QPoint(x_of(timeline, 4), 10))
    assert view_state.range == (4, 11)


def test_that_a_click_on_a_flag_goes_to_its_frame_and_moves_no_flag(timeline, view_state):
    view_state.set_range(2, 9)
    for frame in (2, 9):
        at = QPoint(x_of(timeline, frame), RULER_HEIGHT - 5)
        flag = round(GUTTER + timeline.scale.x_of(frame + (frame == 9)))
        QTest.mousePress(timeline.viewport(), LEFT, NONE, QPoint(flag - 3, at.y()))
        QTest.mouseMove(timeline.viewport(), QPoint(flag - 2, at.y()))
        QTest.mouseRelease(timeline.viewport(), LEFT, NONE, QPoint(flag - 2, at.y()))
        assert view_state.range == (2, 9)
        assert view_state.frame == timeline.scale.frame_at(flag - 2 - GUTTER)


def test_that_the_flag_at_the_beginning_covers_no_number(timeline, view_state):
    def label():
        """The part of the ruler in which the number of frame 0 is written."""
        image = timeline.viewport().grab().toImage()
        return image.copy(GUTTER + 8, 0, 30, RULER_HEIGHT - 5)

    view_state.show_frame(9)
    with_flag = label()
    view_state.set_range(5, 11)
    assert label() == with_flag
    drawn = {with_flag.pixel(x, y) for x in range(30) for y in range(RULER_HEIGHT - 5)}
    assert len(drawn) > 1


@pytest.mark.parametrize("zoomed", [0, 1, 2, 4])
def test_that_the_playhead_covers_no_number_at_any_zoom(timeline, view_state, zoomed):
    turn(timeline, QPointF(GUTTER + 1, 100), QPoint(0, 120 * zoomed))
    width = round(timeline.scale.pixels_per_frame) - 8

    def number():
        """The ruler in the first frame, from the flag on, above the ticks and the range."""
        image = timeline.viewport().grab().toImage().copy(GUTTER + 8, 0, width, RULER_HEIGHT - 8)
        return {(x, y): image.pixel(x, y) for x in range(width) for y in range(image.height())}

    view_state.show_frame(1)
    alone = number()
    view_state.show_frame(0)
    ground = alone[width - 1, 0]
    written = {place: pixel for place, pixel in alone.items() if pixel != ground}
    assert len(written) > 10
    beside = number()
    assert {place: beside[place] for place in written} == written


def test_that_a_name_selects_its_target(timeline, document, qtbot):
    rows = list(document.opened.targets)
    y = HEADER_HEIGHT + ROW_HEIGHT + 5
    with qtbot.waitSignal(timeline.target_clicked) as clicked:
        QTest.mouseClick(timeline.viewport(), LEFT, NONE, QPoint(30, y))
    assert clicked.args == [rows[1], False]


def test_that_the_wheel_zooms_and_painting_works_at_every_zoom(timeline, view_state):
    before = timeline.scale
    at = QPointF(GUTTER + 200, 100)
    for delta in (120, 240, -120):
        turn(timeline, at, QPoint(0, delta))
        assert not timeline.grab().isNull()
    assert timeline.scale.last - timeline.scale.first < before.last - before.first
    timeline.show_everything()
    assert timeline.scale == before


def test_that_the_frame_under_the_pointer_stays_there_when_zoomed(timeline):
    at = QPointF(GUTTER + 300, 100)
    before = timeline.scale.frame_at(300)
    turn(timeline, at, QPoint(0, 120))
    assert timeline.scale.frame_at(300) == before


@pytest.mark.parametrize(
    ("turned", "modifiers"),
    [(QPoint(0, -240), Qt.KeyboardModifier.ShiftModifier), (QPoint(-240, 30), NONE)],
)
def test_that_shift_and_a_sideways_wheel_scroll_in_time(timeline, turned, modifiers):
    at = QPointF(GUTTER + 100, 100)
    for _ in range(2):
        turn(timeline, at, QPoint(0, 120))
    before = timeline.scale
    turn(timeline, at, turned, modifiers)
    assert timeline.scale.first > before.first
    span = before.last - before.first
    assert timeline.scale.last - timeline.scale.first == pytest.approx(span)


def test_that_verified_frames_are_underlined_and_no_others(qtbot, timeline, document, theme):
    masks = document.opened.masks
    state = {True: FrameState.VERIFIED, False: FrameState.PREDICTED}
    is_verified = {frame: frame in (3, 4, 5, 8) for frame in range(12)}
    looked = tuple(
        masks.change_to(COW, frame, TrackFrame(rectangle(1, 1, 4, 4), state[verified]))
        for frame, verified in is_verified.items()
    )
    with qtbot.waitSignal(timeline.content.changed):
        document.edit(Edit("look", looked))
    row = list(document.opened.targets).index(COW)
    y = HEADER_HEIGHT + row * ROW_HEIGHT + ROW_HEIGHT - STRIP_MARGIN - 1
    image = timeline.viewport().grab().toImage()
    told = {
        frame: image.pixelColor(x_of(timeline, frame) + 8, y).name() == theme.colours.text
        for frame in is_verified
    }
    assert told == is_verified


def test_that_frames_that_share_a_pixel_are_one_stretch():
    frames = np.array([0, 1, 2, 5, 9, 10, 40])
    assert stretches_of(frames, 0.1) == [(0, 2), (5, 5), (9, 10), (40, 40)]
    assert stretches_of(frames, 4.0) == [(0, 10), (40, 40)]
    assert stretches_of(frames[:0], 1.0) == []


def test_that_an_empty_project_paints(qtbot, timeline, document):
    document.open(None)
    assert not timeline.grab().isNull()


@pytest.mark.qt_log_ignore("This plugin does not support", extend=True)
def test_that_the_curve_is_switched_by_its_name_and_by_the_action(timeline, qtbot):
    assert timeline.content.plot is Plot.DOUBT
    timeline.content.show_next_plot()
    assert timeline.content.plot is Plot.DISAGREEMENT
    QTest.mouseClick(timeline.viewport(), LEFT, NONE, QPoint(20, RULER_HEIGHT + 8))
    menu = timeline.findChild(QMenu)
    menu.actions()[-1].trigger()
    menu.close()
    assert timeline.content.plot is Plot.AREA
    assert not timeline.grab().isNull()


def test_that_the_tool_tip_says_what_is_known_and_what_waits(timeline, document):
    row = list(document.opened.targets).index(COW)
    y = HEADER_HEIGHT + row * ROW_HEIGHT + 8
    mend = TrackFrame(
        rectangle(1, 1, 4, 4), FrameState.KEYFRAME, source=MaskSource("brush", made_at=9.0)
    )
    document.edit(Edit("mend", (document.opened.masks.change_to(COW, 3, mend),)))
    assert "keyframe" in timeline.text_at(QPoint(x_of(timeline, 3), y))
    text = timeline.text_at(QPoint(x_of(timeline, 2), y))
    assert "doubt" in text
    assert "Shift+T" in text
    assert "Shift+T" in timeline.text_at(QPoint(20, y))
    assert "zoom" in timeline.text_at(QPoint(300, 5))


def test_that_it_is_said_that_a_stopped_run_begins_again_and_how_to_go_on(timeline):
    said = timeline.content.texts.state(SpanState.PAUSED)
    assert "Shift+T begins it again" in said
    assert "Enter on its last frame, then F" in said


def test_that_a_locked_row_is_hatched_and_says_so(timeline, document):
    row = list(document.opened.targets).index(COW)
    y = HEADER_HEIGHT + row * ROW_HEIGHT + 8
    before = timeline.grab().toImage()
    locked = target_operations.set_locked(document.opened, [COW], is_locked=True)
    document.edit(Edit("lock", tuple(locked)))
    assert "Locked" in timeline.text_at(QPoint(20, y))
    assert timeline.grab().toImage() != before


def test_that_the_row_of_a_target_that_is_selected_comes_into_view(timeline, document, view_state):
    for _ in range(20):
        _, changes = target_operations.create_target(document.opened)
        document.edit(Edit("New target", changes))
    targets = timeline.content.targets
    for row in (len(targets) - 1, 0, len(targets) // 2):
        view_state.select(targets[row])
        top = HEADER_HEIGHT + row * ROW_HEIGHT - timeline.verticalScrollBar().value()
        assert HEADER_HEIGHT <= top <= timeline.viewport().height() - ROW_HEIGHT


def test_that_where_a_run_is_is_said_and_looks_like_the_spans_ahead_of_it(timeline, theme):
    bare = timeline.viewport().grab().toImage()
    timeline.content.show_run_head(5)
    image = timeline.viewport().grab().toImage()
    column = [image.pixelColor(x_of(timeline, 5), y) for y in range(HEADER_HEIGHT, 190)]
    before = [bare.pixelColor(x_of(timeline, 5), y) for y in range(HEADER_HEIGHT, 190)]
    drawn = [c for c, old in zip(column, before, strict=True) if c != old]
    assert 0.4 < len(drawn) / len(column) < 0.9, "dashed"
    assert all(c.blue() > c.red() for c in drawn)
    place = QPoint(x_of(timeline, 5) + 3, HEADER_HEIGHT + 40)
    assert timeline.text_at(place) == "The run has come to frame 5."
    timeline.content.show_run_head(None)
    assert "The run" not in timeline.text_at(place)
