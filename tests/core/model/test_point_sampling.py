import pytest
import torch

from tarvis_core.model.mask_segments import SegmentPixels
from tarvis_core.model.point_sampling import cells_of_pixels, nearest_features, sample_pixels

SIZE = (8, 12)  # pixels: 2 × 3 cells of F4


def segments(*lists):
    pixels = torch.tensor([pixel for pixels in lists for pixel in pixels], dtype=torch.long)
    numbers = torch.tensor([n for n, pixels in enumerate(lists) for _ in pixels], dtype=torch.long)
    return SegmentPixels(pixels, numbers, len(lists))


def test_that_a_pixel_lies_in_its_cell():
    volume = torch.arange(2 * 8 * 12)
    cells = cells_of_pixels(volume, SIZE).reshape(2, 8, 12)
    assert cells[0, 3, 3] == 0
    assert cells[0, 3, 4] == 1
    assert cells[0, 4, 11] == 5
    assert cells[1, 0, 0] == 6


def test_that_a_point_reads_the_nearest_cell_of_its_own_frame():
    maps = torch.arange(2 * 1 * 2 * 3.0).reshape(2, 1, 2, 3)
    points = torch.tensor([[0.5, 0.5], [11.5, 7.5], [5.0, 3.9]])
    features = nearest_features(maps, points, torch.tensor([0, 1, 1]), SIZE)
    assert features.flatten().tolist() == [0.0, 11.0, 7.0]


def test_that_a_point_between_two_cells_reads_the_even_one():
    maps = torch.arange(16.0).reshape(1, 1, 1, 16)
    # 0.1875 of 16 cells is the border of cells 2 and 3, 0.25 that of 3 and 4
    points = torch.tensor([[0.1875 * 64, 2.0], [0.25 * 64, 2.0]])
    features = nearest_features(maps, points, torch.tensor([0, 0]), (4, 64))
    assert features.flatten().tolist() == [2.0, 4.0]


def test_that_a_point_on_the_far_border_reads_the_last_cell():
    maps = torch.arange(3.0).reshape(1, 1, 1, 3)
    features = nearest_features(maps, torch.tensor([[12.0, 8.0]]), torch.tensor([0]), SIZE)
    assert features.flatten().tolist() == [2.0]


def test_that_queries_read_their_own_pixels_once_each():
    torch.manual_seed(0)
    tokens = torch.rand(2, 6, 4)
    samples = [[segments([0, 1, 4], [95])], [segments([4], [5])]]
    sampled = sample_pixels(samples, tokens, SIZE, max_points=None)
    assert sampled.values_QPC.shape == (4, 3, 4)
    assert sampled.is_point_QP.sum(dim=1).tolist() == [3, 1, 1, 1]
    expected = (2 * tokens[0, 0] + tokens[0, 1]) / 3
    torch.testing.assert_close(sampled.mean()[0], expected)
    torch.testing.assert_close(sampled.mean()[2], tokens[1, 1])


def test_that_a_segment_without_pixels_reads_nothing():
    tokens = torch.rand(1, 6, 4)
    sampled = sample_pixels([[segments([], [3])]], tokens, SIZE, max_points=None)
    assert sampled.mean()[0].tolist() == [0.0] * 4
    assert sampled.keys_QPC[0].abs().sum() == 0
    assert sampled.is_point_QP[0].tolist() == [True]


@pytest.mark.parametrize(("limit", "expected"), [(5, [5, 2]), (8, [8, 2]), (100, [9, 2])])
def test_that_a_limit_keeps_a_random_subset_of_large_segments(limit, expected):
    tokens = torch.rand(1, 6, 4)
    samples = [[segments(list(range(9)), [90, 91])]]
    sampled = sample_pixels(samples, tokens, SIZE, max_points=limit)
    assert sampled.is_point_QP.sum(dim=1).tolist() == expected


def test_that_the_subset_depends_on_the_global_generator():
    tokens = torch.rand(1, 6, 4)
    samples = [[segments(list(range(96)))]]
    means = []
    for seed in (1, 2, 1):
        torch.manual_seed(seed)
        means.append(sample_pixels(samples, tokens, SIZE, max_points=10).mean())
    assert torch.equal(means[0], means[2])
    assert not torch.equal(means[0], means[1])
