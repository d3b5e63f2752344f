"""Tools on a real canvas with a real mouse."""

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPainterPath, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QStyleOptionGraphicsItem

from tarvis_app.canvas.area_tools import area_mask
from tarvis_app.canvas.heads_up_display import HeadsUpDisplay
from tarvis_app.canvas.keyboard_cursor import KeyboardCursor
from tarvis_app.canvas.outlines import OutlineItem, outline_path
from tarvis_app.document.edits import Edit
from tarvis_app.view_state import ToolId
from tarvis_core.annotation.exemplar import BoxExemplar, PointExemplar
from tarvis_core.annotation.mask import Mask
from tarvis_core.annotation.track import FrameState
from tests.fakes.mouse import LEFT, NONE, RIGHT, click, drag, move, place
from tests.fakes.projects import COW, GRASS, SIZE, keyframe, rectangle

FRAME = 2


@pytest.mark.parametrize("zoom", [1.0, 7.5, 40.0])
def test_that_a_click_is_where_the_pointer_is_at_every_zoom(canvas, document, view_state, zoom):
    view_state.use_tool(ToolId.POINT)
    canvas.zoom_to(zoom)
    canvas.centerOn(20.5, 10.5)
    click(canvas, 20.5, 10.5)
    (target,) = view_state.selection
    (point,) = document.opened.exemplars_at(target, FRAME)
    assert isinstance(point, PointExemplar)
    assert abs(point.x - 20.5) <= 1 / zoom
    assert abs(point.y - 10.5) <= 1 / zoom


def test_that_the_right_button_and_alt_say_not_this(canvas, document, view_state):
    view_state.use_tool(ToolId.POINT)
    view_state.select(COW)
    click(canvas, 5, 5, RIGHT)
    click(canvas, 8, 8, LEFT, Qt.KeyboardModifier.AltModifier)
    shown, *clicks = document.opened.exemplars_at(COW, FRAME)
    assert shown.mask == document.opened.masks.get(COW, FRAME).mask
    assert [point.is_positive for point in clicks] == [False, False]


def test_that_a_click_beside_the_frame_is_none(canvas, document, view_state):
    view_state.use_tool(ToolId.POINT)
    canvas.zoom_to(2.0)
    click(canvas, -5, 5)
    assert document.undo_stack.count() == 0


def test_that_select_finds_the_topmost_visible_target(canvas, document, view_state, targets):
    view_state.use_tool(ToolId.SELECT)
    cow = document.opened.masks.get(COW, FRAME).mask
    x, y = cow.box[0] + 0.5, cow.box[1] + 0.5
    click(canvas, x, y)
    assert view_state.selection == (COW,)
    targets.set_visible([COW], is_visible=False)
    click(canvas, x, y)
    assert COW not in view_state.selection
    click(canvas, 39.5, 0.5)
    assert view_state.selection in ((), (GRASS,))


def test_that_a_brush_stroke_is_one_step_and_covers_the_way(canvas, document, view_state):
    view_state.use_tool(ToolId.BRUSH)
    view_state.brush.set_size(3)
    drag(canvas, (5.5, 5.5), (15.5, 5.5), (15.5, 20.5))
    (target,) = view_state.selection
    pixels = document.opened.masks.get(target, FRAME).mask.to_array()
    assert pixels[5, 5:16].all()
    assert pixels[5:21, 15].all()
    assert not pixels[15:, :12].any()
    assert document.undo_stack.count() == 1


def test_that_a_stroke_has_the_colour_that_its_new_target_gets(canvas, document, view_state):
    view_state.use_tool(ToolId.BRUSH)
    _, look = canvas.tool._target_and_look()
    drag(canvas, (5.5, 5.5), (15.5, 5.5))
    (target,) = view_state.selection
    assert document.opened.target(target).colour == look.colour


@pytest.mark.parametrize(("tool", "button"), [(ToolId.ERASER, LEFT), (ToolId.BRUSH, RIGHT)])
def test_that_erasing_takes_pixels_away(canvas, document, view_state, tool, button):
    view_state.select(COW)
    view_state.use_tool(tool)
    view_state.brush.set_size(2)
    before = document.opened.masks.get(COW, FRAME).mask
    x, y = before.box[0] + 1.5, before.box[1] + 1.5
    drag(canvas, (x, y), (x + 1, y), button=button)
    assert document.opened.masks.get(COW, FRAME).mask.area < before.area


def test_that_a_cancelled_stroke_leaves_no_trace(canvas, document, view_state):
    view_state.use_tool(ToolId.BRUSH)
    before = canvas.overlay_item._layer.coded.copy()
    QTest.mousePress(canvas.viewport(), LEFT, NONE, place(canvas, 30, 5))
    assert canvas.tool.cancel()
    QTest.mouseRelease(canvas.viewport(), LEFT, NONE, place(canvas, 30, 5))
    assert document.undo_stack.count() == 0
    assert (canvas.overlay_item._layer.coded == before).all()


def test_that_a_polygon_closes_with_enter_and_goes_back_a_corner(canvas, document, view_state):
    view_state.use_tool(ToolId.POLYGON)
    for corner in ((5, 5), (15, 5), (38, 28)):
        click(canvas, *corner)
    assert canvas.tool.step_back()
    click(canvas, 15, 15)
    click(canvas, 5, 15)
    assert canvas.tool.accept()
    (target,) = view_state.selection
    mask = document.opened.masks.get(target, FRAME).mask
    assert abs(mask.area - 100) <= 12
    assert not canvas.tool.accept()


@pytest.mark.parametrize("zoom", [2.0, 12.0])
def test_that_a_click_on_the_first_corner_closes_a_polygon(canvas, document, view_state, zoom):
    view_state.use_tool(ToolId.POLYGON)
    canvas.zoom_to(zoom)
    near = 4 / zoom
    """Four pixels of the screen."""
    for corner in ((8, 8), (24, 8), (24, 22)):
        click(canvas, *corner)
    move(canvas, 8 + near, 8)
    assert canvas.tool._line.path.elementCount() > 5, "a ring says that a click closes"
    click(canvas, 8 + near, 8)
    (target,) = view_state.selection
    assert document.opened.masks.get(target, FRAME).mask.area == pytest.approx(112, abs=20)
    assert not canvas.tool.is_busy


def test_that_the_second_corner_may_lie_close_to_the_first(canvas, view_state):
    view_state.use_tool(ToolId.POLYGON)
    canvas.zoom_to(4.0)
    click(canvas, 8, 8)
    click(canvas, 9, 8)
    assert len(canvas.tool.points) == 2


def test_that_the_display_says_what_the_keys_do_now(canvas, document, view_state):
    display = HeadsUpDisplay(canvas, document, view_state)
    view_state.use_tool(ToolId.POLYGON)
    before = display._hint.text()
    click(canvas, 8, 8)
    assert display._hint.text().startswith("Enter, a double click")
    assert canvas.tool.step_back()
    assert display._hint.text() == before
    assert not canvas.tool.step_back()


def test_that_the_display_says_of_an_empty_keyframe_that_the_target_is_absent(
    canvas, document, view_state
):
    display = HeadsUpDisplay(canvas, document, view_state)
    view_state.select(COW)
    absent = keyframe(Mask.empty(*SIZE))
    for held, said in (
        (keyframe(rectangle(1, 1, 3, 3)), "keyframe"),
        (absent, "keyframe, absent"),
        (replace(absent, state=FrameState.VERIFIED), "verified, absent"),
    ):
        change = document.opened.masks.change_to(COW, FRAME, held)
        document.edit(Edit("Draw", (change,)))
        assert display._target.text().endswith(f" · {said}")


def test_that_a_lasso_takes_the_inside_of_the_way(canvas, document, view_state):
    view_state.use_tool(ToolId.LASSO)
    drag(canvas, (5, 5), (20, 5), (20, 20), (5, 20))
    (target,) = view_state.selection
    assert abs(document.opened.masks.get(target, FRAME).mask.area - 225) <= 30


def test_that_a_box_is_given_with_its_corners_inside_the_frame(canvas, document, view_state):
    view_state.use_tool(ToolId.BOX)
    canvas.zoom_to(4.0)
    drag(canvas, (-3, 4), (12, 14), (20, 18))
    (target,) = view_state.selection
    (box,) = document.opened.exemplars_at(target, FRAME)
    assert isinstance(box, BoxExemplar)
    assert box.box == pytest.approx((0, 4, 20, 18), abs=0.5)
    click(canvas, 10, 10)
    assert document.undo_stack.count() == 1


@pytest.mark.parametrize(
    ("points", "area"),
    [([(0, 0), (4, 0), (4, 3), (0, 3)], 12), ([(0, 0), (40, 0), (40, 30), (0, 30)], 1200)],
)
def test_that_an_area_holds_the_pixels_whose_centres_are_inside(qapp, points, area):
    assert area_mask(points, SIZE).area == area


def test_that_zooming_keeps_the_place_under_the_pointer(canvas):
    at = QPointF(100, 80)
    before = canvas.mapToScene(at.toPoint())
    for delta in (120, 120, -120, 360):
        wheel = QWheelEvent(
            at, at, QPoint(), QPoint(0, delta), Qt.MouseButton.NoButton, NONE,
            Qt.ScrollPhase.NoScrollPhase, False,
        )  # fmt: skip
        QApplication.sendEvent(canvas.viewport(), wheel)
        after = canvas.mapToScene(at.toPoint())
        assert abs(after.x() - before.x()) < 1.0
        assert abs(after.y() - before.y()) < 1.0


def test_that_the_loupe_returns_to_the_view_before(canvas):
    scale, centre = canvas.scale_factor, canvas.centre
    canvas.press_loupe()
    assert canvas.scale_factor == pytest.approx(3 * scale)
    canvas.release_loupe()
    assert canvas.scale_factor == pytest.approx(scale)
    assert canvas.centre == pytest.approx(centre, abs=1)
    assert canvas.is_fitted


def test_that_the_loupe_magnifies_where_the_keyboard_pointer_is(canvas):
    cursor = KeyboardCursor(canvas)
    cursor.move(-60, -30)
    place_before = canvas.mapFromScene(cursor._item.pos())
    canvas.press_loupe()
    assert (canvas.mapFromScene(cursor._item.pos()) - place_before).manhattanLength() <= 4
    canvas.release_loupe()
    move(canvas, 20, 20)
    assert canvas.loupe_place is None


def test_that_a_tap_of_space_is_told_and_holding_it_pans(canvas, qtbot):
    canvas.setFocus()
    with qtbot.waitSignal(canvas.space_tapped):
        QTest.keyClick(canvas, Qt.Key.Key_Space)
    with qtbot.assertNotEmitted(canvas.space_tapped):
        QTest.keyPress(canvas, Qt.Key.Key_Space)
        drag(canvas, (10, 10), (14, 12))
        QTest.keyRelease(canvas, Qt.Key.Key_Space)


@pytest.mark.parametrize("holds_space", [True, False])
def test_that_the_view_goes_along_with_a_drag_that_pans(canvas, document, holds_space):
    canvas.zoom_to(40.0)
    canvas.setFocus()
    before, steps = place(canvas, 20, 15), document.undo_stack.count()
    if holds_space:
        QTest.keyPress(canvas, Qt.Key.Key_Space)
    viewport, button = canvas.viewport(), LEFT if holds_space else Qt.MouseButton.MiddleButton
    QTest.mousePress(viewport, button, NONE, QPoint(200, 150))
    QTest.mouseMove(viewport, QPoint(230, 160))
    QTest.mouseRelease(viewport, button, NONE, QPoint(230, 160))
    if holds_space:
        QTest.keyRelease(canvas, Qt.Key.Key_Space)
    assert place(canvas, 20, 15) - before == QPoint(30, 10)
    assert document.undo_stack.count() == steps


def test_that_an_outline_goes_round_parts_and_holes(document):
    array = np.zeros(SIZE, dtype=bool)
    array[5:15, 5:15] = True
    array[8:11, 8:11] = False
    array[20:25, 30:35] = True
    path = outline_path(Mask.from_array(array))
    assert len(path.toSubpathPolygons()) == 3
    assert outline_path(Mask.empty(*SIZE)).isEmpty()


@pytest.mark.parametrize("density", [0.15, 0.5, 0.85])
def test_that_an_outline_runs_along_the_edges_of_pixels(qapp, density):
    pixels = np.random.default_rng(round(100 * density)).random((17, 23)) < density
    path = outline_path(Mask.from_array(pixels))
    image = QImage(23, 17, QImage.Format.Format_Grayscale8)
    image.fill(0)
    painter = QPainter(image)
    painter.fillPath(path, QColor("white"))
    painter.end()
    rows = np.frombuffer(image.constBits(), np.uint8).reshape(17, image.bytesPerLine())
    assert ((rows[:, :23] > 0) == pixels).all()


def test_that_the_keyboard_pointer_clicks_and_draws(canvas, document, view_state):
    cursor = KeyboardCursor(canvas)
    view_state.use_tool(ToolId.POINT)
    cursor.press_add()
    (target,) = view_state.selection
    (point,) = document.opened.exemplars_at(target, FRAME)
    assert (point.x, point.y) == pytest.approx((20, 15), abs=0.5)

    view_state.use_tool(ToolId.BRUSH)
    view_state.brush.set_size(2)
    cursor.press_add()
    for _ in range(5):
        cursor.move(2 * canvas.scale_factor, 0)
    cursor.press_add()
    pixels = document.opened.masks.get(target, FRAME).mask.to_array()
    assert pixels[14:16, 21:30].any(axis=0).all()
    cursor.move(1e6, 1e6)
    cursor.press_take()
    cursor.press_take()
    assert document.undo_stack.count() == 2


@pytest.mark.parametrize("tool", [ToolId.BRUSH, ToolId.ERASER])
def test_that_dragging_with_alt_changes_the_size_and_paints_nothing(
    canvas, document, view_state, tool
):
    view_state.use_tool(tool)
    view_state.brush.set_size(4)
    canvas.zoom_to(20.0)
    alt = Qt.KeyboardModifier.AltModifier
    QTest.mousePress(canvas.viewport(), LEFT, alt, place(canvas, 15, 15))
    move(canvas, 20, 15, LEFT, alt)
    assert view_state.brush.size == pytest.approx(14, abs=1)
    assert canvas.tool._number.text == f"{view_state.brush.size} px"
    ring = canvas.tool._ring.path.boundingRect()
    assert ring.width() == pytest.approx(view_state.brush.size)
    assert ring.center().x() == pytest.approx(15, abs=0.2)
    move(canvas, 0, 15, LEFT, alt)
    assert view_state.brush.size == 1
    QTest.mouseRelease(canvas.viewport(), LEFT, alt, place(canvas, 0, 15))
    assert not canvas.tool._number.isVisible()
    assert document.undo_stack.count() == 0


def test_that_esc_while_resizing_gives_the_size_before(canvas, view_state):
    view_state.use_tool(ToolId.BRUSH)
    view_state.brush.set_size(4)
    alt = Qt.KeyboardModifier.AltModifier
    QTest.mousePress(canvas.viewport(), LEFT, alt, place(canvas, 15, 15))
    move(canvas, 25, 15, LEFT, alt)
    assert canvas.tool.cancel()
    assert view_state.brush.size == 4


def test_that_ctrl_and_the_wheel_change_the_size_and_not_the_zoom(canvas, view_state):
    scale, size = canvas.scale_factor, view_state.brush.size
    at = QPointF(100, 80)
    wheel = QWheelEvent(
        at, at, QPoint(), QPoint(0, 120), Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.ControlModifier, Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip
    QApplication.sendEvent(canvas.viewport(), wheel)
    assert view_state.brush.size > size
    assert canvas.scale_factor == scale


@pytest.mark.parametrize("scale", [1.0, 2.0])
def test_that_outlines_are_as_wide_on_every_screen(qapp, scale):
    path = QPainterPath()
    path.addRect(5, 5, 30, 20)
    item = OutlineItem(width=2.0)
    item.show_path(path, QColor("white"))
    image = QImage(round(50 * scale), round(40 * scale), QImage.Format.Format_RGB32)
    image.setDevicePixelRatio(scale)
    image.fill(QColor("red"))
    painter = QPainter(image)
    item.paint(painter, QStyleOptionGraphicsItem())
    painter.end()
    row = [image.pixelColor(x, round(15 * scale)) for x in range(round(15 * scale))]
    whites = sum(colour.blue() > 200 for colour in row)
    assert whites == pytest.approx(2 * scale, abs=1)


def test_that_the_onion_skin_shows_the_keyframes_on_both_sides(canvas, document, view_state):
    later = document.opened.masks.change_to(COW, 5, keyframe(rectangle(20, 15, 8, 8)))
    document.edit(Edit("later", (later,)))
    view_state.select(COW)
    before, after = (item for item in canvas.presenter._onion)
    assert before.path.isEmpty()
    view_state.overlay.set_onion_skin(True)
    assert before.path.boundingRect().contains(4, 5)
    assert after.path.boundingRect().contains(24, 18)
    view_state.select(GRASS)
    assert after.path.isEmpty()
    view_state.select()
    assert after.path.boundingRect().contains(24, 18), "without a selection, of those in view"
    view_state.select(COW)
    view_state.overlay.hide_masks()
    assert before.path.isEmpty()
