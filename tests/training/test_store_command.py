"""`tarvis-train store`: trunk features of clips made from a data folder, through `main`."""

# isort: off
import tarvis_core.model.torchvision_operators  # noqa: F401 — before timm
import timm

# isort: on
import json

import numpy as np
import pytest
from PIL import Image
from safetensors.torch import save_file

from training.__main__ import main
from training.feature_store import FeatureStore

SIZE = (96, 128)


@pytest.fixture
def data(tmp_path):
    """Two stills of two sources."""
    folder = tmp_path / "data" / "train"
    folder.mkdir(parents=True)
    entries = []
    for number, source in enumerate(("free", "campus")):
        labels = np.zeros(SIZE, np.uint8)
        labels[30:70, 40:90] = 1
        image = np.where(labels[..., None] == 1, (200, 40, 40), (60, 80, 60)).astype(np.uint8)
        Image.fromarray(image).save(folder / f"{number}.jpg")
        Image.fromarray(labels).save(folder / f"{number}.png")
        entries.append(
            {
                "split": "train",
                "file": f"train/{number}",
                "source": source,
                "clip": None,
                "objects": [{"id": 1, "cls": "box"}],
                "licence": "academic use" if source == "campus" else "CC0",
            }
        )
    (folder.parent / "manifest.json").write_text(json.dumps(entries))
    return folder.parent


@pytest.fixture
def run_file(tmp_path):
    trunk = tmp_path / "trunk.safetensors"
    save_file(timm.create_model("test_efficientnet", pretrained=False).state_dict(), trunk)
    path = tmp_path / "run.yaml"
    path.write_text(
        "model: {preset: starter, backbone: {name: test_efficientnet, last_stride: 32}}\n"
        f"start: {{trunk: {trunk}}}\n"
    )
    return path


def stored_sources(folder) -> list[str]:
    store = FeatureStore(folder)
    return sorted(store.describe(name)[1] for name in store.names())


def test_that_every_still_becomes_a_clip_with_features(tmp_path, data, run_file):
    into = tmp_path / "store"

    assert main(["store", str(run_file), "--data", str(data), "--into", str(into)]) == 0

    assert stored_sources(into) == ["campus", "free"]
    clip = FeatureStore(into).read(FeatureStore(into).names()[0], [0])
    assert sorted(clip.features) == [4, 8, 16, 32]


@pytest.mark.parametrize("choice", [["--sources", "free"], ["--without-academic"]])
def test_that_sources_can_be_left_out(tmp_path, data, run_file, choice):
    into = tmp_path / "store"

    main(["store", str(run_file), "--data", str(data), "--into", str(into), *choice])

    assert stored_sources(into) == ["free"]


def test_that_leaving_out_everything_is_told(tmp_path, data, run_file, capsys):
    command = ["store", str(run_file), "--data", str(data), "--into", str(tmp_path / "s")]

    assert main([*command, "--sources", "elsewhere"]) == 1
    assert "--sources" in capsys.readouterr().err


def test_that_stills_can_be_stored_closer_up(tmp_path, data, run_file):
    """A larger zoom shows a larger part of the object's pixels, in the mean of several rounds."""
    shares = {}
    for zoom in ("1.3", "4"):
        into = tmp_path / zoom
        stored = ["--data", str(data), "--into", str(into), "--rounds", "6", "--zoom", zoom]
        assert main(["store", str(run_file), *stored]) == 0
        store = FeatureStore(into)
        maps = [store.read_label_maps(name, [0]) == 1 for name in store.names()]
        shares[zoom] = np.mean([labels.mean() for labels in maps])

    assert shares["4"] > 1.3 * shares["1.3"]
