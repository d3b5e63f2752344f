"""A process that edits a project file without pause, to be killed at any moment.

What edit number n does follows from n and from the project's content alone, so whoever knows the
content before can say what must be in the file after the last edit that was reported.
"""

import itertools
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from tarvis_core.annotation import (
    identity_operations,
    painting,
    target_operations,
    track_operations,
)
from tarvis_core.annotation.exemplar import PointExemplar
from tarvis_core.annotation.label_set import LabelSet
from tarvis_core.annotation.mask import Mask
from tarvis_core.annotation.project import Project
from tarvis_core.annotation.project_changes import Change
from tarvis_core.annotation.project_file import ProjectFile
from tarvis_core.annotation.track import FrameState, MaskSource, TrackFrame
from tarvis_core.errors import AnnotationError
from tests.fakes.projects import content, video_identity

SIZE = (90, 120)
NUM_FRAMES = 40
COMPACT_EVERY = 150
"""After so many edits the file is compacted, which is another moment to be killed in."""


def new_project() -> Project:
    return Project(video_identity(NUM_FRAMES, SIZE), LabelSet("none", ()))


def edit(project: Project, number: int) -> tuple[Change, ...]:
    """Edit number `number` of a project with this content."""
    chance = random.Random(number)
    targets = sorted(project.targets)
    if len(targets) < 2 or chance.random() < 0.03:
        return target_operations.create_target(project, f"target of {number}")[1]
    target, other = chance.sample(targets, 2)
    frame = chance.randrange(NUM_FRAMES)
    operations = [
        lambda: painting.put_mask(project, target, frame, _noise(chance), _source(number)),
        lambda: _segment(project, targets, frame, chance, number),
        lambda: _segment(project, targets, frame, chance, number),
        lambda: painting.set_exemplars(
            project, target, frame, [PointExemplar(frame, target, chance.random(), 0.5)]
        ),
        lambda: target_operations.rename(project, target, f"name of {number}"),
        lambda: identity_operations.swap_from(project, target, other, frame),
        lambda: track_operations.delete_from(project, target, frame),
        lambda: target_operations.delete_targets(project, [target] if len(targets) > 5 else []),
    ]
    try:
        return tuple(chance.choice(operations)())
    except AnnotationError:
        return ()


def _segment(
    project: Project, targets: list, frame: int, chance: random.Random, number: int
) -> list[Change]:
    """A clip of a run: many masks in one edit."""
    held = [TrackFrame(_noise(chance), FrameState.PREDICTED, source=_source(number)) for _ in "abc"]
    return [
        project.masks.change_to(target, where, chance.choice(held))
        for target in targets
        for where in range(frame, min(frame + 8, NUM_FRAMES))
    ]


def _noise(chance: random.Random) -> Mask:
    pixels = np.random.default_rng(chance.getrandbits(32)).random(SIZE) > chance.random()
    return Mask.from_array(pixels)


def _source(number: int) -> MaskSource:
    return MaskSource("editor", "none", float(number))


class KilledEditor:
    """Starts editors on a file, kills them, and compares the file with what must be in it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.expected = new_project()
        self.next_number = 0
        ProjectFile.create(path, self.expected).close()

    def round(self, delay_s: float) -> int:
        """Let an editor run for a while, kill it, and check the file.

        Returns:
            How many edits it reported.
        """
        reported = self._run(delay_s)
        for number in range(self.next_number, self.next_number + reported):
            self.expected.apply(edit(self.expected, number))
        self.next_number += reported
        with ProjectFile.open(self.path) as file:
            found = content(file.project)
            assert file.problems() == ()
        if found != content(self.expected):  # killed between the edit and its report
            self.expected.apply(edit(self.expected, self.next_number))
            self.next_number += 1
            assert found == content(self.expected), f"lost edits before {self.next_number}"
        return reported

    def _run(self, delay_s: float) -> int:
        command = [sys.executable, "-m", "tests.fakes.endless_editor", str(self.path)]
        root = Path(__file__).parents[2]
        with subprocess.Popen(
            [*command, str(self.next_number)], stdout=subprocess.PIPE, cwd=root
        ) as editor:
            assert editor.stdout is not None
            assert editor.stdout.readline() == b"ready\n"
            time.sleep(delay_s)
            editor.send_signal(signal.SIGKILL)
            lines = editor.stdout.read().split(b"\n")[:-1]
        assert editor.returncode == -signal.SIGKILL, "the editor stopped by itself"
        assert [int(line) for line in lines] == list(
            range(self.next_number, self.next_number + len(lines))
        )
        return len(lines)


def random_delays(num: int, longest_s: float, seed: int) -> Iterator[float]:
    chance = random.Random(seed)
    return (chance.uniform(0, longest_s) for _ in range(num))


def main(path: Path, first: int) -> None:
    """Edit from number `first` on, reporting each edit once it is done."""
    with ProjectFile.open(path) as file:
        os.write(1, b"ready\n")
        for number in itertools.count(first):
            file.project.apply(edit(file.project, number))
            os.write(1, b"%d\n" % number)
            if number % COMPACT_EVERY == COMPACT_EVERY - 1:
                file.compact()


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
