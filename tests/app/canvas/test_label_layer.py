"""The label layer: masks become labels with outlines, colours are a table only."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tarvis_app.canvas.label_layer import EDGE_BIT, LabelLayer, LabelLook, colour_table
from tarvis_app.canvas.mask_overlay_item import draw_line
from tarvis_app.overlay_state import OverlayStyle
from tarvis_core.annotation.mask import Mask
from tarvis_core.annotation.target import TargetId
from tests.fakes.projects import rectangle

SIZE = (30, 40)
ONE, TWO = TargetId(1), TargetId(2)


def coded(*pairs):
    layer = LabelLayer(SIZE)
    layer.draw(pairs)
    return layer


def test_that_the_later_mask_lies_on_top():
    layer = coded((ONE, rectangle(0, 0, 10, 10)), (TWO, rectangle(5, 5, 10, 10)))
    assert layer.labels[2, 2] == layer.labels_of[ONE]
    assert layer.labels[7, 7] == layer.labels_of[TWO]


def test_that_only_pixels_at_a_border_carry_the_outline():
    layer = coded((ONE, rectangle(10, 10, 10, 10)))
    is_edge = (layer.coded & EDGE_BIT) > 0
    assert is_edge[10, 10:20].all()
    assert not is_edge[12:18, 12:18].any()
    assert not is_edge[layer.labels == 0].any()


def test_that_drawing_again_leaves_nothing_behind():
    layer = coded((ONE, rectangle(0, 0, 10, 10)))
    layer.draw([(TWO, rectangle(20, 20, 5, 5))])
    fresh = coded((TWO, rectangle(20, 20, 5, 5)))
    assert (layer.coded == fresh.coded).all()
    layer.draw([])
    assert not layer.coded.any()


@settings(max_examples=40, deadline=None)
@given(
    st.tuples(st.integers(0, 30), st.integers(0, 20), st.integers(1, 10), st.integers(1, 10)),
    st.booleans(),
)
def test_that_a_stroke_looks_like_the_mask_it_becomes(box, erases):
    """Coding the stroke's surroundings alone gives what coding the whole frame would give."""
    x, y, width, height = box
    ground = rectangle(5, 5, 20, 15)
    layer = coded((ONE, ground))
    stroke = rectangle(x, y, width, height)
    pixels = np.ones((height, width), dtype=bool)
    layer.stroke((x, y, x + width, y + height), pixels, layer.label_for(ONE), erases=erases)

    expected = ground.difference(stroke) if erases else ground.union(stroke)
    assert (layer.coded == coded((ONE, expected)).coded).all()


def test_that_more_targets_than_labels_are_still_drawn():
    pairs = [(TargetId(n), rectangle(n % 30, n % 20, 3, 3)) for n in range(1, 200)]
    assert coded(*pairs).labels.max() <= 127


def test_that_absent_targets_take_no_label_from_others():
    layer = LabelLayer(SIZE)
    absent = [(TargetId(number), Mask.empty(*SIZE)) for number in range(1, 200)]
    layer.draw(
        [*absent, (TargetId(200), rectangle(0, 0, 2, 2)), (TargetId(201), rectangle(5, 5, 2, 2))]
    )
    assert layer.labels_of == {200: 1, 201: 2}


def test_that_the_colour_table_says_opacity_outline_and_hiding():
    labels, looks = {ONE: 3}, {ONE: LabelLook((10, 20, 30))}
    table = colour_table(labels, looks, OverlayStyle(opacity=0.5))
    assert table[3] == 0x80 << 24 | 0x0A141E
    assert table[0] == 0
    assert table[3 | EDGE_BIT] >> 24 > 0x80
    outline = colour_table(labels, looks, OverlayStyle(is_outline_only=True))
    assert (outline[3] >> 24, outline[3 | EDGE_BIT] >> 24) == (0, 255)
    assert not any(colour_table(labels, looks, OverlayStyle(is_hidden=True)))
    assert not any(colour_table(labels, {}, OverlayStyle()))


@pytest.mark.parametrize("diameter", [1, 2, 5, 8])
def test_that_a_dot_of_the_brush_is_as_wide_as_it_says(diameter):
    centre = (10.5, 10.5)
    pixels = draw_line((centre, centre), diameter, (0, 0, 21, 21))
    mask = Mask.from_array(pixels)
    x_min, y_min, x_max, y_max = mask.box
    assert abs(x_max - x_min - diameter) <= 1
    assert abs((x_min + x_max) / 2 - 10.5) <= 0.5
    assert abs((y_min + y_max) / 2 - 10.5) <= 0.5
