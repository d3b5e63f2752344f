"""The cases of the metric fixtures, listed and not named, and their comparison."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.conftest import shared_folder

FIXTURES = shared_folder() / "metrics" / "fixtures"


@dataclass(frozen=True)
class Run:
    """One run of an official evaluator on the files of a case."""

    folder: Path
    name: str
    task: str
    options: dict[str, str]
    values: dict[str, Any]

    def path(self, option: str) -> Path:
        """A file or folder of the case."""
        return self.folder / self.options[option]

    def __str__(self) -> str:
        return f"{self.folder.parent.name}-{self.folder.name}-{self.name}"


def runs(*tasks: str) -> list[Run]:
    """Every run of these tasks; empty where there is no reference material."""
    return [run for run in _all_runs() if run.task in tasks]


def _all_runs() -> Iterator[Run]:
    for path in sorted(FIXTURES.glob("*/*/case.json")):
        expected = json.loads((path.parent / "expected.json").read_text(encoding="utf-8"))
        for run in json.loads(path.read_text(encoding="utf-8"))["runs"]:
            values = expected["runs"][run["name"]]["values"]
            yield Run(path.parent, run["name"], run["task"], run["options"], values)


def differences(found: Any, expected: Any, tolerance: float, place: str = "") -> list[str]:
    """Every value of `expected` that `found` lacks or has otherwise."""
    if isinstance(expected, dict):
        return [
            text
            for key, value in expected.items()
            for text in (
                differences(found[key], value, tolerance, f"{place}/{key}")
                if key in found
                else [f"{place}/{key} is missing"]
            )
        ]
    if isinstance(expected, list):
        if len(found) != len(expected):
            return [f"{place} has {len(found)} values, not {len(expected)}"]
        return [
            text
            for index, value in enumerate(expected)
            for text in differences(found[index], value, tolerance, f"{place}[{index}]")
        ]
    if isinstance(expected, str):
        return [] if found == expected else [f"{place} is {found!r}, not {expected!r}"]
    is_equal = abs(float(found) - float(expected)) <= tolerance
    return [] if is_equal else [f"{place} is {found}, not {expected}"]
