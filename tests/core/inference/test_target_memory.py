"""Which frames a run remembers of its targets."""

import numpy as np
import pytest

from tarvis_core.annotation.mask import Mask
from tarvis_core.annotation.segmentation import PredictedMask
from tarvis_core.inference.target_memory import MOST_FRAMES, TargetMemory


def masks(*targets):
    return {
        target: PredictedMask(Mask.from_crop(8, 8, (0, 0), np.ones((1, 1), np.bool_)), 1.0)
        for target in targets
    }


@pytest.mark.parametrize("frames", [range(0, 70, 10), range(70, 0, -10)])
def test_that_the_frames_nearest_to_the_run_are_recalled(frames):
    memory = TargetMemory()
    for target, frame in enumerate(frames, start=1):
        memory.note(frame, [target], masks(*range(1, target + 1)))

    recalled = memory.recall(range(1, 8))

    assert list(recalled) == sorted(list(frames)[-MOST_FRAMES:])


def test_that_a_target_given_anew_is_remembered_there():
    memory = TargetMemory()
    memory.note(0, [1], masks(1))
    memory.note(5, [2], masks(1, 2))
    memory.note(9, [1], masks(1, 2))

    assert list(memory.recall([1])) == [9]
    assert list(memory.recall([1, 2])) == [5, 9]
