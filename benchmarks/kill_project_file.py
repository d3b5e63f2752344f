"""Kill a process that edits a project file without pause, 200 times, and check the file each time.

python benchmarks/kill_project_file.py [NUM_KILLS]
"""

import platform
import sqlite3
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from tests.fakes.endless_editor import KilledEditor, random_delays


def main(num_kills: int) -> None:
    """Kill, check, and print what was found."""
    started = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        editor = KilledEditor(Path(folder) / "killed.tarvis")
        edits = [editor.round(delay) for delay in random_delays(num_kills, 0.5, seed=1)]
        num_bytes = editor.path.stat().st_size
    print(
        f"{platform.platform()}, Python {platform.python_version()}, "
        f"SQLite {sqlite3.sqlite_version}"
    )
    print(f"kills                      {num_kills:8d}")
    print(f"edits reported             {sum(edits):8d}   ({min(edits)}…{max(edits)} per life)")
    print(f"size of the file at the end{num_bytes / 2**20:8.1f} MiB")
    print("every file opened, was sound, and held every reported edit")
    print(f"duration                   {time.monotonic() - started:8.0f} s")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 200)
