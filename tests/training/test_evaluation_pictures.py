"""Pictures of an evaluation."""

import cv2
import numpy as np

from tarvis_core.annotation.exemplar import PointExemplar
from tarvis_core.annotation.mask import Mask
from tarvis_core.annotation.target import TargetId
from training.evaluation_pictures import HEIGHT_PX, EvaluationPictures

SIZE = (108, 192)


def box(left: int) -> np.ndarray:
    mask = np.zeros(SIZE, bool)
    mask[20:80, left : left + 60] = True
    return mask


def test_that_a_strip_shows_five_frames_with_truth_and_prediction(tmp_path):
    images = [np.full((*SIZE, 3), 40, np.uint8)] * 9
    truth = [{1: Mask.from_array(box(10 + n))} for n in range(9)]
    nothing = [{} for _ in range(9)]
    pictures = EvaluationPictures(tmp_path)

    pictures.add_clip("walk VOS 61.3", images, truth, truth)
    pictures.add_clip("walk PET 0.0", images, nothing, nothing)

    strip = cv2.imread(str(tmp_path / "clips/walk_VOS_61.3.jpg"))
    assert strip.shape == (HEIGHT_PX, 5 * 384, 3)
    plain = cv2.imread(str(tmp_path / "clips/walk_PET_0.0.jpg"))
    assert strip[100, 80].max() > plain[100, 80].max() + 50


def test_that_only_the_worst_stills_of_each_source_stay(tmp_path):
    pictures = EvaluationPictures(tmp_path)
    image = np.zeros((*SIZE, 3), np.uint8)
    click = PointExemplar(0, TargetId(1), 20.5, 30.5)
    for source in ("my_toys", "photos"):
        for value in (0.81, 0.07, 0.43):
            title = f"{source} {value:.2f} picture one/2"
            pictures.add_still(title, image, box(10), box(40), click)

    pictures.keep_worst(2)

    assert sorted(path.name for path in (tmp_path / "stills").iterdir()) == [
        "my_toys_0.07_picture_one_2.jpg",
        "my_toys_0.43_picture_one_2.jpg",
        "photos_0.07_picture_one_2.jpg",
        "photos_0.43_picture_one_2.jpg",
    ]
