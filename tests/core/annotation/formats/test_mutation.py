"""A short run over damaged example files; `benchmarks/fuzz_formats.py` runs for minutes."""

import os

import pytest

from tests.core.annotation.formats.example_files import example_folders
from tests.core.annotation.formats.mutation import BAD, Outcome, run_case

CASES = int(os.environ.get("TARVIS_FUZZ_CASES", "15"))
"""Cases per example; a failing one is made again by its number."""


@pytest.mark.parametrize("folder", example_folders(), ids=lambda folder: folder.name)
def test_that_damaged_files_are_refused_and_nothing_else_happens(folder, tmp_path):
    outcomes = []
    for seed in range(CASES):
        workspace = tmp_path / str(seed)
        workspace.mkdir()
        result = run_case(folder, seed, workspace)
        assert result.outcome not in BAD, result
        outcomes.append(result.outcome)

    assert Outcome.REFUSED in outcomes or Outcome.NOT_RECOGNISED in outcomes
