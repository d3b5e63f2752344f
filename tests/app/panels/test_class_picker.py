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
