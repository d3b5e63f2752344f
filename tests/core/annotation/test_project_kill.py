"""A process that edits without pause is killed at random moments, and loses no reported edit.

`TARVIS_NUM_KILLS` sets how often; `benchmarks/kill_project_file.py` does it 200 times.
"""

import os
import signal

import pytest

from tests.fakes.endless_editor import KilledEditor, edit, new_project, random_delays
from tests.fakes.projects import content

NUM_KILLS = int(os.environ.get("TARVIS_NUM_KILLS", "12"))


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="this system has no SIGKILL")
def test_that_a_killed_process_loses_no_reported_edit(tmp_path):
    editor = KilledEditor(tmp_path / "killed.tarvis")
    reported = [editor.round(delay) for delay in random_delays(NUM_KILLS, 0.3, seed=7)]

    assert sum(reported) > 0


def test_that_the_editor_does_the_same_again():
    projects = [new_project(), new_project()]
    for project in projects:
        for number in range(60):
            project.apply(edit(project, number))

    assert content(projects[0]) == content(projects[1])
    assert len(content(projects[0])[5]) > 1
