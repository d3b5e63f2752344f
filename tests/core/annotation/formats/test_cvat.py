import xml.etree.ElementTree as ElementTree

import numpy as np
import pytest
from PIL import Image

from tarvis_core.annotation.formats.annotation_format import ReadOptions
from tarvis_core.annotation.formats.cvat_images import CvatImagesFormat
from tarvis_core.annotation.formats.cvat_shapes import code_of_mask, mask_of_shape
from tarvis_core.annotation.formats.cvat_video import CvatVideoFormat
from tarvis_core.annotation.formats.loss import LossKind
from tarvis_core.annotation.formats.round_trip import write_and_check
from tarvis_core.annotation.formats.write_job import WriteOptions
from tarvis_core.annotation.mask import Mask
from tarvis_core.errors import FormatError
from tests.core.annotation.formats.reading import read_everything
from tests.core.annotation.formats.scenes import (
    LABEL_SET,
    box_mask,
    collection,
    l_mask,
    scene_video,
)

IMAGES, VIDEO = CvatImagesFormat(), CvatVideoFormat()
HEAD = """<?xml version="1.0" encoding="utf-8"?>
<annotations><version>1.1</version><meta><task><name>toy</name><size>6</size>
<mode>{mode}</mode><labels><label><name>car</name></label></labels>
<original_size><width>8</width><height>6</height></original_size></task></meta>
"""
RLE = 'rle="1, 1, 1, 3" left="5" top="3" width="2" height="3"'


def video_file(folder, tracks, head=HEAD):
    path = folder / "annotations.xml"
    path.write_text(head.format(mode="interpolation") + tracks + "</annotations>")
    return path


def images_file(folder, images):
    path = folder / "annotations.xml"
    path.write_text(HEAD.format(mode="annotation") + images + "</annotations>")
    return path


def box(frame, x, outside=0, keyframe=1):
    return (
        f'<box frame="{frame}" outside="{outside}" keyframe="{keyframe}" '
        f'xtl="{x}" ytl="1" xbr="{x + 2}" ybr="3"></box>'
    )


def columns(mask):
    return np.flatnonzero(mask.to_array().any(axis=0)).tolist()


@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")
def test_that_datumaro_reads_the_images_that_are_written(tmp_path):
    datumaro = pytest.importorskip("datumaro", reason="Datumaro is the independent reader")
    image = tmp_path / "image.jpg"
    Image.new("RGB", (8, 6)).save(image)
    video = scene_video(load_image=lambda index: np.zeros((6, 8, 3), np.uint8))
    IMAGES.write(collection(video), tmp_path / "out", WriteOptions(with_images=True))

    items = list(datumaro.Dataset.import_from(str(tmp_path / "out"), "cvat"))

    assert len(items) == 3
    labels = [category.name for category in LABEL_SET.categories]
    for item in items:
        frame = video.load_frame(item.attributes["frame"])
        found = {labels[a.label]: Mask.from_array(a.image) for a in item.annotations}
        expected = {
            {1: "car", 2: "person"}[target]: mask.mask for target, mask in frame.masks.items()
        }
        assert found == expected


def test_that_datumaro_reads_outlines_as_we_do(tmp_path):
    datumaro = pytest.importorskip("datumaro", reason="Datumaro is the independent reader")
    track = '<track id="0" label="car">' + "".join(box(n, n) for n in range(3)) + "</track>"
    video_file(tmp_path, track)

    ours = VIDEO.read(tmp_path)[0]
    theirs = list(datumaro.Dataset.import_from(str(tmp_path), "cvat"))

    boxes = {item.attributes["frame"]: item.annotations[0].points for item in theirs}
    for frame in range(3):
        x_min, y_min, x_max, y_max = boxes[frame]
        expected = box_mask(int(x_min), int(y_min), int(x_max), int(y_max))
        assert ours.load_frame(frame).masks[1].mask == expected


@pytest.mark.parametrize("mask", [l_mask(), box_mask(0, 0, 8, 6), box_mask(1, 1, 4, 3)])
def test_that_codes_are_row_major_and_begin_with_zeros(mask):
    attributes = {name: str(value) for name, value in code_of_mask(mask).items()}

    assert mask_of_shape("mask", attributes, (6, 8), "here") == mask
    runs = [int(run) for run in attributes["rle"].split(",")]
    crop = np.concatenate([np.full(run, n % 2) for n, run in enumerate(runs)])
    assert np.array_equal(crop.reshape(mask.crop().shape), mask.crop())


def test_that_the_code_of_the_documented_shape_is_the_documented_code():
    assert code_of_mask(l_mask()) == {
        "rle": "1, 1, 1, 3",
        "left": 5,
        "top": 3,
        "width": 2,
        "height": 3,
    }
    assert code_of_mask(box_mask(1, 1, 4, 3))["rle"] == "0, 6"


def test_that_a_shape_is_held_until_it_goes_outside(tmp_path):
    video_file(tmp_path, f'<track id="0" label="car">{box(1, 2)}{box(4, 2, outside=1)}</track>')

    video = VIDEO.read(tmp_path)[0]

    assert video.num_frames == 6
    assert [len(frame.masks) for frame in video.frames()] == [0, 1, 1, 1, 0, 0]


def test_that_outlines_are_interpolated_between_keyframes(tmp_path):
    video_file(tmp_path, f'<track id="0" label="car">{box(0, 0)}{box(4, 4)}</track>')

    video = VIDEO.read(tmp_path)[0]

    assert [columns(frame.masks[1].mask)[0] for frame in video.frames()] == [0, 1, 2, 3, 4, 4]


def test_that_outlines_with_other_corners_and_masks_are_held(tmp_path):
    polygon = '<polygon frame="{}" outside="0" points="{}"/>'
    shapes = polygon.format(0, "0,0;2,0;2,2;0,2") + polygon.format(2, "4,0;6,0;6,2")
    masks = f'<mask frame="0" outside="0" {RLE}/><mask frame="2" outside="0" {RLE}/>'
    tracks = f'<track id="0" label="car">{shapes}</track><track id="1" label="car">{masks}</track>'
    video_file(tmp_path, tracks)

    frame = VIDEO.read(tmp_path)[0].load_frame(1)

    assert frame.masks[1].mask == box_mask(0, 0, 2, 2)
    assert frame.masks[2].mask == l_mask()


def test_that_tracks_of_a_group_are_one_target_if_they_never_meet(tmp_path):
    track = '<track id="{}" label="{}" group_id="{}">{}</track>'
    tracks = (
        track.format(0, "car", 7, box(0, 0) + box(1, 0, outside=1))
        + track.format(1, "car", 7, box(1, 2) + box(2, 2, outside=1))
        + track.format(2, "car", 8, box(0, 4))
        + track.format(3, "car", 8, box(1, 4))
        + track.format(4, "person", 7, box(0, 6))
    )
    video_file(tmp_path, tracks)

    targets = {target.id: target for target in VIDEO.read(tmp_path)[0].targets}

    assert set(targets) == {7, 1, 3, 4}  # group 7 of cars; the person of group 7; group 8 apart
    frame = VIDEO.read(tmp_path)[0].load_frame(1)
    assert columns(frame.masks[7].mask) == [2, 3]


def test_that_every_mask_is_written_as_a_closed_track(tmp_path):
    VIDEO.write(collection(scene_video()), tmp_path)

    tracks = ElementTree.parse(tmp_path / "annotations.xml").findall("track")
    assert [track.get("group_id") for track in tracks] == ["1", "1", "2", "1", "2"]
    assert [[shape.get("outside") for shape in track] for track in tracks] == [
        ["0", "1"],
        ["0", "1"],
        ["0", "1"],
        ["0"],
        ["0"],
    ]


def test_that_tasks_of_a_project_are_videos(tmp_path):
    tasks = "".join(
        f"<task><id>{n}</id><name>{name}</name><size>2</size><original_size><width>8</width>"
        "<height>6</height></original_size></task>"
        for n, name in ((4, "a"), (5, "b"))
    )
    head = f"<annotations><meta><project><tasks>{tasks}</tasks></project></meta>"
    track = f'<track id="0" label="car" task_id="5">{box(0, 1)}</track>'
    path = video_file(tmp_path, track, head)

    videos = list(VIDEO.read(path))

    assert [video.name for video in videos] == ["a", "b"]
    assert [len(video.targets) for video in videos] == [0, 1]


def test_that_shapes_without_area_are_reported(tmp_path):
    points = '<polyline frame="0" points="1,1;2,2"/>'
    reader = VIDEO.read(
        video_file(tmp_path, f'<track id="0" label="car">{points}{box(1, 1)}</track>')
    )

    assert "1 shapes without area" in str(reader.problems[0])


def test_that_turned_boxes_and_ellipses_are_drawn():
    attributes = {"xtl": "10", "ytl": "20", "xbr": "30", "ybr": "24", "rotation": "90"}
    turned = mask_of_shape("box", attributes, (60, 60), "here")
    ellipse = {"cx": "30", "cy": "30", "rx": "10", "ry": "5"}
    drawn = mask_of_shape("ellipse", ellipse, (60, 60), "here")

    assert turned.box == (18, 12, 22, 32)
    assert drawn.area == pytest.approx(np.pi * 50, rel=0.05)


def test_that_images_in_no_video_are_stills_and_unnumbered_shapes_targets(tmp_path):
    image = '<image id="{}" name="{}.jpg" width="8" height="6">{}</image>'
    mask = f'<mask label="car" {RLE} z_order="3"/>'
    reader = IMAGES.read(
        images_file(tmp_path, image.format(0, "a", mask * 2) + image.format(1, "b", mask))
    )

    assert [video.name for video in reader] == ["a", "b"]
    frame = reader[0].load_frame(0)
    assert set(frame.masks) == {1, 2}
    assert frame.masks[1].z_order == 3


def test_that_images_that_share_a_numbered_shape_are_a_video(tmp_path):
    image = '<image id="{}" name="{}.jpg" width="8" height="6">{}</image>'
    mask = f'<mask label="car" group_id="4" {RLE}/>'
    path = images_file(tmp_path, "".join(image.format(n, n, mask) for n in range(3)))

    videos = list(IMAGES.read(path))

    assert [(video.name, video.num_frames) for video in videos] == [("toy", 3)]
    assert [target.id for target in videos[0].targets] == [4]


def test_that_images_of_other_sizes_are_stills(tmp_path):
    image = '<image id="{}" name="{}.jpg" width="{}" height="6">{}</image>'
    mask = f'<mask label="car" group_id="4" {RLE}/>'
    path = images_file(tmp_path, image.format(0, 0, 8, mask) + image.format(1, 1, 9, mask))

    assert [video.num_frames for video in IMAGES.read(path)] == [1, 1]


def test_that_stills_with_the_same_numbers_stay_apart_when_written(tmp_path):
    stills = [scene_video(masks=[{2: l_mask()}], name=name) for name in "ab"]

    assert write_and_check(IMAGES, collection(*stills), tmp_path).differences == ()


def test_that_classes_keep_their_numbers_if_they_are_given(tmp_path):
    IMAGES.write(collection(scene_video()), tmp_path)

    given = IMAGES.read(tmp_path, ReadOptions(label_set=LABEL_SET))
    own = IMAGES.read(tmp_path)

    assert [target.category for target in given[0].targets] == [3, 26]
    assert [target.category for target in own[0].targets] == [1, 2]


def test_that_names_with_any_characters_survive(tmp_path):
    video = scene_video(name='a "b" <c> & é 😀')

    VIDEO.write(collection(video), tmp_path)

    assert VIDEO.read(tmp_path)[0].name == video.name


def test_that_a_class_that_a_target_lacks_is_made_up_in_the_head(tmp_path):
    report = IMAGES.write(collection(scene_video(categories={1: None})), tmp_path)

    assert {loss.kind: loss.count for loss in report.losses}[LossKind.NO_CLASS] == 1
    names = [category.name for category in IMAGES.read(tmp_path).label_set.categories]
    assert names == ["car", "person", "sky", "object"]


MASK = f'<mask frame="0" outside="0" {RLE}/>'


@pytest.mark.parametrize(
    "shape",
    [
        MASK.replace('rle="1, 1, 1, 3"', 'rle="1, 1, 1, 4"'),
        MASK.replace('rle="1, 1, 1, 3"', 'rle="1, x"'),
        MASK.replace('rle="1, 1, 1, 3"', 'rle="-1, 7"'),
        MASK.replace('rle="1, 1, 1, 3"', 'rle="99999999999999999999, 6"'),
        MASK.replace('left="5"', 'left="7"'),
        MASK.replace('left="5"', 'left="-5"'),
        MASK.replace('left="5"', ""),
        MASK.replace('width="2"', 'width="0"'),
        MASK.replace('frame="0"', 'frame="99999999"'),
        MASK.replace('frame="0"', ""),
        MASK * 2,
        '<polygon frame="0" points="1,1;2,2"/>',
        '<polygon frame="0" points="1,1;2,2;nan,3"/>',
        '<polygon frame="0" points="1,1;2,2;1e9,3"/>',
        '<polygon frame="0" points="1,1;2;3,3"/>',
        '<polygon frame="0"/>',
        '<box frame="0" xtl="a" ytl="1" xbr="2" ybr="2"/>',
        '<ellipse frame="0" cx="1" cy="1" rx="inf" ry="1"/>',
        "<mask",
        "</wrong>",
        "&undefined;",
    ],
    ids=lambda shape: shape[:60],
)
def test_that_a_damaged_shape_is_named(tmp_path, shape):
    path = video_file(tmp_path, f'<track id="0" label="car">{shape}</track>')

    with pytest.raises(FormatError, match=r"annotations\.xml"):
        read_everything(VIDEO, path)


@pytest.mark.parametrize(
    "head",
    [
        HEAD.replace("<size>6", "<size>999999999"),
        HEAD.replace("<size>6", "<size>-1"),
        HEAD.replace("<width>8", "<width>99999999999"),
        HEAD.replace("<height>6", "<height>x"),
        HEAD.replace("utf-8", "utf-7"),
    ],
    ids=["frames", "negative", "width", "height", "encoding"],
)
def test_that_a_damaged_head_is_named(tmp_path, head):
    path = video_file(tmp_path, f'<track id="0" label="car">{MASK}</track>', head)

    with pytest.raises(FormatError, match=r"annotations\.xml"):
        read_everything(VIDEO, path)


def test_that_a_file_without_size_needs_an_image(tmp_path):
    head = HEAD.replace("<original_size><width>8</width><height>6</height></original_size>", "")
    path = video_file(tmp_path, f'<track id="0" label="car">{MASK}</track>', head)
    with pytest.raises(FormatError, match="size of its frames"):
        read_everything(VIDEO, path)

    Image.new("RGB", (8, 6)).save(tmp_path / "a.jpg")
    assert read_everything(VIDEO, path) == 6


@pytest.mark.parametrize(
    "image",
    [
        '<image id="0" width="8" height="6"></image>',
        '<image id="0" name="../../x.jpg" width="8" height="6"></image>',
        '<image id="0" name="a.jpg" width="0" height="6"></image>',
        f'<image id="0" name="a.jpg" width="8" height="6"><mask {RLE}/></image>',
        f'<image id="0" name="a.jpg" width="3" height="6"><mask label="car" {RLE}/></image>',
        '<image id="0" name="a.jpg" width="8" height="6">',
    ],
    ids=["name", "path", "size", "label", "outside", "cut"],
)
def test_that_a_damaged_image_is_named(tmp_path, image):
    path = images_file(tmp_path, image)

    with pytest.raises(FormatError):
        read_everything(IMAGES, path)
