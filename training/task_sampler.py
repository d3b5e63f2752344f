"""Which data set and which task come at which step: the same on every rank.

Specification, sections 10.8 and 10.9: batches are of one kind, a kind stays for a block of steps,
and the order of the blocks is shuffled by a fixed seed.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from training.clip_sample import Task

BLOCK_STEPS = 8
"""Steps that a kind of batch stays."""
POINT_SHARE = 0.3
"""Probability of each object to be given by a point."""
MAX_OBJECTS = 4
"""VOS and PET samples have 1 to this many objects, equally often."""
TASK_SHARES = {Task.VIS: 0.3, Task.VPS: 0.3, Task.OBJECTS: 0.4}
"""How often sources that serve several tasks serve which."""


@dataclass(frozen=True)
class BatchKind:
    """What all batches of a block are."""

    source: str
    task: Task
    num_objects: int
    num_points: int
    """Of the objects; the last ones are given by points."""


class TaskSampler:
    """Plans the blocks of a run."""

    def __init__(
        self,
        weights: Mapping[str, float],
        tasks: Mapping[str, Sequence[Task]],
        num_steps: int,
        seed: int,
    ) -> None:
        """Plan a run.

        Args:
            weights: Share of each source.
            tasks: What each source serves.
            num_steps: Length of the run.
            seed: Same seed, same plan.
        """
        num_blocks = -(-num_steps // BLOCK_STEPS)
        random = np.random.default_rng(seed)
        total = sum(weights.values())
        counts = {name: weight / total * num_blocks for name, weight in weights.items()}
        order = [name for name, count in counts.items() for _ in range(int(count))]
        rest = sorted(counts, key=lambda name: counts[name] - int(counts[name]), reverse=True)
        order += rest[: num_blocks - len(order)]
        self._blocks = [
            self._draw(order[place], tasks[order[place]], random)
            for place in random.permutation(len(order))
        ]

    def kind(self, step: int) -> BatchKind:
        """The kind of the batches of a step."""
        return self._blocks[step // BLOCK_STEPS % len(self._blocks)]

    @staticmethod
    def _draw(source: str, tasks: Sequence[Task], random: np.random.Generator) -> BatchKind:
        shares = np.array([TASK_SHARES[task] for task in tasks])
        task = tasks[int(random.choice(len(tasks), p=shares / shares.sum()))]
        if task is not Task.OBJECTS:
            return BatchKind(source, task, 0, 0)
        num_objects = int(random.integers(1, MAX_OBJECTS + 1))
        return BatchKind(source, task, num_objects, int(random.binomial(num_objects, POINT_SHARE)))
