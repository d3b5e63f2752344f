"""The ghost of a run: what it replaced and what it gave, told apart in pixels."""

import numpy as np
import pytest
from PySide6.QtCore import QPointF

from tarvis_app.canvas.ghost_layer import GhostLayer
from tarvis_app.canvas.heads_up_display import HeadsUpDisplay
from tarvis_app.document.edits import Edit
from tarvis_app.segmentation.pending_run import PendingRun
from tests.fakes.projects import COW, predicted, rectangle

FRAME, GESTURE = 2, 7
OLD_ONLY, BOTH, NEW_ONLY = (6, 8), (12, 8), (20, 8)
"""The cow was at (5, 4), 10 × 8 pixels; the run puts it five pixels further and makes it longer."""


@pytest.fixture
def view(canvas, document, view_state):
    canvas.resize(420, 320)
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


def test_that_what_differs_is_tinted_and_what_stayed_is_not(view):
    red, _, blue = pixel(view, OLD_ONLY)
    assert red > blue + 30, "orange: before"
    red, _, blue = pixel(view, NEW_ONLY)
    assert blue > red + 30, "blue: after"
    assert pixel(view, BOTH).max() < 40
    assert view.display._note.text().startswith("Before: orange, dashed · after: blue")


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
