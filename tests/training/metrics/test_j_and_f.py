import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis.extra import numpy as hnp
from PIL import Image

from tarvis_core.annotation.mask import Mask
from tarvis_core.errors import FormatError
from training.metrics.davis_files import DavisTask, evaluate_davis
from training.metrics.j_and_f import (
    JAndF,
    ProposalMatch,
    Region,
    ScoredFrames,
    Statistics,
    contour_accuracy,
    contour_of,
    region_similarity,
)

SIZE = (31, 47)


def square(x, y, side=8, size=SIZE):
    pixels = np.zeros(size, dtype=bool)
    pixels[y : y + side, x : x + side] = True
    return Mask.from_array(pixels)


def region(mask):
    return Region(mask.to_array())


EMPTY = Mask.empty(*SIZE)


@settings(max_examples=40, deadline=None)
@given(hnp.arrays(bool, (2, 9, 11)))
def test_that_measures_are_symmetric_fractions(masks):
    first, second = Region(masks[0]), Region(masks[1])

    for measure in (region_similarity, contour_accuracy):
        assert 0.0 <= measure(first, second) <= 1.0
        assert measure(first, second) == pytest.approx(measure(second, first))
        assert measure(first, first) == 1.0


@settings(max_examples=40, deadline=None)
@given(hnp.arrays(bool, (9, 11)))
def test_that_a_contour_never_lies_where_the_mask_does_not_change(mask):
    contour = contour_of(mask)

    assert not contour[-1, -1]
    changes = np.zeros_like(mask)
    for rows, columns in ((0, 1), (1, 0), (1, 1)):
        shifted = np.roll(mask, (-rows, -columns), axis=(0, 1))
        changes |= shifted != mask
    assert not (contour[:-1, :-1] & ~changes[:-1, :-1]).any()
    assert (contour[:-1, :-1] == changes[:-1, :-1]).all()


@pytest.mark.parametrize(
    ("first", "second", "value"),
    [(EMPTY, EMPTY, 1.0), (square(3, 3), EMPTY, 0.0), (EMPTY, square(3, 3), 0.0)],
    ids=["both", "true", "predicted"],
)
def test_that_empty_masks_match_only_each_other(first, second, value):
    assert region_similarity(region(first), region(second)) == value
    assert contour_accuracy(region(first), region(second)) == value


def test_that_contours_within_the_tolerance_are_right():
    # the diagonal of 31 × 47 is 56.3, of which 0.8 % rounds up to one pixel
    near, far = region(square(11, 10)), region(square(14, 10))
    true = region(square(10, 10))

    assert contour_accuracy(near, true) == 1.0
    assert contour_accuracy(far, true) < 1.0


def test_that_only_inner_frames_count_unless_asked_for():
    good, bad = ({1: square(3, 3)}, {1: square(3, 3)}), ({1: square(3, 3)}, {})
    frames = [bad, good, good, bad]
    means = {}
    for scored in ScoredFrames:
        measure = JAndF()
        measure.add_sequence("a", frames, [1], scored)
        means[scored] = measure.result().j_and_f

    assert means[ScoredFrames.INNER] == 1.0
    assert means[ScoredFrames.ALL] == 0.5
    assert means[ScoredFrames.AFTER_FIRST] == pytest.approx(2 / 3)


def test_that_a_sequence_without_scored_frames_is_refused():
    with pytest.raises(ValueError, match="no frame"):
        JAndF().add_sequence("a", [({}, {}), ({}, {})], [1])


def test_that_objects_of_long_and_short_sequences_weigh_the_same():
    measure = JAndF()
    good, bad = ({1: square(3, 3)}, {1: square(3, 3)}), ({1: square(3, 3)}, {})
    measure.add_sequence("long", [good] * 9, [1], ScoredFrames.ALL)
    measure.add_sequence("short", [bad], [1], ScoredFrames.ALL)

    result = measure.result()
    assert result.j_and_f == 0.5
    assert [scored.name for scored in result.objects] == ["long_1", "short_1"]


def test_that_decay_compares_the_first_and_last_quarter():
    values = np.array([1.0] * 400 + [0.0] * 400)

    assert Statistics.of_frames(values) == Statistics(mean=0.5, recall=0.5, decay=1.0)


def test_that_proposals_are_given_to_objects_in_the_best_way():
    frames = [({1: square(3, 3), 2: square(20, 3)}, {7: square(20, 3), 9: square(3, 3)}, None)]
    measure = JAndF()
    measure.add_proposals("a", frames, ([1, 2], [7, 9]))

    assert measure.result().j_and_f == 1.0


def test_that_void_does_not_count_for_proposals():
    void = square(7, 3)
    true = square(3, 3).difference(void)
    measure = JAndF()
    measure.add_proposals("a", [({1: true}, {5: square(3, 3)}, void)], ([1], [5]))

    assert measure.result().j_and_f == 1.0


def test_that_missing_proposals_are_empty():
    measure = JAndF()
    measure.add_proposals("a", [({1: square(3, 3), 2: square(20, 3)}, {}, None)], ([1, 2], []))

    assert measure.result().j_and_f == 0.0


def test_that_more_than_twenty_proposals_are_refused_by_davis_alone():
    frames = [({1: square(3, 3)}, {1: square(3, 3)}, None)]
    with pytest.raises(ValueError, match="20"):
        JAndF().add_proposals("a", frames, ([1], range(1, 22)))
    measure = JAndF()
    measure.add_proposals("a", frames, ([1], range(1, 22)), ProposalMatch.J)
    assert measure.result().j_and_f == 1.0


def write_png(path, values):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(np.asarray(values, dtype=np.uint8)).save(path)


@pytest.fixture
def davis(tmp_path):
    (tmp_path / "ImageSets" / "2017").mkdir(parents=True)
    (tmp_path / "ImageSets" / "2017" / "val.txt").write_text("clip\n")
    for index in range(4):
        for folder in ("Annotations/480p", "Annotations_unsupervised/480p", "results"):
            write_png(
                tmp_path / folder / "clip" / f"{index:05d}.png", square(3 + index, 3).to_array()
            )
    return tmp_path


@pytest.mark.parametrize("task", DavisTask)
def test_that_perfect_results_score_one(davis, task):
    assert evaluate_davis(davis, davis / "results", task).j_and_f == 1.0


def test_that_missing_and_surplus_results_are_named(davis):
    first, second = sorted((davis / "results" / "clip").glob("*.png"))[1:3]
    write_png(first, np.full(SIZE, 9))
    with pytest.raises(FormatError, match="object 9"):
        evaluate_davis(davis, davis / "results")
    write_png(first, np.ones((3, 3)))
    with pytest.raises(FormatError, match="clip"):
        evaluate_davis(davis, davis / "results")
    write_png(first, square(4, 3).to_array())
    second.unlink()
    with pytest.raises(FormatError, match=second.name):
        evaluate_davis(davis, davis / "results")


def test_that_a_missing_list_or_sequence_is_named(davis):
    (davis / "ImageSets" / "2017" / "val.txt").write_text("other\n")
    with pytest.raises(FormatError, match="other"):
        evaluate_davis(davis, davis / "results")
    (davis / "ImageSets" / "2017" / "val.txt").unlink()
    with pytest.raises(FormatError, match=r"val\.txt"):
        evaluate_davis(davis, davis / "results")
