"""The table in the documentation says what the code does."""

from pathlib import Path

from tarvis_core.annotation.formats.format_list import FORMATS

PAGE = Path(__file__).parents[4] / "docs" / "formats.md"


def _rows() -> list[list[str]]:
    lines = PAGE.read_text(encoding="utf-8").splitlines()
    start = next(n for n, line in enumerate(lines) if line.startswith("| format | `--to`")) + 2
    rows = []
    for line in lines[start:]:
        if not line.startswith("|"):
            break
        rows.append([cell.strip() for cell in line.strip("|").split("|")])
    return rows


def test_that_the_table_lists_every_format_and_what_it_cannot_hold():
    expected = [
        [
            known.title,
            f"`{known.id}`",
            "yes",
            "yes",
            ", ".join(known.capabilities.limits) or "nothing",
        ]
        for known in FORMATS
    ]

    assert [row[:5] for row in _rows()] == expected


def test_that_every_format_names_its_independent_reader():
    assert all(len(row) == 6 and row[5] for row in _rows())
