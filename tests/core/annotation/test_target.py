"""Target: what it must have."""

import pytest

from tarvis_core.annotation.target import Target, TargetId, TargetKind


def test_that_a_target_is_a_visible_unlocked_thing_without_a_class():
    target = Target(TargetId(1), "cow")

    assert (target.kind, target.category) == (TargetKind.THING, None)
    assert (target.is_visible, target.is_locked) == (True, False)


@pytest.mark.parametrize("number", [0, -1])
def test_that_numbers_start_at_one(number):
    with pytest.raises(ValueError, match="start at 1"):
        Target(TargetId(number), "cow")


def test_that_a_target_has_a_name():
    with pytest.raises(ValueError, match="needs a name"):
        Target(TargetId(1), "")
