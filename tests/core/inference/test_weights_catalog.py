"""The list of known weights, and how published ones are fetched and unpacked."""

import io
import json
import zipfile

import numpy as np
import pytest
from safetensors.numpy import save_file

from tarvis_core.annotation.label_set import list_label_sets
from tarvis_core.errors import CheckpointError, DownloadError
from tarvis_core.inference.weights_catalog import (
    KnownWeights,
    WeightsSource,
    default_weights,
    download_archive,
    find_weights,
    list_weights,
    read_metadata,
    weights_that_know,
)
from tarvis_core.model.released_label_sets import FINE_TUNED_LABEL_SETS, PRETRAINED_LABEL_SETS
from tests.fakes.file_server import serving


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("TARVIS_WEIGHTS", str(tmp_path / "weights"))
    (tmp_path / "weights").mkdir()
    return tmp_path / "weights"


def _archive(names):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name in names:
            archive.writestr(name, f"content of {name}")
    return packed.getvalue()


def _released(address):
    return KnownWeights("big", WeightsSource.RELEASED, "Big", address=address)


def test_that_the_released_weights_are_listed_with_address_and_licence():
    released = [w for w in list_weights() if w.source is WeightsSource.RELEASED]

    assert len(released) == 6
    assert all(w.address.endswith(".zip") and w.licence and w.path is None for w in released)


def test_that_weights_are_found_by_the_label_sets_that_they_know():
    names = {name for w in list_weights() for name in w.label_sets}
    released = {w.name: set(w.label_sets) for w in list_weights()}

    assert "starter" in weights_that_know("coco_supercategories")
    assert released["swin-tiny-finetune"] == {each.name for each in FINE_TUNED_LABEL_SETS}
    assert released["swin-tiny-pretrain"] == {each.name for each in PRETRAINED_LABEL_SETS}
    assert names <= set(list_label_sets())
    assert weights_that_know("davis") == ()


def test_that_installed_weights_take_the_place_of_their_download(folder):
    save_file({"x": np.zeros(1)}, folder / "resnet50-finetune.safetensors", {"title": "mine"})

    known = {w.name: w for w in list_weights()}

    assert known["resnet50-finetune"].source is WeightsSource.INSTALLED
    assert find_weights("resnet50-finetune") == folder / "resnet50-finetune.safetensors"


def test_that_bundled_weights_are_the_default_whatever_is_installed(folder):
    save_file({"x": np.zeros(1)}, folder / "mine.safetensors")
    bundled = [w.path for w in list_weights() if w.source is WeightsSource.BUNDLED]

    assert default_weights() == (bundled[0] if bundled else folder / "mine.safetensors")


def test_that_weights_which_are_not_here_say_how_to_get_them():
    with pytest.raises(CheckpointError, match="tarvis models download swin-large-finetune"):
        find_weights("swin-large-finetune")


def test_that_an_unknown_name_lists_the_known_ones():
    with pytest.raises(CheckpointError, match=r"known: .*resnet50-finetune"):
        find_weights("nothing")


def test_that_a_foreign_file_is_refused_with_what_to_do(tmp_path):
    path = tmp_path / "model.pth"
    path.write_bytes(b"not weights at all")

    with pytest.raises(CheckpointError, match="tarvis models import"):
        read_metadata(path)


def test_that_metadata_values_come_back_as_they_were(tmp_path):
    save_file({"x": np.zeros(1)}, tmp_path / "w.safetensors", {"scores": json.dumps({"iou": 0.5})})

    assert read_metadata(tmp_path / "w.safetensors") == {"scores": {"iou": 0.5}}


def test_that_an_archive_is_unpacked_under_names_of_our_own(folder):
    body = _archive(["run/../../evil/090000.pth", "run/config.yaml"])
    with serving({"/w.zip": body}) as server:
        checkpoint = download_archive(_released(server.address("/w.zip")))

    assert checkpoint == folder / "downloads" / "big" / "model.pth"
    assert checkpoint.read_text() == "content of run/../../evil/090000.pth"
    assert checkpoint.with_name("config.yaml").is_file()
    assert not (folder.parent / "evil").exists()


def test_that_an_archive_without_a_checkpoint_is_refused():
    with (
        serving({"/w.zip": _archive(["readme.txt"])}) as server,
        pytest.raises(DownloadError, match="0 checkpoints"),
    ):
        download_archive(_released(server.address("/w.zip")))


def test_that_a_damaged_archive_is_removed_so_that_it_can_be_fetched_again(folder):
    with (
        serving({"/w.zip": b"PK but not a zip"}) as server,
        pytest.raises(DownloadError, match="download the weights again"),
    ):
        download_archive(_released(server.address("/w.zip")))

    assert not (folder / "downloads" / "big.zip").exists()
