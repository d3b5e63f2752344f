import contextlib
import io
import json

import numpy as np
import pytest
from PIL import Image

from tarvis_core.annotation.formats.annotation_format import ReadOptions
from tarvis_core.annotation.formats.loss import LossKind
from tarvis_core.annotation.formats.mots import MotsFormat
from tarvis_core.annotation.formats.mots_png import MotsPngFormat
from tarvis_core.annotation.formats.write_job import Content, WriteOptions
from tarvis_core.annotation.mask import Mask
from tarvis_core.errors import FormatError
from tests.core.annotation.formats.example_files import EXAMPLES
from tests.core.annotation.formats.reading import read_everything
from tests.core.annotation.formats.scenes import box_mask, collection, l_mask, scene_video

TEXT, PNG = MotsFormat(), MotsPngFormat()


def kitti_video(name="0002", **fields):
    return scene_video(categories={1: 1, 2: 2}, name=name, **fields)


def test_that_text_and_images_of_the_example_agree(shared):
    text = TEXT.read(EXAMPLES / "mots")[0]
    images = PNG.read(EXAMPLES / "mots")[0]

    assert text.name == images.name
    assert text.targets == images.targets
    for first, second in zip(text.frames(), images.frames(), strict=True):
        assert (first.masks, first.void) == (second.masks, second.void)


def test_that_trackeval_reads_what_is_written(tmp_path):
    trackeval = pytest.importorskip("trackeval", reason="TrackEval is the independent reader")
    video = kitti_video(void=box_mask(7, 0, 8, 1))
    other = kitti_video("0006")  # TrackEval wants two lines in its list of sequences
    TEXT.write(collection(video, other), tmp_path / "gt", WriteOptions(split="val"))
    results = WriteOptions(content=Content.RESULTS)
    TEXT.write(collection(video, other), tmp_path / "trackers" / "ours" / "data", results)
    config = {
        "GT_FOLDER": str(tmp_path / "gt"),
        "TRACKERS_FOLDER": str(tmp_path / "trackers"),
        "GT_LOC_FORMAT": "{gt_folder}/instances_txt/{seq}.txt",
        "SPLIT_TO_EVAL": "val",
        "PRINT_CONFIG": False,
    }
    with contextlib.redirect_stdout(io.StringIO()):
        dataset = trackeval.datasets.KittiMOTS(config)
        raw = dataset.get_raw_seq_data("ours", "0002")
        scores = trackeval.metrics.HOTA().eval_sequence(
            dataset.get_preprocessed_seq_data(raw, "car")
        )

    assert raw["num_timesteps"] == 3
    assert [ids.tolist() for ids in raw["gt_ids"]] == [[1], [1, 2], [1, 2]]
    assert scores["HOTA"].mean() == 1.0
    ignored = Mask.from_coco_rle({"size": [6, 8], "counts": raw["gt_ignore_region"][0]["counts"]})
    assert ignored == box_mask(7, 0, 8, 1)


def test_that_images_are_16_bit_ids(tmp_path):
    PNG.write(collection(kitti_video(void=box_mask(7, 0, 8, 1))), tmp_path)

    with Image.open(sorted(tmp_path.rglob("*.png"))[1]) as image:
        assert image.mode in ("I;16", "I")
        pixels = np.asarray(image)
    assert sorted(np.unique(pixels)) == [0, 1001, 2002, 10000]
    assert pixels[0, 7] == 10000


def test_that_trackers_may_count_from_zero(tmp_path):
    path = tmp_path / "0001.txt"
    code, other = (m.to_coco_rle()["counts"] for m in (l_mask(), box_mask(0, 0, 1, 1)))
    path.write_text(f"0 0 1 6 8 {code}\n1 0 1 6 8 {code}\n1 1 2 6 8 {other}\n")

    video = TEXT.read(path)[0]

    assert [(t.id, t.category) for t in video.targets] == [(1, 1), (2, 2)]
    assert set(video.load_frame(1).masks) == {1, 2}


def test_that_frames_past_the_last_mask_are_known_from_the_list_of_sequences(tmp_path):
    video = scene_video(masks=[{1: l_mask()}, {}, {}], categories={1: 1})
    TEXT.write(collection(video), tmp_path)

    assert TEXT.read(tmp_path)[0].num_frames == 3


def test_that_a_file_without_masks_needs_images_for_its_size(tmp_path):
    folder = tmp_path / "instances_txt"
    folder.mkdir()
    (folder / "0001.txt").write_text(f"0 1 1 6 8 {l_mask().to_coco_rle()['counts']}\n")
    (folder / "0002.txt").write_text("")

    reader = TEXT.read(tmp_path)
    assert len(reader) == 2
    with pytest.raises(FormatError, match=r"0002\.txt has no mask"):
        reader[1]
    images = tmp_path / "image_02" / "0002"
    images.mkdir(parents=True)
    Image.new("RGB", (8, 6)).save(images / "000000.png")
    video = TEXT.read(tmp_path)[1]
    assert (video.size, video.num_frames) == ((6, 8), 1)
    assert video.load_frame(0).image_path == images / "000000.png"


def test_that_only_the_sequences_of_a_split_are_read(tmp_path):
    videos = collection(*(scene_video(name=name) for name in ("a", "b")))
    TEXT.write(videos, tmp_path)
    (tmp_path / "evaluate_mots.seqmap.val").write_text("b empty 000000 000002\n")

    assert [v.name for v in TEXT.read(tmp_path, ReadOptions(split="val"))] == ["b"]


def test_that_the_ignored_class_is_not_given_to_targets(tmp_path):
    video = scene_video(categories={1: 10, 2: None})

    report = TEXT.write(collection(video), tmp_path)

    assert {loss.kind: loss.count for loss in report.losses}[LossKind.NO_CLASS] == 2
    assert {target.category for target in TEXT.read(tmp_path)[0].targets} == {3}


GOOD = f"0 1 1 6 8 {l_mask().to_coco_rle()['counts']}\n"


@pytest.mark.parametrize(
    "line",
    [
        "0 1 1 6 8\n",
        "0 1 1 6 8 a b\n",
        "0 x 1 6 8 S11323\n",
        "-1 1 1 6 8 S11323\n",
        "0 9 1 6 9 S11323\n",
        "0 9 1 0 8 S11323\n",
        "0 9 1 6 8 S1132\n",
        "0 9 1 6 8 \\\\\\\\\n",
        "0 1 2 6 8 S11323\n",
        "0 1 1 6 8 S11323\n",
        "99999999999 9 1 6 8 S11323\n",
        "0 99999999999999999999 1 6 8 S11323\n",
        "0 9 1 999999999 999999999 S11323\n",
        "\x00\xff\n",
    ],
    ids=repr,
)
def test_that_a_damaged_line_is_named(tmp_path, line):
    path = tmp_path / "0001.txt"
    path.write_bytes((GOOD + line).encode("latin-1"))

    with pytest.raises(FormatError, match=r"0001\.txt"):
        read_everything(TEXT, path)


def test_that_the_class_of_an_image_target_is_in_its_value(tmp_path):
    PNG.write(collection(kitti_video()), tmp_path)

    targets = PNG.read(tmp_path)[0].targets
    assert [(t.id, t.category) for t in targets] == [(1001, 1), (2002, 2)]
    assert json.dumps([t.id for t in targets]) == "[1001, 2002]"
