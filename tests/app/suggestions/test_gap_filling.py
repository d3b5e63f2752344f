"""Every pixel gets a target: from what the network suggests, else from the nearest."""

import numpy as np
import pytest

from tarvis_app.canvas.heads_up_display import HeadsUpDisplay
from tarvis_app.conduct.unlabelled_counter import UnlabelledCounter
from tarvis_app.document.edits import Edit
from tarvis_app.segmentation.requests import ClipAnswer, FindRequest, RequestNumber
from tarvis_app.suggestions.gap_filling import GapFilling
from tarvis_app.suggestions.suggestion_list import SuggestionList
from tarvis_core.annotation import gaps
from tarvis_core.annotation.label_set import load_label_set
from tarvis_core.annotation.segmentation import (
    ClassRequest,
    ClassTask,
    ClipMasks,
    FoundTarget,
    PredictedMask,
)
from tarvis_core.annotation.target import TargetId, TargetKind
from tests.fakes.projects import COW, GRASS, SIZE, content, rectangle

ROAD = load_label_set("kitti_step").by_name("road")


@pytest.fixture
def suggestions(document, view_state):
    return SuggestionList(document, view_state)


@pytest.fixture
def filling(editor, suggestions):
    return GapFilling(editor, suggestions)


def suggest_road(suggestions, mask):
    """The network's semantic head saw a road on frame 0."""
    request = ClassRequest("kitti_step", ClassTask.PANOPTIC, 0, 0)
    found = (FoundTarget(TargetId(1), ROAD.id, TargetKind.STUFF, 0.4),)
    clip = ClipMasks((0,), {TargetId(1): {0: PredictedMask(mask, 0.4)}}, found, 1, 1)
    suggestions.take(ClipAnswer(FindRequest(RequestNumber(1), request), 0, clip, "fake"))


def areas(project, frame=0):
    return {target: held.mask.area for target, held in project.masks.masks_at(frame).items()}


def test_that_gaps_go_to_what_the_network_suggests_and_the_rest_to_the_nearest(
    filling, suggestions, document
):
    before = content(document.opened)
    road = rectangle(20, 0, 20, 18)
    suggest_road(suggestions, road)
    filling.fill()
    project = document.opened
    assert not gaps.unlabelled(project, 0).any()
    assert sum(areas(project).values()) == SIZE[0] * SIZE[1]
    (new,) = set(project.targets) - {COW, GRASS}
    assert project.target(new).kind is TargetKind.STUFF
    assert project.masks.get(new, 0).mask.intersection_area(road) == road.area
    assert document.undo_stack.count() == 1
    document.undo()
    assert content(document.opened)[:4] == before[:4]
    assert content(document.opened)[5] == before[5]


def test_that_a_region_of_the_suggested_class_that_is_there_is_extended(
    filling, suggestions, document
):
    suggest_road(suggestions, rectangle(20, 0, 20, 18))
    filling.fill()
    first = set(document.opened.targets)
    masks = document.opened.masks
    road = max(first)
    cleared = masks.change_to(road, 0, None)
    document.edit(Edit("clear", (cleared,)))
    filling.fill()
    assert set(document.opened.targets) == first
    assert masks.get(road, 0) is not None


def test_that_it_is_said_when_there_is_nothing_to_fill_or_nothing_to_fill_with(
    filling, notifications, view_state, document
):
    filling.fill()
    steps = document.undo_stack.count()
    filling.fill()
    assert "Every pixel" in notifications.current.text
    view_state.note_shown_frame(11)
    filling.fill()
    assert "1,200 px stay unlabelled" in notifications.current.text
    assert "Make a target Stuff" in notifications.current.text
    assert document.undo_stack.count() == steps


def test_that_things_get_cracks_only_and_what_is_left_is_said(
    filling, notifications, document, targets
):
    targets.set_kind([GRASS], TargetKind.THING)
    before = areas(document.opened)
    filling.fill()
    for target, area in areas(document.opened).items():
        assert area <= 1.5 * before[target]
    left = np.count_nonzero(gaps.unlabelled(document.opened, 0))
    assert left > SIZE[0] * SIZE[1] / 3
    assert f"{left:,} px stay unlabelled" in notifications.current.text
    targets.set_kind([GRASS], TargetKind.STUFF)
    filling.fill()
    assert not gaps.unlabelled(document.opened, 0).any()


def test_that_overlaps_are_resolved_for_the_topmost(filling, document, notifications):
    masks = document.opened.masks
    held = masks.get(GRASS, 0)
    both = held.mask.union(masks.get(COW, 0).mask)
    document.edit(Edit("overlap", (masks.change_to(GRASS, 0, type(held)(both, held.state)),)))
    filling.resolve_overlaps()
    assert masks.get(GRASS, 0).mask == held.mask
    filling.resolve_overlaps()
    assert "No targets overlap" in notifications.current.text


def test_that_the_counter_says_how_much_is_unlabelled(canvas, document, view_state, filling, qtbot):
    display = HeadsUpDisplay(canvas, document, view_state)
    UnlabelledCounter(document, view_state, display)
    view_state.note_shown_frame(3)
    view_state.note_shown_frame(0)
    free = np.count_nonzero(gaps.unlabelled(document.opened, 0))
    qtbot.waitUntil(lambda: f"{free:,} px" in display._unlabelled.text())
    filling.fill()
    qtbot.waitUntil(lambda: display._unlabelled.text() == "Every pixel is labelled")


def test_that_nothing_is_counted_where_there_are_only_things(
    canvas, document, view_state, targets, qtbot
):
    display = HeadsUpDisplay(canvas, document, view_state)
    counter = UnlabelledCounter(document, view_state, display)
    targets.set_kind([GRASS], TargetKind.THING)
    counter.count()
    assert display._unlabelled.text() == ""
