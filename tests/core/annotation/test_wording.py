"""Counts in words."""

import pytest

from tarvis_core.annotation.formats.lint import LintKind
from tarvis_core.annotation.formats.loss import Loss, LossKind
from tarvis_core.annotation.wording import counted


@pytest.mark.parametrize(
    ("words", "one"),
    [
        ("targets", "1 target"),
        ("classes lost their name", "1 class lost its name"),
        ("crowd masks left out", "1 crowd mask left out"),
        ("class regions became one with another of their class", "1 class region became one with "
         "another of its class"),
        ("targets left out: they have no mask on any frame", "1 target left out: it has no mask on "
         "any frame"),
        ("masks gave up pixels to masks above them", "1 mask gave up pixels to masks above it"),
        ("masks were simplified to outlines", "1 mask was simplified to outlines"),
        ("masks lie under others", "1 mask lies under others"),
        ("frames have no image to copy", "1 frame has no image to copy"),
    ],
)  # fmt: skip
def test_that_one_is_said_in_the_singular(words, one):
    assert str(counted(1, words)) == one
    assert str(counted(2, words)) == f"2 {words}"
    assert str(counted(0, words)) == f"0 {words}"


@pytest.mark.parametrize("kind", [*LossKind, *LintKind])
def test_that_no_plural_verb_is_left_where_one_is_counted(kind):
    said = str(counted(1, kind.value))
    subject = said.partition(":")[0].split(" ")
    assert not {"were", "have", "are", "lie", "their", "they", "them"} & {*said.split(" ")}
    assert any(f"{word}s" in kind.value or f"{word}es" in kind.value for word in subject)


def test_that_a_single_loss_reads_well():
    message = Loss(LossKind.SCORES, 1, "clip, frame 0").message
    assert str(message) == "1 score left out (first: clip, frame 0)"
