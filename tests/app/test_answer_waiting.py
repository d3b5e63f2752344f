"""The canvas says when the network is being asked, and how slow a run is."""

import pytest
from PySide6.QtCore import QObject, Signal

from tarvis_app.actions import Actions
from tarvis_app.canvas.heads_up_display import HeadsUpDisplay
from tarvis_app.conduct.answer_waiting import AnswerWaiting
from tarvis_app.panels.run_status import RunStatus
from tarvis_app.segmentation.click_answers import ClickAnswers
from tarvis_app.segmentation.requests import PreviewAnswer, PreviewRequest
from tarvis_app.segmentation.run_progress import RunPass, RunProgress
from tests.fakes.projects import COW, GRASS

FRAME = 2


class FakeService(QObject):
    """Answers when it is told to."""

    preview_answered = Signal(object)
    preview_failed = Signal(object, str)
    clicks_answered = Signal()

    def __init__(self):
        super().__init__()
        self.asked = []

    def preview(self, frame, exemplars, target, gesture=None):
        self.asked.append(gesture)

    def answer(self, gesture, target=COW):
        request = PreviewRequest(1, FRAME, (), target, gesture)
        self.preview_answered.emit(PreviewAnswer(request, None))


@pytest.fixture
def service(qapp):
    return FakeService()


@pytest.fixture
def said(canvas, document, view_state, drawing, service):
    """What stands at the top left of the canvas."""
    display = HeadsUpDisplay(canvas, document, view_state)
    clicks = ClickAnswers(document, view_state, service, display)
    drawing.exemplar_given.connect(clicks.ask)
    AnswerWaiting(document, clicks, service, display)
    view_state.select(COW)
    view_state.note_shown_frame(FRAME)
    return display._target.text


def test_that_a_click_without_answer_is_said_to_wait(qtbot, drawing, service, said):
    given = []
    drawing.exemplar_given.connect(given.append)
    drawing.add_point(FRAME, (9.5, 8.5), is_positive=True)
    assert "predicted" in said()
    qtbot.waitUntil(lambda: said() == "Berta · the network is looking…")
    service.answer(gesture=None)
    service.answer(gesture=given[0].gesture - 1)
    assert "is looking" in said()
    service.answer(gesture=given[0].gesture)
    assert "is looking" not in said()


def test_that_nothing_is_said_to_wait_on_another_frame_or_of_another_target(
    qtbot, drawing, service, view_state, said
):
    drawing.add_point(FRAME, (9.5, 8.5), is_positive=True)
    qtbot.waitUntil(lambda: "is looking" in said())
    view_state.note_shown_frame(FRAME + 1)
    assert "is looking" not in said()
    view_state.note_shown_frame(FRAME)
    assert "is looking" in said()
    view_state.select(GRASS)
    assert "is looking" not in said()


def test_that_a_click_that_gets_no_answer_waits_no_longer(qtbot, drawing, service, said):
    drawing.add_point(FRAME, (9.5, 8.5), is_positive=True)
    qtbot.waitUntil(lambda: "is looking" in said())
    service.clicks_answered.emit()
    assert "is looking" not in said()


def test_that_a_click_asked_again_by_redo_is_said_to_wait(
    qtbot, document, view_state, drawing, service, said
):
    view_state.select()
    drawing.add_point(FRAME, (20.5, 20.5), is_positive=True)
    new = view_state.active_target
    qtbot.waitUntil(lambda: "is looking" in said())
    document.undo()
    view_state.select()
    service.answer(service.asked[0], new)
    assert said() == "New target"
    document.redo()
    assert service.asked == [service.asked[0]] * 2
    name = document.opened.target(new).name
    qtbot.waitUntil(lambda: said() == f"{name} · the network is looking…")
    view_state.select(new)
    assert "is looking" in said()
    service.answer(service.asked[0], new)
    assert "is looking" not in said()


def test_that_nothing_waits_in_another_project(qtbot, document, view_state, drawing, said):
    drawing.add_point(FRAME, (9.5, 8.5), is_positive=True)
    qtbot.waitUntil(lambda: "is looking" in said())
    document.open(document.project)
    assert "is looking" not in said()


def test_that_a_target_carried_over_its_clip_is_said_to_be(canvas, document, view_state):
    display = HeadsUpDisplay(canvas, document, view_state)
    view_state.select(COW)
    display.show_filling((GRASS,))
    assert "carrying" not in display._target.text()
    display.show_filling((COW,))
    assert display._target.text().endswith("carrying it over the clip…")
    display.show_filling(())
    assert "carrying" not in display._target.text()


@pytest.mark.parametrize(
    ("elapsed_s", "text"),
    [
        (0.0, "4 of 12 frames"),
        (0.1, "4 of 12 frames · 40 frames/s · 0:00 left"),
        (4.0, "4 of 12 frames · 1.0 frames/s · 0:08 left"),
        (80.0, "4 of 12 frames · 20 s per frame · 2:40 left"),
    ],
)
def test_that_a_slow_run_says_how_long_a_frame_takes(qtbot, settings, theme, elapsed_s, text):
    status = RunStatus(Actions(settings, theme))
    qtbot.addWidget(status)
    assert status.progress_text(RunProgress(4, 12, elapsed_s)) == text


def test_that_a_run_of_several_passes_counts_the_frames_of_each(qtbot, settings, theme):
    status = RunStatus(Actions(settings, theme))
    qtbot.addWidget(status)
    progress = RunProgress(44, 80, 22.0, at=RunPass(2, 2, 4, 40))
    text = "pass 2 of 2 · 4 of 40 frames · 2.0 frames/s · 0:18 left"
    assert status.progress_text(progress) == text


def test_that_speed_is_measured_from_the_first_clip_so_that_loading_does_not_count():
    first = RunProgress(5, 40, 10.0, frames_first=5, elapsed_first_s=10.0)
    later = RunProgress(15, 40, 15.0, frames_first=5, elapsed_first_s=10.0)
    assert first.frames_per_second == 0.5
    assert (later.frames_per_second, later.seconds_left) == (2.0, 12.5)
