"""docs/architecture.md stays true: what it names exists, and no package goes unnamed."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[1]
PACKAGES = ("tarvis_core", "tarvis_app", "training")


def _tree():
    page = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    return page.split("```text\n")[1].split("```")[0]


def test_that_every_file_of_the_tree_exists():
    names = set(re.findall(r"[a-z_0-9]+\.(?:py|yaml)", _tree()))
    existing = {path.name for folder in (*PACKAGES, "resources") for path in _files(folder)}

    assert len(names) > 50
    assert names - existing == set()


def _files(folder):
    return [*(ROOT / folder).rglob("*.py"), *(ROOT / folder).rglob("*.yaml")]


def test_that_every_package_is_in_the_tree():
    folders = {path.parent.name for name in PACKAGES for path in _files(name)}

    assert [name for name in sorted(folders) if f"{name}/" not in _tree()] == []


def test_that_no_file_has_a_name_that_says_nothing():
    vague = {"utils", "util", "misc", "common", "helpers", "helper", "manager", "base"}

    assert [p for name in PACKAGES for p in _files(name) if p.stem in vague] == []
