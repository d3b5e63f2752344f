"""What class search found waits: shown, accepted, rejected, undone."""

import json
from dataclasses import replace
from itertools import combinations

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QAbstractItemModelTester, QTest

from tarvis_app.document.edits import Edit
from tarvis_app.segmentation.requests import ClipAnswer, FindRequest, RequestNumber
from tarvis_app.suggestions.suggestion_keeping import from_json, to_json
from tarvis_app.suggestions.suggestion_layer import SuggestionLayer
from tarvis_app.suggestions.suggestion_list import SuggestionList
from tarvis_app.suggestions.suggestion_list_model import SuggestionListModel
from tarvis_app.suggestions.suggestion_panel import SuggestionPanel
from tarvis_app.suggestions.suggestion_rows import button_rects
from tarvis_core.annotation.segmentation import (
    ClassRequest,
    ClassTask,
    ClipMasks,
    FoundTarget,
    PredictedMask,
)
from tarvis_core.annotation.segmentation_changes import exemplars_for, spans
from tarvis_core.annotation.target import CategoryId, TargetId, TargetKind
from tarvis_core.annotation.target_operations import create_target, new_target_colour
from tarvis_core.annotation.track import FrameState
from tests.fakes.mouse import move
from tests.fakes.projects import COW, GRASS, content, keyframe, rectangle

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support", extend=True)
"""What the offscreen platform says of itself when a window's size is fixed."""

FRAME = 2
DOG, CAT = rectangle(25, 2, 8, 6), rectangle(24, 1, 14, 10)


def clip(masks, scores, search=1, frames=range(6), task=ClassTask.INSTANCES):
    """A clip in which each target has the same mask on every frame."""
    request = ClassRequest("youtube_vis", task, 0, 11)
    found = tuple(
        FoundTarget(TargetId(number), CategoryId(25 + number), TargetKind.THING, score)
        for number, score in scores.items()
    )
    answers = {
        TargetId(number): {frame: PredictedMask(mask, 0.7) for frame in frames}
        for number, mask in masks.items()
    }
    job = FindRequest(RequestNumber(search), request)
    return ClipAnswer(job, 0, ClipMasks(tuple(frames), answers, found, 6, 12), "fake")


@pytest.fixture
def suggestions(document, view_state):
    found = SuggestionList(document, view_state)
    view_state.note_shown_frame(FRAME)
    found.take(clip({1: DOG, 2: CAT}, {1: 0.9, 2: 0.4}))
    return found


def test_that_what_is_found_waits_and_no_target_is_made(suggestions, document):
    assert [held.score for held in suggestions.waiting] == [0.9, 0.4]
    assert [held.score for held in suggestions.above] == [0.9]
    assert set(document.opened.targets) == {COW, GRASS}
    suggestions.take(clip({1: DOG}, {1: 0.3, 2: 0.6}, frames=range(6, 9)))
    assert [len(held.masks) for held in suggestions.waiting] == [6, 9]


def test_that_an_accepted_one_is_a_target_with_a_keyframe_that_can_be_tracked(
    suggestions, document
):
    (target,) = suggestions.accept(suggestions.above)
    project = document.opened
    assert project.label_set.category(project.target(target).category).name == "person"
    track = project.masks.track(target)
    assert track.law_frames == (FRAME,)
    assert track.get(FRAME).mask == DOG
    assert track.summary(4).state is FrameState.PREDICTED
    (_before, after) = spans(track, 0, 11)
    assert exemplars_for(project, target, after)[0].mask == DOG
    assert suggestions.waiting[0].score == 0.4


def test_that_accepting_is_one_step_and_undone_it_waits_again(suggestions, document, view_state):
    before = content(document.opened)
    suggestions.set_threshold(0.0)
    waiting = suggestions.waiting
    assert suggestions.accept_above()
    assert not suggestions.waiting
    assert len(view_state.selection) == 2
    document.undo()
    assert suggestions.waiting == waiting
    assert content(document.opened)[:4] == before[:4]
    document.redo()
    assert not suggestions.waiting


def test_that_a_rejected_one_is_gone_until_that_is_undone(suggestions, document):
    suggestions.choice.choose(suggestions.waiting[0].number)
    assert suggestions.reject_current()
    assert [held.score for held in suggestions.waiting] == [0.4]
    assert suggestions.choice.current is None
    assert not suggestions.reject_current()
    document.undo()
    assert len(suggestions.waiting) == 2


def test_that_accepted_masks_get_no_pixels_that_others_have(suggestions, document, view_state):
    over_cow = rectangle(5, 4, 30, 4)
    suggestions.take(clip({1: over_cow}, {1: 0.9}, search=2))
    (target,) = suggestions.accept(suggestions.above)
    cow, held = (document.opened.masks.get(t, FRAME).mask for t in (COW, target))
    assert not held.intersection_area(cow)
    assert held.union(cow).area == over_cow.union(cow).area
    document.undo()
    view_state.brush.set_exclusive(False)
    (target,) = suggestions.accept(suggestions.above)
    assert document.opened.masks.get(target, FRAME).mask == over_cow


def test_that_one_whose_pixels_are_taken_waits_on_and_that_is_said(
    suggestions, document, view_state, qtbot
):
    dog, cat = suggestions.waiting
    with qtbot.waitSignal(suggestions.passed_over) as told:
        (target,) = suggestions.accept((cat, dog))
    assert document.opened.masks.get(target, FRAME).mask == CAT
    assert suggestions.waiting == (dog,)
    assert told.args[0].startswith("One suggestion waits on")
    view_state.brush.set_exclusive(False)
    assert suggestions.accept((dog,))
    assert not suggestions.waiting


def test_that_the_keyframe_is_where_something_is_left(suggestions, document):
    whole = document.opened.masks.change_to(GRASS, FRAME, keyframe(rectangle(0, 0, 40, 30)))
    document.edit(Edit("Grass", (whole,)))
    (target,) = suggestions.accept(suggestions.above)
    (frame,) = document.opened.masks.track(target).law_frames
    assert frame != FRAME
    assert document.opened.masks.get(target, FRAME).state is FrameState.ABSENT
    assert document.opened.masks.get(target, frame).mask == DOG


def test_that_what_is_a_target_already_is_left_out(suggestions, document):
    cow = document.opened.masks.get(COW, FRAME).mask
    suggestions.take(clip({1: cow, 2: DOG}, {1: 0.9, 2: 0.8}, search=2, frames=[FRAME]))
    assert suggestions.drop_known() == 1
    assert [held.mask_at(FRAME) for held in suggestions.waiting] == [DOG]


def test_that_of_two_of_a_class_with_the_same_pixels_the_surer_one_waits(suggestions):
    twice = clip({3: DOG, 4: rectangle(25, 2, 8, 7), 5: CAT}, {3: 0.5, 4: 0.8, 5: 0.3}, search=2)
    same = tuple(replace(each, category=CategoryId(30)) for each in twice.clip.found)
    suggestions.take(replace(twice, clip=replace(twice.clip, found=same)))
    assert suggestions.drop_doubles() == 1
    assert [held.score for held in suggestions.waiting] == [0.8, 0.3]


def test_that_searching_again_replaces_what_waits_of_the_same_classes(suggestions):
    suggestions.take(clip({1: DOG}, {1: 0.8}, search=2))
    assert [held.score for held in suggestions.waiting] == [0.8]


def test_that_another_project_has_none(suggestions, document):
    document.open(document.project)
    assert suggestions.waiting == ()


def test_that_the_canvas_shows_them_dashed_and_the_pointer_finds_the_smallest(
    canvas, suggestions, view_state
):
    layer = SuggestionLayer(canvas, suggestions, view_state)
    layer.refresh()
    assert [held.mask_at(FRAME) for held in layer.shown] == [DOG]
    suggestions.set_threshold(0.0)
    move(canvas, 26.5, 3.5)
    assert suggestions.choice.current.mask_at(FRAME) == DOG
    move(canvas, 24.5, 10.5)
    assert suggestions.choice.current.mask_at(FRAME) == CAT
    move(canvas, 1.5, 1.5)
    assert suggestions.choice.current is None
    move(canvas, 26.5, 3.5)
    view_state.note_shown_frame(9)
    assert suggestions.choice.current is None
    view_state.note_shown_frame(FRAME)
    view_state.overlay.hide_masks()
    assert layer.shown == ()
    view_state.overlay.unhide_masks()
    view_state.note_shown_frame(9)
    assert layer.shown == ()


def test_that_the_list_model_keeps_qts_rules(suggestions, document, qapp):
    model = SuggestionListModel(suggestions)
    QAbstractItemModelTester(model, QAbstractItemModelTester.FailureReportingMode.Fatal)
    suggestions.accept(suggestions.above)
    assert model.rowCount() == 1
    document.undo()
    assert model.rowCount() == 2
    text = model.data(model.index(0), Qt.ItemDataRole.AccessibleTextRole)
    assert "score 90 percent" in text


def test_that_rows_are_accepted_rejected_and_chosen_in_the_panel(
    suggestions, document, theme, qtbot
):
    panel = SuggestionPanel(suggestions, theme)
    qtbot.addWidget(panel)
    panel.resize(260, 220)
    panel.show()
    QTest.keyClick(panel.list, Qt.Key.Key_Down)
    assert suggestions.choice.current in suggestions.waiting
    click_button(panel, row=1, which=1)
    assert [held.score for held in suggestions.waiting] == [0.9]
    panel.slider.setValue(95)
    assert not suggestions.above
    assert not panel.accept_button.isEnabled()
    panel.slider.setValue(60)
    panel.accept_button.click()
    assert len(document.opened.targets) == 3
    assert not panel.isVisible()
    document.undo()
    assert panel.isVisible()
    click_button(panel, row=0, which=0)
    assert len(document.opened.targets) == 3
    document.undo()
    QTest.keyClick(panel.list, Qt.Key.Key_Down)
    QTest.keyClick(panel.list, Qt.Key.Key_Return)
    assert len(document.opened.targets) == 3


def click_button(panel, row, which):
    rect = panel.list.visualRect(panel.model.index(row))
    place: QPoint = button_rects(rect)[which].center()
    QTest.mouseClick(panel.list.viewport(), Qt.MouseButton.LeftButton, pos=place)


def test_that_what_waits_survives_as_json(suggestions, document, view_state):
    text = json.dumps(to_json(suggestions.waiting))
    reopened = SuggestionList(document, view_state)
    reopened.restore(from_json(held) for held in json.loads(text))
    first, second = (
        [(h.label_set, h.category, h.score, h.masks, h.weights) for h in found.waiting]
        for found in (suggestions, reopened)
    )
    assert first == second
    assert first[0][4] == "fake"
    reopened.take(clip({1: DOG}, {1: 0.8}))
    assert len(reopened.waiting) == 1


def test_that_what_waits_has_its_colours_again(suggestions, document, view_state):
    suggestions.reject(suggestions.waiting[:1])
    (held,) = suggestions.waiting
    text = json.dumps(to_json(suggestions.waiting))
    reopened = SuggestionList(document, view_state)
    reopened.restore(from_json(each) for each in json.loads(text))
    assert [each.colour for each in reopened.waiting] == [held.colour]


def test_that_panoptic_suggestions_are_not_compared_with_each_other(
    suggestions, document, view_state
):
    """They share no pixels; what overlaps here all the same is taken as it is."""
    suggestions.take(clip({1: DOG, 2: CAT}, {1: 0.9, 2: 0.8}, search=2, task=ClassTask.PANOPTIC))
    targets = suggestions.accept(suggestions.above)
    held = [document.opened.masks.get(target, FRAME).mask for target in targets]
    assert held == [DOG, CAT]


def test_that_the_colours_of_rejected_suggestions_are_free_again(suggestions, document):
    before = {target.colour for target in document.opened.targets.values()}
    shown = {held.colour for held in suggestions.waiting}
    assert new_target_colour(document.opened) not in before | shown
    suggestions.reject_all()
    assert new_target_colour(document.opened) in shown
    document.undo()
    assert new_target_colour(document.opened) not in before | shown


def test_that_a_suggestion_has_the_colour_of_its_target_and_no_other_has_it(
    suggestions, document, targets
):
    suggestions.set_threshold(0.0)
    shown = {held.number: held.colour for held in suggestions.waiting}
    others = {target.colour for target in document.opened.targets.values()}
    assert len(others | set(shown.values())) == 4
    (target,) = suggestions.accept(suggestions.waiting[1:])
    first, second = shown.values()
    assert document.opened.target(target).colour == second
    assert suggestions.waiting[0].colour == first
    number, changes = create_target(document.opened)
    document.edit(Edit("New", changes))
    assert len({target.colour for target in document.opened.targets.values()}) == 4
    assert document.opened.target(number).colour != first
    assert suggestions.waiting[0].colour == first, "it keeps what a new target could have had"
    document.undo()
    targets.set_colour(COW, first)
    now = {target.colour for target in document.opened.targets.values()}
    assert suggestions.waiting[0].colour not in now
    document.undo()
    document.undo()
    assert {held.number for held in suggestions.waiting} == set(shown)


def test_that_labels_stay_inside_the_view_and_clear_of_each_other(canvas, suggestions, view_state):
    suggestions.take(
        clip(
            {1: rectangle(0, 0, 3, 3), 2: rectangle(1, 0, 3, 3), 3: rectangle(37, 1, 3, 3)},
            {1: 0.9, 2: 0.8, 3: 0.7},
            search=2,
        )
    )
    layer = SuggestionLayer(canvas, suggestions, view_state)
    layer.refresh()
    assert len(layer.plates) == 3
    for shift in (QPoint(0, 0), QPoint(0, 5)):
        canvas.pan_by(shift)
        for plate in layer.plates:
            assert canvas.viewport().rect().contains(plate)
        assert not any(a.intersects(b) for a, b in combinations(layer.plates, 2))
