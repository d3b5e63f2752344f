"""A click on what another target has for good is not answered without a word."""

from dataclasses import replace

import pytest

from tarvis_app.conduct.taken_places import TakenPlaces
from tarvis_app.document.drawing import Stroke
from tarvis_app.document.edits import Edit
from tarvis_app.segmentation.click_answers import ClickAnswers
from tarvis_core.annotation import painting, target_operations
from tarvis_core.annotation.exemplar import MaskExemplar
from tarvis_core.annotation.mask import Mask
from tarvis_core.annotation.project_file import ProjectFile
from tarvis_core.annotation.track import FrameState
from tests.fakes.projects import COW, GRASS, content, rectangle
from tests.fakes.told_service import FRAME, ToldService

"""The cow stands at (7, 4) here, 10 × 8 pixels."""
ON_COW, BESIDE = (9.5, 8.5), (30.5, 8.5)
GIVE_WAY = "Let Berta give way here"
ANSWER, SMALLER = rectangle(0, 0, 12, 30), rectangle(0, 0, 9, 30)
"""What the network says of the click: five columns of the cow, or two."""


@pytest.fixture
def service(qapp):
    return ToldService()


@pytest.fixture
def taken(document, view_state, editor, drawing, service):
    view_state.note_shown_frame(FRAME)
    view_state.select(GRASS)
    clicks = ClickAnswers(document, view_state, service)
    taken = TakenPlaces(editor, drawing, clicks)
    taken.passed.connect(clicks.ask)
    return taken


@pytest.fixture
def state(document):
    def hold(state):
        held = document.opened.masks.get(COW, FRAME)
        change = document.opened.masks.change_to(COW, FRAME, replace(held, state=state))
        document.edit(Edit("State", (change,)))

    return hold


def click(drawing, place, *, is_positive=True):
    drawing.add_point(FRAME, place, is_positive=is_positive)


def remembering_nothing(held):
    return replace(held, yields_to=frozenset(), taken=None)


@pytest.mark.parametrize("law", [FrameState.KEYFRAME, FrameState.VERIFIED])
def test_that_a_click_in_a_keyframe_is_told_and_counts_once_that_gives_way(
    taken, document, drawing, notifications, state, service, law
):
    state(law)
    before, steps = content(document.opened), document.undo_stack.count()
    held = document.opened.masks.get(COW, FRAME)
    grass = document.opened.masks.get(GRASS, FRAME)
    click(drawing, ON_COW)
    assert service.asked == [], "nobody said so yet"
    assert document.opened.masks.get(COW, FRAME) == held
    assert document.opened.masks.get(GRASS, FRAME) == grass
    assert notifications.current.text.startswith("This place belongs to Berta")
    (remedy,) = notifications.current.remedies
    assert remedy.text == GIVE_WAY

    remedy.call()

    asked = service.asked[-1]
    assert not any(isinstance(e, MaskExemplar) for e in asked.exemplars if e.target == COW)
    service.answer(ANSWER)
    rest = document.opened.masks.get(COW, FRAME)
    assert rest.mask == held.mask.difference(ANSWER)
    assert rest.state is law, "a person decided it"
    assert document.opened.masks.get(GRASS, FRAME).mask == ANSWER
    assert document.undo_stack.count() == steps + 1
    visited = []
    document.frame_revisited.connect(lambda frame, _: visited.append(frame))
    document.undo()
    assert content(document.opened) == before
    assert visited == [FRAME]


def test_that_more_clicks_have_what_gave_way_and_give_back_what_they_leave(
    taken, document, drawing, notifications, state, service
):
    state(FrameState.KEYFRAME)
    held = document.opened.masks.get(COW, FRAME)
    click(drawing, ON_COW)
    notifications.current.remedies[0].call()
    service.answer(ANSWER)
    notifications.clear()

    click(drawing, (15.5, 8.5))
    assert notifications.current is None, "that was said"
    service.answer(SMALLER)
    assert document.opened.masks.get(COW, FRAME).mask == held.mask.difference(SMALLER)
    service.answer(Mask.empty(*SMALLER.size))
    assert remembering_nothing(document.opened.masks.get(COW, FRAME)) == held


def test_that_it_holds_when_the_project_is_opened_again(
    taken, document, drawing, notifications, state, service, tmp_path, view_state
):
    state(FrameState.KEYFRAME)
    held = document.opened.masks.get(COW, FRAME)
    with ProjectFile.create(tmp_path / "cow.tarvis", document.opened) as file:
        document.open(file.project)
        click(drawing, ON_COW)
        notifications.current.remedies[0].call()
        service.answer(ANSWER)
        document.open(None)
    with ProjectFile.open(tmp_path / "cow.tarvis") as file:
        document.open(file.project)
        view_state.select(GRASS)
        notifications.clear()

        click(drawing, (15.5, 8.5))
        assert notifications.current is None, "that was said"
        asked = service.asked[-1]
        assert not any(isinstance(e, MaskExemplar) for e in asked.exemplars if e.target == COW)
        service.answer(SMALLER)
        assert document.opened.masks.get(COW, FRAME).mask == held.mask.difference(SMALLER)
        service.answer(Mask.empty(*SMALLER.size))
        assert remembering_nothing(document.opened.masks.get(COW, FRAME)) == held
        document.open(None)


def test_that_nothing_is_permitted_once_the_click_was_undone(
    taken, document, drawing, notifications, state, service
):
    state(FrameState.KEYFRAME)
    held = document.opened.masks.get(COW, FRAME)
    click(drawing, ON_COW)
    notifications.current.remedies[0].call()
    document.undo()
    assert document.opened.masks.get(COW, FRAME) == held

    document.redo()
    service.answer(ANSWER)
    assert document.opened.masks.get(COW, FRAME).mask == held.mask.difference(ANSWER)


def test_that_what_is_painted_since_gives_way_to_nobody(
    taken, document, drawing, view_state, notifications, state, service
):
    state(FrameState.KEYFRAME)
    click(drawing, ON_COW)
    notifications.current.remedies[0].call()
    service.answer(ANSWER)
    view_state.select(COW)
    drawing.apply_stroke(Stroke(FRAME, rectangle(2, 2, 8, 8), "brush"))
    painted = document.opened.masks.get(COW, FRAME)
    view_state.select(GRASS)
    notifications.clear()

    asked = len(service.asked)
    click(drawing, (4.5, 4.5))

    assert notifications.current is not None
    assert len(service.asked) == asked
    assert document.opened.masks.get(COW, FRAME) == painted


def test_that_a_new_target_has_the_place_as_well(
    taken, document, drawing, view_state, notifications, state, service
):
    state(FrameState.KEYFRAME)
    view_state.select()
    click(drawing, ON_COW)
    notifications.current.remedies[0].call()
    service.answer(ANSWER)
    (target,) = view_state.selection
    assert target not in (COW, GRASS)
    assert document.opened.masks.get(target, FRAME).mask == ANSWER
    assert len(document.opened.exemplars_at(target, FRAME)) == 1


@pytest.mark.parametrize("held", [FrameState.KEYFRAME, FrameState.PREDICTED])
def test_that_a_locked_target_gives_way_on_this_frame_and_stays_locked(
    taken, document, drawing, targets, notifications, state, service, held
):
    state(held)
    targets.set_locked([COW], is_locked=True)
    before = dict(document.opened.masks.track(COW).items())
    click(drawing, ON_COW)
    (remedy,) = notifications.current.remedies
    assert remedy.text == f"{GIVE_WAY}, though it is locked"
    remedy.call()
    service.answer(ANSWER)

    assert document.opened.target(COW).is_locked
    rest = before[FRAME].mask.difference(ANSWER)
    before[FRAME] = replace(before[FRAME], mask=rest)
    after = {f: remembering_nothing(held) for f, held in document.opened.masks.track(COW).items()}
    assert after == before


def test_that_a_second_owner_of_the_place_is_told_after_the_first(
    taken, document, drawing, notifications, state, service
):
    state(FrameState.KEYFRAME)
    dog, changes = target_operations.create_target(document.opened)
    document.edit(Edit("New", changes))
    document.edit(Edit("Paint", painting.put_mask(document.opened, dog, FRAME, SMALLER)))
    click(drawing, (8.5, 8.5))
    notifications.current.remedies[0].call()
    assert notifications.current.remedies[0].text != GIVE_WAY
    notifications.current.remedies[0].call()
    service.answer(ANSWER)

    masks = {t: held.mask for t, held in document.opened.masks.masks_at(FRAME).items()}
    assert masks[GRASS] == ANSWER
    assert not masks[COW].intersection_area(ANSWER)
    assert masks[dog].is_empty


@pytest.mark.parametrize(
    ("place", "is_positive"), [(BESIDE, True), (ON_COW, False)], ids=["beside", "not this"]
)
def test_that_other_clicks_are_given_in_peace(
    taken, drawing, notifications, state, place, is_positive
):
    state(FrameState.KEYFRAME)
    click(drawing, place, is_positive=is_positive)
    assert notifications.current is None


def test_that_a_mask_that_nobody_stands_behind_needs_no_word(taken, drawing, notifications):
    click(drawing, ON_COW)
    assert notifications.current is None


def test_that_nothing_happens_once_the_person_went_on(
    taken, document, drawing, notifications, state
):
    state(FrameState.KEYFRAME)
    click(drawing, ON_COW)
    call = notifications.current.remedies[0].call
    click(drawing, BESIDE)
    before = content(document.opened)
    call()
    assert content(document.opened) == before
