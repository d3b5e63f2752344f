"""What the canvas shows of masks, in pixels: filled, as outlines, alone, hidden, as a draft."""

import numpy as np
import pytest
from PySide6.QtCore import QPointF
from PySide6.QtGui import QImage, QPainter, QTransform

from tarvis_app.canvas.frame_item import prepare_layer
from tarvis_app.document.edits import Edit
from tarvis_app.playback.frame_cache import frame_image
from tarvis_core.annotation.mask_store import MaskStore
from tarvis_core.annotation.project import Project
from tarvis_core.annotation.target import CategoryId, Target, TargetKind
from tests.fakes.projects import COW, FARM, GRASS, keyframe, rectangle, video_identity

FRAME, SCALE = 2, 10.0
COW_PLACE, GRASS_PLACE = (10, 8), (10, 25)
"""Inside the masks; the frame below is black."""
COW_COLOUR, GRASS_COLOUR = np.array([230, 159, 0]), np.array([0, 158, 115])


@pytest.fixture
def view(canvas, document):
    canvas.resize(420, 320)
    change = document.opened.masks.change_to(GRASS, FRAME, keyframe(rectangle(0, 20, 40, 10)))
    document.edit(Edit("Grass", (change,)))
    canvas.restore_view(SCALE, (20, 15))
    return canvas


def pixel(view, place):
    """RGB of the canvas where a place of the frame is."""
    image = view.grab().toImage()
    ratio = image.devicePixelRatio()
    at = view.mapFromScene(QPointF(place[0] + 0.5, place[1] + 0.5))
    colour = image.pixelColor(round(at.x() * ratio), round(at.y() * ratio))
    return np.array([colour.red(), colour.green(), colour.blue()])


def is_black(view, place):
    return bool((pixel(view, place) < 8).all())


@pytest.mark.parametrize("opacity", [0.2, 0.45, 1.0])
def test_that_masks_have_their_colours_at_the_opacity_chosen(view, view_state, opacity):
    view_state.overlay.set_opacity(opacity)
    assert pixel(view, COW_PLACE) == pytest.approx(opacity * COW_COLOUR, abs=3)
    assert pixel(view, GRASS_PLACE) == pytest.approx(opacity * GRASS_COLOUR, abs=3)


def test_that_outlines_only_leave_the_inside_free(view, document, view_state):
    view_state.overlay.set_outline_only(True)
    assert is_black(view, COW_PLACE)
    left, *_ = document.opened.masks.get(COW, FRAME).mask.box
    assert pixel(view, (left, 8)) == pytest.approx(COW_COLOUR, abs=3)


def test_that_solo_shows_the_selected_target_alone(view, view_state):
    view_state.select(COW)
    view_state.overlay.set_solo(True)
    assert is_black(view, GRASS_PLACE)
    assert not is_black(view, COW_PLACE)
    view_state.select(GRASS)
    assert is_black(view, COW_PLACE)
    view_state.overlay.set_solo(False)
    assert not is_black(view, COW_PLACE)


def test_that_a_hidden_target_is_not_drawn_and_the_others_are(view, targets):
    targets.set_visible([COW], is_visible=False)
    assert is_black(view, COW_PLACE)
    assert not is_black(view, GRASS_PLACE)


def test_that_nothing_at_all_is_drawn_while_masks_are_hidden(view, view_state, drawing):
    view_state.select(COW)
    drawing.add_point(FRAME, (20.5, 12.5), is_positive=True)
    view_state.overlay.set_onion_skin(True)
    view_state.overlay.hide_masks()
    image = view.grab().toImage().convertToFormat(QImage.Format.Format_RGB888)
    rows = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), -1)
    corner = view.mapFromScene(QPointF(0, 0))
    inside = rows[corner.y() + 4 : corner.y() + 290, 3 * (corner.x() + 4) : 3 * corner.x() + 1180]
    assert inside.max() < 8
    view_state.overlay.unhide_masks()
    assert not is_black(view, COW_PLACE)


def test_that_a_draft_is_an_outline_over_the_masks(view):
    before = pixel(view, (24, 10))
    view.presenter.show_draft(FRAME, rectangle(20, 5, 8, 8), (255, 0, 0))
    assert (pixel(view, (24, 10)) == before).all(), "its inside is free"
    edges = [pixel(view, (20 + step, 4.5))[0] for step in range(8)]
    assert max(edges) > 150
    view.presenter.clear_draft()
    assert max(pixel(view, (20 + step, 4.5))[0] for step in range(8)) < 8


def test_that_the_upper_target_hides_the_lower(view, document, targets):
    change = document.opened.masks.change_to(GRASS, FRAME, keyframe(rectangle(0, 0, 40, 30)))
    document.edit(Edit("Grass", (change,)))
    cow = pixel(view, COW_PLACE)
    targets.move(COW, 0)
    assert not (pixel(view, COW_PLACE) == cow).all()


@pytest.mark.parametrize("ratio", [1.0, 1.25, 1.5, 2.0])
def test_that_layers_begin_on_a_pixel_of_the_screen(qapp, ratio):
    image = QImage(40, 40, QImage.Format.Format_RGB32)
    image.setDevicePixelRatio(ratio)
    painter = QPainter(image)
    painter.setWorldTransform(QTransform(4 / ratio, 0, 0, 4 / ratio, -316, -187))
    prepare_layer(painter, (288, 512), is_idle=True)
    at = painter.worldTransform()
    painter.end()
    assert at.m11() == pytest.approx(4 / ratio)
    for place, before in ((at.dx(), -316), (at.dy(), -187)):
        assert place * ratio == pytest.approx(round(place * ratio))
        assert abs(place - before) * ratio <= 0.5 + 1e-9


def test_that_a_project_of_larger_frames_does_not_meet_the_frame_of_the_one_before(view, document):
    size = (60, 80)
    masks = MaskStore(size)
    project = Project(
        video_identity(size=size),
        FARM,
        [Target(COW, "Berta", CategoryId(1), TargetKind.THING, (230, 159, 0))],
        [],
        masks,
    )
    project.apply([masks.change_to(COW, FRAME, keyframe(rectangle(50, 40, 20, 15, size)))])
    document.open(project)
    assert view.presenter.frame is None, "the frame of the video before is gone"

    view.show_size(size)
    view.presenter.show_image(frame_image(FRAME, np.zeros((*size, 3), dtype=np.uint8)))
    view.restore_view(SCALE / 2, (40, 30))
    assert not is_black(view, (60, 50))
    assert is_black(view, (10, 8))
