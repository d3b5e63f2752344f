"""Problems in words name targets as the list of targets does."""

from dataclasses import replace

from tarvis_app.review.problem_texts import reasons_text
from tarvis_app.review.problems import Finding, Problem, Reason
from tarvis_core.annotation.target import TargetId
from tests.fakes.projects import COW, GRASS


def touching(project, number):
    contact = Finding(COW, 3, Reason.CONTACT, 0.6, float(number))
    score = Finding(COW, 3, Reason.SCORE, 0.4, 0.2)
    return reasons_text(Problem((contact, score)), project.targets)


def test_that_a_contact_says_with_whom(project):
    name = project.target(GRASS).name
    assert name
    assert touching(project, GRASS) == f"touches #{GRASS} {name}, score 20 %"


def test_that_a_number_that_a_name_ends_with_is_not_said_twice(project):
    named = {GRASS: replace(project.target(GRASS), name=f"person {GRASS}")}
    contact = Finding(COW, 3, Reason.CONTACT, 0.6, float(GRASS))
    assert reasons_text(Problem((contact,)), named) == f"touches person {GRASS}"


def test_that_a_target_that_is_gone_is_called_by_its_number(project):
    assert touching(project, TargetId(99)).startswith("touches #99,")
