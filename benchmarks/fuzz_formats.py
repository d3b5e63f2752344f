"""Damages example files of every annotation format for minutes and counts what comes of it.

    python -m benchmarks.fuzz_formats --minutes 5 --seed 1000

Prints a table by format and every finding with the numbers that make it again.
"""

import argparse
import resource
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from tests.core.annotation.formats.example_files import example_folders
from tests.core.annotation.formats.mutation import BAD, CaseResult, Outcome, run_case

_MEMORY_BYTES = 4 * 2**30
"""Whoever asks for more while reading a file of a few kilobytes has a bug."""


def main() -> int:
    """Run until the time is over."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=5.0)
    parser.add_argument("--seed", type=int, default=0, help="number of the first case")
    parser.add_argument("--only", help="one example folder")
    arguments = parser.parse_args()
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY_BYTES, _MEMORY_BYTES))
    folders = [f for f in example_folders() if arguments.only in (None, f.name)]
    if not folders:
        print("no example files; set TARVIS_SHARED to the folder of reference material")
        return 2
    results = _run(folders, arguments.seed, time.monotonic() + 60 * arguments.minutes)
    _show(results)
    return 1 if any(outcome in BAD for counts in results.values() for outcome in counts) else 0


def _run(folders: list[Path], seed: int, end: float) -> dict[str, Counter[Outcome]]:
    counts: dict[str, Counter[Outcome]] = {folder.name: Counter() for folder in folders}
    while time.monotonic() < end:
        for folder in folders:
            with tempfile.TemporaryDirectory() as workspace:
                result = run_case(folder, seed, Path(workspace))
            counts[folder.name][result.outcome] += 1
            if result.outcome in BAD:
                _show_finding(result)
        seed += 1
    print(f"last case: {seed - 1}")
    return counts


def _show_finding(result: CaseResult) -> None:
    print(f"FINDING {result.folder} {result.seed}: {result.outcome.value}: {result.detail:.300}")
    print(f"    after {result.mutation:.300}", flush=True)


def _show(results: dict[str, Counter[Outcome]]) -> None:
    outcomes = list(Outcome)
    print(f"{'format':<16}" + "".join(f"{outcome.name.lower():>16}" for outcome in outcomes))
    for name, counts in results.items():
        print(f"{name:<16}" + "".join(f"{counts[outcome]:>16}" for outcome in outcomes))
    total = sum((counts for counts in results.values()), Counter())
    print(f"{'all':<16}" + "".join(f"{total[outcome]:>16}" for outcome in outcomes))
    print(f"{sum(total.values())} cases, Python {sys.version.split()[0]}")


if __name__ == "__main__":
    sys.exit(main())
