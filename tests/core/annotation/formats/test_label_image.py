import io
import struct
import zlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from PIL import Image

from tarvis_core.annotation.formats.annotated_video import TargetMask
from tarvis_core.annotation.formats.label_image import (
    decode_label_image,
    distinct_values,
    labels_of_masks,
    masks_of_labels,
    palette_png,
    png,
    read_image_size,
    read_label_image,
)
from tarvis_core.annotation.formats.png_file import encode_png
from tarvis_core.annotation.formats.segment_image import segment_ids, segment_pixels
from tarvis_core.errors import FormatError

SHAPES = st.tuples(st.integers(1, 9), st.integers(1, 9))


def _labels(dtype, largest):
    return arrays.arrays(dtype, SHAPES, elements=st.sampled_from([0, 1, 2, largest]))


@settings(max_examples=60, deadline=None)
@given(labels=_labels(np.uint8, 255) | _labels(np.uint16, 65535) | _labels(np.int32, 2**24 - 1))
def test_that_masks_of_labels_are_where_the_values_are(labels):
    masks = masks_of_labels(labels)

    assert list(masks) == [value for value in np.unique(labels).tolist() if value]
    assert all(np.array_equal(mask.to_array(), labels == v) for v, mask in masks.items())
    whole = masks_of_labels(labels, with_zero=True)
    assert sum(mask.area for mask in whole.values()) == labels.size
    assert distinct_values(labels).tolist() == np.unique(labels).tolist()
    drawn = labels_of_masks(
        {v: TargetMask(m) for v, m in masks.items()}, labels.shape, labels.dtype
    )
    assert np.array_equal(drawn, labels)


@settings(max_examples=40, deadline=None)
@given(
    pixels=_labels(np.uint8, 255)
    | _labels(np.uint16, 65535)
    | arrays.arrays(np.uint8, st.tuples(st.integers(1, 5), st.integers(1, 5), st.just(3)))
)
def test_that_png_files_hold_exactly_the_pixels(pixels):
    content = png(pixels)

    with Image.open(io.BytesIO(content)) as image:
        image.load()
        assert np.array_equal(np.asarray(image), pixels)
    modes = {2: ("L",) if pixels.dtype == np.uint8 else ("I;16",), 3: ("RGB",)}[pixels.ndim]
    assert np.array_equal(decode_label_image(content, modes, "here"), pixels)


def test_that_other_types_are_no_png():
    with pytest.raises(TypeError, match="int64"):
        encode_png(np.zeros((2, 2), np.int64))


@settings(max_examples=30, deadline=None)
@given(ids=arrays.arrays(np.int32, SHAPES, elements=st.integers(0, 2**24 - 1)))
def test_that_segment_ids_are_red_plus_256_green_plus_65536_blue(ids):
    pixels = segment_pixels(ids)

    red, green, blue = np.moveaxis(pixels.astype(int), 2, 0)
    assert np.array_equal(red + 256 * green + 65536 * blue, ids)
    assert np.array_equal(segment_ids(pixels), ids)


def _chunk(name, data):
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def _bomb(height, width):
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    data = _chunk(b"IDAT", zlib.compress(bytes(1000)))
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", header) + data + _chunk(b"IEND", b"")


WHOLE = palette_png(np.eye(6, 8, dtype=np.uint8))


@pytest.mark.parametrize(
    "content",
    [b"", b"hello", WHOLE[:30], WHOLE[:-20], _bomb(2**31 - 1, 2**31 - 1), _bomb(0, 5),
     _bomb(60_000, 60_000), _bomb(500, 500), WHOLE[:60] + b"\x00\xff" + WHOLE[62:]],
    ids=["empty", "text", "head", "cut", "huge", "zero", "bomb", "short data", "flipped"],
)  # fmt: skip
def test_that_damaged_images_are_refused_by_name(content, tmp_path):
    path = tmp_path / "label.png"
    path.write_bytes(content)

    with pytest.raises(FormatError, match=r"label\.png"):
        read_label_image(path, ("P", "L"))


def test_that_a_missing_image_is_refused_by_name(tmp_path):
    with pytest.raises(FormatError, match=r"gone\.png"):
        read_label_image(tmp_path / "gone.png", ("P",))
    with pytest.raises(FormatError, match=r"gone\.png"):
        read_image_size(tmp_path / "gone.png")


def test_that_sizes_are_height_before_width(tmp_path):
    for name in ("a.png", "b.jpg"):
        Image.new("L", (8, 6)).save(tmp_path / name)
        assert read_image_size(tmp_path / name) == (6, 8)


def test_that_a_jpeg_is_no_label_image(tmp_path):
    Image.new("L", (8, 6)).save(tmp_path / "a.png", "JPEG")

    with pytest.raises(FormatError, match="no PNG"):
        read_label_image(tmp_path / "a.png", ("L",))


def test_that_an_image_of_another_layout_names_those_that_are_read():
    content = encode_png(np.zeros((2, 2, 3), np.uint8))
    with pytest.raises(
        FormatError, match=r"here: pixels are of layout RGB, expected P or L or 1; "
    ):
        decode_label_image(content, ("P", "L", "1"), "here")
