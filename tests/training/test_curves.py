"""Curves of a run, from its log."""

import json

import cv2
import numpy as np
import pytest

from tarvis_core.errors import FormatError
from training.__main__ import main
from training.curves import PANEL, draw_curves, read_curves


def write_log(folder, steps):
    lines = [{"step": step, "loss": 100 / (1 + step), "step_s": 1.0} for step in steps]
    lines[-1]["mask"] = 0.5
    (folder / "log.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines), "utf-8")
    return folder / "log.jsonl"


def test_that_a_step_done_again_counts_once_and_times_are_left_out(tmp_path):
    loss, mask = read_curves(write_log(tmp_path, [0, 5, 10, 5, 10, 15]))

    assert (loss.name, mask.name) == ("loss", "mask")
    assert loss.steps.tolist() == [0, 5, 10, 15]
    assert loss.values[0] == 100
    assert mask.values.tolist() == [0.5]


def test_that_smoothing_keeps_a_constant_and_calms_noise(tmp_path):
    (loss, _) = read_curves(write_log(tmp_path, range(200)))

    assert len(loss.smooth) == 200
    noise = np.random.default_rng(0).normal(size=200)
    assert type(loss)("noise", loss.steps, noise).smooth.std() < noise.std() / 2
    np.testing.assert_allclose(type(loss)("flat", loss.steps, np.ones(200)).smooth, 1.0)


def test_that_each_curve_gets_a_panel_with_a_line(tmp_path):
    picture = draw_curves(read_curves(write_log(tmp_path, range(50))))

    assert picture.shape == (PANEL[0], 2 * PANEL[1], 3)
    colourful = np.ptp(picture.astype(int), axis=-1) > 60
    assert colourful[:, : PANEL[1]].any()


@pytest.mark.parametrize("content", ["", "{damaged", '{"loss": 1}\n'])
def test_that_a_log_without_steps_is_named(tmp_path, content):
    (tmp_path / "log.jsonl").write_text(content, "utf-8")

    with pytest.raises(FormatError, match=r"log\.jsonl"):
        read_curves(tmp_path / "log.jsonl")


def test_that_the_command_writes_a_picture_into_the_runs_folder(tmp_path, capsys):
    write_log(tmp_path, range(5))

    assert main(["curves", str(tmp_path)]) == 0

    assert "curves.png" in capsys.readouterr().out
    assert cv2.imread(str(tmp_path / "curves.png")) is not None
