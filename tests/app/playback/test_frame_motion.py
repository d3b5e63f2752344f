"""Motion between frames: masks are moved as the picture moves, where that is certain."""

import cv2
import numpy as np
import pytest

from tarvis_app.playback.frame_motion import SHORTER_SIDE, measure_motion, small_picture
from tarvis_core.annotation.mask import Mask

SIZE = (240, 400)


def scene(step):
    """A frame of a textured scene, seen `step` pixels further to the right."""
    noise = np.random.default_rng(3).integers(0, 256, (SIZE[0], SIZE[1] + 60), dtype=np.uint8)
    wide = cv2.GaussianBlur(noise, (0, 0), 3.0)
    return np.repeat(wide[:, step : step + SIZE[1], None], 3, axis=2)


def rectangle(x, y, width, height):
    pixels = np.zeros(SIZE, dtype=np.bool_)
    pixels[y : y + height, x : x + width] = True
    return Mask.from_array(pixels)


def test_that_a_mask_is_moved_with_the_scene():
    pictures = {0: small_picture(scene(0)), 4: small_picture(scene(20))}
    assert pictures[0].shape == (SHORTER_SIDE, 320)
    motion = measure_motion(0, SIZE, pictures)
    carried = motion.carried(rectangle(100, 60, 80, 90), 4)
    expected = motion.shrunk(rectangle(120, 60, 80, 90)) > 0.5
    assert (carried.is_in & expected).sum() > 0.97 * expected.sum()
    assert not (carried.is_in & carried.is_out).any()
    wrong = (carried.is_in & ~expected) | (carried.is_out & expected)
    assert wrong.sum() < 0.03 * expected.sum()
    assert motion.scale == pytest.approx(1.25)


def test_that_nothing_is_certain_where_the_scene_changes_altogether():
    other = np.random.default_rng(11).integers(0, 256, (*SIZE, 3), dtype=np.uint8)
    pictures = {0: small_picture(scene(0)), 1: small_picture(cv2.GaussianBlur(other, (0, 0), 3.0))}
    carried = measure_motion(0, SIZE, pictures).carried(rectangle(100, 60, 80, 90), 1)
    certain = (carried.is_in | carried.is_out).mean()
    assert certain < 0.3


def test_that_the_smallest_videos_are_compared():
    pictures = {f: small_picture(np.full((1, 3, 3), 90, dtype=np.uint8)) for f in (0, 1)}
    motion = measure_motion(0, (1, 3), pictures)
    mask = Mask.from_array(np.ones((1, 3), dtype=np.bool_))
    assert motion.shrunk(mask).min() == 1.0
    assert motion.carried(mask, 1).is_in.shape == pictures[0].shape
