import pytest

from tarvis_core.video.packet_scan import vp8_shows_picture, vp9_shows_picture


@pytest.mark.parametrize(("first_byte", "is_shown"), [(0x10, True), (0x11, True), (0x01, False)])
def test_that_vp8_frames_tell_whether_they_are_shown(first_byte, is_shown):
    assert vp8_shows_picture(bytes([first_byte, 0, 0])) is is_shown


SHOWN, HIDDEN, REPEATED = 0b10_00_0_0_1_0, 0b10_00_0_0_0_0, 0b10_00_1_000
SHOWN_PROFILE_3, HIDDEN_PROFILE_3 = 0b10_11_0_0_0_1, 0b10_11_0_0_0_0


@pytest.mark.parametrize(
    ("first_byte", "is_shown"),
    [
        (SHOWN, True),
        (HIDDEN, False),
        (REPEATED, True),
        (SHOWN_PROFILE_3, True),
        (HIDDEN_PROFILE_3, False),
    ],
)
def test_that_vp9_frames_tell_whether_they_are_shown(first_byte, is_shown):
    assert vp9_shows_picture(bytes([first_byte, 1, 2, 3])) is is_shown


def superframe(*frames, size_bytes=1):
    marker = 0xC0 | (size_bytes - 1) << 3 | (len(frames) - 1)
    sizes = b"".join(len(frame).to_bytes(size_bytes, "little") for frame in frames)
    return b"".join(frames) + bytes([marker]) + sizes + bytes([marker])


@pytest.mark.parametrize("size_bytes", [1, 2, 4])
def test_that_one_shown_frame_makes_a_vp9_superframe_shown(size_bytes):
    hidden, shown = bytes([HIDDEN, 9, 9]), bytes([SHOWN, 9])
    assert vp9_shows_picture(superframe(hidden, shown, size_bytes=size_bytes))
    assert not vp9_shows_picture(superframe(hidden, hidden, size_bytes=size_bytes))


def test_that_a_cut_off_superframe_counts_as_one_frame():
    assert vp9_shows_picture(bytes([SHOWN, 0xC7]))
    assert not vp9_shows_picture(bytes([HIDDEN, 0xC7]))
