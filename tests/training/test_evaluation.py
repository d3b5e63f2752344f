"""Evaluation on labelled clips and stills, and the baselines beside it."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from tarvis_core.model.checkpoint import save_checkpoint
from tarvis_core.model.tarvis import TarVis
from tests.training.test_joint_run import micro_model
from training.baselines import carry_by_flow, keep_still
from training.object_evaluation import StillScore, iou

SIZE = (64, 96)


def textured(shift: int) -> np.ndarray:
    """A textured ground with a textured square that has moved by so many columns."""
    ground = np.random.default_rng(0).integers(0, 90, (*SIZE, 3)).astype(np.uint8)
    square = np.random.default_rng(1).integers(120, 255, (24, 24, 3)).astype(np.uint8)
    ground[20:44, 20 + shift : 44 + shift] = square
    return ground


def square_mask(shift: int) -> np.ndarray:
    mask = np.zeros(SIZE, bool)
    mask[20:44, 20 + shift : 44 + shift] = True
    return mask


def test_that_flow_follows_what_a_still_mask_loses():
    frames = [textured(shift) for shift in (0, 2, 4, 6)]
    nothing = np.zeros(SIZE, bool)

    flowing = carry_by_flow(frames, square_mask(0))[-1]
    still = keep_still(frames, square_mask(0))[-1]

    truth = square_mask(6)
    assert iou(flowing, truth, nothing) > 0.85
    assert iou(still, truth, nothing) < 0.7


def test_that_ignored_pixels_do_not_count():
    truth, ignored = square_mask(0), square_mask(12)

    assert iou(truth & ~ignored, truth, ignored) == 1.0
    assert iou(truth & False, truth & False, ignored) == 1.0


@pytest.mark.parametrize(("values", "expected"), [((0.9,), 1), ((0.5, 0.86), 2), ((0.1, 0.2), 2)])
def test_that_clicks_are_counted_up_to_a_good_mask(values, expected):
    assert StillScore("a", "b", values).clicks_needed == expected


@pytest.fixture
def data(tmp_path) -> Path:
    """A manifest with one clip of four frames and one still."""
    folder = tmp_path / "data"
    entries = []
    for name, shift in [*((f"clips/walk/{n:05d}", 2 * n) for n in range(4)), ("stills/toy/one", 3)]:
        path = folder / f"{name}.jpg"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(textured(shift)).save(path)
        labels = Image.fromarray(square_mask(shift).astype(np.uint8))
        labels.save(path.with_suffix(".png"))
        clip = "walk" if name.startswith("clips") else None
        entries.append(
            {
                "split": "eval",
                "source": "toy",
                "clip": clip,
                "file": name,
                "objects": [{"id": 1, "cls": "square"}],
                "licence": "public domain",
            }
        )
    (folder / "manifest.json").write_text(json.dumps(entries), "utf-8")
    return folder


def test_that_two_ranks_evaluate_what_one_would(data, tmp_path):
    torch.manual_seed(0)
    weights, output = tmp_path / "micro.safetensors", tmp_path / "scores.json"
    save_checkpoint(TarVis(micro_model()), weights)
    root = Path(__file__).parents[2]
    command = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node=2"]
    words = ["-m", "training", "evaluate", str(weights), "--data", str(data), "--device", "cpu"]
    settings = ["--shorter-side", "64", "--clip-length", "2", "--overlap", "1", "--threads", "1"]

    result = subprocess.run(
        [*command, *words, *settings, "--output", str(output), "--pictures", str(tmp_path)],
        env={**os.environ, "PYTHONPATH": str(root), "OMP_NUM_THREADS": "1"},
        cwd=root,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )

    assert result.returncode == 0, result.stderr[-3000:]
    scores = json.loads(output.read_text("utf-8"))
    assert {score["method"] for score in scores["clips"]} == {
        "VOS",
        "PET",
        "still mask",
        "DIS flow",
    }
    assert len(scores["stills"]) == 1
    assert "toy IoU, clicks: 5" in scores["summary"]
    assert "walk" in result.stdout
    assert len(list((tmp_path / "clips").glob("walk_*.jpg"))) == 2  # VOS and PET
    assert len(list((tmp_path / "stills").glob("toy_*.jpg"))) == 1
