"""The whole window, from `main` to its exit status, with an engine that answers at once."""

import json
import threading

import pytest
from PySide6.QtCore import QPoint, Qt, QTimer

from tarvis_app.review.problems import Reason
from tarvis_app.segmentation.requests import ModelState
from tarvis_app.view_state import ToolId
from tarvis_core.annotation.exemplar import MaskExemplar
from tarvis_core.annotation.project_file import ProjectFile
from tarvis_core.annotation.target import TargetId
from tarvis_core.annotation.track import FrameState
from tarvis_core.errors import DeviceMemoryError
from tarvis_core.video.clip import ClipGrid
from tests.fakes.fake_engine import CLIP_LENGTH, FakeEngine, load_nothing, loader
from tests.fakes.hand import FIRST, NUM_FRAMES
from tests.fakes.loop import Loop, drawn_masks, export, exported_masks
from tests.fakes.numbered_video import number_in

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support", extend=True)
"""What the offscreen platform says of itself when a dialog opens."""


LOOP = Loop(
    num_frames=NUM_FRAMES,
    click=(30, 40),
    painted=20,
    stroke=((10, 20), (20, 24), (30, 20)),
    accepted=30,
    near=(15, 25),
)


def test_open_click_track_correct_undo_export_and_reopen(run, video, tmp_path):
    seen = {}

    def annotate(hand):
        hand.wait_for_video()
        assert number_in(shown_pixels(hand)) == 0
        seen["content"] = LOOP.go_through(hand, tmp_path / "out")

    assert run(video, annotate, loader(FakeEngine())) == 0
    assert exported_masks(tmp_path / "out") == drawn_masks(seen["content"])
    assert (
        run(video, lambda hand: LOOP.look_again(hand, seen["content"]), loader(FakeEngine())) == 0
    )


def test_that_a_correction_of_one_target_knows_the_other_and_leaves_it_alone(run, video):
    engine = FakeEngine()

    def annotate(hand):
        hand.wait_for_video()
        LOOP.click_and_track(hand)
        second = LOOP.track_neighbour(hand, (60, 20))
        before = hand.content(second)
        hand.press(Qt.Key.Key_1)
        LOOP.correct_two_frames(hand)
        hand.go_to(LOOP.painted)
        hand.press(Qt.Key.Key_T)
        hand.wait_for_end()

        assert hand.content(second) == before
        assert engine.requests[-1].wanted.keys() == {FIRST}
        shown = MaskExemplar(LOOP.painted, second, before[LOOP.painted].mask)
        assert shown in engine.requests[-1].exemplars

    assert run(video, annotate, loader(engine)) == 0


def test_that_a_click_can_be_followed_over_its_clip_without_a_run(run, video):
    def annotate(hand):
        hand.wait_for_video()
        hand.go_to(10)
        hand.click(30, 40)
        hand.wait(lambda: len(hand.masks.track(FIRST)) > 1)
        around = ClipGrid(CLIP_LENGTH, CLIP_LENGTH // 2).around(10, NUM_FRAMES)
        hand.wait(lambda: len(hand.masks.track(FIRST)) == around[1] - around[0] + 1)
        hand.go_to(12)
        assert hand.masks.get(FIRST, 12).mask.box[0] > hand.masks.get(FIRST, 10).mask.box[0]
        assert not hand.app.runs.is_running
        filled = hand.content()
        hand.press(Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
        assert not hand.app.document.opened.targets
        hand.press(Qt.Key.Key_Y, Qt.KeyboardModifier.ControlModifier)
        assert hand.content() == filled
        hand.press(Qt.Key.Key_F)
        hand.wait_for_end()
        assert hand.masks.track(FIRST).frames == tuple(range(around[0], NUM_FRAMES))
        assert not hand.app.pending_run.is_pending

    assert run(video, annotate, loader(FakeEngine())) == 0


def test_that_a_project_opens_where_it_was_left(run, video):
    left = {}

    def work(hand):
        hand.wait_for_video()
        hand.click(30, 40)
        hand.wait(lambda: hand.masks.get(FIRST, 0) is not None)
        hand.app.view_state.select()
        hand.click(70, 20)
        hand.go_to(9)
        hand.app.view_state.set_range(4, 30)
        hand.app.view_state.select(FIRST)
        for _ in range(3):
            hand.app.actions["view.zoom_in"].trigger()
        hand.app.canvas.scroll_by(QPoint(-12, 7))
        left["place"] = (hand.app.canvas.scale_factor, *hand.app.canvas.centre)

    def look(hand):
        hand.wait_for_video()
        hand.wait(lambda: hand.app.presenter.frame == 9)
        state = hand.app.view_state
        assert (state.range, state.selection) == ((4, 30), (FIRST,))
        place = (hand.app.canvas.scale_factor, *hand.app.canvas.centre)
        assert place == pytest.approx(left["place"], abs=0.5)

    for script in (work, look, look):
        assert run(video, script, loader(FakeEngine())) == 0


def shown_pixels(hand):
    image = hand.app.provider.cache.get(hand.app.presenter.frame)
    return image.pixels[..., 2::-1]


def test_that_without_weights_one_can_paint_scrub_and_export(run, video, tmp_path):
    def annotate(hand):
        hand.wait_for_video()
        hand.click(30, 40)
        hand.wait(lambda: hand.app.service.model.state is ModelState.MISSING)
        hand.wait(lambda: hand.app.notifications.current is not None)
        remedies = [remedy.text for remedy in hand.app.notifications.current.remedies]
        assert remedies == ["Import weights…", "Models…"]
        hand.press(Qt.Key.Key_Escape)
        assert hand.app.notifications.current is None

        hand.press(Qt.Key.Key_A)
        hand.drag((10, 20), (40, 30))
        assert hand.masks.get(FIRST, 0).state is FrameState.KEYFRAME
        hand.press(Qt.Key.Key_T)
        hand.wait(lambda: hand.app.notifications.current is not None)
        assert not hand.app.runs.is_running
        export(hand, tmp_path / "out")

    assert run(video, annotate, load_nothing) == 0


class Gate:
    """Holds a run before a frame (that of its third clip) until it is opened."""

    def __init__(self, first_held=2 * CLIP_LENGTH):
        self._first_held = first_held
        self._is_open = threading.Event()

    def __call__(self, frames):
        if frames[0] >= self._first_held:
            assert self._is_open.wait(20)

    def open(self):
        self._is_open.set()


def test_that_a_stopped_run_keeps_what_was_done_and_one_undo_takes_it_back(run, video):
    gate = Gate()
    engine = FakeEngine(before_clip=gate)

    def annotate(hand):
        hand.wait_for_video()
        hand.click(30, 40)
        hand.wait(lambda: len(hand.masks.track(FIRST)) == CLIP_LENGTH)
        clicked = hand.content()
        hand.press(Qt.Key.Key_F)
        hand.wait(lambda: len(hand.masks.track(FIRST)) > 8)
        hand.press(Qt.Key.Key_Escape)
        gate.open()
        hand.wait_for_end()
        done = len(hand.masks.track(FIRST))
        assert 8 < done < NUM_FRAMES
        hand.press(Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
        assert hand.content() == clicked

    assert run(video, annotate, loader(engine)) == 0


def test_that_undo_during_a_run_stops_it_and_takes_it_back(run, video):
    gate = Gate()
    engine = FakeEngine(before_clip=gate)

    def annotate(hand):
        hand.wait_for_video()
        hand.click(30, 40)
        hand.wait(lambda: len(hand.masks.track(FIRST)) == CLIP_LENGTH)
        clicked = hand.content()
        hand.press(Qt.Key.Key_F)
        hand.wait(lambda: len(hand.masks.track(FIRST)) > 8)
        hand.press(Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
        assert not hand.app.runs.is_running
        gate.open()
        assert hand.content() == clicked
        hand.qtbot.wait(200)
        assert hand.content() == clicked

    assert run(video, annotate, loader(engine)) == 0


def test_that_tracking_back_lists_where_it_disagrees(run, video):
    def annotate(hand):
        hand.wait_for_video()
        hand.click(30, 40)
        hand.wait(lambda: hand.masks.get(FIRST, 0) is not None)
        hand.press(Qt.Key.Key_F)
        hand.wait_for_end()
        hand.go_to(20)
        hand.press(Qt.Key.Key_A)
        hand.drag((10, 20), (20, 24))
        before = {frame: held.mask for frame, held in hand.content().items()}
        hand.app.actions["track.check"].trigger()
        hand.wait_for_end()
        hand.wait(lambda: hand.app.notifications.current is not None)
        assert "disagrees" in hand.app.notifications.current.text
        assert {frame: held.mask for frame, held in hand.content().items()} == before
        hand.wait(lambda: hand.app.review_queue.is_settled)
        assert any(
            finding.reason is Reason.DISAGREEMENT and finding.frame < 20
            for problem in hand.app.review_queue.problems
            for finding in problem.findings
        )

    assert run(video, annotate, loader(FakeEngine())) == 0


@pytest.mark.parametrize("is_search", [False, True])
def test_that_undo_before_anything_was_written_only_stops(run, video, is_search):
    gate = Gate(first_held=0)
    engine = FakeEngine(before_clip=gate)

    def annotate(hand):
        hand.wait_for_video()
        hand.click(30, 40)
        hand.wait(lambda: hand.masks.get(FIRST, 0) is not None)
        before = hand.content()
        start = hand.app.class_search.start if is_search else hand.app.runs.track_forward
        start()
        hand.wait(lambda: hand.app.runs.is_running)
        hand.press(Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
        gate.open()
        assert not hand.app.runs.is_running
        assert hand.content() == before
        assert not hand.app.suggestions.waiting

    assert run(video, annotate, loader(engine)) == 0


def test_that_the_key_of_a_run_during_a_run_says_how_to_stop_it(run, video):
    gate = Gate(first_held=0)

    def annotate(hand):
        hand.wait_for_video()
        hand.click(30, 40)
        hand.wait(lambda: hand.masks.get(FIRST, 0) is not None)
        hand.press(Qt.Key.Key_F)
        hand.wait(lambda: hand.app.runs.is_running)
        hand.press(Qt.Key.Key_T)
        assert "Esc stops it" in hand.app.notifications.current.text
        hand.press(Qt.Key.Key_Escape)
        gate.open()
        hand.wait(lambda: not hand.app.runs.is_running)

    assert run(video, annotate, loader(FakeEngine(before_clip=gate))) == 0


def test_that_running_out_of_memory_is_said_with_what_helps_and_nothing_is_lost(run, video):
    def fail(frames):
        raise DeviceMemoryError("the GPU ran out of memory")

    engine = FakeEngine(before_clip=fail)

    def annotate(hand):
        hand.wait_for_video()
        hand.click(30, 40)
        hand.wait(lambda: hand.masks.get(FIRST, 0) is not None)
        hand.press(Qt.Key.Key_F)
        hand.wait(lambda: hand.app.notifications.current is not None)
        notice = hand.app.notifications.current
        assert notice.text == "the GPU ran out of memory"
        offered = ["Shorter clips, smaller frames", "Use the CPU", "Models…"]
        assert [remedy.text for remedy in notice.remedies] == offered
        assert hand.masks.get(FIRST, 0) is not None
        engine.before_clip = None
        notice.remedies[1].call()
        hand.wait_for_end()
        assert hand.app.settings.device == "cpu"
        assert len(hand.masks.track(FIRST)) == NUM_FRAMES

    assert run(video, annotate, loader(engine)) == 0


def test_that_what_is_accepted_during_its_search_gets_all_its_frames(run, video, tmp_path):
    engine = FakeEngine()

    def annotate(hand):
        hand.wait_for_video()
        app = hand.app
        app.service.warm_up()
        hand.wait(lambda: app.service.model.state is ModelState.READY)
        engine.delay_s = 0.2
        app.task_panel.find_button.click()
        hand.wait(lambda: len(app.suggestions.waiting) == 2)
        hand.press(Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
        assert app.runs.is_running, "the search goes on"
        (target, *_) = app.document.opened.targets
        assert len(hand.masks.track(target)) < NUM_FRAMES
        hand.wait_for_end()
        assert hand.masks.track(target).frames == tuple(range(NUM_FRAMES))
        assert app.document.undo_stack.count() == 1
        export(hand, tmp_path / "out")

    assert run(video, annotate, loader(engine)) == 0
    assert len(exported_masks(tmp_path / "out")) == 2 * NUM_FRAMES


def test_that_suggestions_are_accepted_tracked_and_there_again_when_reopened(run, video):
    seen = {}

    def annotate(hand):
        hand.wait_for_video()
        app = hand.app
        app.service.warm_up()
        hand.wait(lambda: app.service.model.state is ModelState.READY)
        app.task_panel.find_button.click()
        hand.wait_for_end()
        assert not app.document.opened.targets
        assert len(app.suggestion_layer.shown) == 2
        first, second = app.suggestions.waiting
        x, y = first.mask_at(0).box[:2]
        hand.hover(x + 5, y + 5)
        hand.press(Qt.Key.Key_Return)
        (target,) = app.document.opened.targets.values()
        assert hand.masks.get(target.id, 0).state is FrameState.KEYFRAME
        assert app.suggestions.waiting == (second,)
        seen["masks"] = second.masks
        hand.press(Qt.Key.Key_F)
        hand.wait_for_end()
        assert hand.masks.get(target.id, 9).source.tool == "track"
        hand.press(Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
        assert not app.pending_run.is_pending
        assert app.suggestions.waiting == (second,)

    def go_on(hand):
        hand.wait_for_video()
        assert [held.masks for held in hand.app.suggestions.waiting] == [seen["masks"]]
        hand.press(Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
        assert len(hand.app.document.opened.targets) == 2

    def look(hand):
        hand.wait_for_video()
        assert not hand.app.suggestions.waiting
        targets = hand.app.document.opened.targets.values()
        assert all(target.category is not None for target in targets)
        assert hand.masks.num_masks == 2 * NUM_FRAMES

    for script in (annotate, go_on, look):
        assert run(video, script, loader(FakeEngine())) == 0


def test_that_a_run_again_shows_what_it_replaced_and_esc_takes_it_back(run, video):
    def annotate(hand):
        hand.wait_for_video()
        LOOP.click_and_track(hand)
        LOOP.correct_two_frames(hand)
        before = hand.content()
        hand.go_to(20)
        hand.press(Qt.Key.Key_T)
        hand.wait_for_end()
        assert hand.app.pending_run.is_pending
        assert not hand.app.ghost.num_shown
        hand.go_to(25)
        assert hand.app.ghost.num_shown == 1
        hand.press(Qt.Key.Key_S)
        assert hand.app.ghost.num_shown == 0
        hand.wait(lambda: hand.app.pending_run.is_offered)
        hand.press(Qt.Key.Key_Escape)
        assert hand.content() == before
        assert not hand.app.pending_run.is_pending

    assert run(video, annotate, loader(FakeEngine())) == 0


def test_that_a_file_that_is_no_video_is_told_and_the_window_stays(run, tmp_path, video):
    broken = tmp_path / "broken.mp4"
    broken.write_bytes(b"this is no video")

    def look(hand):
        hand.wait(lambda: hand.app.notifications.current is not None)
        assert "broken.mp4" in hand.app.notifications.current.text
        hand.app.open(video)
        hand.wait_for_video()

    assert run(broken, look, load_nothing) == 0


def test_that_an_unforeseen_error_is_logged_and_said(run, video, folders):
    def act(hand):
        hand.wait_for_video()
        QTimer.singleShot(0, explode)
        hand.wait(lambda: hand.app.notifications.current is not None)
        assert "boom" in hand.app.notifications.current.text

    assert run(video, act, load_nothing) == 0
    assert "boom" in (folders.logs / "window.log").read_text()


def explode():
    raise RuntimeError("boom")


def test_that_every_edit_is_on_disk_before_the_window_closes(run, video, folders):
    def annotate(hand):
        hand.wait_for_video()
        hand.press(Qt.Key.Key_A)
        hand.drag((10, 20), (40, 30))
        with ProjectFile.open(hand.app.opening.file.path, read_only=True) as other:
            assert other.project.masks.get(FIRST, 0) == hand.masks.get(FIRST, 0)

    assert run(video, annotate, load_nothing) == 0


def test_that_edits_and_scrubbing_go_on_during_a_run(run, video):
    engine = FakeEngine(delay_s=0.03)
    main_thread = threading.get_ident()

    def annotate(hand):
        hand.wait_for_video()
        hand.click(30, 40)
        hand.wait(lambda: hand.masks.get(FIRST, 0) is not None)
        hand.press(Qt.Key.Key_F)
        hand.wait(lambda: len(hand.masks.track(FIRST)) > 8)
        hand.go_to(3)
        hand.press(Qt.Key.Key_N)
        hand.app.view_state.use_tool(ToolId.BRUSH)
        hand.drag((60, 50), (70, 55))
        second = hand.masks.get(TargetId(2), 3)
        assert second.state is FrameState.KEYFRAME
        hand.wait_for_end()
        assert len(hand.masks.track(FIRST)) == NUM_FRAMES
        assert hand.masks.get(TargetId(2), 3) == second
        assert threading.get_ident() == main_thread

    assert run(video, annotate, loader(engine)) == 0


def test_that_settings_are_where_they_were_told_to_be(run, video, folders):
    def look(hand):
        hand.wait_for_video()
        hand.app.settings.set_shortcuts("track.forward", ("Ctrl+F",))
        hand.app.settings.sync()

    assert run(video, look, load_nothing) == 0
    text = (folders.config / "window.ini").read_text()
    assert "Ctrl+F" in text
    assert json.dumps(str(video))[1:-1] in text
