"""docs/checklist_window.md stays true: every test, picture and benchmark that it names exists."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[1]


def test_that_every_test_of_the_checklist_exists():
    page = (ROOT / "docs" / "checklist_window.md").read_text(encoding="utf-8")
    named = re.findall(r"`([\w/]+\.py)::(\w+)`", page)
    missing = [
        f"{file}::{name}"
        for file, name in named
        if not re.search(rf"^def test_(that_)?{name}\(", text_of(file), re.MULTILINE)
    ]

    assert len(named) > 50
    assert missing == []


def test_that_every_picture_and_benchmark_of_the_checklist_exists():
    page = (ROOT / "docs" / "checklist_window.md").read_text(encoding="utf-8")
    named = re.findall(r"`((?:docs/pictures|benchmarks)/[\w/.]+)`", page)

    assert len(named) > 5
    assert [path for path in named if not (ROOT / path).is_file()] == []


def text_of(file):
    path = ROOT / "tests" / file
    return path.read_text(encoding="utf-8") if path.is_file() else ""
