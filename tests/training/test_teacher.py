"""The teacher: its weights under their released names, its answers, and what they are worth."""

import re

import numpy as np
import pytest
import torch

from tarvis_core.errors import CheckpointError
from training import teacher_baseline
from training.clicks import Click
from training.data_manifest import LabelledFrame
from training.teacher import SeenImage, Teacher, TeacherMasks
from training.teacher_baseline import TeacherScore, score_teacher_still, summarise_teacher
from training.teacher_network import SIDE, PlaceCode

SIZE = (30, 40)


@pytest.fixture(scope="module")
def teacher() -> Teacher:
    torch.manual_seed(0)
    made = Teacher()
    with torch.no_grad():
        made.prompt_encoder.pe_layer.positional_encoding_gaussian_matrix.normal_()
    return made


def released_name(name: str) -> str:
    """The name of a tensor in the released file."""
    name = name.replace(".trunk.patch_embed.conv1.", ".patch_embed.seq.0.")
    name = name.replace(".trunk.patch_embed.conv2.", ".patch_embed.seq.2.")
    merge = re.search(r"\.trunk\.stages\.(\d)\.downsample\.", name)
    if merge:
        name = name.replace(merge[0], f".layers.{int(merge[1]) - 1}.downsample.")
    return name.replace(".trunk.stages.", ".layers.").replace(".conv.weight", ".c.weight")


def test_that_released_names_are_found_and_every_tensor_is_set(teacher, tmp_path):
    state = {released_name(name): value for name, value in teacher.state_dict().items()}
    unused = {"image_encoder.head.weight": torch.zeros(2, 2)}
    torch.save(state | unused, tmp_path / "released.pt")

    loaded = Teacher.load(tmp_path / "released.pt").state_dict()

    assert any(name.startswith("image_encoder.layers.0.downsample.conv1.c.") for name in state)
    for name, value in teacher.state_dict().items():
        if ".head.norm." not in name:
            torch.testing.assert_close(loaded[name], value, rtol=0, atol=0)


def test_that_weights_of_something_else_are_refused(tmp_path):
    torch.save({"model": {"weight": torch.zeros(1)}}, tmp_path / "other.pt")

    with pytest.raises(CheckpointError, match="MobileSAM"):
        Teacher.load(tmp_path / "other.pt")


def seen(teacher: Teacher) -> SeenImage:
    features = torch.randn(256, 64, 64, generator=torch.Generator().manual_seed(1))
    return SeenImage(features, SIZE, SIDE / max(SIZE))


def test_that_each_question_gets_three_masks_of_the_images_size(teacher):
    answers = teacher.answer(seen(teacher), [[Click(5, 5)], [Click(20, 10, is_negative=True)]])

    assert [answer.masks.shape for answer in answers] == [(3, *SIZE)] * 2
    assert answers[0].scores.shape == answers[0].stabilities.shape == (3,)
    assert answers[0].best == int(np.argmax(answers[0].scores))
    assert (answers[0].stabilities <= 1).all()


def test_that_questions_do_not_disturb_each_other_and_the_kind_of_click_counts(teacher):
    image, click = seen(teacher), Click(12.5, 7.5)
    alone = teacher.answer(image, [[click]])[0]
    among = teacher.answer(image, [[Click(30, 20)], [click], [Click(12.5, 7.5, is_negative=True)]])

    np.testing.assert_allclose(among[1].scores, alone.scores, atol=1e-4)
    assert not np.allclose(among[2].scores, alone.scores, atol=1e-4)


def test_that_a_pixel_of_the_grid_has_the_code_of_its_place(teacher):
    code: PlaceCode = teacher.prompt_encoder.pe_layer

    grid = code.of_grid(8)

    expected = code(torch.tensor([(5 + 0.5) / 8, (2 + 0.5) / 8]))
    torch.testing.assert_close(grid[:, 2, 5], expected)


class FixedTeacher:
    """Answers with three squares, of which it prefers the second."""

    def answer_one(self, image, clicks) -> TeacherMasks:
        masks = np.zeros((3, *image.shape[:2]), bool)
        masks[0, 5:15, 5:15], masks[1, 5:15, 5:10] = True, True
        return TeacherMasks(masks, np.array([0.1, 0.9, 0.2]), np.ones(3))


def test_that_the_teachers_choice_and_the_best_of_three_are_both_measured(monkeypatch):
    labels = np.zeros(SIZE, np.uint8)
    labels[5:15, 5:15] = 1
    monkeypatch.setattr(LabelledFrame, "load", lambda _: (np.zeros((*SIZE, 3), np.uint8), labels))
    frame = LabelledFrame(teacher_baseline.__file__, "", "toy", None, {}, is_academic=False)
    monkeypatch.setattr(LabelledFrame, "name", "still")

    score = score_teacher_still(FixedTeacher(), frame, 1)

    assert (score.iou, score.best_iou) == (0.5, 1.0)
    summary = summarise_teacher([score, TeacherScore("b", "toy", 1.0, 1.0)])
    assert summary["toy IoU, MobileSAM, 1 click"] == 0.75
    assert summary["toy IoU, MobileSAM, best of 3"] == 1.0
