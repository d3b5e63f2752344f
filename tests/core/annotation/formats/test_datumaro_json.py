import json

import numpy as np
import pytest
from PIL import Image

from tarvis_core.annotation.formats.annotation_format import ReadOptions
from tarvis_core.annotation.formats.datumaro_json import DatumaroFormat
from tarvis_core.annotation.formats.round_trip import write_and_check
from tarvis_core.annotation.formats.write_job import WriteOptions
from tarvis_core.annotation.mask import Mask
from tarvis_core.errors import FormatError
from tests.core.annotation.formats.reading import read_everything
from tests.core.annotation.formats.scenes import (
    LABEL_SET,
    box_mask,
    change_json,
    collection,
    l_mask,
    scene_video,
)

DATUMARO = DatumaroFormat()


@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")
def test_that_datumaro_reads_what_is_written(tmp_path):
    datumaro = pytest.importorskip("datumaro", reason="Datumaro is the independent reader")
    video = scene_video(load_image=lambda index: np.zeros((6, 8, 3), np.uint8))
    DATUMARO.write(collection(video), tmp_path, WriteOptions(with_images=True))

    dataset = datumaro.Dataset.import_from(str(tmp_path), "datumaro")

    labels = [label.name for label in dataset.categories()[datumaro.AnnotationType.label]]
    assert labels == [category.name for category in LABEL_SET.categories]
    for item in dataset:
        assert item.media.size == (6, 8)
        frame = video.load_frame(item.attributes["frame"])
        found = {a.attributes["track_id"]: Mask.from_array(a.image) for a in item.annotations}
        assert found == {target: mask.mask for target, mask in frame.masks.items()}
        classes = {a.attributes["track_id"]: labels[a.label] for a in item.annotations}
        assert classes == {target: {1: "car", 2: "person"}[target] for target in frame.masks}


@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")
def test_that_we_read_what_datumaro_writes(tmp_path):
    datumaro = pytest.importorskip("datumaro", reason="Datumaro is the independent writer")
    items = [
        datumaro.DatasetItem(
            "a/1",
            media=datumaro.Image.from_numpy(np.zeros((6, 8, 3), np.uint8)),
            annotations=[
                datumaro.Mask(l_mask().to_array(), label=1, z_order=2),
                datumaro.Polygon([1, 1, 4, 1, 4, 3, 1, 3], label=0),
                datumaro.Label(0),
            ],
        )
    ]
    dataset = datumaro.Dataset.from_iterable(items, categories=["car", "person"])
    dataset.export(str(tmp_path), "datumaro", save_media=True)

    reader = DATUMARO.read(tmp_path)

    assert "1 annotations without area" in str(reader.problems[0])
    frame = reader[0].load_frame(0)
    assert {m.mask for m in frame.masks.values()} == {l_mask(), box_mask(1, 1, 4, 3)}
    assert {reader.label_set.category(t.category).name for t in reader[0].targets} == {
        "car",
        "person",
    }


def test_that_frame_numbers_scores_and_crowds_survive(tmp_path):
    attributes = {"score": 0.25, "is_crowd": True}
    video = scene_video(frame_numbers=(4, 9, 14), attributes=attributes)

    result = write_and_check(DATUMARO, collection(video), tmp_path)

    assert result.differences == ()
    read = DATUMARO.read(tmp_path)[0]
    assert read.frame_numbers == (4, 9, 14)
    mask = read.load_frame(0).masks[1]
    assert (mask.score, mask.is_crowd) == (0.25, True)


def test_that_a_split_is_chosen_by_name(tmp_path):
    for split in ("train", "val"):
        DATUMARO.write(
            collection(scene_video(name=f"clip of {split}")), tmp_path, WriteOptions(split=split)
        )

    assert DATUMARO.read(tmp_path, ReadOptions(split="val"))[0].name == "clip of val"
    with pytest.raises(FormatError, match="holds no file"):
        DATUMARO.read(tmp_path, ReadOptions(split="test"))


def test_that_an_image_without_size_has_that_of_its_mask(tmp_path):
    file = written(tmp_path)
    content = json.loads(file.read_text())
    for item in content["items"]:
        del item["image"]
    file.write_text(json.dumps(content))

    assert DATUMARO.read(tmp_path)[0].size == (6, 8)


def test_that_images_are_found_in_the_folder_of_the_split(tmp_path):
    written(tmp_path)
    image = tmp_path / "images" / "train" / "clip" / "00000.jpg"
    image.parent.mkdir(parents=True)
    Image.new("RGB", (8, 6)).save(image)

    assert DATUMARO.read(tmp_path)[0].load_frame(0).image_path == image


def written(folder):
    DATUMARO.write(collection(scene_video()), folder)
    return folder / "annotations" / "train.json"


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("items", 0, "annotations", 0, "label_id"), 9),
        (("items", 0, "annotations", 0, "label_id"), -1),
        (("items", 0, "annotations", 0, "rle"), None),
        (("items", 0, "annotations", 0, "rle", "size"), [8, 6]),
        (("items", 0, "annotations", 0, "rle", "counts"), "zzz"),
        (("items", 0, "annotations", 0, "attributes", "track_id"), "one"),
        (("items", 0, "annotations", 0, "attributes"), []),
        (("items", 0, "annotations", 0, "z_order"), "top"),
        (("items", 0, "annotations", 0), 5),
        (("items", 0, "annotations"), {}),
        (("items", 0, "image", "size"), [6]),
        (("items", 0, "image", "size"), [6, 10**9]),
        (("items", 0, "image", "path"), "../../x.jpg"),
        (("items", 0, "attr", "frame"), -1),
        (("items", 0), []),
        (("categories", "label", "labels", 0), {}),
    ],
    ids=str,
)
def test_that_damage_is_an_error_that_names_the_file(tmp_path, path, value):
    file = written(tmp_path)
    change_json(file, path, value)

    with pytest.raises(FormatError, match=r"train\.json|list of images"):
        read_everything(DATUMARO, file)
