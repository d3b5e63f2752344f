"""`tarvis-train check`, `finetune` and the command line itself, through the real `main`."""

from datetime import datetime
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from tarvis_core.annotation.label_set import load_label_set
from tarvis_core.annotation.mask import Mask
from tarvis_core.annotation.project import Project
from tarvis_core.annotation.project_file import ProjectFile
from tarvis_core.annotation.target import Target, TargetId
from tarvis_core.annotation.track import FrameState, TrackFrame
from tarvis_core.annotation.video_identity import VideoIdentity
from tarvis_core.model.checkpoint import load_checkpoint, save_checkpoint
from tarvis_core.model.tarvis import TarVis
from tests.training.miniature_data import write_miniature
from tests.training.test_joint_run import micro_model
from training.__main__ import main
from training.commands.finetune import new_folder
from training.finetune import CorrectedProject

SIZE = (64, 96)
NUM_FRAMES = 6


def square(frame: int) -> np.ndarray:
    mask = np.zeros(SIZE, bool)
    mask[20:44, 10 + 4 * frame : 34 + 4 * frame] = True
    return mask


def write_project(folder, num_confirmed: int):
    """A project on a folder of images, with a square that moves."""
    images = folder / "video"
    images.mkdir(parents=True)
    for frame in range(NUM_FRAMES):
        pixels = np.full((*SIZE, 3), 60, np.uint8)
        pixels[square(frame)] = (220, 80, 40)
        Image.fromarray(pixels).save(images / f"{frame:05d}.png")
    names = [f"{frame:05d}.png" for frame in range(NUM_FRAMES)]
    identity = VideoIdentity.of(images, SIZE, NUM_FRAMES, frame_names=names)
    project = Project(identity, load_label_set("davis"), [Target(TargetId(1), "square")])
    for frame in range(NUM_FRAMES):
        state = FrameState.VERIFIED if frame < num_confirmed else FrameState.PREDICTED
        known = TrackFrame(Mask.from_array(square(frame)), state)
        project.masks.apply([project.masks.change_to(TargetId(1), frame, known)])
    path = folder / "mine.tarvis"
    ProjectFile.create(path, project).close()
    return path


@pytest.fixture
def weights(tmp_path):
    torch.manual_seed(0)
    path = tmp_path / "micro.safetensors"
    save_checkpoint(TarVis(micro_model()), path)
    return path


def test_that_some_confirmed_frames_are_held_back(tmp_path):
    divided = CorrectedProject.divide(write_project(tmp_path, num_confirmed=5))

    assert divided.held_back == (3,)
    assert divided.learned == (0, 1, 2, 4)


def test_that_a_project_with_too_few_confirmed_frames_is_refused(tmp_path, weights, capsys):
    path = write_project(tmp_path, num_confirmed=2)

    status = main(["finetune", str(path), "--from", str(weights), "--folder", str(tmp_path / "r")])

    assert status == 1
    assert "confirm at least 4 frames" in capsys.readouterr().err


def test_that_fine_tuning_keeps_only_weights_that_are_better(tmp_path, weights, capsys):
    path = write_project(tmp_path, num_confirmed=6)
    output = tmp_path / "better.safetensors"
    words = ["finetune", str(path), "--from", str(weights), "--folder", str(tmp_path / "run")]

    status = main([*words, "--output", str(output), "--steps", "2", "--device", "cpu"])

    told = capsys.readouterr().out
    assert "held-back frames" in told
    assert output.exists() == (status == 0)
    assert ("not better" in told) == (status == 1)
    load_checkpoint(tmp_path / "run" / "weights.safetensors", torch.device("cpu"))


def test_that_each_fine_tuning_has_a_folder_of_its_own():
    project = Path("videos/mine.tarvis")
    first, second = (new_folder(project, datetime(2026, 1, 2, 3, 4, s)) for s in (5, 6))

    assert first == Path("videos/mine-finetune-20260102-030405")
    assert second != first


def test_that_check_counts_what_a_data_set_holds(tmp_path, capsys):
    source = write_miniature("DAVIS", tmp_path)

    status = main(["check", source.path])

    told = capsys.readouterr().out
    assert status == 0
    assert "2 videos" in told
    assert "12 annotated frames" in told


def test_that_check_names_missing_images(tmp_path, capsys):
    source = write_miniature("DAVIS", tmp_path)
    next((tmp_path / "davis" / "JPEGImages").rglob("*.jpg")).unlink()

    status = main(["check", source.path])

    assert status == 1
    assert "MISSING: 1 images" in capsys.readouterr().out


def test_that_an_unknown_verb_is_told_with_the_known_ones(capsys):
    assert main(["trane"]) == 2
    told = capsys.readouterr().err
    assert "trane" in told
    assert "finetune" in told


def test_that_check_looks_at_every_data_set_of_a_run_file(tmp_path, capsys):
    davis, burst = write_miniature("DAVIS", tmp_path), write_miniature("BURST", tmp_path)
    run_file = tmp_path / "run.yaml"
    entries = [f"    - {{name: {s.name}, path: {s.path}}}" for s in (davis, burst)]
    run_file.write_text("\n".join(["joint:", "  sources:", *entries]), "utf-8")

    assert main(["check", str(run_file)]) == 0
    told = capsys.readouterr().out
    assert f"DAVIS at {davis.path}: 2 videos" in told
    assert "BURST at" in told

    run_file.write_text(f"joint: {{sources: [{{name: OVIS, path: {tmp_path}/no}}]}}", "utf-8")
    assert main(["check", str(run_file)]) == 1
    assert "MISSING" in capsys.readouterr().out
