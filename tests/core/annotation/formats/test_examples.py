"""Every example of the reference material: read, compared with the truth, written, read again."""

from pathlib import Path

import pytest

from tarvis_core.annotation.formats.annotation_format import AnnotationFormat
from tarvis_core.annotation.formats.format_list import FORMATS, recognise
from tarvis_core.annotation.formats.round_trip import write_and_check
from tests.core.annotation.formats.example_files import (
    example_folders,
    scene_tracks,
    video_tracks,
)

FOLDERS = example_folders()
each_example = pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)


def _format_of(folder: Path) -> AnnotationFormat:
    known = [known for known in FORMATS if known.recognises(folder)]
    assert known, f"no format recognises {folder.name}"
    return known[0]


def test_that_there_are_examples(shared):
    assert FOLDERS


@each_example
def test_that_an_example_is_recognised_and_shows_the_scene(folder):
    reader = _format_of(folder).read(folder)
    scene = scene_tracks()

    assert len(reader) >= 1
    for video in reader:
        tracks = video_tracks(video)
        if video.num_frames == len(scene[0]):
            assert {t for t in tracks if any(not m.is_empty for m in t)} == set(scene)
        else:
            frames = [{track[index] for track in scene} for index in range(len(scene[0]))]
            assert {track[0] for track in tracks} in frames


@each_example
def test_that_an_example_is_written_back_without_difference(folder, tmp_path):
    annotation_format = _format_of(folder)

    result = write_and_check(annotation_format, annotation_format.read(folder), tmp_path)

    assert result.differences == ()
    assert result.report.losses == ()


@each_example
def test_that_every_frame_finds_its_image_where_there_is_one(folder):
    images = {path.name for path in folder.rglob("*.jpg")}
    for video in _format_of(folder).read(folder):
        for frame in video.frames():
            if Path(frame.name).name in images:
                assert frame.image_path is not None
                assert frame.image_path.is_file()


def test_that_recognise_agrees_with_the_order_of_the_list(shared):
    for folder in FOLDERS:
        assert recognise(folder) is _format_of(folder)
