"""The loop through the program's `main` with real weights, on the first frames of the sample."""

import pytest
from PySide6.QtCore import Qt

from tarvis_app.settings import Settings
from tarvis_core.annotation.mask import Mask
from tarvis_core.model.checkpoint import save_checkpoint
from tarvis_core.video.sample_clip import sample_label_map
from tests.fakes.hand import FIRST
from tests.fakes.loop import Loop, drawn_masks, exported_masks
from tests.fakes.sample_video import BALL, BALL_LOOP, BLOCK, BLOCK_AT, write_beginning
from tests.parity.parity_model import parity_model

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support", extend=True)


def test_that_the_whole_loop_holds_with_the_starter_model(run_main, tmp_path):
    video = write_beginning(tmp_path / "ball.mp4", BALL_LOOP.num_frames)
    seen = {}

    def annotate(hand):
        seen["content"] = BALL_LOOP.go_through(hand, tmp_path / "out")
        found = seen["content"][0].mask
        assert found.iou(Mask.from_array(sample_label_map(0) == BALL)) > 0.8
        assert hand.app.service.model.weights.stem == "starter"

    assert run_main(video, annotate) == 0
    assert exported_masks(tmp_path / "out") == drawn_masks(seen["content"])
    assert run_main(video, lambda hand: BALL_LOOP.look_again(hand, seen["content"])) == 0


def test_that_a_correction_leaves_the_other_target_alone_with_the_starter_model(run_main, tmp_path):
    video = write_beginning(tmp_path / "ball.mp4", BALL_LOOP.num_frames)

    def annotate(hand):
        hand.wait_for_video()
        BALL_LOOP.click_and_track(hand)
        block = BALL_LOOP.track_neighbour(hand, BLOCK_AT)
        hand.press(Qt.Key.Key_1)
        BALL_LOOP.correct_two_frames(hand)
        before, of_block = hand.content(), hand.content(block)
        hand.go_to(BALL_LOOP.painted)
        hand.press(Qt.Key.Key_T)
        hand.wait_for_end()

        BALL_LOOP.check_only_spans_beside_changed(before, hand.content())
        assert hand.content(block) == of_block
        truth = Mask.from_array(sample_label_map(9) == BLOCK)
        assert of_block[9].mask.iou(truth) > 0.8

    assert run_main(video, annotate) == 0


def test_that_a_click_fills_its_clip_with_the_starter_model(run_main, tmp_path):
    video = write_beginning(tmp_path / "ball.mp4", BALL_LOOP.num_frames)

    def annotate(hand):
        hand.wait_for_video()
        hand.click(*BALL_LOOP.click)
        hand.wait(lambda: hand.masks.get(FIRST, 0) is not None)
        hand.wait(lambda: len(hand.masks.track(FIRST)) > 4)
        for frame in (1, 3):
            truth = Mask.from_array(sample_label_map(frame) == BALL)
            assert hand.masks.get(FIRST, frame).mask.iou(truth) > 0.7
        assert not hand.app.runs.is_running
        hand.press(Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
        assert not hand.app.document.opened.targets

    assert run_main(video, annotate) == 0


SMALL_LOOP = Loop(
    num_frames=6, click=(45.5, 73.5), painted=2, stroke=((80, 110), (104, 112)), accepted=4, near=()
)
"""For weights that follow nothing: their answers mean nothing, and are kept all the same."""

SMALL_CLIPS = {"length": 4, "overlap": 2, "shorter_side": 64, "multiple": 64}


def test_that_the_whole_loop_holds_with_a_published_network(run_main, shared, folders, tmp_path):
    model = parity_model(shared, "ResNet50")
    weights = tmp_path / "resnet50.safetensors"
    save_checkpoint(model, weights, {"track_clips": SMALL_CLIPS})
    settings = Settings(folders)
    settings.weights = weights
    settings.sync()
    video = write_beginning(tmp_path / "ball.mp4", SMALL_LOOP.num_frames)
    seen = {}

    def annotate(hand):
        seen["content"] = SMALL_LOOP.go_through(hand, tmp_path / "out")
        assert hand.app.service.model.weights == weights

    assert run_main(video, annotate) == 0
    assert exported_masks(tmp_path / "out") == drawn_masks(seen["content"])
    assert run_main(video, lambda hand: SMALL_LOOP.look_again(hand, seen["content"])) == 0
