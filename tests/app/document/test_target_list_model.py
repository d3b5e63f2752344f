"""The list of targets follows the document and keeps Qt's rules."""

from PySide6.QtCore import Qt
from PySide6.QtTest import QAbstractItemModelTester

from tarvis_app.document.edits import Edit
from tarvis_app.document.target_list_model import TargetListModel, TargetRole
from tarvis_core.annotation import target_operations
from tests.fakes.projects import COW, GRASS, predicted, rectangle, sample_project


def names(model):
    return [model.index(row).data() for row in range(model.rowCount())]


def test_that_the_model_keeps_qts_rules_through_every_edit(document, qtbot):
    model = TargetListModel(document)
    tester = QAbstractItemModelTester(model, QAbstractItemModelTester.FailureReportingMode.Fatal)
    project = document.opened
    document.edit(Edit("new", target_operations.create_target(project, "Dog")[1]))
    document.edit(Edit("rename", target_operations.rename(project, COW, "Bull")))
    document.edit(Edit("move", target_operations.move_target(project, COW, 0)))
    document.edit(Edit("delete", target_operations.delete_targets(project, [GRASS])))
    assert names(model) == [target.name for target in project.targets.values()]
    while document.undo_stack.canUndo():
        document.undo()
        assert names(model) == [target.name for target in project.targets.values()]
    while document.undo_stack.canRedo():
        document.redo()
        assert names(model) == [target.name for target in project.targets.values()]
    document.open(sample_project())
    document.open(None)
    assert model.rowCount() == 0
    del tester


def test_that_rows_say_class_and_state_of_the_shown_frame(document):
    model = TargetListModel(document)
    row = model.row_of(COW)
    assert model.index(row).data(TargetRole.CATEGORY) == "cow"
    known = document.opened.masks.track(COW).frames[0]
    model.show_frame(known)
    assert model.index(row).data(TargetRole.SUMMARY) == document.opened.masks.track(COW).summary(
        known
    )
    model.show_frame(11)
    assert "cow" in model.index(row).data(Qt.ItemDataRole.AccessibleTextRole)


def test_that_rows_follow_another_video_to_its_beginning(document, view_state):
    model = TargetListModel(document)
    view_state.shown_frame_changed.connect(model.show_frame)
    view_state.note_shown_frame(11)
    document.open(sample_project())
    view_state.show_video(12)
    view_state.note_shown_frame(0)
    mask = document.opened.masks.change_to(COW, 0, predicted(rectangle(1, 1, 4, 4)))
    document.edit(Edit("Click", (mask,)))
    summary = model.index(model.row_of(COW)).data(TargetRole.SUMMARY)
    assert summary == document.opened.masks.track(COW).summary(0)


def test_that_typing_a_name_asks_for_it_and_an_empty_one_is_refused(document, qtbot):
    model = TargetListModel(document)
    index = model.index(model.row_of(COW))
    with qtbot.waitSignal(model.rename_wanted) as wanted:
        assert model.setData(index, " Bull ")
    assert wanted.args == [COW, "Bull"]
    assert not model.setData(index, "  ")
