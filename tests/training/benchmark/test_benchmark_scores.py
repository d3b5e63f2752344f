"""Answers about miniature benchmarks: what is handed in scores, read back, what the run says."""

import json
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest

from tarvis_core.annotation.formats.annotated_video import AnnotatedVideo, DatasetReader
from tarvis_core.annotation.formats.format_list import format_by_id
from tarvis_core.annotation.formats.write_job import Content, WriteOptions
from tarvis_core.annotation.mask import Mask
from tarvis_core.annotation.target import TargetKind
from tests.training.miniature_data import write_miniature
from training.benchmark.benchmark_list import BENCHMARKS
from training.benchmark.evaluation import BenchmarkRun, open_benchmark
from training.benchmark.frames import burst_numbers
from training.benchmark.predictions import PredictedDataset, PredictedTarget, PredictedVideo
from training.benchmark.scores import BenchmarkScores, has_truth, score
from training.metrics.burst_files import evaluate_burst
from training.metrics.davis_files import evaluate_davis
from training.metrics.panoptic_files import (
    evaluate_cityscapes_vps,
    evaluate_kitti_step,
    evaluate_vipseg_vpq,
)
from training.metrics.track_ap_files import evaluate_track_files
from training.metrics.vpq import VIPSEG_WINDOWS, VpqResult

FULL = 99.99


def moved(mask: Mask, columns: int) -> Mask:
    return Mask.from_array(np.roll(mask.to_array(), columns, axis=1))


def answer_of(video: AnnotatedVideo, columns: int) -> PredictedVideo:
    """The truth, moved sideways from the second frame on; later targets are on top."""
    masks: list[Mapping[int, Mask]] = []
    for index, frame in enumerate(video.frames()):
        shift = columns if index else 0
        free = np.ones(video.size, bool)
        found = {}
        for target in sorted(frame.masks, reverse=True):
            pixels = moved(frame.masks[target].mask, shift).to_array() & free
            free &= ~pixels
            if pixels.any():
                found[int(target)] = Mask.from_array(pixels)
        masks.append(found)
    targets = [
        PredictedTarget(int(t.id), t.category, t.kind, 1.0 - int(t.id) % 8 / 10)
        for t in video.targets
    ]
    return PredictedVideo(video.name, video.size, video.frame_names, tuple(targets), tuple(masks))


def answered(truth: DatasetReader, folder: Path, columns: int) -> PredictedDataset:
    folder.mkdir(exist_ok=True)
    paths = []
    for index, video in enumerate(truth):
        paths.append(folder / f"{index}.json")
        answer_of(video, columns).save(paths[-1])
    return PredictedDataset(truth, paths)


@pytest.fixture(scope="module")
def miniatures(tmp_path_factory):
    folder = tmp_path_factory.mktemp("benchmarks")
    return {name: Path(write_miniature(name, folder).path) for name in BENCHMARKS}


def opened(name: str, path: Path) -> DatasetReader:
    split = "train" if BENCHMARKS[name].split else None
    return open_benchmark(BenchmarkRun(name, path, Path("none"), Path("none"), split=split))


@pytest.mark.parametrize("name", BENCHMARKS)
def test_that_the_truth_itself_has_full_marks(name, miniatures, tmp_path):
    truth = opened(name, miniatures[name])

    scores = score(BENCHMARKS[name], truth, answered(truth, tmp_path / "answers", columns=0))

    assert next(iter(scores.summary.values())) > FULL
    assert has_truth(BENCHMARKS[name], truth)


def official(name: str, data: Path, submission: Path) -> dict[str, float]:
    """What the benchmark's own evaluation says of files as they are handed in."""
    if BENCHMARKS[name].label_set in {"youtube_vis", "ovis"}:
        results = submission / "results.json"
        return dict(evaluate_track_files(next(data.glob("*.json")), results).summary)
    if name == "KITTI_STEP":
        return {"STQ": evaluate_kitti_step(data / "panoptic_maps" / "train", submission).total.stq}
    if name == "CITYSCAPES_VPS":
        masks = data / "train" / "panoptic_video"
        vpq = evaluate_cityscapes_vps(next(data.glob("*.json")), masks, submission)
        return {"VPQ": vpq.vpq / 100}
    if name == "VIPSEG":
        found = evaluate_vipseg_vpq(next(data.glob("*.json")), data / "panomasksRGB", submission)
        chosen = {n: found.per_window[n] for n in VIPSEG_WINDOWS}
        return {"VPQ": VpqResult.mean_over(chosen).vpq / 100}
    if name == "DAVIS":
        (data / "ImageSets/2017/val.txt").write_text(
            (data / "ImageSets/2017/train.txt").read_text("utf-8"), "utf-8"
        )
        return {"J&F": evaluate_davis(data, submission).j_and_f}
    burst = evaluate_burst(data, submission / "results.json").mean()
    return {"HOTA, all": burst.hota.score, "AP, all": burst.ap}


@pytest.mark.parametrize("name", BENCHMARKS)
def test_that_the_files_handed_in_have_the_scores_that_are_told(name, miniatures, tmp_path):
    truth = opened(name, miniatures[name])
    predicted = answered(truth, tmp_path / "answers", columns=5)
    options = WriteOptions(Content.RESULTS, split="train")
    format_by_id(BENCHMARKS[name].format_id).write(predicted, tmp_path / "handed_in", options)

    told = score(BENCHMARKS[name], truth, predicted).summary

    expected = official(name, miniatures[name], tmp_path / "handed_in")
    for measure, value in expected.items():
        if measure in told:
            assert told[measure] == pytest.approx(100 * value, abs=1e-6), measure
    first = next(iter(told))
    assert first in expected
    assert 1 < told[first] < FULL


def test_that_an_answer_is_the_same_after_saving(tmp_path):
    mask = Mask.from_array(np.eye(5, 7, dtype=bool))
    kind = TargetKind.STUFF
    answer = PredictedVideo(
        "a/b", (5, 7), ("0", "1"), (PredictedTarget(3, 4, kind, 0.25),), ({3: mask}, {})
    )

    answer.save(tmp_path / "answer.json")

    assert PredictedVideo.load(tmp_path / "answer.json") == answer


def test_that_burst_runs_eleven_frames_of_a_second_and_all_of_slow_videos():
    assert len(burst_numbers(30, fps=30.0)) == 11
    assert burst_numbers(4, fps=2.0) == [0, 1, 2, 3]


def test_that_scores_that_are_no_number_are_written_as_null(tmp_path):
    BenchmarkScores("DAVIS", {"J&F": float("nan")}).write(tmp_path)

    assert "null" in (tmp_path / "scores.json").read_text("utf-8")


def test_that_a_file_of_videos_without_annotations_is_a_test_set(miniatures, tmp_path):
    file = next(miniatures["YOUTUBE_VIS"].glob("*.json"))
    content = json.loads(file.read_text("utf-8"))
    stripped = tmp_path / "instances.json"
    stripped.write_text(json.dumps({**content, "annotations": None}), "utf-8")

    truth = opened("YOUTUBE_VIS", stripped)

    assert len(truth) == 2
    assert truth[0].num_frames > 0
    assert not has_truth(BENCHMARKS["YOUTUBE_VIS"], truth)
