import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from tarvis_core.model.mask_segments import background_cells, divide_mask, segments_of_objects
from tarvis_core.model.model_config import ObjectEncoderConfig, PointEncoding, SegmentRule
from tarvis_core.model.object_exemplars import ObjectExemplars

WHOLE, PER_FRAME = SegmentRule.WHOLE_VOLUME, SegmentRule.PER_FRAME


def mask_of(shape, *pixels):
    mask = torch.zeros(shape, dtype=torch.bool)
    for pixel in pixels:
        mask[pixel] = True
    return mask


def sizes(segments):
    return segments.segments_P.bincount(minlength=segments.num_segments).tolist()


@given(
    shape=st.tuples(st.integers(1, 3), st.integers(1, 6), st.integers(1, 7)),
    num_segments=st.integers(1, 9),
    rule=st.sampled_from(SegmentRule),
    seed=st.integers(0, 100),
)
def test_that_every_pixel_is_in_a_segment_and_every_segment_has_a_pixel(
    shape, num_segments, rule, seed
):
    generator = torch.Generator().manual_seed(seed)
    mask = torch.rand(shape, generator=generator) > 0.6
    mask[0, 0, 0] = True
    segments = divide_mask(mask, num_segments, rule)
    assert set(segments.pixels_P.tolist()) == set(mask.flatten().nonzero().flatten().tolist())
    assert min(sizes(segments)) >= 1


def test_that_a_volume_is_cut_in_frame_row_column_order():
    mask = torch.ones(2, 2, 3, dtype=torch.bool)
    segments = divide_mask(mask, 5, WHOLE)
    assert segments.pixels_P.tolist() == list(range(12))
    assert sizes(segments) == [3, 3, 2, 2, 2]


def test_that_a_segment_is_the_same_band_in_all_frames_if_asked_for():
    mask = torch.ones(2, 4, 3, dtype=torch.bool)
    segments = divide_mask(mask, 2, PER_FRAME)
    rows = segments.pixels_P // 3 % 4
    assert torch.equal(segments.segments_P, (rows >= 2).long())


@pytest.mark.parametrize("num_segments", [1, 3, 4])
def test_that_both_rules_agree_on_one_frame(num_segments):
    torch.manual_seed(0)
    mask = torch.rand(1, 5, 7) > 0.5
    volume, frames = (divide_mask(mask, num_segments, rule) for rule in (WHOLE, PER_FRAME))
    assert torch.equal(volume.pixels_P, frames.pixels_P)
    assert torch.equal(volume.segments_P, frames.segments_P)


@pytest.mark.parametrize("rule", SegmentRule)
def test_that_too_few_pixels_are_shared_between_segments(rule):
    segments = divide_mask(mask_of((1, 2, 3), (0, 0, 1), (0, 1, 2), (0, 1, 0)), 8, rule)
    # three pixels, three times over, in eight parts
    assert segments.pixels_P.tolist() == [1, 3, 5] * 3
    assert sizes(segments) == [2, 1, 1, 1, 1, 1, 1, 1]


@pytest.mark.parametrize(
    ("size", "grid"), [((64, 96), (4, 4)), ((64, 128), (2, 3)), ((5, 7), (1, 1))]
)
def test_that_background_cells_tile_the_frame_evenly(size, grid):
    cells = background_cells(size, grid, torch.device("cpu"))
    counts = cells.flatten().bincount(minlength=grid[0] * grid[1])
    assert cells.shape == size
    assert len(counts) == grid[0] * grid[1]
    assert counts.sum() == size[0] * size[1]
    assert counts.min() > 0.6 * counts.max()
    assert cells[0, 0] == 0
    assert cells[-1, -1] == grid[0] * grid[1] - 1


def test_that_the_background_is_what_no_object_covers_in_that_frame():
    masks = torch.zeros(2, 2, 8, 8, dtype=torch.bool)
    masks[0, 0, :4] = True
    masks[1, 1, :, :4] = True
    background, *objects = segments_of_objects(
        ObjectExemplars.from_masks(masks), 3, ObjectEncoderConfig()
    )
    assert background.num_segments == 16
    expected = (~masks.any(dim=0)).flatten().nonzero().flatten()
    assert torch.equal(background.pixels_P, expected)
    assert [segment.num_segments for segment in objects] == [3, 3]


def test_that_points_are_pixels_only_where_the_config_says_so():
    exemplars = ObjectExemplars.from_points(
        torch.tensor([[5.5, 2.5], [8.0, 7.99]]), torch.tensor([0, 1]), 2, (8, 8)
    )
    published, paper = (
        list(segments_of_objects(exemplars, 4, ObjectEncoderConfig(point_encoding=encoding)))
        for encoding in (PointEncoding.MULTI_SCALE, PointEncoding.ONE_PIXEL_MASK)
    )
    assert len(published) == 1
    assert [segment.pixels_P.tolist() for segment in paper[1:]] == [[2 * 8 + 5], [64 + 7 * 8 + 7]]
    assert all(segment.num_segments == 1 for segment in paper[1:])


@pytest.mark.parametrize(
    ("masks", "points", "frames", "message"),
    [
        (torch.zeros(0, 1, 8, 8, dtype=torch.bool), torch.zeros(0, 2), 0, "no object"),
        (torch.zeros(1, 1, 8, 8, dtype=torch.bool), torch.zeros(0, 2), 0, r"objects \[0\] have no"),
        (torch.zeros(1, 1, 8, 8), torch.zeros(0, 2), 0, "must be bool"),
        (torch.ones(1, 8, 8, dtype=torch.bool), torch.zeros(0, 2), 0, "must be bool of shape"),
        (
            torch.zeros(0, 1, 8, 8, dtype=torch.bool),
            torch.zeros(2, 2),
            1,
            "points and their frames",
        ),
    ],
)
def test_that_exemplars_say_what_is_wrong_with_them(masks, points, frames, message):
    with pytest.raises(ValueError, match=message):
        ObjectExemplars(masks, points, torch.zeros(frames, dtype=torch.long))
