"""Batches: an object that a search found twice becomes one target."""

from dataclasses import replace

import numpy as np
import pytest

from tarvis_app.batch.batch import Batch
from tarvis_app.batch.batch_plan import BatchPlan, FindTask
from tarvis_core.annotation.mask import Mask
from tarvis_core.annotation.project_file import ProjectFile
from tarvis_core.annotation.segmentation import ClassTask
from tarvis_core.annotation.target import TargetId
from tests.fakes.fake_engine import FakeEngine
from tests.fakes.numbered_video import Recipe, write_numbered_video

NUM_FRAMES = 14


class DoubleSight(FakeEngine):
    """Finds the first object again a pixel aside: surer, less sure, and as another class."""

    def find_classes(self, video, request, stop=None):
        for clip in super().find_classes(video, request, stop):
            first, second = clip.found
            others = (
                replace(first, target=TargetId(3), score=first.score + 0.1),
                replace(first, target=TargetId(4), score=first.score - 0.1),
                replace(second, target=TargetId(5), score=first.score + 0.1),
            )
            aside = {
                frame: replace(held, mask=Mask.from_array(np.roll(held.mask.to_array(), 1, 1)))
                for frame, held in clip.masks[first.target].items()
            }
            masks = {**clip.masks, **dict.fromkeys((TargetId(n) for n in (3, 4, 5)), aside)}
            yield replace(clip, masks=masks, found=(*clip.found, *others))


@pytest.mark.parametrize(
    ("task", "kept"), [(ClassTask.INSTANCES, [1, 2, 3]), (ClassTask.PANOPTIC, [1, 2, 3, 4, 5])]
)
def test_that_what_is_found_twice_is_one_target(qtbot, settings, tmp_path, task, kept):
    batch = Batch(lambda _: (DoubleSight(), tmp_path / "fake.safetensors"), settings)
    write_numbered_video(tmp_path, Recipe("a.mp4", num_frames=NUM_FRAMES))
    search = FindTask("youtube_vis", task, None)
    plan = BatchPlan((tmp_path / "a.mp4",), tmp_path / "out", search)
    with qtbot.waitSignal(batch.ended) as ended:
        batch.start(plan)
    assert ended.args == [""]
    batch.shut_down()
    assert batch.results[0].num_targets == len(kept)
    with ProjectFile.open(plan.folder / "a.tarvis") as file:
        targets = file.project.targets
        assert list(targets) == kept, "numbered without gaps"
        assert [int(target.name.split()[-1]) for target in targets.values()] == kept
        assert file.project.new_target_id() == len(kept) + 1
        assert file.project.masks.num_masks == len(kept) * NUM_FRAMES
