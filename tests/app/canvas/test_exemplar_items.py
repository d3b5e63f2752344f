"""Clicks and boxes lie over the picture and hide none of it."""

import numpy as np
import pytest

from tarvis_app.document.edits import Edit
from tarvis_app.playback.frame_cache import frame_image
from tarvis_app.review.proposal_item import ProposalItem
from tarvis_core.annotation import painting
from tarvis_core.annotation.exemplar import BoxExemplar, PointExemplar
from tests.fakes.projects import COW, SIZE

FRAME = 11
GREY = 90


def colour_at(canvas, x, y):
    """What is on the screen at a place of the frame."""
    pixel = canvas.viewport().grab().toImage().pixelColor(canvas.mapFromScene(x, y))
    return (pixel.red(), pixel.green(), pixel.blue())


@pytest.fixture
def canvas(canvas):
    canvas.presenter.show_image(frame_image(FRAME, np.full((*SIZE, 3), GREY, dtype=np.uint8)))
    return canvas


def test_that_the_picture_shows_in_a_box_beside_a_click(canvas, document):
    height, width = SIZE
    given = (
        PointExemplar(FRAME, COW, 2.5, 2.5),
        BoxExemplar(FRAME, COW, (6, 6, width - 4, height - 4)),
    )
    document.edit(Edit("Give", painting.set_exemplars(document.opened, COW, FRAME, given)))
    assert colour_at(canvas, width / 2, height / 2) == (GREY, GREY, GREY)
    assert colour_at(canvas, 2.5, 2.5) != (GREY, GREY, GREY)


def test_that_the_picture_shows_in_the_ring_of_a_proposal_beside_a_click(canvas, document):
    given = (PointExemplar(FRAME, COW, 2.5, 2.5),)
    document.edit(Edit("Give", painting.set_exemplars(document.opened, COW, FRAME, given)))
    item = ProposalItem()
    canvas.scene().addItem(item)
    height, width = SIZE
    item.show_at(width / 2, height / 2)
    beside = canvas.mapFromScene(width / 2, height / 2)
    pixel = canvas.viewport().grab().toImage().pixelColor(beside.x() + 6, beside.y() + 6)
    assert (pixel.red(), pixel.green(), pixel.blue()) == (GREY, GREY, GREY)
