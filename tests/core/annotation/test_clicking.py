"""What is given for a target on a frame once it is clicked there."""

from dataclasses import replace

import pytest

from tarvis_core.annotation.clicking import ANSWER, RUN, exemplars_with_click, without_news
from tarvis_core.annotation.exemplar import PointExemplar, ShownMask
from tarvis_core.annotation.project_changes import ExemplarChange
from tarvis_core.annotation.project_file import ProjectFile
from tarvis_core.annotation.target import TargetId
from tarvis_core.annotation.track import MaskSource, Taken
from tests.fakes.projects import (
    COW,
    GRASS,
    absent,
    keyframe,
    predicted,
    rectangle,
    sample_project,
)

BODY = rectangle(2, 2, 6, 6)
CUT = replace(
    predicted(BODY),
    source=MaskSource(RUN, made_at=6.0),
    taken=Taken(GRASS, predicted(rectangle(2, 2, 9, 6))),
)

TRACKED, CLICKED, LOST = 4, 0, 6


def click(frame, target=COW, x=9.5):
    return PointExemplar(frame, target, x, 8.5)


@pytest.fixture
def project():
    return sample_project()


def give(project, point):
    given = project.exemplars_at(point.target, point.frame)
    after = exemplars_with_click(project, point)
    project.apply([ExemplarChange(point.target, point.frame, given, after)])
    return after


def test_that_the_first_click_on_a_tracked_frame_keeps_the_shown_mask(project):
    shown = project.masks.get(COW, TRACKED).mask

    assert give(project, click(TRACKED)) == (ShownMask(TRACKED, COW, shown), click(TRACKED))


def test_that_each_click_corrects_the_mask_that_it_saw_and_keeps_the_clicks_before(project):
    (_, first) = give(project, click(TRACKED))
    answer = predicted(rectangle(0, 0, 5, 5))
    project.apply([project.masks.change_to(COW, TRACKED, answer)])

    shown = ShownMask(TRACKED, COW, answer.mask)
    assert give(project, click(TRACKED, x=3.5)) == (shown, first, click(TRACKED, x=3.5))


def test_that_a_click_where_corrections_took_everything_joins_them(project):
    before = give(project, click(TRACKED))
    project.apply([project.masks.change_to(COW, TRACKED, absent())])

    assert give(project, click(TRACKED, x=3.5)) == (*before, click(TRACKED, x=3.5))


def test_that_a_click_starts_anew_where_no_mask_is_shown(project):
    assert exemplars_with_click(project, click(LOST)) == (click(LOST),)
    assert exemplars_with_click(project, click(2, TargetId(9))) == (click(2, TargetId(9)),)


def test_that_clicks_that_made_a_mask_do_not_correct_it(project):
    given = (click(LOST), click(LOST, x=20.5))
    project.apply([ExemplarChange(COW, LOST, (), given[:1])])
    project.apply([project.masks.change_to(COW, LOST, predicted(rectangle(5, 5, 5, 5)))])

    assert exemplars_with_click(project, given[1]) == given


def test_that_a_mask_of_a_person_is_corrected_itself_and_not_by_what_led_to_it(project):
    drawn = rectangle(1, 1, 12, 12)
    project.apply([project.masks.change_to(COW, CLICKED, keyframe(drawn))])
    assert project.exemplars_at(COW, CLICKED)

    expected = (ShownMask(CLICKED, COW, drawn), click(CLICKED))
    assert give(project, click(CLICKED)) == expected


def test_that_a_runs_mask_is_corrected_where_the_clicks_had_found_nothing(project):
    project.apply([ExemplarChange(COW, LOST, (), (click(LOST),))])
    found = replace(predicted(rectangle(0, 0, 5, 5)), source=MaskSource(RUN, "r50", 10.0))
    project.apply([project.masks.change_to(COW, LOST, found)])

    shown = ShownMask(LOST, COW, found.mask)
    assert give(project, click(LOST, x=30.5)) == (shown, click(LOST, x=30.5))


def test_that_a_click_before_the_answer_to_the_last_one_joins_it(project):
    first = give(project, click(CLICKED))

    assert give(project, click(CLICKED, x=3.5)) == (*first, click(CLICKED, x=3.5))


def test_that_a_reopened_project_still_corrects_the_same_mask(project, tmp_path):
    with ProjectFile.create(tmp_path / "farm.tarvis", project) as file:
        given = give(file.project, click(TRACKED))

    with ProjectFile.open(tmp_path / "farm.tarvis") as file:
        assert file.project.exemplars_at(COW, TRACKED) == given
        assert file.problems() == ()


@pytest.mark.parametrize(
    ("shown", "made_at"),
    [
        (replace(keyframe(BODY), source=MaskSource("brush", made_at=3.0)), 3.0),
        (replace(predicted(BODY), source=MaskSource(ANSWER, made_at=4.0)), 4.0),
        (replace(predicted(BODY), source=MaskSource(RUN, made_at=5.0)), 0.0),
        (CUT, 6.0),
        (keyframe(BODY), 0.0),
        (predicted(rectangle(2, 2, 7, 6)), 9.0),
        (None, 9.0),
    ],
)
def test_that_an_answer_is_news_only_where_it_changes_what_was_shown(shown, made_at):
    answer = replace(predicted(BODY, 0.8), source=MaskSource(ANSWER, made_at=9.0))
    after = without_news(answer, shown)
    assert after.source.made_at == made_at
    assert replace(after, source=answer.source) == answer
