from PIL import Image

from tarvis_core.annotation.formats.davis import DavisFormat
from tarvis_core.annotation.formats.inspection import inspect_dataset
from tarvis_core.annotation.track import FrameState
from tests.core.annotation.formats.scenes import box_mask, collection, scene_video


def test_that_everything_is_counted():
    video = scene_video(void=box_mask(7, 0, 8, 1), attributes={"score": 0.5, "is_crowd": True})

    found = inspect_dataset(collection(video, scene_video(name="b")))

    assert (found.num_videos, found.num_frames, found.num_targets) == (2, 6, 4)
    assert (found.num_masks, found.num_crowds, found.num_scores) == (10, 5, 5)
    assert (found.num_law, found.num_unchecked) == (0, 0), "nothing is said of it"
    assert (found.num_void_frames, found.num_images_missing) == (3, 6)
    assert found.sizes == {(6, 8): 2}
    assert found.classes == {"car": 2, "person": 2}
    assert found.problems == ()


def test_that_masks_of_a_person_and_masks_nobody_checked_are_counted():
    law = scene_video(attributes={"state": FrameState.KEYFRAME})
    found = inspect_dataset(
        collection(law, scene_video(attributes={"state": FrameState.PREDICTED}))
    )

    assert (found.num_law, found.num_unchecked) == (5, 5)


def test_that_damage_is_listed_and_the_rest_still_counted(tmp_path):
    DavisFormat().write(collection(scene_video(name="a"), scene_video(name="b")), tmp_path)
    for path in sorted((tmp_path / "Annotations" / "480p" / "a").iterdir())[1:]:
        path.write_bytes(path.read_bytes()[:40])

    found = inspect_dataset(DavisFormat().read(tmp_path))

    assert found.num_frames == 1 + 3
    assert found.num_problems == len(found.problems)
    assert any("00005.png" in str(problem) for problem in found.problems)
    assert any("00010.png" in str(problem) for problem in found.problems)


def test_that_a_damaged_video_does_not_hide_the_others(tmp_path):
    DavisFormat().write(collection(scene_video(name="a"), scene_video(name="b")), tmp_path)
    first = sorted((tmp_path / "Annotations" / "480p" / "b").iterdir())[0]
    Image.new("P", (3, 3)).save(first)

    found = inspect_dataset(DavisFormat().read(tmp_path))

    assert found.num_videos == 2
    assert found.sizes == {(6, 8): 1, (3, 3): 1}
    assert found.num_problems >= 2


def test_that_unknown_classes_and_empty_targets_are_problems():
    found = inspect_dataset(collection(scene_video(categories={1: 99})))

    assert {str(name): count for name, count in found.classes.items()} == {
        "class 99": 1,
        "person": 1,
    }
    assert any("unknown class 99" in str(problem) for problem in found.problems)
