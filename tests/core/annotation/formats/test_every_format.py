"""What must hold for every format of the list."""

import dataclasses
import pickle
from contextlib import suppress

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from tarvis_core.annotation.formats.annotated_video import Occlusion
from tarvis_core.annotation.formats.annotation_format import AnnotationFormat
from tarvis_core.annotation.formats.format_capabilities import ScoreDetail
from tarvis_core.annotation.formats.format_list import FORMATS, format_by_id, recognise
from tarvis_core.annotation.formats.loss import LossKind
from tarvis_core.annotation.formats.round_trip import write_and_check
from tarvis_core.annotation.formats.write_job import Content, WriteOptions
from tarvis_core.annotation.mask import Mask
from tarvis_core.annotation.track import FrameState
from tarvis_core.errors import FormatError
from tests.core.annotation.formats.scenes import box_mask, collection, l_mask, scene_video

each_format = pytest.mark.parametrize(
    "annotation_format", FORMATS, ids=lambda annotation_format: annotation_format.id
)


WITHOUT_IMAGES = ("sa_v",)
"""Formats whose files belong to a video, not to images."""


def _kinds(report) -> set[LossKind]:
    return {loss.kind for loss in report.losses}


@each_format
def test_that_a_scene_comes_back_and_is_recognised(annotation_format, tmp_path):
    result = write_and_check(annotation_format, collection(scene_video()), tmp_path)

    assert result.differences == ()
    assert result.report.files
    assert all(path.is_relative_to(tmp_path) for path in result.report.files)
    assert recognise(tmp_path).id in _relatives(annotation_format)


def _relatives(annotation_format: AnnotationFormat) -> set[str]:
    """Formats whose files look the same: any of them reads them rightly."""
    twins = [{"youtube_vis", "ovis"}, {"davis", "mose"}]
    return next((t for t in twins if annotation_format.id in t), {annotation_format.id})


@each_format
def test_that_several_videos_come_back(annotation_format, tmp_path):
    videos = collection(scene_video(name="b"), scene_video(name="a", masks=[{1: l_mask()}, {}, {}]))

    assert write_and_check(annotation_format, videos, tmp_path).differences == ()


@settings(
    max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
@each_format
def test_that_any_masks_come_back_or_are_reported(annotation_format, data, tmp_path_factory):
    height, width = data.draw(st.tuples(st.integers(1, 7), st.integers(1, 7)))
    frames = [
        {
            target: Mask.from_array(
                np.array(
                    data.draw(
                        st.lists(st.booleans(), min_size=height * width, max_size=height * width)
                    )
                ).reshape(height, width)
            )
            for target in data.draw(st.sets(st.integers(1, 4)))
        }
        for _ in range(data.draw(st.integers(1, 3)))
    ]
    video = scene_video(frames, size=(height, width))
    folder = tmp_path_factory.mktemp("any")
    if not any(not mask.is_empty for frame in frames for mask in frame.values()):
        return  # formats may leave out videos on which nothing is

    assert write_and_check(annotation_format, collection(video), folder).differences == ()


@each_format
def test_that_overlaps_are_kept_or_reported(annotation_format, tmp_path):
    video = scene_video([{1: box_mask(0, 0, 4, 4), 2: box_mask(2, 2, 6, 5)}] * 2)

    result = write_and_check(annotation_format, collection(video), tmp_path)

    assert result.differences == ()
    assert (LossKind.OVERLAPS in _kinds(result.report)) != annotation_format.capabilities.overlaps


@each_format
def test_that_scores_are_kept_or_reported(annotation_format, tmp_path):
    video = scene_video(attributes={"score": 0.25})

    report = annotation_format.write(collection(video), tmp_path)

    is_lost = annotation_format.capabilities.scores is ScoreDetail.NONE
    assert (LossKind.SCORES in _kinds(report)) == is_lost


@each_format
def test_that_void_is_kept_or_reported(annotation_format, tmp_path):
    video = scene_video(void=box_mask(7, 0, 8, 1))

    result = write_and_check(annotation_format, collection(video), tmp_path)

    assert result.differences == ()
    assert (LossKind.VOID in _kinds(result.report)) != annotation_format.capabilities.void


@each_format
def test_that_crowds_are_kept_or_reported(annotation_format, tmp_path):
    video = scene_video(attributes={"is_crowd": True})

    result = write_and_check(annotation_format, collection(video), tmp_path)

    assert result.differences == () or not result.report.is_lossless
    assert (LossKind.CROWD in _kinds(result.report)) != annotation_format.capabilities.crowd


@each_format
def test_that_stuff_is_kept_or_reported(annotation_format, tmp_path):
    video = scene_video(categories={2: 40})

    result = write_and_check(annotation_format, collection(video), tmp_path)

    can = annotation_format.capabilities
    assert (LossKind.STUFF in _kinds(result.report)) != can.stuff or can.stuff
    assert result.differences == () or not result.report.is_lossless


@each_format
def test_that_states_occlusion_and_names_are_kept_or_reported(annotation_format, tmp_path):
    attributes = {"state": FrameState.KEYFRAME, "occlusion": Occlusion.SEVERE}
    video = scene_video(attributes=attributes)
    named = tuple(dataclasses.replace(t, name=f"my {t.id}") for t in video.targets)
    video = dataclasses.replace(video, load_targets=lambda: named)

    kinds = _kinds(annotation_format.write(collection(video), tmp_path))

    can = annotation_format.capabilities
    assert (LossKind.STATES in kinds) != can.states
    assert (LossKind.OCCLUSION in kinds) != can.occlusion
    assert (LossKind.TARGET_NAMES in kinds) != can.target_names


@each_format
def test_that_it_is_kept_who_made_a_mask_where_a_format_says_that_it_can(
    annotation_format, tmp_path
):
    states = [FrameState.KEYFRAME, FrameState.PREDICTED, None]
    found = []
    for number, state in enumerate(states):
        folder = tmp_path / str(number)
        annotation_format.write(collection(scene_video(attributes={"state": state})), folder)
        (video,) = annotation_format.read(folder)
        found += [{m.state for frame in video.frames() for m in frame.masks.values()}]

    if annotation_format.capabilities.states:
        assert found[:2] == [{FrameState.KEYFRAME}, {FrameState.PREDICTED}]
        assert not any(state is not None and state.is_law for state in found[2])
    else:
        assert found == [{None}] * 3


@each_format
def test_that_classes_are_kept_or_reported(annotation_format, tmp_path):
    kinds = _kinds(annotation_format.write(collection(scene_video()), tmp_path))

    assert (LossKind.CLASSES in kinds) != annotation_format.capabilities.categories


@each_format
def test_that_targets_without_class_are_reported_where_one_is_needed(annotation_format, tmp_path):
    video = scene_video(categories={1: None, 2: None})

    result = write_and_check(annotation_format, collection(video), tmp_path)

    assert result.differences == ()
    kinds = _kinds(result.report)
    if not annotation_format.capabilities.categories:
        assert not kinds & {LossKind.NO_CLASS, LossKind.CLASSES}


@each_format
def test_that_a_target_without_masks_is_reported(annotation_format, tmp_path):
    video = scene_video([{1: box_mask(0, 0, 1, 1), 2: Mask.empty(6, 8)}])

    assert LossKind.EMPTY_TARGETS in _kinds(annotation_format.write(collection(video), tmp_path))


@each_format
def test_that_more_than_255_targets_are_kept_or_reported(annotation_format, tmp_path):
    masks = {n: box_mask(n % 20, n // 20, n % 20 + 1, n // 20 + 1, (20, 20)) for n in range(1, 301)}
    video = scene_video([masks], size=(20, 20))

    result = write_and_check(annotation_format, collection(video), tmp_path)

    assert result.differences == ()
    if annotation_format.capabilities.numbering is not None:
        return  # how many targets fit depends on their classes
    limit = annotation_format.capabilities.max_target_id
    is_over = limit is not None and limit < 300
    assert (LossKind.TARGETS_OVER_LIMIT in _kinds(result.report)) == is_over


@each_format
def test_that_names_cannot_lead_out_of_the_folder(annotation_format, tmp_path):
    folder = tmp_path / "inside"
    names = ["../../a.jpg", "/b.jpg", "..\\c.jpg"]
    video = scene_video(name="../../../evil", frame_names=names)
    with suppress(FormatError):
        annotation_format.write(collection(video), folder)

    outside = [path for path in tmp_path.rglob("*") if not path.is_relative_to(folder)]
    assert outside == []
    assert not (tmp_path.parent / "evil").exists()


@each_format
def test_that_progress_reaches_the_end(annotation_format, tmp_path):
    seen = []
    videos = collection(scene_video(name="a"), scene_video(name="b"))

    annotation_format.write(videos, tmp_path, WriteOptions(progress=seen.append))

    fractions = [progress.fraction for progress in seen]
    assert fractions == sorted(fractions)
    assert fractions[-1] == 1.0
    assert len(fractions) == 6


class _StopError(Exception):
    pass


@each_format
def test_that_a_stopped_job_leaves_no_partial_files(annotation_format, tmp_path):
    def stop(progress):
        if progress.frames_done == 2:
            raise _StopError

    with pytest.raises(_StopError):
        annotation_format.write(collection(scene_video()), tmp_path, WriteOptions(progress=stop))

    assert list(tmp_path.rglob("*.partial")) == []


@each_format
def test_that_a_reader_can_be_sent_to_another_process(annotation_format, tmp_path):
    annotation_format.write(collection(scene_video()), tmp_path)
    reader = annotation_format.read(tmp_path)

    copy = pickle.loads(pickle.dumps(reader))

    assert copy[0].load_frame(1).masks == reader[0].load_frame(1).masks


@each_format
def test_that_images_written_along_are_found_again(annotation_format, tmp_path):
    image = np.full((6, 8, 3), 200, np.uint8)
    video = dataclasses.replace(scene_video(), load_image=lambda index: image)

    report = annotation_format.write(collection(video), tmp_path, WriteOptions(with_images=True))

    assert LossKind.IMAGES not in _kinds(report)
    for frame in annotation_format.read(tmp_path)[0].frames():
        if annotation_format.id not in WITHOUT_IMAGES:
            assert frame.image_path is not None, frame.name


@pytest.mark.parametrize("format_id", ["youtube_vis", "coco", "cocovid", "coco_panoptic", "vipseg"])
@pytest.mark.parametrize(("source", "named"), [("bmp", "bmp"), ("png", "jpg"), ("jpg", "png")])
def test_that_images_of_any_type_are_found_again(format_id, source, named, tmp_path):
    path = tmp_path / f"source.{source}"
    Image.new("RGB", (8, 6)).save(path)
    scene = scene_video(frame_names=[f"{number}.{named}" for number in range(3)])
    video = dataclasses.replace(
        scene, load_frame=lambda i: dataclasses.replace(scene.load_frame(i), image_path=path)
    )
    written = format_by_id(format_id)

    written.write(collection(video), tmp_path / "out", WriteOptions(with_images=True))

    (read,) = written.read(tmp_path / "out")
    assert all(frame.image_path is not None for frame in read.frames())


@each_format
def test_that_files_of_first_frames_are_written_or_refused(annotation_format, tmp_path):
    options = WriteOptions(content=Content.FIRST_FRAME)
    if annotation_format.has_first_frame:
        assert annotation_format.write(collection(scene_video()), tmp_path, options).files
        return
    with pytest.raises(FormatError, match="no files of first frames"):
        annotation_format.write(collection(scene_video()), tmp_path, options)
    assert not any(tmp_path.iterdir())


@each_format
def test_that_a_missing_path_is_a_clear_error(annotation_format, tmp_path):
    with pytest.raises(FormatError, match="nowhere"):
        annotation_format.read(tmp_path / "nowhere")


@each_format
def test_that_a_foreign_folder_is_not_recognised(annotation_format, tmp_path):
    (tmp_path / "notes.txt").write_text("hello")
    (tmp_path / "data.json").write_text('{"a": 1}')
    (tmp_path / "broken.json").write_bytes(b"\xff\xfe\x00")
    (tmp_path / "page.xml").write_text("<a/>")

    assert not annotation_format.recognises(tmp_path)
    assert not any(annotation_format.recognises(path) for path in tmp_path.iterdir())
    assert not annotation_format.recognises(tmp_path / "nowhere")


def test_that_ids_are_unique_and_found():
    assert len({known.id for known in FORMATS}) == len(FORMATS)
    assert all(format_by_id(known.id) is known for known in FORMATS)
    with pytest.raises(FormatError, match="coco"):
        format_by_id("nothing")
