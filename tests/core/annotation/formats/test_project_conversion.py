from dataclasses import replace

import pytest

from tarvis_core.annotation.exemplar import PointExemplar
from tarvis_core.annotation.formats.burst import BurstFormat
from tarvis_core.annotation.formats.davis import DavisFormat
from tarvis_core.annotation.formats.format_list import FORMATS
from tarvis_core.annotation.formats.project_conversion import (
    import_changes,
    numbered_by_names,
    project_to_video,
    says_who_made,
    video_to_project,
)
from tarvis_core.annotation.formats.write_job import Content, WriteOptions
from tarvis_core.annotation.label_set import Category, LabelSet
from tarvis_core.annotation.mask import Mask
from tarvis_core.annotation.project import Project
from tarvis_core.annotation.project_changes import reversed_changes
from tarvis_core.annotation.target import CategoryId, TargetKind
from tarvis_core.annotation.track import FrameState, MaskSource
from tarvis_core.annotation.video_identity import VideoIdentity
from tarvis_core.errors import AnnotationError
from tests.core.annotation.formats.scenes import (
    LABEL_SET,
    box_mask,
    collection,
    scene_masks,
    scene_video,
)

SOURCE = MaskSource("import test")


def identity(num_frames=3, frame_names=(), size=(6, 8)) -> VideoIdentity:
    return VideoIdentity(
        path="/videos/clip.mp4",
        num_bytes=1,
        head_hash="a",
        tail_hash="b",
        num_frames=num_frames,
        frame_size=size,
        fps=30.0,
        frame_names=tuple(frame_names),
    )


def test_that_annotations_survive_being_a_project():
    project = video_to_project(scene_video(), identity(), source=SOURCE)

    video = project_to_video(project)

    for frame, masks in zip(video.frames(), scene_masks(), strict=True):
        assert {target: mask.mask for target, mask in frame.masks.items()} == masks
    assert [target.category for target in video.targets] == [3, 26]
    assert (video.fps, video.name) == (30.0, "clip")


def test_that_frame_numbers_are_those_of_the_video():
    project = video_to_project(scene_video(frame_numbers=(2, 5, 9)), identity(10), source=SOURCE)

    assert project.masks.get(1, 5).mask == box_mask(2, 1, 5, 3)
    assert project_to_video(project).frame_numbers == (2, 5, 9)
    assert project_to_video(project, frames=range(10)).num_frames == 10


def test_that_frames_are_matched_by_image_name_where_all_are_there():
    names = ["00010.jpg", "00005.jpg", "00000.jpg"]
    project = video_to_project(scene_video(), identity(frame_names=names), source=SOURCE)

    assert project.masks.get(1, 2).mask == box_mask(1, 1, 4, 3)
    assert project_to_video(project).frame_names == tuple(names)


@pytest.mark.parametrize(
    ("names", "numbers"),
    [
        (["00002.jpg", "cow/00005.png", "7"], (2, 5, 7)),
        (["00002.jpg", "00005.jpg", "00010.jpg"], (0, 1, 2)),
        (["2.jpg", "1.jpg", "3.jpg"], (0, 1, 2)),
        (["a1.jpg", "a2.jpg", "a3.jpg"], (0, 1, 2)),
    ],
    ids=["numbers", "too long", "unordered", "words"],
)
def test_that_names_that_are_numbers_of_the_videos_frames_say_which_they_are(names, numbers):
    video = scene_video(frame_names=names)
    assert numbered_by_names(video, 10).frame_numbers == numbers


def test_that_masks_of_which_nothing_is_said_are_nobodys_word_unless_the_caller_knows():
    plain = video_to_project(scene_video(), identity(), source=SOURCE)
    right = video_to_project(
        scene_video(), identity(), source=SOURCE, unsaid_state=FrameState.VERIFIED
    )
    scored = video_to_project(
        scene_video(attributes={"score": 0.5}),
        identity(),
        source=SOURCE,
        unsaid_state=FrameState.VERIFIED,
    )

    assert plain.masks.get(1, 0).state is FrameState.PREDICTED
    assert right.masks.get(1, 0).state is FrameState.VERIFIED
    assert scored.masks.get(1, 0).state is FrameState.PREDICTED
    assert scored.masks.get(1, 0).score == 0.5
    assert plain.masks.get(1, 0).source == SOURCE


def test_that_annotations_say_who_made_them_by_states_or_by_scores():
    masks = scene_video().load_frame(1).masks.values()
    assert not says_who_made(masks)
    assert says_who_made([replace(mask, state=FrameState.PREDICTED) for mask in masks])
    assert says_who_made([*masks, replace(next(iter(masks)), score=0.5)])


def test_that_absence_in_a_persons_file_is_kept_and_is_no_law():
    project = video_to_project(
        scene_video(), identity(), source=SOURCE, unsaid_state=FrameState.VERIFIED
    )

    assert project.masks.get(2, 0).mask == Mask.empty(6, 8)
    assert project.masks.get(2, 0).state is FrameState.ABSENT
    assert project.masks.track(2).law_frames == (1, 2)


def test_that_frames_without_a_mask_stay_unknown_where_the_network_has_a_part():
    frames = [scene_video().load_frame(i) for i in range(3)]
    scored = replace(frames[2].masks[1], score=0.5)
    frames[2] = replace(frames[2], masks={1: scored})
    video = replace(scene_video(), load_frame=frames.__getitem__)

    project = video_to_project(video, identity(), source=SOURCE)

    assert project.masks.track(1).frames == (0, 1, 2)
    assert project.masks.track(1).law_frames == (0, 1)
    assert project.masks.track(2).frames == project.masks.track(2).law_frames == (1,)


@pytest.mark.parametrize("known", FORMATS, ids=lambda known: known.id)
def test_that_no_format_makes_law_of_a_frame_without_a_mask(tmp_path, known):
    known.write(collection(scene_video(attributes={"score": 0.5})), tmp_path)
    video = known.read(tmp_path)[0]

    project = video_to_project(video, identity(12), source=SOURCE)

    summaries = [s for t in project.targets for s in project.masks.track(t).summaries.values()]
    assert any(not summary.is_empty for summary in summaries)
    assert not any(summary.is_empty and summary.state.is_law for summary in summaries)


def test_that_an_import_is_undone_as_a_whole():
    project = Project(identity(), LABEL_SET)
    changes = import_changes(project, scene_video(), source=SOURCE)

    project.apply(changes)
    assert project.masks.num_masks == 5
    project.apply(reversed_changes(changes))

    assert project.masks.num_masks == 0
    assert not project.targets


def test_that_targets_get_new_numbers_beside_others():
    project = video_to_project(scene_video(), identity(), source=SOURCE)

    project.apply(import_changes(project, scene_video(), source=SOURCE))

    assert list(project.targets) == [1, 2, 3, 4]
    assert len({target.colour for target in project.targets.values()}) == 4
    assert project.masks.get(3, 0).mask == project.masks.get(1, 0).mask


def test_that_missing_classes_are_added_and_known_ones_matched_by_name():
    own = LabelSet("own", (Category(CategoryId(3), "Person", TargetKind.THING),))
    project = Project(identity(), own)

    project.apply(import_changes(project, scene_video(), source=SOURCE))

    names = {c.name: c.id for c in project.label_set.categories}
    assert names["Person"] == 3
    assert set(names) == {"Person", "car", "sky"}
    assert project.target(1).category == names["car"]
    assert project.target(2).category == 3


@pytest.mark.parametrize(
    ("video", "message"),
    [
        (scene_video(frame_numbers=(0, 1, 7)), "frame 7"),
        (scene_video([{1: Mask.empty(5, 8)}], size=(5, 8)), "8 × 5"),
    ],
    ids=["frames", "size"],
)
def test_that_annotations_of_another_video_are_refused(video, message):
    with pytest.raises(AnnotationError, match=message):
        import_changes(Project(identity(), LABEL_SET), video, source=SOURCE)


def test_that_points_become_exemplars(tmp_path):
    options = WriteOptions(content=Content.FIRST_FRAME)
    BurstFormat().write(collection(scene_video()), tmp_path, options)

    video = BurstFormat().read(tmp_path)[0]
    project = video_to_project(video, identity(), source=SOURCE)

    point = project.exemplars_at(2, 1)[0]
    assert isinstance(point, PointExemplar)
    assert scene_masks()[1][2].to_array()[int(point.y), int(point.x)]


def test_that_the_order_of_drawing_decides_overlaps(tmp_path):
    masks = [{1: box_mask(0, 0, 4, 4), 2: box_mask(2, 2, 6, 5)}]
    project = video_to_project(scene_video(masks), identity(1), source=SOURCE)

    DavisFormat().write(collection(project_to_video(project)), tmp_path)

    assert DavisFormat().read(tmp_path)[0].load_frame(0).masks[2].mask == masks[0][2]


def test_that_images_come_from_the_video_when_asked_for(tmp_path):
    image = (box_mask(0, 0, 4, 6).to_array()[..., None] * [200, 100, 50]).astype("uint8")
    project = video_to_project(scene_video(), identity(), source=SOURCE)
    video = project_to_video(project, load_image=lambda number: image)

    report = DavisFormat().write(collection(video), tmp_path, WriteOptions(with_images=True))

    assert len([path for path in report.files if path.suffix == ".jpg"]) == 3
    assert all(frame.image_path for frame in DavisFormat().read(tmp_path)[0].frames())


def test_that_hidden_details_of_states_survive(tmp_path):
    frames = [scene_video().load_frame(i) for i in range(3)]
    states = [FrameState.KEYFRAME, FrameState.PREDICTED, FrameState.VERIFIED]
    marked = [
        replace(f, masks={t: replace(m, state=s) for t, m in f.masks.items()})
        for f, s in zip(frames, states, strict=True)
    ]
    video = replace(scene_video(), load_frame=marked.__getitem__)

    project = video_to_project(video, identity(), source=SOURCE)

    assert [project.masks.get(1, n).state for n in range(3)] == states
