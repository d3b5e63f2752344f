"""`tarvis-train export`: small weights that say how they are used, through `main`."""

import json

import pytest
import torch

from tarvis_core.inference.settings import ClickView, recommended_clips, with_recommended
from tarvis_core.model.checkpoint import load_checkpoint, read_header, save_checkpoint
from tests.fakes.tiny_model import tiny_config, tiny_model
from training.__main__ import main


@pytest.fixture
def weights(tmp_path):
    """Two files of one network."""
    paths = tmp_path / "early.safetensors", tmp_path / "late.safetensors"
    for seed, path in enumerate(paths):
        save_checkpoint(tiny_model(seed=seed), path, {"click_side": 416, "note": "kept"})
    return paths


def test_that_the_file_says_how_the_weights_are_used(tmp_path, weights):
    scores = tmp_path / "scores.json"
    scores.write_text(json.dumps({"summary": {"VOS J&F": 87.65432}}))
    out = tmp_path / "small.safetensors"
    use = ["--clips", "8", "4", "352", "--least-side", "288", "--drops-islands", "--anchored"]
    use += ["--click-views", "416m", "512"]
    about = ["--licence", "mine", "--scores", str(scores)]

    assert main(["export", str(weights[0]), str(out), *use, *about]) == 0

    noted = read_header(out).metadata
    assert noted["scores"] == {"VOS J&F": 87.654}
    assert (noted["licence"], noted["note"]) == ("mine", "kept")
    clip, settings = recommended_clips(noted), with_recommended(None, noted)
    assert (clip.length, clip.overlap, clip.shorter_side, clip.multiple) == (8, 4, 352, 32)
    assert clip.side_for((300, 500)) == 300
    assert settings.drops_islands
    assert settings.is_anchored
    assert settings.click_side == 416
    assert settings.click_views == (ClickView(416, is_mirrored=True), ClickView(512))
    assert out.stat().st_size < weights[0].stat().st_size


def test_that_a_mixture_lies_between_its_two(tmp_path, weights):
    out = tmp_path / "mixed.safetensors"

    assert main(["export", str(weights[0]), str(out), "--mix", str(weights[1]), "0.25"]) == 0

    early, late, mixed = (load_checkpoint(path).state_dict() for path in (*weights, out))
    for name, value in mixed.items():
        if value.is_floating_point():
            between = 0.75 * early[name] + 0.25 * late[name]
            assert torch.allclose(value, between, rtol=2e-3, atol=1e-3), name
    assert any(not torch.allclose(early[name].float(), late[name].float()) for name in mixed)


def test_that_a_mixture_does_not_claim_the_scores_of_one_part(tmp_path, weights):
    early, late = weights
    save_checkpoint(tiny_model(), early, {"scores": {"VOS J&F": 87.6}, "note": "kept"})
    out = tmp_path / "mixed.safetensors"

    assert main(["export", str(early), str(out), "--mix", str(late), "0.25"]) == 0

    assert read_header(out).metadata == {"note": "kept"}


def test_that_a_least_side_without_clips_is_told(tmp_path, weights, capsys):
    out = tmp_path / "small.safetensors"

    assert main(["export", str(weights[0]), str(out), "--least-side", "288"]) == 1

    assert "--clips" in capsys.readouterr().err
    assert not out.exists()


@pytest.mark.parametrize("share", ["half", "1.5"])
def test_that_a_share_is_between_nothing_and_all(tmp_path, weights, share, capsys):
    out = tmp_path / "mixed.safetensors"

    assert main(["export", str(weights[0]), str(out), "--mix", str(weights[1]), share]) == 1

    assert "from 0 to 1" in capsys.readouterr().err
    assert not out.exists()


def test_that_only_equals_are_mixed(tmp_path, weights, capsys):
    other = tmp_path / "other.safetensors"
    save_checkpoint(tiny_model(tiny_config(width=64)), other, {})
    out = tmp_path / "mixed.safetensors"

    assert main(["export", str(weights[0]), str(out), "--mix", str(other), "0.5"]) == 1

    assert "another network" in capsys.readouterr().err
