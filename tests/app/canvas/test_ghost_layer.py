"""The ghost of a run: what it replaced and what it gave, told apart in pixels."""

import itertools

import numpy as np
import pytest
from PySide6.QtCore import QPointF, QRect, QSize

from tarvis_app.canvas import difference_look
from tarvis_app.canvas.ghost_layer import GhostLayer
from tarvis_app.canvas.heads_up_display import HeadsUpDisplay
from tarvis_app.document.edits import Edit
from tarvis_app.segmentation.pending_run import PendingRun
from tarvis_core.annotation.palette import target_colour
from tarvis_core.annotation.target import TargetId
from tests.fakes.colour_vision import VISION, lab
from tests.fakes.projects import COW, predicted, rectangle

FRAME, GESTURE = 2, 7
OLD_ONLY, BOTH, NEW_ONLY = (6, 8), (12, 8), (20, 8)
"""The cow was at (5, 4), 10 × 8 pixels; the run puts it five pixels further and makes it longer."""


@pytest.fixture
def view(canvas, document, view_state):
    canvas.resize(640, 480)
    canvas.restore_view(10.0, (20, 15))
    view_state.overlay.set_opacity(0.0)
    view_state.note_shown_frame(FRAME)
    pending = PendingRun(document)
    canvas.display = HeadsUpDisplay(canvas, document, view_state)
    canvas.ghost = GhostLayer(canvas, document, view_state, pending, canvas.display)
    change = document.opened.masks.change_to(COW, FRAME, predicted(rectangle(10, 4, 14, 8)))
    document.edit(Edit("Track", (change,), FRAME, GESTURE))
    pending.take(GESTURE, (change,))
    canvas.pending = pending
    return canvas


def pixel(view, place):
    at = view.mapFromScene(QPointF(place[0] + 0.5, place[1] + 0.5))
    colour = view.grab().toImage().pixelColor(at)
    return np.array([colour.red(), colour.green(), colour.blue()], dtype=int)


def tile(view, place):
    """The lightness, 0…255, of as many pixels of the screen as a texture repeats after."""
    side = difference_look.TILE
    corner = view.mapFromScene(QPointF(*place))
    image = view.grab(QRect(corner, QSize(side, side))).toImage()
    return np.array(
        [[image.pixelColor(x, y).lightness() for x in range(side)] for y in range(side)]
    )


def test_that_what_differs_is_textured_and_what_stayed_is_not(view):
    stripes, dots = tile(view, OLD_ONLY), tile(view, NEW_ONLY)
    assert 0.05 < (stripes > 60).mean() < 0.4, "before: light edges of stripes on the picture"
    assert 0.01 < (dots > 200).mean() < 0.2, "after: dots on the picture"
    assert tile(view, BOTH).max() < 40


def test_that_a_texture_has_the_same_grain_at_every_zoom(view):
    view.restore_view(30.0, (7, 8))
    far = view.grab(QRect(view.mapFromScene(QPointF(*OLD_ONLY)), QSize(28, 28))).toImage()
    changes = [far.pixelColor(x, 3).lightness() > 60 for x in range(28)]
    assert sum(a != b for a, b in itertools.pairwise(changes)) in (3, 4)


def test_that_the_two_sides_are_shown_by_name_while_they_are_drawn(view, view_state):
    legend = view.display._legend
    assert not legend.isHidden()
    assert not legend.pixmap().isNull()
    assert not legend.geometry().intersects(view.display._note.geometry())
    view_state.overlay.set_difference(False)
    assert legend.isHidden()


@pytest.mark.parametrize("vision", list(VISION))
def test_that_no_target_has_a_colour_near_before_and_after(vision):
    """In CIELAB; people see a difference of 2 side by side, and on moving video one of 10."""
    sides = [difference_look.before().line, difference_look.after().line]
    seen = [lab((c.red(), c.green(), c.blue()), vision) for c in sides]
    for number in range(1, 25):
        own = lab(target_colour(TargetId(number)), vision)
        assert min(np.linalg.norm(own - each) for each in seen) > (20 if number <= 8 else 10)
    assert np.linalg.norm(seen[0] - seen[1]) > 90


def test_that_it_is_hidden_with_the_masks_and_on_wish(view, view_state):
    view_state.overlay.set_difference(False)
    assert pixel(view, OLD_ONLY).max() < 8
    view_state.overlay.set_difference(True)
    view_state.overlay.hide_masks()
    assert pixel(view, OLD_ONLY).max() < 8


def test_that_it_goes_once_the_run_is_kept(view):
    assert view.pending.keep()
    assert pixel(view, OLD_ONLY).max() < 8
    assert view.display._note.isHidden()
