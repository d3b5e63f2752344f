"""Qt as the project asks for it: releases that were tried, and a screen is not needed."""

from importlib.metadata import requires, version

from packaging.requirements import Requirement

NAME = "PySide6-Essentials"


def test_that_the_qt_in_use_is_one_that_the_project_allows(qapp):
    (wanted,) = (r for r in map(Requirement, requires("tarvis-studio")) if r.name == NAME)
    assert wanted.specifier.contains(version(NAME))
    bounds = {bound.operator for bound in wanted.specifier}
    assert {">=", "<"} <= bounds
