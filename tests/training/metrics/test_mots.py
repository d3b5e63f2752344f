import numpy as np
import pytest

from tarvis_core.annotation.mask import Mask
from tarvis_core.errors import FormatError
from training.metrics.mots import MotsEvaluation, MotsFrame, evaluate_mots, read_mots_text

SIZE = (20, 30)


def box(x, y=2, width=6, height=5):
    pixels = np.zeros(SIZE, dtype=bool)
    pixels[y : y + height, x : x + width] = True
    return Mask.from_array(pixels)


def line(frame, track, category, mask):
    return f"{frame} {track} {category} {SIZE[0]} {SIZE[1]} {mask.to_coco_rle()['counts']}\n"


def test_that_unmatched_detections_in_an_ignored_region_do_not_count():
    true = [MotsFrame({(1, 1001): box(0)}, (box(15, 0, 10, 10),))]
    predicted = [MotsFrame({(1, 5): box(0), (1, 6): box(17), (1, 7): box(22)})]
    evaluation = MotsEvaluation()
    evaluation.add_sequence(true, predicted)

    scores = evaluation.result()
    assert scores[1].hota.num_false[0] == 1  # half of track 7 lies in the region: not more
    assert scores[2].hota.num_false[0] == 0


def test_that_files_are_scored_by_class(tmp_path):
    (tmp_path / "instances_txt").mkdir()
    content = line(0, 1001, 1, box(0)) + line(1, 2001, 2, box(9)) + line(1, 10000, 10, box(20))
    (tmp_path / "instances_txt" / "0001.txt").write_text(content)
    (tmp_path / "evaluate_mots.seqmap.val").write_text("0001 empty 000000 000001\n")
    (tmp_path / "pred").mkdir()
    (tmp_path / "pred" / "0001.txt").write_text(line(0, 7, 1, box(0)))

    scores = evaluate_mots(tmp_path, tmp_path / "pred")

    assert scores[1].hota.score == 1.0
    assert scores[2].hota.score == 0.0
    assert scores[1].clear.num_frames == 2
    assert scores[2].identity.num_missed == 1


@pytest.mark.parametrize(
    "content",
    [
        "0 1 1 20\n",
        "x 1 1 20 30 `1\n",
        line(5, 1, 1, box(0)),
        line(0, 1, 1, box(0)) * 2,
        "0 1 1 20 30 PPP\n",
        "0 1 1 0 0 1\n",
    ],
    ids=["fields", "number", "frame", "twice", "code", "size"],
)
def test_that_a_damaged_line_is_named(tmp_path, content):
    path = tmp_path / "0001.txt"
    path.write_text(content)

    with pytest.raises(FormatError, match=r"0001\.txt, line \d"):
        read_mots_text(path, 2)


def test_that_missing_files_are_named(tmp_path):
    with pytest.raises(FormatError, match="seqmap"):
        evaluate_mots(tmp_path, tmp_path)
    with pytest.raises(FormatError, match=r"a\.txt"):
        read_mots_text(tmp_path / "a.txt", 1)
