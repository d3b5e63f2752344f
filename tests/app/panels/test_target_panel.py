"""The list of targets: searched, narrowed, clicked, and everything that is done to them."""

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from tarvis_app.actions import Actions
from tarvis_app.document.edits import Edit
from tarvis_app.panels.target_filter import Narrowing, Shown
from tarvis_app.panels.target_panel import TargetPanel
from tarvis_app.panels.target_row import RowButton, button_rects
from tarvis_app.panels.thumbnails import HEIGHT, WIDTH, Thumbnails, thumbnail
from tarvis_app.playback.frame_cache import frame_image
from tarvis_core.annotation import track_operations
from tarvis_core.annotation.exemplar import PointExemplar
from tarvis_core.annotation.painting import set_exemplars
from tarvis_core.annotation.target import TargetKind
from tarvis_core.annotation.target_operations import create_target
from tests.fakes.projects import COW, GRASS, SIZE, rectangle

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support", extend=True)


@pytest.fixture
def thumbnails(document):
    return Thumbnails(document)


@pytest.fixture
def panel(qtbot, document, view_state, targets, settings, theme, thumbnails):
    panel = TargetPanel(document, view_state, targets, Actions(settings, theme), theme, thumbnails)
    qtbot.addWidget(panel)
    panel.resize(280, 400)
    panel.show()
    return panel


def listed(panel):
    return [panel.shown.index(row, 0).data() for row in range(panel.shown.rowCount())]


def click(panel, name, button=None, modifier=Qt.KeyboardModifier.NoModifier):
    rect = panel.list.visualRect(panel.shown.index(listed(panel).index(name), 0))
    place = rect.center() if button is None else button_rects(rect)[button].center()
    QTest.mouseClick(panel.list.viewport(), Qt.MouseButton.LeftButton, modifier, place)


@pytest.mark.parametrize(
    ("text", "names"),
    [("bert", ["Berta"]), ("GRASS", ["Grass"]), ("cow", ["Berta"]), ("#2", ["Grass"]), ("", None)],
)
def test_that_the_search_looks_at_name_class_and_number(panel, text, names):
    panel.finder.search.setText(text)
    assert listed(panel) == (names or ["Grass", "Berta"])


@pytest.mark.parametrize(
    ("shown", "names"),
    [
        (Shown.HERE, ["Berta"]),
        (Shown.HIDDEN, []),
        (Shown.LOCKED, ["Grass"]),
        (Shown.THINGS, ["Berta"]),
        (Shown.STUFF, ["Grass"]),
        (Shown.WITHOUT_KEYFRAME, []),
        (Shown.ALL, ["Grass", "Berta"]),
    ],
)
def test_that_the_list_can_be_narrowed(panel, targets, view_state, shown, names):
    targets.set_locked([GRASS], is_locked=True)
    view_state.note_shown_frame(3)
    panel.finder.narrow(Narrowing(shown))
    assert listed(panel) == names
    assert panel.finder.filter_button.isChecked() is (shown is not Shown.ALL)


def test_that_the_selected_target_stays_in_sight_when_other_panels_need_the_room(
    panel, document, view_state, qtbot
):
    for number in range(20):
        document.edit(Edit("Add", create_target(document.opened, f"Cow {number}")[1]))
    last = list(document.opened.targets)[-1]
    view_state.select(last)
    rows = panel.list

    def is_seen():
        row = rows.visualRect(panel.shown.index(panel.shown.rowCount() - 1, 0))
        return rows.viewport().rect().contains(row)

    qtbot.waitUntil(is_seen)
    panel.resize(280, 250)
    qtbot.waitUntil(lambda: rows.height() < 150)
    assert is_seen()
    QTest.keyClick(rows.verticalScrollBar(), Qt.Key.Key_Home)
    panel.resize(280, 400)
    qtbot.waitUntil(lambda: rows.height() > 150)
    assert not is_seen(), "the person looks elsewhere"


def test_that_the_filter_follows_frame_and_edits(panel, document, view_state):
    panel.finder.narrow(Narrowing(Shown.HERE))
    view_state.note_shown_frame(11)
    assert listed(panel) == []
    masks = document.opened.masks
    held = masks.get(COW, 2)
    document.edit(Edit("paste", (masks.change_to(COW, 11, held),)))
    assert listed(panel) == ["Berta"]


def test_that_rows_have_buttons_for_solo_eye_and_lock(panel, document, qtbot, view_state):
    click(panel, "Berta", RowButton.EYE)
    assert not document.opened.target(COW).is_visible
    click(panel, "Berta", RowButton.LOCK)
    assert document.opened.target(COW).is_locked
    with qtbot.waitSignal(panel.solo_wanted) as wanted:
        click(panel, "Grass", RowButton.SOLO)
    assert wanted.args == [GRASS]
    assert view_state.selection == ()


def test_that_several_rows_are_selected_and_the_last_clicked_is_active(panel, view_state):
    click(panel, "Grass")
    click(panel, "Berta", modifier=Qt.KeyboardModifier.ControlModifier)
    assert view_state.selection == (COW, GRASS)
    view_state.select(GRASS)
    rows = [index.data() for index in panel.list.selectionModel().selectedIndexes()]
    assert rows == ["Grass"]


def test_that_rows_say_state_score_and_class(panel, document, view_state):
    view_state.note_shown_frame(2)
    delegate = panel.list.itemDelegate()
    assert delegate.detail(panel.shown.index(1, 0)) == "≈ 62 % · cow"
    view_state.note_shown_frame(0)
    assert delegate.detail(panel.shown.index(1, 0)) == "◆ keyframe · cow"
    assert delegate.detail(panel.shown.index(0, 0)) == "✓ verified · grass"
    document.edit(Edit("Absent", track_operations.mark_absent_from(document.opened, COW, 3)))
    view_state.note_shown_frame(3)
    assert delegate.detail(panel.shown.index(1, 0)) == "◆ absent · cow"


def test_that_a_row_says_that_the_mask_of_a_clicked_target_is_still_to_come(
    panel, document, view_state, qtbot
):
    target, changes = create_target(document.opened)
    document.edit(Edit("New", changes))
    view_state.note_shown_frame(3)
    row = panel.shown.index(len(document.opened.targets) - 1, 0)
    detail = panel.list.itemDelegate().detail
    assert detail(row) == "not here"

    click = (PointExemplar(3, target, 3.5, 3.5),)
    with qtbot.waitSignal(panel.shown.dataChanged):
        given = set_exemplars(document.opened, target, 3, click)
        document.edit(Edit("Click", given))
    assert detail(row) == "no mask yet"


def test_that_class_and_kind_are_set_for_all_selected_in_one_step(panel, document, view_state):
    view_state.select(COW, GRASS)
    kind = panel.properties.kind
    kind.setCurrentIndex(kind.findData(TargetKind.STUFF))
    kind.activated.emit(kind.currentIndex())
    kinds = {target.kind for target in document.opened.targets.values()}
    assert kinds == {TargetKind.STUFF}
    assert document.undo_stack.count() == 1
    assert panel.properties._figures.text().startswith("2 selected")


def test_that_the_menu_reaches_everything_the_data_layer_can_do(panel):
    offered = {action.objectName() for action in panel.menu().actions() if action.objectName()}
    operations = (
        "absent absent_here category colour copy_to_range delete_from delete_range fill_holes hide "
        "interpolate keyframe lock lower merge raise remove remove_specks rename show_all "
        "show_only split swap swap_range"
    )
    assert {f"target.{name}" for name in operations.split()} <= offered


def test_that_the_menu_fits_a_small_screen(panel):
    assert panel.menu().sizeHint().height() <= 690


def test_that_a_project_without_targets_says_how_to_make_one(panel, document, targets):
    document.edit(Edit("remove", ()))
    assert panel.list.isVisible()
    panel.finder.narrow(Narrowing(Shown.HIDDEN))
    assert not panel.list.isVisible()
    assert panel._nothing_found.isVisible()
    document.open(None)
    assert panel._empty.isVisible()


def picture(number, colour):
    pixels = np.zeros((*SIZE, 3), dtype=np.uint8)
    pixels[:] = colour
    return frame_image(number, pixels)


def test_that_targets_get_the_picture_of_the_first_frame_they_were_seen_on(
    thumbnails, document, qtbot
):
    thumbnails.show_image(picture(2, (200, 0, 0)))
    qtbot.waitUntil(lambda: thumbnails.of(COW) is not None)
    first = thumbnails.of(COW).toImage()
    middle = first.pixelColor(WIDTH // 2, HEIGHT // 2)
    assert (middle.red(), middle.green()) == (200, 0)
    thumbnails.show_image(picture(3, (0, 200, 0)))
    document.edit(Edit("new", create_target(document.opened, "Dog")[1]))
    qtbot.wait(200)
    assert thumbnails.of(COW).toImage() == first
    assert thumbnails.of(GRASS) is None


def test_that_a_picture_follows_its_mask(thumbnails, document, qtbot):
    thumbnails.show_image(picture(2, (200, 0, 0)))
    qtbot.waitUntil(lambda: thumbnails.of(COW) is not None)
    first = thumbnails.of(COW).toImage()
    masks = document.opened.masks
    held = masks.get(COW, 2)
    changed = type(held)(rectangle(20, 10, 3, 12), held.state)
    with qtbot.waitSignal(thumbnails.changed):
        document.edit(Edit("paint", (masks.change_to(COW, 2, changed),)))
    assert thumbnails.of(COW).toImage() != first


@pytest.mark.parametrize(
    "mask", [rectangle(0, 0, 1, 1), rectangle(39, 0, 1, 30), rectangle(0, 0, 40, 30)]
)
def test_that_pictures_of_small_tall_and_full_masks_have_one_size(qapp, mask):
    pixels = picture(0, (10, 20, 30)).pixels
    image = thumbnail(pixels, mask)
    assert (image.width(), image.height()) == (WIDTH, HEIGHT)


def test_that_what_is_said_of_the_selected_targets_widens_no_panel(panel, view_state, qtbot):
    view_state.select(COW)
    room = panel.minimumSizeHint().width()
    view_state.select(COW, GRASS)
    figures = panel.properties._figures
    assert figures.text().startswith("2 selected · ")
    assert panel.minimumSizeHint().width() == room
    panel.resize(200, 400)
    panel.grab()
    assert figures.geometry().right() <= panel.properties.width()
    assert figures.shown_text.endswith("…")
    assert figures.toolTip() == figures.text()


def test_that_all_listed_targets_are_selected_at_once(panel, view_state):
    view_state.select(COW)
    panel.calls()["target.select_all"]()
    assert view_state.selection == (COW, GRASS)
    panel.finder.search.setText("grass")
    panel.calls()["target.select_all"]()
    assert view_state.selection == (GRASS,)
