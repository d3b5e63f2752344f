"""The class picker: only what the loaded model knows, found by typing."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from tarvis_app.panels.class_picker import ClassPicker
from tarvis_core.annotation.label_set import load_label_set
from tarvis_core.annotation.segmentation import ClassTask


@pytest.fixture
def picker(qtbot):
    picker = ClassPicker()
    qtbot.addWidget(picker)

    return picker


def test_that_only_known_label_sets_are_offered_and_all_classes_are_the_default(picker):
    picker.offer_label_sets(("youtube_vis", "no_such_set"))
    assert picker.label_set == "youtube_vis"
    assert picker._sets.count() == 1
    assert picker.categories is None


def test_that_typing_and_enter_ticks_a_class(picker):
    picker.offer_label_sets(("youtube_vis",))
    dog = load_label_set("youtube_vis").by_name("dog")
    QTest.keyClicks(picker.classes.search, "dog")
    QTest.keyClick(picker.classes.search, Qt.Key.Key_Return)
    assert picker.categories == (dog.id,)
    QTest.keyClick(picker.classes.search, Qt.Key.Key_Return)
    assert picker.categories is None


def test_that_classes_are_called_by_plain_words(picker):
    picker.offer_label_sets(("youtube_vis", "coco_panoptic"))
    assert picker.classes.model.findItems("giant panda")
    picker._sets.setCurrentIndex(1)
    picker._task.setCurrentIndex(1)
    assert picker.classes.model.findItems("mirror (stuff)")
    assert picker.classes.model.findItems("wall (other) (stuff)")


def test_that_stuff_is_offered_for_panoptic_only(picker):
    picker.offer_label_sets(("kitti_step",))
    label_set = load_label_set("kitti_step")
    assert picker.task is ClassTask.INSTANCES
    assert picker.classes.model.rowCount() == len(label_set.things)
    picker._task.setCurrentIndex(1)
    assert picker.classes.model.rowCount() == len(label_set)


def test_that_a_model_without_classes_says_so(picker):
    picker.offer_label_sets(())
    assert not picker.knows_classes
    assert not picker.classes.isEnabled()
    assert "no classes" in picker.count.text()
    assert not picker.is_awaiting
    picker.offer_label_sets(("ovis",))
    assert picker.knows_classes


def shown_classes(picker):
    model = picker.classes.view.model()
    return [model.index(row, 0).data() for row in range(model.rowCount())]


def tick(picker, name):
    (item,) = picker.classes.model.findItems(name)
    item.setCheckState(Qt.CheckState.Checked)


def test_that_ticked_classes_are_listed_whatever_is_searched(picker):
    picker.offer_label_sets(("youtube_vis",))
    tick(picker, "dog")
    tick(picker, "zebra")
    picker.classes.search.setText("cat")
    assert shown_classes(picker) == ["dog", "zebra", "cat"]
    QTest.keyClick(picker.classes.search, Qt.Key.Key_Return)
    assert shown_classes(picker) == ["dog", "zebra", "cat"], "what is found is ticked where it is"
    picker.classes.search.setText("")
    assert shown_classes(picker)[:3] == ["cat", "dog", "zebra"]


def test_that_enter_without_a_search_ticks_nothing(picker):
    picker.offer_label_sets(("youtube_vis",))
    QTest.keyClick(picker.classes.search, Qt.Key.Key_Return)
    assert picker.categories is None


def test_that_another_label_set_keeps_the_ticks_that_it_has(picker):
    picker.offer_label_sets(("youtube_vis", "kitti_step", "coco"))
    tick(picker, "person")
    tick(picker, "giant panda")
    picker._sets.setCurrentIndex(picker._sets.findData("coco"))
    assert picker.categories == (load_label_set("coco").by_name("person").id,)
    assert shown_classes(picker)[0] == "person"


def test_that_another_task_keeps_the_ticks_that_it_can_find(picker):
    picker.offer_label_sets(("kitti_step",))
    picker._task.setCurrentIndex(1)
    tick(picker, "car")
    tick(picker, "road (stuff)")
    picker._task.setCurrentIndex(0)
    assert picker.categories == (load_label_set("kitti_step").by_name("car").id,)
