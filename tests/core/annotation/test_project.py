"""Project: what edits it takes, and which it refuses whole."""

from dataclasses import replace

import pytest

from tarvis_core.annotation.exemplar import PointExemplar
from tarvis_core.annotation.label_set import LabelSet
from tarvis_core.annotation.mask_store import MaskChange
from tarvis_core.annotation.project import Project, reversed_changes
from tarvis_core.annotation.project_changes import (
    ExemplarChange,
    LabelSetChange,
    NextTargetIdChange,
    TargetChange,
    TargetOrderChange,
    VideoChange,
)
from tarvis_core.annotation.target import Target, TargetId
from tests.fakes.projects import (
    COW,
    FARM,
    GRASS,
    content,
    predicted,
    rectangle,
    sample_project,
    video_identity,
)

DOG = TargetId(3)
ELSA = Target(DOG, "Elsa")
MASK = predicted(rectangle(0, 0, 2, 2))


@pytest.fixture
def project():
    return sample_project()


def stranger(project):
    return project.video.moved_to("/elsewhere")


def test_that_the_next_number_is_above_all_numbers_in_use():
    project = Project(video_identity(), FARM, [Target(TargetId(7), "x")])

    assert project.next_target_id == 8
    assert [project.new_target_id() for _ in range(3)] == [8, 9, 10]


def test_that_exemplars_are_found_by_place(project):
    assert len(project.exemplars) == 4
    assert [e.frame for e in project.exemplars_at(COW, 0)] == [0, 0]
    assert project.exemplars_at(COW, 1) == ()
    assert project.exemplar_frames(COW) == (0, 3)


def test_that_a_target_may_be_made_and_drawn_in_one_edit(project):
    changes = (
        NextTargetIdChange(TargetId(4), TargetId(5)),
        TargetChange(None, ELSA, 1),
        MaskChange(DOG, 0, None, MASK),
        ExemplarChange(DOG, 0, (), (PointExemplar(0, DOG, 1.0, 1.0),)),
    )
    before = content(project)
    project.apply(changes)
    assert list(project.targets) == [GRASS, DOG, COW]
    project.apply(reversed_changes(changes))
    assert content(project) == before


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (MaskChange(DOG, 0, None, MASK), "no target 3 to have a mask"),
        (MaskChange(COW, 0, None, MASK), "was changed since"),
        (ExemplarChange(COW, 0, (), ()), "exemplars of target 1 on frame 0 changed"),
        (ExemplarChange(COW, 5, (), (PointExemplar(4, COW, 1, 1),)), "another place"),
        (ExemplarChange(DOG, 5, (), (PointExemplar(5, DOG, 1, 1),)), "no target 3"),
        (TargetChange(None, Target(COW, "x"), 0), "target 1 changed"),
        (TargetChange(None, ELSA, 9), "number of targets changed"),
        (TargetChange(ELSA, None, 0), "target 3 changed"),
        (TargetOrderChange((COW, GRASS), (GRASS, COW)), "order of targets changed"),
        (TargetOrderChange((GRASS, COW), (GRASS, GRASS)), "each target once"),
        (NextTargetIdChange(TargetId(9), TargetId(10)), "next target's number changed"),
        (LabelSetChange(LabelSet("x", ()), FARM), "label set changed"),
        (VideoChange(video_identity(3), video_identity()), "video changed"),
        (VideoChange(video_identity(), video_identity(12, (4, 4))), "size changed"),
    ],
)
def test_that_an_edit_that_does_not_fit_changes_nothing(project, change, message):
    before = content(project)
    fitting = MaskChange(COW, 9, None, MASK)
    with pytest.raises(ValueError, match=message):
        project.apply([fitting, change])

    assert content(project) == before


def test_that_a_target_with_masks_is_not_removed_alone(project):
    with pytest.raises(ValueError, match="still has masks"):
        project.apply([TargetChange(project.target(COW), None, 1)])


def test_that_a_target_keeps_its_number(project):
    with pytest.raises(ValueError, match="cannot become"):
        project.apply([TargetChange(project.target(COW), replace(ELSA), 1)])


def test_that_an_edit_that_cannot_be_written_is_taken_back(project):
    def fail(changes):
        raise OSError

    before = content(project)
    project.write_through(fail)
    with pytest.raises(OSError):  # noqa: PT011 -- any will do
        project.apply([MaskChange(COW, 9, None, MASK)])
    assert content(project) == before


def test_that_an_empty_edit_is_not_written(project):
    written = []
    project.write_through(written.append)
    project.apply([])
    assert written == []
