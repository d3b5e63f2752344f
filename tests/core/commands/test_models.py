"""`tarvis models`: what is listed, and a released archive from its address to usable weights."""

import io
import json
import zipfile

import pytest
import torch

from tarvis_core.commands import command_line
from tarvis_core.inference import weights_catalog
from tarvis_core.model.checkpoint import load_checkpoint
from tests.fakes.file_server import serving


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("TARVIS_WEIGHTS", str(tmp_path / "weights"))
    return tmp_path / "weights"


@pytest.fixture
def released_archive(shared):
    """A zip as published: one checkpoint with every tensor of the manifest, all ones."""
    manifest = json.loads(
        (shared / "tarvis-spec" / "state_dict_manifest_swin_tiny.json").read_text("utf-8")
    )
    model = {
        name: torch.ones(shape, dtype=getattr(torch, dtype.removeprefix("torch.")))
        for name, (shape, dtype) in manifest.items()
    }
    checkpoint, packed = io.BytesIO(), io.BytesIO()
    torch.save({"model": model, "trainer_state_params": {"elapsed_iterations": 90_000}}, checkpoint)
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        archive.writestr("swin_tiny/090000.pth", checkpoint.getvalue())
    return packed.getvalue()


def test_that_released_weights_are_listed_as_to_download(capsys):
    assert command_line.main(["models", "list"]) == 0

    shown = capsys.readouterr().out
    assert "swin-large-finetune  to download" in shown
    assert "Installed weights lie in" in shown


def test_that_the_list_shows_the_main_scores_and_says_what_they_mean(capsys):
    command_line.main(["models", "list"])
    head, *lines = capsys.readouterr().out.splitlines()
    (starter,) = [line for line in lines if line.startswith("starter ")]
    assert head.endswith("VOS J&F  PET J&F  GrabCut IoU  COCO IoU")
    values = [float(cell) for cell in starter.split()[-4:]]
    assert all(50 < value <= 100 for value in values), "all on one scale"
    assert any(line.startswith("J&F and IoU are of 100") for line in lines)
    assert len(lines) < 16


def test_that_all_about_some_weights_is_shown(capsys):
    assert command_line.main(["models", "show", "starter"]) == 0
    shown = capsys.readouterr().out
    assert "classes  coco_supercategories" in shown
    assert "licence  MIT" in shown
    assert "still mask J&F" in shown
    (iou,) = [line.split()[0] for line in shown.splitlines() if "grabcut IoU, clicks: 1" in line]
    (clicks,) = [line.split()[0] for line in shown.splitlines() if "grabcut clicks to" in line]
    assert float(iou) > 50
    assert 1 <= float(clicks) < 10
    assert command_line.main(["models", "show", "stater"]) == 1
    assert "no weights are called “stater”; there are: starter, " in capsys.readouterr().err


def test_that_the_classes_of_a_label_set_are_listed(capsys):
    assert command_line.main(["models", "classes", "kitti_step"]) == 0
    shown = capsys.readouterr().out
    assert "\nstuff  sky\n" in shown
    assert "19 classes; known to: resnet50-finetune, swin-tiny-finetune" in shown


def test_that_a_released_archive_becomes_usable_weights(
    released_archive, folder, monkeypatch, capsys
):
    with serving({"/swin.zip": released_archive}) as server:
        catalogue = f"""
bundled: []
released:
  - {{name: swin-tiny-finetune, trunk: swin_tiny, title: T, purpose: "",
     address: "{server.address("/swin.zip")}",
     parameters_million: 60.5, sha256: null, licence: MIT}}
"""
        path = folder.parent / "weights.yaml"
        path.write_text(catalogue, encoding="utf-8")
        monkeypatch.setattr(weights_catalog, "_resource", lambda _: path)

        assert command_line.main(["models", "download", "swin-tiny-finetune"]) == 0

    assert "is ready" in capsys.readouterr().out
    model = load_checkpoint(folder / "swin-tiny-finetune.safetensors", "cpu")
    assert model.config.backbone.name.startswith("swin_tiny")
    assert command_line.main(["models", "download", "swin-tiny-finetune"]) == 0
    assert "already" in capsys.readouterr().out
    assert list((folder / "downloads").iterdir()) == []


def test_that_an_unknown_name_lists_what_can_be_downloaded(capsys):
    assert command_line.main(["models", "download", "nothing"]) == 1
    assert "there are: resnet50-finetune" in capsys.readouterr().err


def test_that_a_missing_file_is_named(capsys):
    assert command_line.main(["models", "import", "nowhere.pth"]) == 1
    assert "nowhere.pth does not exist" in capsys.readouterr().err
