import struct

import av
import numpy as np
import pytest

from tarvis_core.video.picture import Orientation, PictureConverter, stored_bytes

ONE = 1 << 16
CORNERS = np.arange(2 * 3 * 3, dtype=np.uint8).reshape(2, 3, 3)


def matrix(a, b, c, d):
    return struct.pack("=9i", a, b, 0, c, d, 0, 0, 0, 1 << 30)


@pytest.mark.parametrize(
    ("entries", "expected"),
    [
        ((ONE, 0, 0, ONE), CORNERS),
        ((0, ONE, -ONE, 0), np.rot90(CORNERS, -1)),
        ((-ONE, 0, 0, -ONE), np.rot90(CORNERS, 2)),
        ((0, -ONE, ONE, 0), np.rot90(CORNERS, 1)),
        ((-ONE, 0, 0, ONE), CORNERS[:, ::-1]),
        ((ONE, 0, 0, -ONE), CORNERS[::-1]),
        ((0, ONE, ONE, 0), CORNERS.transpose(1, 0, 2)),
    ],
    ids=["none", "clockwise", "half", "counterclockwise", "mirrored", "upside down", "transposed"],
)
def test_that_a_display_matrix_turns_the_picture(entries, expected):
    orientation = Orientation.from_display_matrix(matrix(*entries))
    np.testing.assert_array_equal(orientation.apply(CORNERS), expected)
    assert orientation.upright_size((2, 3)) == expected.shape[:2]
    stored = CORNERS[:, ::-1] if orientation.is_mirrored else CORNERS
    turned = np.rot90(stored, -orientation.turn_degrees // 90)
    np.testing.assert_array_equal(turned, expected)


def plain_picture(rgb, matrix, is_full_range, pixel_format, num_bits):
    """A picture of one colour, coded by the definition of Y′CbCr."""
    (kr, kb), colorspace = matrix
    red, green, blue = np.array(rgb) / 255
    luma = kr * red + (1 - kr - kb) * green + kb * blue
    chroma = np.array([(blue - luma) / (2 - 2 * kb), (red - luma) / (2 - 2 * kr)])
    scale, top = 1 << (num_bits - 8), (1 << num_bits) - 1
    middle = 128 * scale
    if is_full_range:
        planes = [luma * top, *(chroma * top + middle)]
    else:
        planes = [(16 + 219 * luma) * scale, *(224 * scale * chroma + middle)]
    picture = av.VideoFrame(66, 50, pixel_format)
    picture.colorspace, picture.color_range = colorspace, 2 if is_full_range else 1
    for plane, value in zip(picture.planes, [*planes, 255.0], strict=False):
        dtype = np.uint8 if num_bits == 8 else np.uint16
        plane.update(np.full(plane.buffer_size // dtype().itemsize, round(value), dtype))
    return picture


BT601, BT709, BT2020 = ((0.299, 0.114), 5), ((0.2126, 0.0722), 1), ((0.2627, 0.0593), 9)
UNTOLD = ((0.299, 0.114), 2)


@pytest.mark.parametrize("matrix", [BT601, BT709, BT2020, UNTOLD])
@pytest.mark.parametrize("is_full_range", [False, True])
@pytest.mark.parametrize(
    ("pixel_format", "num_bits"),
    [("yuv420p", 8), ("yuv444p", 8), ("yuv420p10le", 10), ("yuva420p", 8)],
)
def test_that_colours_follow_the_matrix_and_range(matrix, is_full_range, pixel_format, num_bits):
    for rgb in [(255, 255, 255), (0, 0, 0), (200, 30, 60), (20, 180, 40), (40, 60, 220)]:
        picture = plain_picture(rgb, matrix, is_full_range, pixel_format, num_bits)
        frame = PictureConverter(picture).to_rgb(picture)
        assert frame.shape == (50, 66, 3)
        assert np.abs(frame.astype(int) - np.array(rgb)).max() <= 4  # the fast way rounds


def test_that_a_frame_is_memory_of_its_own():
    picture = av.VideoFrame.from_ndarray(np.full((5, 7, 3), 9, dtype=np.uint8))
    converter = PictureConverter(picture)
    converter.to_rgb(picture)[:] = 200
    assert (converter.to_rgb(picture) == 9).all()
    assert converter.to_rgb(picture).flags.c_contiguous


def test_that_a_picture_of_another_size_is_scaled_to_the_first():
    converter = PictureConverter(av.VideoFrame.from_ndarray(np.zeros((6, 8, 3), dtype=np.uint8)))
    larger = av.VideoFrame.from_ndarray(np.full((12, 16, 3), 70, dtype=np.uint8))
    assert converter.is_other_size(larger)
    assert converter.to_rgb(larger).shape == (6, 8, 3)
    assert (converter.to_rgb(larger) == 70).all()


def test_that_stored_bytes_count_all_planes():
    assert stored_bytes(av.VideoFrame(64, 32, "yuv444p")) >= 3 * 64 * 32
