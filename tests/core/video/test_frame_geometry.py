import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tarvis_core.video.frame_geometry import FrameGeometry

SIDES = st.integers(1, 2000)


def noise(height, width):
    return np.random.default_rng(3).integers(0, 256, (height, width, 3), dtype=np.uint8)


def test_that_the_resize_rule_is_the_published_one(shared):
    fixture = np.load(shared / "tarvis-spec" / "fixtures" / "helpers.npz")
    for row in fixture["resize_min_max_h_w_outh_outw"].tolist():
        shorter, longer, height, width, *expected = row
        geometry = FrameGeometry.for_frame((height, width), shorter, longer)
        assert list(geometry.network_size) == expected


def test_that_half_pixels_round_to_even():
    assert FrameGeometry.for_frame((2, 5), 1).network_size == (1, 2)
    assert FrameGeometry.for_frame((2, 7), 1).network_size == (1, 4)


def test_that_without_a_shorter_side_only_padding_changes_the_size():
    geometry = FrameGeometry.for_frame((480, 1854), None)
    assert geometry.network_size == geometry.crop_size == (480, 1854)
    assert geometry.padded_size == (512, 1856)
    assert geometry.padding == (2, 32)


def test_that_a_fitting_frame_is_not_padded():
    assert FrameGeometry.for_frame((128, 192), None).padded_size == (128, 192)
    assert FrameGeometry.for_frame((100, 70), None, multiple=32).padded_size == (128, 96)


def test_that_a_frame_is_resized_as_opencv_does_and_padded_grey():
    frame = noise(50, 90)
    geometry = FrameGeometry.for_frame((50, 90), 75)
    network = geometry.image_to_network(frame)
    assert network.shape == (128, 192, 3)
    np.testing.assert_array_equal(
        network[:75, :135], cv2.resize(frame, (135, 75), interpolation=cv2.INTER_LINEAR)
    )
    assert (network[75:] == 128).all()
    assert (network[:, 135:] == 128).all()


def test_that_a_frame_of_the_right_size_is_copied():
    frame = noise(64, 64)
    network = FrameGeometry.for_frame((64, 64), 64).image_to_network(frame)
    np.testing.assert_array_equal(network, frame)
    assert not np.shares_memory(network, frame)


def test_that_a_mask_is_resized_as_a_float_and_cut_at_one_half():
    mask = np.zeros((40, 60), dtype=np.bool_)
    mask[7:23, 11:38] = True
    geometry = FrameGeometry.for_frame((40, 60), 25)
    network = geometry.mask_to_network(mask)
    expected = cv2.resize(mask.astype(np.float32), (38, 25), interpolation=cv2.INTER_LINEAR) > 0.5
    assert (network.dtype, network.shape) == (np.bool_, (64, 64))
    np.testing.assert_array_equal(network[:25, :38], expected)
    assert network.sum() == expected.sum() > 0


def test_that_an_empty_mask_stays_empty():
    geometry = FrameGeometry.for_frame((33, 65), 48)
    assert not geometry.mask_to_network(np.zeros((33, 65), dtype=np.bool_)).any()


def test_that_a_point_meets_its_pixel():
    """The centre of a pixel lands in the middle of what the pixel became."""
    frame = np.zeros((30, 50, 3), dtype=np.uint8)
    frame[12, 41] = 255
    geometry = FrameGeometry.for_frame((30, 50), 90)
    x, y = geometry.point_to_network(41.5, 12.5)
    assert (x, y) == (124.5, 37.5)
    assert geometry.image_to_network(frame)[int(y), int(x)].tolist() == [255, 255, 255]


@given(size=st.tuples(SIDES, SIDES), shorter=st.integers(1, 900) | st.none())
def test_that_sizes_fit_and_points_come_back(size, shorter):
    geometry = FrameGeometry.for_frame(size, shorter)
    for network, padded in zip(geometry.network_size, geometry.padded_size, strict=True):
        assert 1 <= network <= padded < network + 64
        assert padded % 64 == 0
    height, width = size
    assert geometry.point_to_network(width, height) == pytest.approx(geometry.network_size[::-1])
    assert geometry.point_to_frame(*geometry.point_to_network(0.3, 7.5)) == pytest.approx(
        (0.3, 7.5)
    )


@pytest.mark.parametrize(
    "arguments", [((0, 5), 4), ((5, 5), 0), ((5, 5), 4, 0), ((5, 5), 4, 9, 0), ((5, -1), None)]
)
def test_that_lengths_must_be_positive(arguments):
    with pytest.raises(ValueError, match="positive"):
        FrameGeometry.for_frame(*arguments)


def test_that_sizes_must_fit_into_each_other():
    with pytest.raises(ValueError, match="cannot hold"):
        FrameGeometry((5, 5), (10, 10), (10, 9))
    with pytest.raises(ValueError, match="positive"):
        FrameGeometry((5, 0), (10, 10), (10, 10))


def test_that_arrays_of_another_video_are_refused():
    geometry = FrameGeometry.for_frame((30, 50), 90)
    with pytest.raises(ValueError, match="shape"):
        geometry.image_to_network(noise(50, 30))
    with pytest.raises(ValueError, match="8-bit"):
        geometry.image_to_network(noise(30, 50).astype(np.float32))
    with pytest.raises(ValueError, match="shape"):
        geometry.mask_to_network(np.zeros((30, 50, 1), dtype=np.bool_))


def test_that_a_mirrored_frame_is_exchanged_before_it_is_resized():
    frame = noise(50, 90)
    plain, mirrored = (
        FrameGeometry.for_frame((50, 90), 75, is_mirrored=is_mirrored)
        for is_mirrored in (False, True)
    )

    network = mirrored.image_to_network(frame)

    np.testing.assert_array_equal(network, plain.image_to_network(frame[:, ::-1].copy()))
    assert mirrored.point_to_network(0, 20) == plain.point_to_network(90, 20)
    assert mirrored.point_to_frame(*mirrored.point_to_network(13.5, 20)) == (13.5, 20)
