import base64
import io
import json

import numpy as np
import pytest
from PIL import Image, ImageDraw

from tarvis_core.annotation.formats.labelme import LabelMeFormat
from tarvis_core.annotation.formats.round_trip import write_and_check
from tarvis_core.annotation.formats.write_job import WriteOptions
from tarvis_core.annotation.mask import Mask
from tarvis_core.errors import FormatError
from tests.core.annotation.formats.reading import read_everything
from tests.core.annotation.formats.scenes import box_mask, collection, l_mask, scene_video

LABELME = LabelMeFormat()
KEYS = {"label", "points", "group_id", "description", "shape_type", "flags", "mask"}


def shape(kind, points, label="car", group=None, **fields):
    return {"label": label, "points": points, "group_id": group, "shape_type": kind} | fields


def write(folder, name, *shapes, **fields):
    content = {
        "version": "5.5.0",
        "flags": {},
        "shapes": list(shapes),
        "imagePath": f"{name}.jpg",
        "imageData": None,
        "imageHeight": 6,
        "imageWidth": 8,
    }
    path = folder / f"{name}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content | fields))
    return path


def masks(path):
    return {target: mask.mask for target, mask in LABELME.read(path)[0].load_frame(0).masks.items()}


def test_that_corners_count_from_pixel_centres_and_outlines_are_filled(tmp_path):
    path = write(tmp_path, "a", shape("polygon", [[2, 1], [4, 1], [4, 2], [2, 2]]))

    assert masks(path) == {1: box_mask(2, 1, 5, 3)}


@pytest.mark.parametrize("seed", range(5))
def test_that_polygons_are_drawn_as_pillow_draws_them(tmp_path, seed):
    points = np.random.default_rng(seed).uniform(-1, 8, (5, 2)).round(2).tolist()
    path = write(tmp_path, "a", shape("polygon", points), shape("rectangle", [[6, 4], [2, 1]]))

    image = Image.new("1", (8, 6))
    ImageDraw.Draw(image).polygon([tuple(p) for p in points], fill=1, outline=1)
    assert masks(path)[1] == Mask.from_array(np.asarray(image))
    assert masks(path)[2] == box_mask(2, 1, 7, 5)


def test_that_circles_are_drawn(tmp_path):
    fields = {"imageHeight": 60, "imageWidth": 60}
    path = write(tmp_path, "a", shape("circle", [[30, 30], [40, 30]]), **fields)

    (mask,) = masks(path).values()
    assert mask.box == (20, 20, 41, 41)
    assert mask.area == pytest.approx(np.pi * 10.5**2, rel=0.05)


@pytest.mark.parametrize("mode", ["1", "L"])
def test_that_masks_are_inside_where_they_are_not_zero(tmp_path, mode):
    content = io.BytesIO()
    crop = Image.fromarray(l_mask().crop().astype(np.uint8))
    (crop if mode == "L" else crop.point(lambda v: 255 * v).convert("1")).save(content, "PNG")
    coded = base64.b64encode(content.getvalue()).decode()
    path = write(tmp_path, "a", shape("mask", [[5, 3], [6, 5]], mask=coded))

    assert masks(path) == {1: l_mask()}


def test_that_files_have_all_keys_and_a_mask_per_target(tmp_path):
    LABELME.write(collection(scene_video()), tmp_path)

    content = json.loads((tmp_path / "clip" / "00005.json").read_text())
    assert set(content) >= {"version", "flags", "shapes", "imagePath", "imageData"}
    assert [set(row) for row in content["shapes"]] == [KEYS, KEYS]
    assert content["shapes"][1]["points"] == [[5.0, 3.0], [6.0, 5.0]]


def test_that_shapes_with_label_and_group_are_one_target_over_images(tmp_path):
    left, right = [[0, 0], [1, 1]], [[5, 3], [6, 5]]
    for name in ("0", "1"):
        write(
            tmp_path,
            name,
            shape("rectangle", left, group=4),
            shape("rectangle", right, group=4),
            shape("rectangle", right, label="person", group=4),
            shape("rectangle", left),
        )

    (video,) = LABELME.read(tmp_path)

    labels = {
        t.id: LABELME.read(tmp_path).label_set.category(t.category).name for t in video.targets
    }
    assert labels == {4: "car", 1: "person", 2: "car", 3: "car"}
    first, second = video.frames()
    assert first.masks[4].mask == box_mask(0, 0, 2, 2).union(box_mask(5, 3, 7, 6))
    assert set(first.masks) == {4, 1, 2}
    assert set(second.masks) == {4, 1, 3}


def test_that_images_without_common_shapes_are_stills(tmp_path):
    for name in ("0", "1"):
        write(tmp_path, name, shape("rectangle", [[0, 0], [1, 1]]))

    assert [(video.name, video.num_frames) for video in LABELME.read(tmp_path)] == [
        ("0", 1),
        ("1", 1),
    ]


def test_that_a_single_file_is_a_still(tmp_path):
    LABELME.write(collection(scene_video()), tmp_path)

    (video,) = LABELME.read(tmp_path / "clip" / "00005.json")

    assert (video.num_frames, len(video.targets)) == (1, 2)


def test_that_windows_separators_in_image_paths_do_no_harm(tmp_path):
    Image.new("RGB", (8, 6)).save(tmp_path / "a.jpg")
    fields = {"imagePath": "..\\images\\a.jpg"}
    path = write(tmp_path, "a", shape("rectangle", [[0, 0], [1, 1]]), **fields)

    assert LABELME.read(path)[0].load_frame(0).image_path == tmp_path / "a.jpg"


def test_that_old_files_without_size_have_that_of_their_image(tmp_path):
    fields = {"imageHeight": None, "imageWidth": None}
    path = write(tmp_path, "a", shape("rectangle", [[0, 0], [1, 1]]), **fields)
    with pytest.raises(FormatError, match="imageHeight"):
        LABELME.read(path)

    Image.new("RGB", (8, 6)).save(tmp_path / "a.jpg")
    assert LABELME.read(path)[0].size == (6, 8)


def test_that_shapes_without_area_are_reported(tmp_path):
    path = write(tmp_path, "a", shape("line", [[0, 0], [1, 1]]), shape("point", [[0, 0]]))

    reader = LABELME.read(path)

    assert "2 shapes without area" in str(reader.problems[0])
    assert reader[0].targets == ()


def test_that_images_are_written_beside_the_files(tmp_path):
    video = scene_video(load_image=lambda index: np.zeros((6, 8, 3), np.uint8))

    result = write_and_check(LABELME, collection(video), tmp_path, WriteOptions(with_images=True))

    assert result.differences == ()
    assert (tmp_path / "clip" / "00005.jpg").is_file()


GOOD_MASK = shape("mask", [[5, 3], [6, 5]])


@pytest.mark.parametrize(
    "damaged",
    [
        shape("polygon", [[0, 0], [1, 1]]),
        shape("polygon", [[0, 0], [1, 1], [2]]),
        shape("polygon", [[0, 0], [1, 1], [2, "x"]]),
        shape("polygon", [[0, 0], [1, 1], [2, True]]),
        shape("polygon", [[0, 0], [1, 1], [1e9, 0]]),
        shape("polygon", None),
        shape("rectangle", [[0, 0]]),
        shape("circle", [[0, 0], [0, 1], [1, 1]]),
        GOOD_MASK | {"mask": None},
        GOOD_MASK | {"mask": "no base64!"},
        GOOD_MASK | {"mask": base64.b64encode(b"no image").decode()},
        GOOD_MASK | {"points": [[5, 3]], "mask": "aGVsbG8="},
        shape("rectangle", [[0, 0], [1, 1]], label=None),
        shape("rectangle", [[0, 0], [1, 1]], group="one"),
        shape("rectangle", [[0, 0], [1, 1]], group=-1),
        5,
    ],
    ids=lambda value: str(value)[:70],
)
def test_that_a_damaged_shape_is_named(tmp_path, damaged):
    path = write(tmp_path, "a", damaged)

    with pytest.raises(FormatError, match=r"a\.json"):
        read_everything(LABELME, path)


def test_that_a_mask_of_another_size_than_its_corners_is_named(tmp_path):
    content = io.BytesIO()
    Image.fromarray(np.ones((3, 3), np.uint8)).save(content, "PNG")
    coded = base64.b64encode(content.getvalue()).decode()
    for corners in ([[5, 3], [6, 5]], [[-1, 0], [1, 2]], [[6, 3], [8, 5]]):
        path = write(tmp_path, "a", shape("mask", corners, mask=coded))
        with pytest.raises(FormatError, match="corners"):
            read_everything(LABELME, path)
