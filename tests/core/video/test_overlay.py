import numpy as np
import pytest

from tarvis_core.annotation.mask import Mask
from tarvis_core.annotation.palette import target_colour
from tarvis_core.video.overlay import OverlayStyle, draw_label_map, draw_masks

RED, GREEN = (255, 0, 0), (0, 255, 0)
PLAIN = OverlayStyle(opacity=0.5, outline_px=0, colours={1: RED, 2: GREEN})


def grey(height=21, width=33):
    return np.full((height, width, 3), 100, dtype=np.uint8)


def box(y_min, y_max, x_min, x_max, size=(21, 33)):
    pixels = np.zeros(size, dtype=np.bool_)
    pixels[y_min:y_max, x_min:x_max] = True
    return pixels


def test_that_a_mask_colours_its_pixels_only():
    pixels = box(3, 9, 5, 20)
    frame = grey()
    drawn = draw_masks(frame, {1: Mask.from_array(pixels)}, PLAIN)
    assert (drawn[~pixels] == 100).all()
    assert np.abs(drawn[pixels].astype(int) - (178, 50, 50)).max() <= 1
    assert (frame == 100).all()


def test_that_later_masks_lie_on_top():
    masks = {1: Mask.from_array(box(0, 21, 0, 33)), 2: Mask.from_array(box(5, 8, 5, 8))}
    drawn = draw_masks(grey(), masks, OverlayStyle(1, 0, {1: RED, 2: GREEN}))
    assert tuple(drawn[6, 6]) == GREEN
    assert tuple(drawn[0, 0]) == RED


def test_that_the_outline_lies_inside_the_mask():
    pixels = box(4, 16, 6, 26)
    style = OverlayStyle(opacity=0, outline_px=2, colours={1: RED})
    is_red = (draw_masks(grey(), {1: Mask.from_array(pixels)}, style) == RED).all(axis=2)
    np.testing.assert_array_equal(is_red, pixels & ~box(6, 14, 8, 24))


def test_that_targets_get_the_palette_colour():
    drawn = draw_masks(grey(), {3: Mask.from_array(box(0, 21, 0, 33))}, OverlayStyle(1, 0))
    assert tuple(drawn[5, 5]) == target_colour(3)


def test_that_empty_masks_draw_nothing():
    np.testing.assert_array_equal(draw_masks(grey(), {1: Mask.empty(21, 33)}), grey())
    np.testing.assert_array_equal(draw_masks(grey(), {}), grey())
    np.testing.assert_array_equal(draw_label_map(grey(), np.zeros((21, 33), np.int32)), grey())


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.int32, np.int64])
def test_that_a_label_map_looks_like_its_masks(dtype):
    label_map = np.zeros((21, 33), dtype=dtype)
    label_map[2:9, 3:14] = 1
    label_map[12:20, 8:30] = 2
    masks = {i: Mask.from_array(label_map == i) for i in (1, 2)}
    np.testing.assert_array_equal(
        draw_label_map(grey(), label_map, PLAIN), draw_masks(grey(), masks, PLAIN)
    )


def test_that_touching_targets_are_outlined():
    label_map = np.ones((21, 33), dtype=np.uint8)
    label_map[:, 16:] = 2
    drawn = draw_label_map(grey(), label_map, OverlayStyle(0, 1, {1: RED, 2: GREEN}))
    assert tuple(drawn[10, 15]) == RED
    assert tuple(drawn[10, 16]) == GREEN
    assert tuple(drawn[10, 14]) == tuple(drawn[10, 17]) == (100, 100, 100)


@pytest.mark.parametrize("top", [300, 70_000, 2_000_000])
def test_that_large_ids_can_be_drawn(top):
    label_map = np.zeros((21, 33), dtype=np.int32)
    label_map[:10] = top
    drawn = draw_label_map(grey(), label_map, OverlayStyle(1, 0, {top: RED}))
    assert tuple(drawn[0, 0]) == RED
    assert tuple(drawn[15, 0]) == (100, 100, 100)


def test_that_hundreds_of_targets_can_be_drawn():
    label_map = np.arange(21 * 33).reshape(21, 33)
    drawn = draw_label_map(grey(), label_map, OverlayStyle(1, 0))
    assert tuple(drawn[20, 32]) == target_colour(21 * 33 - 1)
    assert tuple(drawn[0, 0]) == (100, 100, 100)


def test_that_masks_of_another_size_are_refused():
    with pytest.raises(ValueError, match="target 4"):
        draw_masks(grey(), {4: Mask.empty(5, 5)})
    with pytest.raises(ValueError, match="label map"):
        draw_label_map(grey(), np.zeros((5, 5), dtype=np.uint8))


@pytest.mark.parametrize(("opacity", "outline_px"), [(-0.1, 1), (1.1, 1), (0.5, -1)])
def test_that_impossible_styles_are_refused(opacity, outline_px):
    with pytest.raises(ValueError, match=r"opacity|outline"):
        OverlayStyle(opacity, outline_px)
