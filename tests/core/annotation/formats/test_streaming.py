"""Data sets of any size are read with the memory of one video, and only what is asked for."""

import json
import tracemalloc

import pytest

from tarvis_core.annotation.formats import label_tree
from tarvis_core.annotation.formats.annotated_video import (
    AnnotatedFrame,
    AnnotatedVideo,
    DatasetReader,
    TargetMask,
)
from tarvis_core.annotation.formats.burst import BurstFormat
from tarvis_core.annotation.formats.coco import CocoFormat
from tarvis_core.annotation.formats.davis import DavisFormat
from tarvis_core.annotation.formats.target_naming import make_target
from tarvis_core.annotation.formats.youtube_vis import YoutubeVisFormat
from tests.core.annotation.formats.scenes import LABEL_SET, collection, l_mask, scene_video

NUM_IMAGES = 800


class EndlessStills(DatasetReader):
    """Many stills that exist only while they are looked at."""

    def __init__(self, count: int) -> None:
        self.count = count

    @property
    def label_set(self):
        return LABEL_SET

    def __len__(self):
        return self.count

    def __getitem__(self, index):
        name = f"{range(self.count)[index]:012d}.jpg"
        frame = AnnotatedFrame(name, {1: TargetMask(l_mask()), 2: TargetMask(l_mask())})
        targets = (make_target(1, 3, LABEL_SET), make_target(2, 26, LABEL_SET))
        return AnnotatedVideo(name, (6, 8), LABEL_SET, (name,), lambda _: frame, lambda: targets)


@pytest.fixture(scope="module")
def coco_file(tmp_path_factory):
    folder = tmp_path_factory.mktemp("large")
    CocoFormat().write(EndlessStills(NUM_IMAGES), folder)
    return next(folder.glob("*.json"))


def _peak(action) -> int:
    tracemalloc.start()
    action()
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return peak


def test_that_a_reader_keeps_numbers_not_entries(coco_file, monkeypatch):
    monkeypatch.setattr("tarvis_core.annotation.formats.indexed_json.WINDOW_BYTES", 2**14)
    whole = len(json.loads(coco_file.read_text())["annotations"])

    peak = _peak(lambda: CocoFormat().read(coco_file))

    assert whole == 2 * NUM_IMAGES
    assert peak < 200 * whole  # the parsed file takes about 1,500 bytes per annotation


def test_that_any_image_is_read_without_the_others(coco_file):
    reader = CocoFormat().read(coco_file)

    peak = _peak(lambda: reader[NUM_IMAGES - 1].load_frame(0))

    assert len(reader) == NUM_IMAGES
    assert peak < 200_000


def test_that_only_the_frame_asked_for_is_decoded(tmp_path, monkeypatch):
    DavisFormat().write(collection(scene_video(), scene_video(name="b")), tmp_path)
    decoded = []
    read = label_tree.read_label_image

    def counting(path, modes):
        decoded.append(path.name)
        return read(path, modes)

    monkeypatch.setattr(label_tree, "read_label_image", counting)
    reader = DavisFormat().read(tmp_path)
    video = reader[1]
    assert decoded == []

    video.load_frame(2)

    assert decoded == ["00010.png"]


@pytest.mark.parametrize(
    "annotation_format", [YoutubeVisFormat(), BurstFormat()], ids=lambda f: f.id
)
def test_that_a_damaged_video_does_not_keep_others_from_being_read(annotation_format, tmp_path):
    videos = collection(scene_video(name="a"), scene_video(name="b"))
    annotation_format.write(videos, tmp_path)
    path = next(tmp_path.glob("*.json"))
    content = json.loads(path.read_text())
    if annotation_format.id == "burst":
        content["sequences"][0]["segmentations"][0]["1"]["rle"] = "zz"
    else:
        content["annotations"][0]["segmentations"][0]["counts"] = [1]
    path.write_text(json.dumps(content))

    reader = annotation_format.read(path)

    assert len(list(reader[1].frames())) == 3
