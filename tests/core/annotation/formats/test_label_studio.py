import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from tarvis_core.annotation.formats.brush_code import brush_of_mask, mask_of_brush
from tarvis_core.annotation.formats.label_studio import LabelStudioFormat
from tarvis_core.annotation.mask import Mask
from tarvis_core.errors import FormatError
from tests.core.annotation.formats.example_files import EXAMPLES
from tests.core.annotation.formats.reading import read_everything
from tests.core.annotation.formats.scenes import box_mask, collection, l_mask, scene_video

STUDIO = LabelStudioFormat()
DOCUMENTED = [0, 0, 0, 192, 57, 27, 254, 35, 0, 183, 255, 132, 192, 45, 255, 230, 240, 0]


def test_that_the_documented_code_is_read():
    assert mask_of_brush(DOCUMENTED, (6, 8), "here") == box_mask(1, 1, 4, 3)


@settings(max_examples=80, deadline=None)
@given(hnp.arrays(bool, hnp.array_shapes(min_dims=2, max_dims=2, max_side=9)))
def test_that_any_mask_survives_its_code(pixels):
    mask = Mask.from_array(pixels)

    code = brush_of_mask(mask)

    assert mask_of_brush(code, mask.size, "here") == mask
    assert all(0 <= byte <= 255 for byte in code)


def test_that_runs_beyond_16_bits_are_divided():
    mask = box_mask(0, 0, 300, 200, (200, 301))

    assert mask_of_brush(brush_of_mask(mask), mask.size, "here") == mask


def test_that_values_one_by_one_are_read():
    alpha = l_mask().to_array().astype(int) * 255
    values = [v for pixel in alpha.ravel() for v in (1, 2, 3, pixel)]
    bits = f"{len(values):032b}{7:05b}" + "".join(f"{n - 1:04b}" for n in (3, 4, 8, 16))
    for start in range(0, len(values), 7):  # runs that do not end where pixels end
        part = values[start : start + 7]
        bits += f"000{len(part) - 1:03b}" + "".join(f"{value:08b}" for value in part)
    bits += "0" * (-len(bits) % 8)
    code = [int(bits[i : i + 8], 2) for i in range(0, len(bits), 8)]

    assert mask_of_brush(code, (6, 8), "here") == l_mask()


def test_that_the_written_code_is_read_by_a_plain_decoder():
    """A second decoder, written bit by bit from the format's description."""
    mask = l_mask()
    bits = "".join(f"{byte:08b}" for byte in brush_of_mask(mask))
    count, word = int(bits[:32], 2), int(bits[32:37], 2) + 1
    sizes = [int(bits[37 + 4 * i : 41 + 4 * i], 2) + 1 for i in range(4)]
    position, values = 53, []
    while len(values) < count:
        is_run, size = bits[position], sizes[int(bits[position + 1 : position + 3], 2)]
        position += 3
        length = int(bits[position : position + size], 2) + 1
        position += size
        for _ in range(1 if is_run == "1" else length):
            value = int(bits[position : position + word], 2)
            position += word
            values += [value] * (length if is_run == "1" else 1)

    pixels = np.array(values).reshape(*mask.size, 4)
    assert np.array_equal(pixels[..., 3] > 0, mask.to_array())


@settings(max_examples=60, deadline=None)
@given(code=st.lists(st.integers(0, 255), max_size=40))
def test_that_any_bytes_are_a_mask_or_an_error(code):
    head = brush_of_mask(l_mask())[:7]
    for content in (code, head + code):
        try:
            assert mask_of_brush(content, (6, 8), "here").size == (6, 8)
        except FormatError as error:
            assert "here" in str(error)  # noqa: PT017 -- either outcome is right


def region(kind, value, /, track=None, **fields):
    meta = {} if track is None else {"meta": {"track_id": track}}
    return {
        "type": kind,
        "original_width": 8,
        "original_height": 6,
        "value": value | {kind: ["car"]},
        **meta,
    } | fields


def task(image, *regions, **fields):
    return {"data": {"image": image}, "annotations": [{"result": list(regions)}]} | fields


def write(folder, *tasks):
    path = folder / "tasks.json"
    path.write_text(json.dumps(list(tasks)))
    return path


BRUSH = {"format": "rle", "rle": DOCUMENTED}


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("brushlabels", BRUSH),
        ("polygonlabels", {"points": [[12.5, 100 / 6], [50, 100 / 6], [50, 50], [12.5, 50]]}),
        ("rectanglelabels", {"x": 12.5, "y": 100 / 6, "width": 37.5, "height": 200 / 6}),
    ],
)
def test_that_regions_are_drawn(tmp_path, kind, value):
    path = write(tmp_path, task("a.jpg", region(kind, value)))

    assert STUDIO.read(path)[0].load_frame(0).masks[1].mask == box_mask(1, 1, 4, 3)


def test_that_ellipses_are_in_percent_of_either_side(tmp_path):
    value = {"x": 50, "y": 50, "radiusX": 25, "radiusY": 25}
    fields = {"original_width": 200, "original_height": 100}
    path = write(tmp_path, task("a.jpg", region("ellipselabels", value, **fields)))

    (mask,) = STUDIO.read(path)[0].load_frame(0).masks.values()
    assert mask.mask.area == pytest.approx(np.pi * 50 * 25, rel=0.02)


@pytest.mark.parametrize(
    ("address", "name"),
    [
        ("/data/local-files/?d=clip/00.jpg", "clip/00.jpg"),
        ("/data/local-files/?d=a%20b/c%26d.jpg", "a b/c&d.jpg"),
        ("https://example.com/x/clip/00.jpg?key=1", "clip/00.jpg"),
        ("s3://bucket/clip/00.jpg", "clip/00.jpg"),
        ("/data/upload/1/00.jpg", "1/00.jpg"),
        ("../../etc/00.jpg", "etc/00.jpg"),
        ("", "image"),
    ],
)
def test_that_addresses_of_images_become_paths_below_the_folder(tmp_path, address, name):
    path = write(tmp_path, task(address, region("brushlabels", BRUSH)))

    assert STUDIO.read(path)[0].frame_names == (name,)


def test_that_the_first_annotation_that_was_not_cancelled_counts(tmp_path):
    first = {"was_cancelled": True, "result": []}
    second = {"result": [region("brushlabels", BRUSH)]}
    path = write(tmp_path, task("a.jpg", annotations=[first, second, second]))

    assert len(STUDIO.read(path)[0].targets) == 1


def test_that_tracks_make_a_video_of_the_images_of_a_folder(tmp_path):
    tasks = [task(f"clip/{n}.jpg", region("brushlabels", BRUSH, track=5)) for n in range(2)]
    path = write(tmp_path, *tasks, task("clip/2.jpg"))

    (video,) = STUDIO.read(path)

    assert (video.name, video.num_frames) == ("clip", 3)
    assert [target.id for target in video.targets] == [5]


def test_that_images_of_unknown_size_are_reported(tmp_path):
    path = write(tmp_path, task("a.jpg"), task("b.jpg", region("brushlabels", BRUSH)))

    reader = STUDIO.read(path)

    assert len(reader) == 1
    assert "1 images without shapes" in str(reader.problems[0])


def test_that_names_with_special_characters_survive(tmp_path):
    video = scene_video(frame_names=["a b&c?.jpg", "ü#1.jpg", "100%.jpg"])

    STUDIO.write(collection(video), tmp_path)

    assert STUDIO.read(tmp_path)[0].frame_names == (
        "clip/a b&c?.jpg",
        "clip/ü#1.jpg",
        "clip/100%.jpg",
    )


def test_that_the_example_is_recognised_as_a_list_of_tasks(shared):
    reader = STUDIO.read(EXAMPLES / "label_studio")

    assert [video.name for video in reader] == ["toyclip"]


@pytest.mark.parametrize(
    "damaged",
    [
        task("a.jpg", region("brushlabels", BRUSH | {"rle": DOCUMENTED[:9]})),
        task("a.jpg", region("brushlabels", BRUSH | {"rle": [1, 2, 300]})),
        task("a.jpg", region("brushlabels", BRUSH | {"rle": ["a"]})),
        task("a.jpg", region("brushlabels", BRUSH | {"rle": None})),
        task("a.jpg", region("brushlabels", BRUSH | {"format": "png"})),
        task("a.jpg", region("brushlabels", BRUSH, original_width=9)),
        task("a.jpg", region("brushlabels", BRUSH, original_width=0)),
        task("a.jpg", region("brushlabels", BRUSH, original_width=10**9)),
        task("a.jpg", region("brushlabels", BRUSH, value=5)),
        task("a.jpg", region("brushlabels", BRUSH, value={"brushlabels": []})),
        task("a.jpg", region("brushlabels", BRUSH, meta={"track_id": "x"})),
        task("a.jpg", region("brushlabels", BRUSH), region("brushlabels", BRUSH, original_width=9)),
        task("a.jpg", region("polygonlabels", {"points": [[1, 2, 3]]})),
        task("a.jpg", region("polygonlabels", {"points": [[0, 0], [1, 1], [1e9, 1e9]]})),
        task("a.jpg", region("rectanglelabels", {"x": 1})),
        task(5),
        task("a.jpg", annotations=5),
        {"annotations": []},
        5,
    ],
    ids=lambda value: str(value)[:80],
)
def test_that_damage_is_an_error_that_names_the_file(tmp_path, damaged):
    path = write(tmp_path, damaged)

    with pytest.raises(FormatError, match=r"tasks\.json"):
        read_everything(STUDIO, path)


def test_that_a_list_is_needed(tmp_path):
    path = tmp_path / "tasks.json"
    path.write_text('{"a": []}')

    with pytest.raises(FormatError, match="no list"):
        STUDIO.read(path)
