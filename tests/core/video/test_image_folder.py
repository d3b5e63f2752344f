import cv2
import numpy as np
import pytest
from PIL import Image

from tarvis_core.errors import VideoError
from tarvis_core.video.image_folder import natural_order
from tarvis_core.video.video_reader import VideoReader
from tests.fakes.numbered_video import number_in, numbered_frame


def write(path, image):
    Image.fromarray(image).save(path)


@pytest.fixture
def folder(tmp_path):
    for number in range(12):
        write(tmp_path / f"frame{number}.png", numbered_frame(number, 65, 97))
    return tmp_path


def test_that_images_come_in_natural_order(folder):
    with VideoReader(folder) as video:
        assert [number_in(frame) for frame in video.frames(range(12))] == list(range(12))
        assert video.frame_names == tuple(f"frame{number}" for number in range(12))
        assert [path.name for path in video.image_paths][9:] == [
            "frame9.png",
            "frame10.png",
            "frame11.png",
        ]
        assert (video.size, video.codec, video.problems) == ((65, 97), "images", ())


def test_that_images_are_exact(folder):
    with VideoReader(folder) as video:
        np.testing.assert_array_equal(video.frame(7), numbered_frame(7, 65, 97))


def test_that_images_are_spaced_by_the_rate(folder):
    with VideoReader(folder, folder_fps=29.97) as video:
        assert video.fps == pytest.approx(29.97)
        np.testing.assert_allclose(video.times_s, np.arange(12) / 29.97)


def test_that_a_folder_is_known_again(folder):
    with VideoReader(folder) as video:
        identity = video.identity()
    assert identity.frame_names[0] == "frame0.png"
    assert identity.is_same_video(folder)


def test_that_masks_beside_photos_are_no_frames(tmp_path):
    for number in range(3):
        cv2.imwrite(str(tmp_path / f"{number:05d}.jpg"), numbered_frame(number))
        write(tmp_path / f"{number:05d}.png", np.zeros((64, 96), dtype=np.uint8))
    (tmp_path / "._00000.jpg").write_bytes(b"x")
    (tmp_path / "notes.txt").write_text("x")
    with VideoReader(tmp_path) as video:
        assert [path.name for path in video.image_paths] == ["00000.jpg", "00001.jpg", "00002.jpg"]


def test_that_one_image_is_a_video_of_one_frame(folder):
    with VideoReader(folder / "frame5.png") as video:
        assert (video.num_frames, number_in(video.frame(0))) == (1, 5)
        assert video.identity().is_same_video(folder / "frame5.png")


@pytest.mark.parametrize(
    "image",
    [
        np.full((64, 96), 77, dtype=np.uint8),
        np.full((64, 96), 77 * 257, dtype=np.uint16),
        np.full((64, 96, 4), 77, dtype=np.uint8),
    ],
    ids=["grey", "sixteen bits", "alpha"],
)
def test_that_other_kinds_of_images_become_rgb(tmp_path, image):
    cv2.imwrite(str(tmp_path / "a.png"), image)
    with VideoReader(tmp_path) as video:
        np.testing.assert_array_equal(video.frame(0), np.full((64, 96, 3), 77, dtype=np.uint8))


def test_that_a_sideways_photo_stands_upright(tmp_path):
    photo = Image.fromarray(numbered_frame(3))
    exif = photo.getexif()
    exif[0x0112] = 6
    photo.save(tmp_path / "a.jpg", exif=exif, quality=95)
    with VideoReader(tmp_path) as video:
        assert video.size == (96, 64)
        assert number_in(np.rot90(video.frame(0))) == 3


def test_that_a_damaged_image_shows_the_one_before(folder):
    (folder / "frame4.png").write_bytes(b"nothing")
    whole = (folder / "frame6.png").read_bytes()
    (folder / "frame6.png").write_bytes(whole[:60])
    with VideoReader(folder) as video:
        assert [number_in(video.frame(number)) for number in (6, 4, 5)] == [5, 3, 5]
        assert [str(problem).split()[0] for problem in video.problems] == [
            "frame4.png",
            "frame6.png",
        ]


def test_that_a_damaged_first_image_shows_the_next(folder):
    (folder / "frame0.png").write_bytes(b"nothing")
    with VideoReader(folder) as video:
        assert number_in(video.frame(0)) == 1


def test_that_images_of_different_size_are_refused(folder):
    write(folder / "frame5.png", numbered_frame(5, 64, 96))
    with pytest.raises(VideoError, match=r"frame5\.png has 96 × 64"):
        VideoReader(folder)


def test_that_an_image_that_changed_is_refused(folder):
    with VideoReader(folder) as video:
        write(folder / "frame5.png", numbered_frame(5, 64, 96))
        with pytest.raises(VideoError, match=r"frame5\.png"):
            video.frame(5)


def test_that_images_that_vanished_are_an_error(tmp_path):
    write(tmp_path / "a.png", numbered_frame(0))
    with VideoReader(tmp_path) as video:
        (tmp_path / "a.png").unlink()
        with pytest.raises(VideoError, match="any more"):
            video.frame(0)


@pytest.mark.parametrize("content", [None, b"nothing"])
def test_that_a_folder_without_images_is_refused(tmp_path, content):
    if content is not None:
        (tmp_path / "a.png").write_bytes(content)
    with pytest.raises(VideoError, match="no image"):
        VideoReader(tmp_path)


def test_that_numbers_in_names_count_as_numbers():
    names = ["b1", "a10", "a2", "A1", "10", "9", "a02", "1.5", "1.10"]
    expected = ["1.5", "1.10", "9", "10", "A1", "a02", "a2", "a10", "b1"]
    assert sorted(names, key=natural_order) == expected
