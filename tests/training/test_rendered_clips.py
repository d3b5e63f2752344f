"""Clips of rendered scenes: shapes, backdrop, and the folder that they are written to."""

import json

import numpy as np
import pytest
from PIL import Image

from tarvis_core.annotation.formats.format_list import recognise
from tarvis_core.errors import ConfigError, FormatError
from training.data_manifest import LabelledFrame
from training.davis_frames import read_training_frames
from training.rendered_clips import (
    ClipRenderer,
    RenderedClip,
    RenderSettings,
    render_clips,
    write_clip,
)
from training.rendered_scene import Backdrop, CameraPath, view_rays
from training.rendered_shapes import blown_up, box, draw_shape, figure, lump, ring, vase


@pytest.mark.parametrize("make", [box, vase, lump, ring, figure, draw_shape])
def test_that_a_shape_is_a_body_of_unit_size_that_shows_its_outside(make):
    shape = make(np.random.default_rng(3))

    assert np.abs(shape.vertices).max() == pytest.approx(1.0, abs=0.35)
    assert shape.triangles.max() < len(shape.vertices) == len(shape.texture_points)
    volume = np.linalg.det(shape.vertices[shape.triangles]).sum() / 6
    assert volume > 0.02


def test_that_a_cut_out_keeps_its_outline():
    rows, columns = np.mgrid[:90, :60]
    mask = ((rows - 45) / 45) ** 2 + ((columns - 30) / 30) ** 2 < 1

    shape = blown_up(mask, 0.3)

    sizes = 2 * shape.half_extents
    assert sizes[0] / sizes[2] == pytest.approx(60 / 90, abs=0.03)
    assert np.linalg.det(shape.vertices[shape.triangles]).sum() > 0
    edges = np.sort(shape.triangles[:, [0, 1, 1, 2, 2, 0]].reshape(-1, 2), axis=1)
    _, uses = np.unique(edges, axis=0, return_counts=True)
    assert set(uses) <= {1, 2}


def test_that_an_empty_cut_out_is_no_body():
    with pytest.raises(ValueError, match="too thin"):
        blown_up(np.zeros((40, 40), bool), 0.3)


def test_that_the_middle_ray_is_the_viewing_direction():
    direction = np.array([0.6, 0.8, 0.0])

    rays = view_rays(direction, 50.0, (31, 41))

    np.testing.assert_allclose(rays[15, 20], direction, atol=1e-9)
    assert rays[0, 20, 2] > 0 > rays[30, 20, 2]


def test_that_a_backdrop_moves_against_the_camera_turn():
    photograph = np.zeros((100, 200, 3), np.uint8)
    photograph[:, 95:105] = 255
    backdrop = Backdrop(photograph, radians_per_pixel=0.01, azimuth=0.0, horizon=0.5)

    ahead = backdrop.seen(np.array([1.0, 0.0, 0.0]), 50.0, (40, 60))
    to_the_left = backdrop.seen(np.array([np.cos(0.2), np.sin(0.2), 0.0]), 50.0, (40, 60))

    assert np.argmax(ahead[20, :, 0]) < 30 <= np.argmax(to_the_left[20, :, 0])


def test_that_a_camera_that_looks_away_comes_back():
    still = {"azimuth_speed": 0.0, "distance": 5.0, "distance_speed": 0.0, "height": 1.0}
    camera = CameraPath(
        0.0, look_aside=0.8, tremble=0.0, phases=np.zeros(4), view_degrees=45, **still
    )

    directions = [camera.at(part * 2.0, part)[1] for part in (0.0, 0.5, 1.0)]

    assert directions[0] @ directions[1] == pytest.approx(np.cos(0.8), abs=0.02)
    np.testing.assert_allclose(directions[0], directions[2], atol=1e-9)


def stills(folder, *, is_academic=False) -> list[LabelledFrame]:
    random = np.random.default_rng(0)
    found = []
    for number in range(3):
        path = folder / f"{number}.png"
        labels_path = folder / f"{number}_labels.png"
        labels = np.zeros((80, 100), np.uint8)
        labels[15:65, 20:70] = 1
        Image.fromarray(random.integers(0, 255, (80, 100, 3)).astype(np.uint8)).save(path)
        Image.fromarray(labels).save(labels_path)
        found.append(LabelledFrame(path, labels_path, "toy", None, {1: "box"}, is_academic))
    return found


def test_that_a_written_clip_is_read_as_davis_with_its_photographs_listed(tmp_path):
    frames = np.full((3, 40, 60, 3), 128, np.uint8)
    maps = np.zeros((3, 40, 60), np.uint8)
    maps[:, 5:20, 5:20], maps[1:, 5:20, 30:50] = 1, 2

    photographs = tuple(stills(tmp_path, is_academic=True))

    write_clip(RenderedClip(frames, maps, photographs), tmp_path / "out", "one")

    known = recognise(tmp_path / "out")
    video = known.read(tmp_path / "out")[0]
    assert (known.id, video.num_frames, len(video.targets)) == ("davis", 3, 2)
    assert video.load_frame(2).masks[2].mask.area == 15 * 20
    listed = json.loads((tmp_path / "out/Photographs/one.json").read_text("utf-8"))
    assert listed["is_academic"]
    assert listed["photographs"] == ["toy/0", "toy/1", "toy/2"]


def test_that_frames_of_written_clips_are_training_frames_with_their_terms(tmp_path):
    frames, maps = np.zeros((2, 40, 60, 3), np.uint8), np.ones((2, 40, 60), np.uint8)
    for name, is_academic in (("a", True), ("b", False)):
        photographs = tuple(stills(tmp_path, is_academic=is_academic))
        write_clip(RenderedClip(frames, maps, photographs), tmp_path / "out", name)

    everything = read_training_frames(tmp_path / "out")
    free = read_training_frames(tmp_path / "out", includes_academic=False)

    assert [(frame.clip, frame.name) for frame in everything][1:3] == [
        ("a", "00001"),
        ("b", "00000"),
    ]
    assert {frame.clip for frame in free} == {"b"}
    assert everything[0].source == "out"
    np.testing.assert_array_equal(everything[0].load()[1], maps[0])


def test_that_a_folder_of_nothing_holds_no_training_frames(tmp_path):
    with pytest.raises(FormatError, match="manifest"):
        read_training_frames(tmp_path)


def test_that_rendering_without_photographs_is_refused():
    with pytest.raises(ConfigError, match="stills"):
        ClipRenderer([], RenderSettings())


def test_that_rendering_goes_on_where_it_stopped_and_repeats_itself(tmp_path):
    pytest.importorskip("pybullet", reason="needs pybullet: pip install 'tarvis-studio[rendering]'")
    settings = RenderSettings(sizes=((48, 80),), num_frames=(3, 3), finer=1.0, min_pixels=20)
    photographs = stills(tmp_path)

    names = render_clips(ClipRenderer(photographs, settings), tmp_path / "a", 1, seed=5)
    first = (tmp_path / "a/JPEGImages/480p" / names[0] / "00002.jpg").read_bytes()
    names = render_clips(ClipRenderer(photographs, settings), tmp_path / "a", 2, seed=5)
    again = ClipRenderer(photographs, settings).clip(5, 0)

    assert (tmp_path / "a/ImageSets/2017/train.txt").read_text("utf-8").split() == list(names)
    labels = np.asarray(Image.open(tmp_path / "a/Annotations/480p" / names[0] / "00000.png"))
    np.testing.assert_array_equal(labels, again.label_maps[0])
    assert labels.max() >= 2
    assert (tmp_path / "a/JPEGImages/480p" / names[0] / "00002.jpg").read_bytes() == first
    assert not np.array_equal(again.frames[0], again.frames[2])
