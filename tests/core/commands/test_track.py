"""`tarvis track` from the command line to files that other programs read."""

import argparse
import contextlib
import dataclasses
import io
import json
import os
import signal
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from pycocotools.coco import COCO

from tarvis_core.annotation.exemplar import BoxExemplar, MaskExemplar, PointExemplar
from tarvis_core.annotation.formats.format_list import format_by_id
from tarvis_core.annotation.mask import Mask
from tarvis_core.annotation.segmentation import ClipMasks, PredictedMask
from tarvis_core.annotation.track import FrameState
from tarvis_core.commands import command_line, exemplar_arguments, inference_arguments
from tarvis_core.errors import VideoError
from tarvis_core.inference.engine import InferenceEngine
from tarvis_core.inference.settings import ClipSettings
from tarvis_core.model.behaviour import Behaviour
from tarvis_core.model.checkpoint import save_checkpoint
from tarvis_core.video.video_reader import open_video
from tests.fakes.tiny_model import tiny_model
from tests.fakes.tiny_weights import write_short_video, write_tiny_weights

SIZE = (62, 90)


@pytest.fixture(scope="module")
def weights(tmp_path_factory):
    return write_tiny_weights(tmp_path_factory.mktemp("weights") / "tiny.safetensors")


@pytest.fixture(scope="module")
def video(tmp_path_factory):
    path = tmp_path_factory.mktemp("video") / "squares.mp4"
    write_short_video(path, size=SIZE)
    return path


@pytest.fixture
def mask_png(tmp_path):
    pixels = np.zeros(SIZE, np.uint8)
    pixels[30:46, 60:76] = 255
    path = tmp_path / "mask.png"
    Image.fromarray(pixels).save(path)
    return path


def track(video, weights, out, *words):
    fixed = ["--weights", weights, "--device", "cpu", "--side", 64, "--clip-length", 4]
    return command_line.main(["track", *map(str, [video, "--out", out, *fixed, *words])])


def only_file(folder):
    (path,) = [path for path in Path(folder).rglob("*") if path.is_file()]
    return path


@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")  # pycocotools
def test_that_coco_files_load_in_pycocotools(video, weights, mask_png, tmp_path, capsys):
    words = ("--point", "1:0:12,16", "--mask", f"2:0:{mask_png}", "--name", "2:blue")

    assert track(video, weights, tmp_path / "out", *words) == 0

    with contextlib.redirect_stdout(io.StringIO()):
        coco = COCO(str(only_file(tmp_path / "out")))
    assert len(coco.getImgIds()) == 7
    drawn = [a for a in coco.loadAnns(coco.getAnnIds()) if coco.annToMask(a).sum() == 256]
    assert any(coco.annToMask(a)[30:46, 60:76].all() for a in drawn), "the drawn mask is exact"
    shown, told = capsys.readouterr()
    assert told.startswith("tarvis: tracking;")
    assert "on 7 frames" in shown
    assert str(only_file(tmp_path / "out")) in shown


def test_that_burst_files_load_in_trackeval(video, weights, mask_png, tmp_path):
    trackeval = pytest.importorskip("trackeval", reason="TrackEval reads BURST independently")
    words = ("--point", "1:0:12,16", "--mask", f"2:0:{mask_png}", "--format", "burst")
    truth, results = tmp_path / "truth", tmp_path / "trackers" / "ours" / "data"
    assert track(video, weights, truth, *words, "--split", "val") == 0
    assert track(video, weights, results, *words, "--split", "val", "--content", "results") == 0

    with contextlib.redirect_stdout(io.StringIO()):
        dataset = trackeval.datasets.BURST(
            {
                "GT_FOLDER": str(truth),
                "TRACKERS_FOLDER": str(tmp_path / "trackers"),
                "SPLIT_TO_EVAL": "val",
                "EXEMPLAR_GUIDED": True,
                "PRINT_CONFIG": False,
            }
        )
        (sequence,) = dataset.seq_list
        data = dataset.get_raw_seq_data("ours", sequence)

    assert len(data["gt_ids"]) == len(data["tracker_ids"]) == 7
    assert sum(len(ids) for ids in data["tracker_ids"]) > 0
    for similarity in data["similarity_scores"]:
        assert (np.max(similarity, axis=0, initial=0) == 1).all() if similarity.size else True


def test_that_a_drawn_mask_is_a_keyframe_in_what_is_written(video, weights, mask_png, tmp_path):
    words = ("--mask", f"3:2:{mask_png}", "--format", "burst", "--direction", "backward")

    assert track(video, weights, tmp_path / "out", *words) == 0

    (read,) = format_by_id("burst").read(tmp_path / "out")
    states = [frame.masks[3].state for frame in read.frames()]
    assert states == [FrameState.PREDICTED, FrameState.PREDICTED, FrameState.KEYFRAME]
    assert read.load_frame(2).masks[3].mask == Mask.from_array(np.asarray(Image.open(mask_png)))


def test_that_an_overlay_shows_every_frame(video, weights, tmp_path):
    overlay = tmp_path / "overlay.mp4"

    words = ("--box", "1:3:4,8,30,30", "--start", 2, "--end", 5, "--overlay", overlay)
    assert track(video, weights, tmp_path / "out", *words) == 0

    with open_video(overlay) as written, open_video(video) as original:
        assert written.num_frames == 4
        assert written.size == original.size


def test_that_an_overlay_that_is_there_is_not_replaced(video, weights, tmp_path, capsys):
    overlay = tmp_path / "overlay.mp4"
    overlay.write_bytes(b"holiday")
    words = ("--point", "1:0:12,16", "--overlay", overlay)
    assert track(video, weights, tmp_path / "out", *words) == 1
    assert "overlay.mp4: this file is there already" in capsys.readouterr().err
    assert overlay.read_bytes() == b"holiday"


def test_that_targets_and_classes_are_written_together(video, weights, tmp_path):
    words = ("--point", "1:0:12,16", "--panoptic", "kitti_step", "--format", "tarvis")

    assert track(video, weights, tmp_path / "out", *words) == 0

    (read,) = format_by_id("tarvis").read(tmp_path / "out")
    targets = {target.id: target for target in read.targets}
    assert all(targets[i].category is not None for i in targets if i > 1)
    assert len(targets) > 1


@pytest.mark.parametrize(
    ("words", "status", "message"),
    [
        ((), 2, "name a target"),
        (("--negative", "1:0:5,5"), 2, "name a target"),
        (("--point", "1:0:5"), 2, "is not ID:FRAME:X,Y"),
        (("--point", "0:0:5,5"), 2, "start at 1"),
        (("--box", "1:0:9,9,5,5"), 2, "is empty"),
        (("--point", "1:0:5,500"), 1, "outside the frame of 90 × 62"),
        (("--point", "1:7:5,5"), 1, "frames 0 … 6"),
        (("--mask", "1:0:none.png"), 1, "there is no file none.png"),
        (("--mask", f"1:0:{__file__}"), 1, "is no image"),
        (("--mask", f"1:0:{Path(__file__).parent}"), 1, "cannot be read as an image: Is a"),
        (("--point", "1:0:5,5", "--end", "7"), 1, "which has frames 0 … 6"),
        (("--point", "1:0:5,5", "--format", "gif"), 2, "no annotation format"),
        (("--point", "1:0:5,5", "--device", "tpux"), 2, "no kind of device “tpux”"),
        (("--point", "1:0:5,5", "--behaviour", "wrong"), 2, "--behaviour"),
        (("--point", "1:5:5,5", "--end", "3", "--direction", "forward"), 1, "never reaches"),
        (("--point", "1:1:5,5", "--start", "3", "--direction", "backward"), 1, "never reaches"),
        (("--point", "1:0:5,5", "--overlay", "x.avi"), 1, ".mp4"),
        (("--point", "1:0:5,5", "--name", "2:dog"), 1, "which has no point"),
        (("--point", "1:0:5,5", "--overlap", "4"), 1, "does not fit clips"),
        (("--point", "1:0:5,5", "--classes", "ovis"), 1, "do not know"),
    ],
)
def test_that_wrong_words_are_told(video, weights, tmp_path, capsys, words, status, message):
    assert track(video, weights, tmp_path / "out", *words) == status
    assert message in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_that_words_change_only_those_clip_settings_that_they_name(tmp_path):
    path = tmp_path / "tiny.safetensors"
    clips = {"length": 8, "overlap": 4, "shorter_side": 352, "multiple": 32, "least_side": 256}
    save_checkpoint(tiny_model(), path, {"track_clips": clips})
    parser = argparse.ArgumentParser()
    inference_arguments.add_clip_arguments(parser)

    def chosen(*words):
        return inference_arguments.chosen_clips(parser.parse_args(words), path)

    assert chosen() is None
    usual = ClipSettings(**clips)
    assert chosen("--clip-length", "4") == dataclasses.replace(usual, length=4, overlap=2)
    assert chosen("--side", "288") == dataclasses.replace(usual, shorter_side=288, least_side=None)


def test_that_a_target_given_after_the_frames_wanted_is_said_to_go_backward(
    video, weights, tmp_path, capsys
):
    words = ("--box", "1:5:4,8,30,30", "--end", 2)

    assert track(video, weights, tmp_path / "out", *words) == 0

    shown = capsys.readouterr()
    assert "after the frames wanted, 0 … 2: it is carried backward" in shown.err
    assert "on 3 frames" in shown.out


@pytest.mark.parametrize("behaviour", Behaviour)
def test_that_the_behaviour_reaches_network_and_inference(
    video, weights, tmp_path, monkeypatch, behaviour
):
    seen = []

    def look(engine, video, request, stop):
        seen.append((engine.settings.behaviour, engine.network.behaviour))
        return iter(())

    monkeypatch.setattr(InferenceEngine, "track", look)

    track(video, weights, tmp_path, "--point", "1:0:5,5", "--behaviour", behaviour.value)

    assert seen == [(behaviour, behaviour)]


def test_that_missing_weights_and_videos_are_told(video, tmp_path, capsys):
    assert track(video, tmp_path / "none.safetensors", tmp_path, "--point", "1:0:5,5") == 1
    assert track(tmp_path / "none.mp4", "starter", tmp_path, "--point", "1:0:5,5") == 1
    assert "none.mp4" in capsys.readouterr().err


class InterruptedRun:
    """A run in which Ctrl-C is pressed, or which fails, after its first clip."""

    def __init__(self, end, stop_is_heard=True):
        self.end = end
        self.stop_is_heard = stop_is_heard

    def track(self, engine, video, request, stop):
        mask = Mask.from_array(np.ones(video.size, np.bool_))
        for first in (0, 2, 4):
            if stop.is_set() and self.stop_is_heard:
                return
            frames = (first, first + 1)
            masks = {1: {frame: PredictedMask(mask, 0.5) for frame in frames}}
            yield ClipMasks(frames, masks, frames_done=first + 2, frames_total=6)
            self.end()


def interrupt():
    os.kill(os.getpid(), signal.SIGINT)


def fail():
    raise VideoError("frame 2 cannot be read; choose another video")


@pytest.mark.parametrize(
    ("end", "is_heard", "status"),
    [(interrupt, True, 130), (interrupt, False, 130), (fail, True, 1)],
    ids=["ctrl-c", "ctrl-c twice", "failure"],
)
def test_that_what_was_finished_is_written_whatever_ends_the_run(
    video, weights, tmp_path, monkeypatch, end, is_heard, status
):
    run = InterruptedRun(end, is_heard)
    monkeypatch.setattr(
        InferenceEngine,
        "track",
        lambda engine, video, request, stop: run.track(engine, video, request, stop),
    )
    before = signal.getsignal(signal.SIGINT)

    assert track(video, weights, tmp_path / "out", "--point", "1:0:5,5") == status

    written = json.loads(only_file(tmp_path / "out").read_text(encoding="utf-8"))
    assert len(written["images"]) == (2 if is_heard else 4)
    assert len(written["annotations"]) == len(written["images"])
    assert signal.getsignal(signal.SIGINT) is before


def test_that_a_run_stopped_before_its_first_clip_writes_nothing(
    video, weights, tmp_path, monkeypatch, capsys
):
    def track_nothing(engine, video, request, stop):
        interrupt()
        return iter(())

    monkeypatch.setattr(InferenceEngine, "track", track_nothing)

    assert track(video, weights, tmp_path / "out", "--point", "1:0:5,5") == 130
    assert "nothing is written" in capsys.readouterr().out
    assert not (tmp_path / "out").exists()


def test_that_exemplars_are_read_from_words(tmp_path):
    labels = np.zeros((8, 10), np.uint8)
    labels[:2], labels[4:6], labels[7] = 4, 9, 255
    image = Image.fromarray(labels)
    image.putpalette([0] * 768)
    image.save(tmp_path / "labels.png")
    colour = np.zeros((8, 10, 3), np.uint8)
    colour[3, 3] = (0, 7, 0)
    Image.fromarray(colour).save(tmp_path / "a:b.png")
    parser = argparse.ArgumentParser()
    exemplar_arguments.add_exemplar_arguments(parser)
    words = ["--point", "1:2:3,4.5", "--negative", "1:2:0,0", "--box", "3:0:1,1,4.5,4"]
    words += ["--mask", f"2:5:{tmp_path / 'a:b.png'}", "--labels", f"1:{tmp_path / 'labels.png'}"]

    found = exemplar_arguments.exemplars_of(parser.parse_args(words), (8, 10))

    assert found == (
        PointExemplar(2, 1, 3.0, 4.5),
        PointExemplar(2, 1, 0.0, 0.0, is_positive=False),
        BoxExemplar(0, 3, (1.0, 1.0, 4.5, 4.0)),
        MaskExemplar(5, 2, Mask.from_array(colour.any(axis=2))),
        MaskExemplar(1, 4, Mask.from_array(labels == 4)),
        MaskExemplar(1, 9, Mask.from_array(labels == 9)),
    )
