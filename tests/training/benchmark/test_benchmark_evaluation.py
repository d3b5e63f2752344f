"""`tarvis-train evaluate --benchmark` on miniature data sets, through the real `main`."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from tarvis_core.model.checkpoint import save_checkpoint
from tarvis_core.model.tarvis import TarVis
from tests.training.miniature_data import write_miniature
from tests.training.test_joint_run import micro_model
from training.__main__ import main
from training.benchmark.benchmark_list import BENCHMARKS, FramesRun
from training.benchmark.evaluation import BenchmarkRun, open_benchmark
from training.benchmark.frames import frames_to_run

SMALL = [
    "--shorter-side",
    "64",
    "--clip-length",
    "4",
    "--overlap",
    "2",
    "--device",
    "cpu",
    "--precision",
    "float32",
]
HANDED_IN = {
    "YOUTUBE_VIS": "results.json",
    "OVIS": "results.json",
    "KITTI_STEP": "clip1/00000.png",
    "CITYSCAPES_VPS": "pred.json",
    "VIPSEG": "pred.json",
    "DAVIS": "clip1/00000.png",
    "BURST": "results.json",
}


@pytest.fixture(scope="module")
def weights(tmp_path_factory):
    torch.manual_seed(0)
    path = tmp_path_factory.mktemp("weights") / "micro.safetensors"
    save_checkpoint(TarVis(micro_model()), path)
    return path


@pytest.fixture(scope="module")
def miniatures(tmp_path_factory):
    folder = tmp_path_factory.mktemp("benchmarks")
    return {name: Path(write_miniature(name, folder).path) for name in BENCHMARKS}


def words(name: str, weights: Path, data: Path, output: Path) -> list[str]:
    split = ["--split", "train"] if BENCHMARKS[name].split else []
    chosen = ["evaluate", str(weights), "--benchmark", name, "--data", str(data)]
    return [*chosen, "--output", str(output), *split, *SMALL]


@pytest.mark.parametrize("name", BENCHMARKS)
def test_that_every_benchmark_is_scored_and_written_as_its_server_wants_it(
    name, weights, miniatures, tmp_path, capsys
):
    one = ["--max-clips", "1"] if BENCHMARKS[name].label_set else []

    status = main([*words(name, weights, miniatures[name], tmp_path), *one])

    told = capsys.readouterr().out
    assert status == 0
    summary = json.loads((tmp_path / "scores.json").read_text("utf-8"))["summary"]
    assert next(iter(summary)) in told
    assert all(value is None or 0 <= value <= 100 for k, value in summary.items() if "dec" not in k)
    assert (tmp_path / "submission" / HANDED_IN[name]).is_file()


@pytest.mark.usefixtures("one_thread")
def test_that_two_ranks_score_as_one_does_and_a_second_start_runs_what_is_missing(
    weights, miniatures, tmp_path
):
    alone, shared_out = tmp_path / "alone", tmp_path / "shared"
    assert main(words("DAVIS", weights, miniatures["DAVIS"], alone)) == 0

    root = Path(__file__).parents[3]
    command = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node=2"]
    result = subprocess.run(
        [*command, "-m", "training", *words("DAVIS", weights, miniatures["DAVIS"], shared_out)],
        env={**os.environ, "PYTHONPATH": str(root), "OMP_NUM_THREADS": "1"},
        cwd=root,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )

    assert result.returncode == 0, result.stderr[-3000:]
    scores = [(folder / "scores.json").read_text("utf-8") for folder in (alone, shared_out)]
    assert scores[0] == scores[1]
    kept, lost = sorted((alone / "answers").iterdir())
    lost.unlink()
    before = kept.stat().st_mtime_ns
    assert main(words("DAVIS", weights, miniatures["DAVIS"], alone)) == 0
    assert lost.is_file()
    assert kept.stat().st_mtime_ns == before
    assert (alone / "scores.json").read_text("utf-8") == scores[0]


def test_that_a_folder_of_another_evaluation_is_left_alone(weights, miniatures, tmp_path, capsys):
    tmp_path.joinpath("run.json").write_text(json.dumps({"benchmark": "OVIS"}), "utf-8")

    status = main(words("DAVIS", weights, miniatures["DAVIS"], tmp_path))

    assert status == 1
    assert "holds another evaluation (benchmark was OVIS, is DAVIS)" in capsys.readouterr().err


def test_that_classes_that_the_weights_do_not_know_are_told(miniatures, tmp_path, capsys):
    config = micro_model()
    path = tmp_path / "few.safetensors"
    save_checkpoint(TarVis(type(config)(**{**vars(config), "label_sets": ()})), path)

    status = main(words("OVIS", path, miniatures["OVIS"], tmp_path / "out"))

    assert status == 1
    assert "do not know the label set “ovis”" in capsys.readouterr().err


def test_that_a_test_set_gets_a_submission_and_no_scores(weights, miniatures, tmp_path, capsys):
    folder = tmp_path / "davis"
    annotations = miniatures["DAVIS"] / "Annotations/480p/clip1"
    images = miniatures["DAVIS"] / "JPEGImages/480p/clip1"
    target = folder / "Annotations/480p/clip1"
    target.mkdir(parents=True)
    (target / "00000.png").write_bytes((annotations / "00000.png").read_bytes())
    (folder / "JPEGImages/480p").mkdir(parents=True)
    (folder / "JPEGImages/480p/clip1").symlink_to(images)

    command = [*words("DAVIS", weights, folder, tmp_path / "out"), "--split", "all"]

    assert main(command) == 0
    assert "submission:" in capsys.readouterr().out
    assert not (tmp_path / "out" / "scores.json").exists()
    assert len(list((tmp_path / "out/submission/clip1").iterdir())) == 6


def test_that_burst_sees_frames_between_annotated_ones_and_hands_in_the_annotated(tmp_path):
    path = Path(write_miniature("BURST", tmp_path).path)
    file = path / "all_classes.json"
    content = json.loads(file.read_text("utf-8"))
    for sequence in content["sequences"]:
        sequence["all_image_paths"] = sequence["annotated_image_paths"]
        for key in ("annotated_image_paths", "segmentations"):
            sequence[key] = sequence[key][::5]
    file.write_text(json.dumps(content), "utf-8")
    video = open_benchmark(BenchmarkRun("BURST", path, path, path))[0]

    frames = frames_to_run(video, FramesRun.BURST_RATE)

    assert [frame.is_handed_in for frame in frames.items] == [True, *[False] * 4, True]
    assert frames.frame(3).shape == (*video.size, 3)
