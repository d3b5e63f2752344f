"""The table of actions: one key, one action; every action does something; keys can be remapped."""

from collections import Counter
from functools import partial

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QMessageBox,
    QToolButton,
)

from tarvis_app.action_table import ACTIONS
from tarvis_app.actions import Actions
from tarvis_app.application import Application
from tarvis_app.dialogs.shortcuts_dialog import ShortcutsDialog
from tarvis_app.menu_table import MENUS
from tarvis_app.segmentation.run_forecast import Cost, Forecast
from tarvis_app.window_run import delete_now
from tarvis_core.annotation.segmentation import Direction
from tests.fakes.fake_engine import load_nothing

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support", extend=True)


@pytest.fixture
def application(qapp, qtbot, settings):
    application = Application(qapp, settings, load_nothing)
    yield application
    application.window.close()
    delete_now(application.window)
    delete_now(application)


def test_that_no_two_actions_have_the_same_shortcut():
    keys = Counter(QKeySequence(key).toString() for spec in ACTIONS for key in spec.shortcuts)
    assert [key for key, count in keys.items() if count > 1] == []
    assert "" not in keys


def test_that_every_action_but_held_ones_calls_something(application):
    called = set(application._calls())
    missing = {spec.id for spec in ACTIONS if not spec.is_held} - called
    assert missing == set()
    assert called <= {spec.id for spec in ACTIONS}


def test_that_the_menu_bar_is_that_of_the_design(application):
    bar = [action.text().replace("&", "") for action in application.window.menuBar().actions()]
    design = "File Edit View Video Targets Track Review Model Window Help"
    assert bar == design.split()
    docks = [dock.toggleViewAction() for dock in application.window.docks.values()]
    window_menu = application.window.menuBar().actions()[-2].menu()
    assert window_menu.actions()[: len(docks)] == docks


DIALOGS = ("file.open", "file.open_folder", "file.open_sample", "model.import", "file.quit")


def test_that_what_can_be_done_without_a_video_does_no_harm(qtbot, application):
    application.window.show()
    usable = [each for each in application.actions if application.actions[each].isEnabled()]
    assert "file.import" not in usable
    assert {"file.open", "model.choose", "help.shortcuts", "view.fit"} <= set(usable)
    for action_id in usable:
        if action_id not in DIALOGS:
            with qtbot.captureExceptions() as exceptions:
                application.actions[action_id].trigger()
            assert exceptions == [], action_id


def test_that_menus_name_actions_and_name_each_once():
    known = {spec.id for spec in ACTIONS}
    named = [entry for _, entries in MENUS for entry in entries if entry]
    assert set(named) <= known | {"recent", "docks"}
    assert len(named) == len(set(named))


def test_that_a_remapped_shortcut_holds_and_can_be_taken_back(qtbot, settings, theme):
    actions = Actions(settings, theme)
    settings.set_shortcuts("track.forward", ("Ctrl+F",))
    assert [key.toString() for key in actions["track.forward"].shortcuts()] == ["Ctrl+F"]
    assert Actions(settings, theme).shortcuts("track.forward") == ("Ctrl+F",)
    settings.set_shortcuts("track.forward", None)
    assert [key.toString() for key in actions["track.forward"].shortcuts()] == ["F"]


def note(done, what, *_arguments):
    """Be told that something was done."""
    done.append(what)


def test_that_a_tap_of_space_does_what_the_action_with_that_key_does(application, settings, qtbot):
    window, canvas, actions = application.window, application.canvas, application.actions
    window.show()
    canvas.setFocus()
    done = []
    for action_id in ("video.play", "view.outline"):
        actions[action_id].setEnabled(True)
        actions[action_id].triggered.connect(partial(note, done, action_id))
    QTest.keyClick(canvas, Qt.Key.Key_Space)
    assert done == ["video.play"]
    settings.set_shortcuts("video.play", ("F7",))
    QTest.keyClick(canvas, Qt.Key.Key_Space)
    assert done == ["video.play"], "no action has it"
    settings.set_shortcuts("view.outline", ("X", "Space"))
    QTest.keyClick(canvas, Qt.Key.Key_Space)
    assert done == ["video.play", "view.outline"]


def test_that_the_dialog_remaps_and_refuses_a_key_that_is_taken(application):
    dialog = ShortcutsDialog(application.actions, application.settings, application.window)
    choose(dialog, "track.forward", 1)
    dialog.editor.setKeySequence(QKeySequence("B"))
    dialog._apply.click()
    assert application.settings.shortcuts("track.forward") is None
    dialog.editor.setKeySequence(QKeySequence("Ctrl+Alt+F"))
    dialog._apply.click()
    assert application.settings.shortcuts("track.forward") == ("Ctrl+Alt+F",)
    dialog._reset.click()
    assert application.settings.shortcuts("track.forward") is None


def test_that_a_key_does_not_come_back_while_another_action_has_it(application):
    dialog = ShortcutsDialog(application.actions, application.settings, application.window)
    application.settings.set_shortcuts("track.forward", ("Ctrl+Alt+F",))
    application.settings.set_shortcuts("track.backward", ("F",))
    choose(dialog, "track.forward", 1)
    dialog._reset.click()
    assert application.settings.shortcuts("track.forward") == ("Ctrl+Alt+F",)
    assert dialog._message.text().startswith("F already belongs to “Track backward”")
    choose(dialog, "track.backward", 1)
    dialog._reset.click()
    choose(dialog, "track.forward", 1)
    dialog._reset.click()
    assert application.settings.shortcuts("track.forward") is None


def test_that_the_sheet_is_headed_by_what_its_keys_are_about(application):
    dialog = ShortcutsDialog(application.actions, application.settings, application.window)
    model = dialog.table.model()
    role = Qt.ItemDataRole.UserRole + 1
    rows = [model.index(row, 0) for row in range(model.rowCount())]
    headings = [row.data() for row in rows if row.data(role) is None]
    assert headings[:4] == ["Files", "Edit", "View", "Video and timeline"]
    assert [row.data(role) for row in rows][:2] == [None, "file.open"]
    assert len({row.data(role) for row in rows} - {None}) == len(ACTIONS)
    dialog._search.setText("Ctrl+J")
    assert [model.index(row, 0).data() for row in range(model.rowCount())] == ["Frame edited last"]


def test_that_all_keys_can_be_put_back_at_once(application):
    dialog = ShortcutsDialog(application.actions, application.settings, application.window)
    assert not dialog.reset_all.isEnabled()
    application.settings.set_shortcuts("track.forward", ("B",))
    application.settings.set_shortcuts("track.backward", ("F",))
    answer(dialog, "Keep my keys")
    assert application.actions["track.forward"].shortcut() == QKeySequence("B")
    answer(dialog, "All as they came")
    assert application.actions["track.forward"].shortcut() == QKeySequence("F")
    assert application.actions["track.backward"].shortcut() == QKeySequence("B")
    assert not dialog.reset_all.isEnabled()


def answer(dialog, text):
    """Ask for all keys to be put back, and answer what is asked then."""
    dialog.reset_all.click()
    box = dialog.findChild(QMessageBox)
    assert box.text() == "2 actions have keys of your own. They cannot be brought back."
    next(button for button in box.buttons() if button.text() == text).click()
    delete_now(box)


def choose(dialog, action_id, column):
    model = dialog.table.model()
    for row in range(model.rowCount()):
        index = model.index(row, column)
        if index.data(Qt.ItemDataRole.UserRole + 1) == action_id:
            dialog.table.setCurrentIndex(index)


@pytest.mark.parametrize("name", ["dark", "light"])
def test_that_both_themes_draw_the_window(application, name):
    application.settings.theme = name
    application.window.show()
    assert not application.window.grab().isNull()
    assert application.actions[f"view.theme_{name}"].isChecked()


def test_that_the_window_fits_a_small_screen(application):
    application.window.resize(1280, 720)
    application.window.show()
    assert application.window.width() == 1280
    assert application.window.height() == 720
    assert application.canvas.width() > 600


def test_that_a_frame_outside_the_range_is_told_in_full_on_a_small_screen(qtbot, application):
    application.window.resize(1280, 720)
    application.window.show()
    panel, line = application.task_panel, application.task_panel.run_targets
    why = "This frame lies outside the range 10–40 (Shift+I: the whole video)."
    outside = Cost(0, None, why_nothing=why, is_outside=True)
    line.show_forecast(Forecast(dict.fromkeys(Direction, outside)))
    assert line.text() == why
    qtbot.waitUntil(lambda: line.height() >= line.heightForWidth(line.width()))
    panel.grab()
    assert panel.verticalScrollBar().maximum() == 0
    corner = panel.selected_only.mapTo(panel.viewport(), panel.selected_only.rect().bottomRight())
    assert panel.viewport().rect().contains(corner)


@pytest.mark.parametrize("page", [0, 1])
def test_that_the_task_panel_needs_no_scrolling_on_a_small_screen(application, page):
    application.window.resize(1280, 720)
    application.window.show()
    panel = application.task_panel
    panel.pages.setCurrentIndex(page)
    panel.forecast._memory.setText("Memory: about 0.3 of 24 GB")
    panel.forecast._memory.show()
    panel.grab()
    assert panel.verticalScrollBar().maximum() == 0
    assert panel.widget().width() <= panel.viewport().width()
    shown = (panel.find_button, panel.class_picker.classes.view) if page else ()
    run = () if page else (panel.stops_at_keyframes, panel.selected_only)
    for widget in (*shown, *run):
        corner = widget.mapTo(panel.viewport(), widget.rect().bottomRight())
        assert panel.viewport().rect().contains(corner)
    if page:
        row = panel.class_picker.classes.view.sizeHintForRow(0)
        assert panel.class_picker.classes.view.viewport().height() >= 6 * row
        assert not panel.selected_only.isVisible(), "the run makes room"
        panel.pages.setCurrentIndex(0)
        assert panel.selected_only.isVisible()


def test_that_the_run_stays_folded_before_the_classes_lose_their_room(application):
    application.window.resize(1280, 720)
    application.window.show()
    panel = application.task_panel
    panel.pages.setCurrentIndex(1)
    view = panel.class_picker.classes.view
    for height in range(340, 640, 4):
        panel.resize(panel.width(), height)
        panel.grab()
        if panel.selected_only.isVisible():
            assert view.viewport().height() >= 7 * view.sizeHintForRow(0)
            break
    assert panel.selected_only.isVisible(), "a high panel has room for both"


def test_that_a_run_that_is_unfolded_stays_so(application):
    application.window.resize(1280, 720)
    application.window.show()
    panel = application.task_panel
    panel.pages.setCurrentIndex(1)
    panel.grab()
    assert not panel.selected_only.isVisible()
    panel._run._button.click()
    panel.grab()
    assert panel.selected_only.isVisible()
    view = panel.class_picker.classes.view
    assert view.viewport().height() >= 3 * view.sizeHintForRow(0)


def test_that_track_and_review_buttons_say_what_they_do(application):
    texts = {
        button.text()
        for panel in (application.task_panel, application.review_panel)
        for button in panel.findChildren(QToolButton)
        if button.toolButtonStyle() is Qt.ToolButtonStyle.ToolButtonTextUnderIcon
    }
    assert texts == {"Backward", "Both ways", "Forward", "Previous", "Next", "Verify", "Click"}
    assert application.actions.text("track.forward") == "Track forward"


def test_that_the_tool_in_hand_stays_marked_when_it_is_chosen_again(application):
    for name in ("tool.point", "tool.brush"):
        application.actions[name].setEnabled(True)
        for _ in range(3):
            application.actions[name].trigger()
            assert application.actions[name].isChecked()
    assert not application.actions["tool.point"].isChecked()
