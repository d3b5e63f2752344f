"""Edits of targets as a whole."""

import pytest

from tarvis_core.annotation import target_operations as ops
from tarvis_core.annotation.palette import OKABE_ITO
from tarvis_core.annotation.target import CategoryId, TargetKind
from tarvis_core.errors import AnnotationError
from tests.fakes.projects import COW, GRASS, sample_project


@pytest.fixture
def project():
    return sample_project()


def test_that_a_new_target_gets_a_number_that_none_had(project):
    number, changes = ops.create_target(project)
    project.apply(changes)
    project.apply([change.reversed() for change in reversed(changes)])
    later, _ = ops.create_target(project)

    assert (number, later) == (4, 5)


def test_that_a_new_target_is_named_by_its_class_and_has_its_kind(project):
    number, changes = ops.create_target(project, category=CategoryId(5))
    project.apply(changes)
    target = project.target(number)

    assert (target.name, target.kind) == ("grass 4", TargetKind.STUFF)
    assert list(project.targets) == [GRASS, COW, number]


def test_that_a_new_target_has_the_first_colour_that_no_target_has(project):
    taken = {project.target(target).colour for target in (COW, GRASS)}
    assert taken == {OKABE_ITO[0], OKABE_ITO[2]}
    made = []
    for _ in range(3):
        number, changes = ops.create_target(project)
        project.apply(changes)
        made.append(number)
        if len(made) == 1:
            project.apply(ops.recolour(project, number, OKABE_ITO[3]))

    colours = [project.target(number).colour for number in made]
    assert colours == [OKABE_ITO[3], OKABE_ITO[1], OKABE_ITO[4]]


def test_that_a_new_target_has_no_colour_that_is_reserved(project):
    project.reserved_colours = frozenset({OKABE_ITO[1], OKABE_ITO[3]})
    assert ops.new_target_colour(project) == OKABE_ITO[4]


def test_that_a_new_target_can_lie_below_the_others(project):
    number, changes = ops.create_target(project, "Sky", position=0)
    project.apply(changes)

    assert list(project.targets) == [number, GRASS, COW]


def test_that_a_class_that_the_label_set_lacks_is_told(project):
    with pytest.raises(AnnotationError, match="'farm' has no class 9"):
        ops.create_target(project, category=CategoryId(9))
    with pytest.raises(AnnotationError, match="'farm' has no class 9"):
        ops.set_category(project, COW, CategoryId(9))


def test_that_a_class_brings_its_kind(project):
    project.apply(ops.set_category(project, COW, CategoryId(5)))
    assert project.target(COW).kind is TargetKind.STUFF
    project.apply(ops.set_category(project, COW, None))
    assert project.target(COW).category is None


def test_that_names_are_trimmed_and_never_empty(project):
    project.apply(ops.rename(project, COW, "  Elsa "))
    assert project.target(COW).name == "Elsa"
    with pytest.raises(AnnotationError, match="needs a name"):
        ops.rename(project, COW, "  ")


def test_that_what_is_so_already_is_no_edit(project):
    assert ops.rename(project, COW, "Berta") == ()
    assert ops.recolour(project, COW, (230, 159, 0)) == ()
    assert ops.set_visible(project, [COW, GRASS], is_visible=True) == ()
    assert ops.move_target(project, COW, 1) == ()


def test_that_one_target_can_be_shown_alone(project):
    project.apply(ops.show_only(project, {COW}))

    assert not project.target(GRASS).is_visible
    assert project.target(COW).is_visible
    assert set(project.label_map(0).ravel()) == {0, COW}
    assert set(project.label_map(0, hidden=True).ravel()) == {0, COW, GRASS}


@pytest.mark.parametrize(("position", "order"), [(0, [COW, GRASS]), (9, [GRASS, COW])])
def test_that_targets_change_places(project, position, order):
    project.apply(ops.move_target(project, COW, position))

    assert list(project.targets) == order


def test_that_an_unknown_target_cannot_move(project):
    with pytest.raises(ValueError, match="no target 9"):
        ops.move_target(project, 9, 0)


def test_that_a_deleted_target_leaves_nothing(project):
    project.apply(ops.delete_targets(project, [COW, GRASS]))

    assert dict(project.targets) == {}
    assert project.exemplars == ()
    assert project.masks.num_masks == 0
    assert project.next_target_id == 4


def test_that_a_locked_target_is_not_deleted(project):
    project.apply(ops.set_locked(project, [COW], is_locked=True))
    with pytest.raises(AnnotationError, match=r"Berta is locked. Unlock it first"):
        ops.delete_targets(project, [GRASS, COW])
