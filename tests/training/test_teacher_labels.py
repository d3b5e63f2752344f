"""Labels that a teacher adds to stills."""

import json

import numpy as np
import pytest
from PIL import Image

from training.data_manifest import read_manifest
from training.teacher import TeacherMasks
from training.teacher_labels import Teaching, TeachingSettings, teach_manifest

SIZE = (60, 84)
KNOWN = slice(5, 25), slice(5, 25)
OTHER = slice(30, 50), slice(50, 75)


def still() -> tuple[np.ndarray, np.ndarray]:
    image = np.full((*SIZE, 3), 30, np.uint8)
    image[KNOWN], image[OTHER] = (200, 0, 0), (0, 200, 0)
    labels = np.zeros(SIZE, np.uint8)
    labels[KNOWN] = 1
    return image, labels


class ColourTeacher:
    """Answers with all pixels of the clicked colour, if it is sure, and with two poor masks."""

    def __init__(self, score: float = 1.0, stability: float = 1.0) -> None:
        self.score, self.stability = score, stability
        self.seen = 0

    def see(self, image):
        self.seen += 1
        return image

    def answer(self, image, questions) -> list[TeacherMasks]:
        found = []
        for (click,) in questions:
            same = (image == image[int(click.y), int(click.x)]).all(axis=-1)
            masks = np.stack([same, same & False, ~same])
            scores, stabilities = np.array([self.score, 0, 0]), np.array([self.stability, 1, 1])
            found.append(TeacherMasks(masks, scores, stabilities))
        return found


class FickleTeacher(ColourTeacher):
    """Never gives the same mask again."""

    def answer(self, image, questions) -> list[TeacherMasks]:
        found = super().answer(image, questions)
        for (click,), answer in zip(questions, found, strict=True):
            answer.masks[0, : int(click.y)] = False
        return found


def test_that_an_unlabelled_object_gets_the_next_label_and_ground_none():
    image, known = still()

    labels = Teaching(ColourTeacher()).labels(image, known)

    np.testing.assert_array_equal(labels == 1, known == 1)
    assert (labels[OTHER] == 2).all()
    assert set(np.unique(labels)) == {0, 1, 2}


@pytest.mark.parametrize(
    "teacher", [ColourTeacher(score=0.5), ColourTeacher(stability=0.5), FickleTeacher()]
)
def test_that_unsure_masks_are_not_kept(teacher):
    image, known = still()

    np.testing.assert_array_equal(Teaching(teacher).labels(image, known), known)


def test_that_no_more_labels_are_added_than_wanted():
    image, known = still()
    settings = TeachingSettings(most_labels=1)
    image[52:58, 2:20] = (0, 0, 200)

    labels = Teaching(ColourTeacher(), settings).labels(image, known)

    assert labels.max() == 2


@pytest.fixture
def data(tmp_path):
    """A manifest with two stills of one source."""
    folder = tmp_path / "data"
    image, labels = still()
    entries = []
    for name in ("train/a", "train/b"):
        path = folder / f"{name}.jpg"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(image).save(path, quality=100, subsampling=0)
        Image.fromarray(labels).save(path.with_suffix(".png"))
        objects = [{"id": 1, "cls": "box"}]
        entries.append({"split": "train", "source": "toy", "clip": None, "file": name})
        entries[-1] |= {"objects": objects, "licence": "academic"}
    (folder / "manifest.json").write_text(json.dumps(entries), "utf-8")
    return folder


class BlurredTeacher(ColourTeacher):
    """The colour teacher for pictures that were compressed."""

    def see(self, image):
        return super().see(np.round(image / 100).astype(int))


def test_that_taught_stills_are_a_data_folder_and_teaching_goes_on(data, tmp_path):
    teacher, folder = BlurredTeacher(), tmp_path / "taught"
    frames = read_manifest(data, "train")

    first = teach_manifest(Teaching(teacher), data, frames[:1], folder)
    second = teach_manifest(Teaching(teacher), data, frames, folder)

    assert (first, second, teacher.seen) == (1, 2, 2)
    taught = read_manifest(folder, "train")
    assert [frame.name for frame in taught] == ["a", "b"]
    assert all(frame.is_academic and frame.classes == {1: "box"} for frame in taught)
    assert taught[1].load()[1].max() == 2
