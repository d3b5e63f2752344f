import math

import pytest
import torch

from tarvis_core.model.position_encoding import (
    cell_number_positions,
    clip_positions,
    frame_positions,
    sine_code,
)

ANYWHERE = torch.zeros(1)


@pytest.mark.parametrize("value", [0.0, 0.3, 2.5])
def test_that_even_channels_are_sines_and_odd_ones_cosines_of_growing_wavelength(value):
    code = sine_code(torch.tensor([[value]]), 6)
    assert code.shape == (1, 1, 6)
    expected = [
        function(value / 10000 ** (exponent / 6))
        for exponent in (0, 2, 4)
        for function in (math.sin, math.cos)
    ]
    assert code.flatten().tolist() == pytest.approx(expected, abs=1e-6)


def test_that_a_place_is_its_rows_code_beside_its_columns():
    codes = frame_positions((3, 5), 8, ANYWHERE)
    assert codes.shape == (3, 5, 8)
    row = sine_code(torch.tensor(2 * math.pi * 2 / 3), 4)
    column = sine_code(torch.tensor(2 * math.pi * 5 / 5), 4)
    torch.testing.assert_close(codes[1, 4], torch.cat([row, column]), rtol=0, atol=1e-5)


def test_that_a_frames_time_is_added_to_its_places():
    codes = clip_positions(4, (3, 5), 8, ANYWHERE)
    assert codes.shape == (4, 3, 5, 8)
    time = sine_code(torch.tensor(2 * math.pi * 3 / 4), 8)
    expected = frame_positions((3, 5), 8, ANYWHERE)[2, 0] + time
    torch.testing.assert_close(codes[2, 2, 0], expected, rtol=0, atol=1e-5)


def test_that_cell_numbers_do_not_depend_on_the_frames_size():
    small, large = (cell_number_positions(size, 8, ANYWHERE) for size in ((2, 3), (7, 9)))
    assert torch.equal(small, large[:2, :3])
    expected = torch.cat([sine_code(torch.tensor(2.0), 4), sine_code(torch.tensor(3.0), 4)])
    torch.testing.assert_close(small[1, 2], expected)


@pytest.mark.parametrize(("num_frames", "size"), [(1, (2, 3)), (4, (1, 1))])
def test_that_single_frames_and_cells_have_positions(num_frames, size):
    assert clip_positions(num_frames, size, 8, ANYWHERE).isfinite().all()
