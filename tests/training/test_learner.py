"""What the learner does with a batch before its loss: own masks handed over, clips cut."""

import dataclasses

import pytest
import torch

from tarvis_core.errors import ConfigError
from tarvis_core.model.object_encoder import ObjectExemplars
from tests.fakes.tiny_model import tiny_config, tiny_model
from training.clip_sample import ClipBatch, ClipTargets, ObjectQuestion, Task
from training.learner import Learner, cut, strongest_rivals
from training.losses.criterion import Criterion, LossSettings
from training.object_questions import QuestionForm
from training.stored_batch_settings import BatchForm

SIZE = (64, 64)


def batch(num_frames: int, num_lead_frames: int = 0, seed: int = 0) -> ClipBatch:
    """One clip with a square that moves to the right."""
    generator = torch.Generator().manual_seed(seed)
    masks = torch.zeros(1, num_frames, *SIZE, dtype=torch.bool)
    for frame in range(num_frames):
        masks[0, frame, 20:44, 4 + 4 * frame : 28 + 4 * frame] = True
    question = ObjectQuestion(ObjectExemplars.from_masks(masks[:, :1]), (0,), (False,))
    return ClipBatch(
        task=Task.OBJECTS,
        targets=(ClipTargets(masks, torch.zeros(num_frames, *SIZE, dtype=torch.bool)),),
        frames=torch.randint(0, 256, (1, num_frames, 3, *SIZE), generator=generator).byte(),
        trunk_features=None,
        questions=(question,),
        reference_frames=(0,),
        label_set=None,
        num_lead_frames=num_lead_frames,
    )


@pytest.fixture
def learner() -> Learner:
    return Learner(tiny_model(), Criterion(LossSettings(num_points=64)))


def test_that_a_lost_target_is_handed_over_as_it_truly_is(learner, monkeypatch):
    monkeypatch.setattr("training.learner.LEAST_OVERLAP", 2.0)
    asked = batch(4, num_lead_frames=2)

    rest = learner.led(asked)

    assert rest.targets[0].masks.shape[1] == 3
    assert rest.num_lead_frames == 0
    given = rest.questions[0].exemplars.masks_NTHW
    assert torch.equal(given[0, 0], asked.targets[0].masks[0, 1])


def test_that_a_found_target_is_handed_over_as_it_was_found(learner, monkeypatch):
    monkeypatch.setattr("training.learner.LEAST_OVERLAP", 0.0)
    found = torch.zeros(SIZE, dtype=torch.bool)
    found[10:30, 10:30] = True
    monkeypatch.setattr("training.learner.mask_of_logits", lambda _: found)

    rest = learner.led(batch(4, num_lead_frames=2))

    assert torch.equal(rest.questions[0].exemplars.masks_NTHW[0, 0], found)


def test_that_without_anything_to_hand_over_the_lead_frames_are_learned_from(learner, monkeypatch):
    asked = batch(4, num_lead_frames=2)
    asked.targets[0].masks[:, 1] = False
    monkeypatch.setattr(
        "training.learner.mask_of_logits", lambda logits: logits.new_zeros(SIZE) > 0
    )

    kept = learner.led(asked)

    assert kept.targets[0].masks.shape[1] == 2
    assert torch.equal(
        kept.questions[0].exemplars.masks_NTHW, asked.questions[0].exemplars.masks_NTHW
    )


def test_that_lead_frames_are_not_judged(learner):
    asked = batch(4, num_lead_frames=2)
    torch.manual_seed(0)
    whole = learner(asked).total

    torch.manual_seed(0)
    rest = learner(learner.led(asked)).total

    assert whole.item() == rest.item()
    whole.backward()
    assert any(p.grad is not None and p.grad.any() for p in learner.parameters())


def test_that_a_cut_batch_has_the_frames_asked_for():
    part = cut(batch(5), slice(2, 4))

    assert part.frames.shape[1] == 2
    assert part.targets[0].ignored.shape[0] == 2


def test_that_an_anchor_keeps_the_given_masks_beside_those_that_were_found(learner, monkeypatch):
    nothing = torch.zeros(SIZE, dtype=torch.bool)
    monkeypatch.setattr("training.learner.mask_of_logits", lambda _: nothing)
    asked = dataclasses.replace(batch(4, num_lead_frames=2), is_anchored=True)

    rest = learner.led(asked)

    masks_N2HW = rest.questions[0].exemplars.masks_NTHW
    assert torch.equal(masks_N2HW[:, 0], asked.targets[0].masks[:, 0])
    assert not masks_N2HW[:, 1].any()
    assert torch.equal(rest.anchor.frames, asked.frames[:, :1])
    assert rest.targets[0].masks.shape[1] == 3


def test_that_the_anchors_features_decide_the_queries(learner):
    rest = learner.led(dataclasses.replace(batch(4, num_lead_frames=2), is_anchored=True))
    features = learner.encode(rest)
    other = dataclasses.replace(rest.anchor, frames=rest.anchor.frames.flip(-1))

    here = learner.queries(features, rest).groups[-1].initial_BQC
    there = learner.queries(features, dataclasses.replace(rest, anchor=other))

    assert not torch.equal(here, there.groups[-1].initial_BQC)
    assert torch.isfinite(learner(rest).total)


def test_that_an_error_changes_what_is_handed_over_and_nothing_else(learner, monkeypatch):
    found = torch.zeros(SIZE, dtype=torch.bool)
    found[10:30, 10:30] = True
    monkeypatch.setattr("training.learner.mask_of_logits", lambda _: found)
    asked = dataclasses.replace(batch(4, num_lead_frames=2), is_anchored=True)

    exact = learner.led(asked)
    wrong = learner.led(dataclasses.replace(asked, handover_seeds=(3,)))

    given, spoiled = (each.questions[0].exemplars.masks_NTHW for each in (exact, wrong))
    assert torch.equal(given[:, 1], found[None])
    assert not torch.equal(spoiled[:, 1], given[:, 1])
    assert torch.equal(spoiled[:, 0], given[:, 0])
    assert torch.equal(wrong.targets[0].masks, exact.targets[0].masks)


def test_that_errors_without_an_anchor_are_refused():
    with pytest.raises(ConfigError, match="spoiled_share needs is_anchored"):
        BatchForm(1.0, 4, 1, QuestionForm(1, 0), num_lead_frames=2, spoiled_share=0.5)


def test_that_corrections_with_lead_frames_are_refused():
    question = QuestionForm(1, 0, num_corrections=2)

    with pytest.raises(ConfigError, match="num_corrections"):
        BatchForm(1.0, 4, 1, question, num_lead_frames=2)


def test_that_an_anchor_without_lead_frames_is_refused():
    with pytest.raises(ConfigError, match="is_anchored"):
        BatchForm(1.0, 2, 1, QuestionForm(1, 0), is_anchored=True)


def test_that_more_lead_frames_than_frames_are_refused():
    with pytest.raises(ConfigError, match="lead frames"):
        BatchForm(1.0, 2, 1, QuestionForm(1, 0), num_lead_frames=2)


def test_that_a_place_decides_a_mask_only_where_waves_are_wanted():
    base = tiny_config()
    config = dataclasses.replace(base, neck=dataclasses.replace(base.neck, has_place_waves=True))
    placed = tiny_model(config)
    with torch.no_grad():
        placed.neck.place_projection.weight.normal_()
    same_everywhere = torch.full((1, 1, 3, *SIZE), 90, dtype=torch.uint8)

    with torch.inference_mode():
        with_waves = placed.encode(same_everywhere).stride4
        placed.neck.place_projection.weight.data.zero_()
        without = placed.encode(same_everywhere).stride4

    spread = (with_waves - without)[0, 0].flatten(1).std(dim=1)
    assert (spread > 0.1).all()


def test_that_a_negative_point_is_told_from_a_positive_one_by_its_mark():
    base = tiny_config()
    encoder = dataclasses.replace(base.object_encoder, has_negative_points=True)
    model = tiny_model(dataclasses.replace(base, object_encoder=encoder))
    with torch.no_grad():
        model.object_encoder.point_reader.negative_mark.fill_(1.0)
    points = ObjectExemplars.from_points(
        torch.tensor([[30.0, 30.0]]), torch.zeros(1, dtype=torch.int64), 1, SIZE
    )
    negative = dataclasses.replace(points, is_negative_N=torch.tensor([True]))

    with torch.inference_mode():
        features = model.encode(batch(1).frames)
        first, second = (model.object_queries(features, each) for each in (points, negative))

    assert not torch.allclose(first.initial_BQC[:, -1], second.initial_BQC[:, -1])


def test_that_targets_handed_over_do_not_share_pixels():
    logits = torch.tensor([[[2.0, 1.0, -1.0]], [[1.0, 3.0, 4.0]], [[0.0, 2.0, 5.0]]])

    rivals = strongest_rivals(logits)

    assert torch.equal(
        rivals, torch.tensor([[[1.0, 3.0, 5.0]], [[2.0, 2.0, 5.0]], [[2.0, 3.0, 4.0]]])
    )
    assert ((logits > rivals).sum(dim=0) == 1).all()
    assert (strongest_rivals(logits[:1]) < -100).all()


def test_that_the_masks_of_several_frames_are_handed_over(learner, monkeypatch):
    found = torch.zeros(SIZE, dtype=torch.bool)
    found[10:30, 10:30] = True
    monkeypatch.setattr("training.learner.mask_of_logits", lambda _: found)
    asked = dataclasses.replace(batch(6, num_lead_frames=3), is_anchored=True, num_handed_over=2)

    rest = learner.led(asked)

    masks_N3HW = rest.questions[0].exemplars.masks_NTHW
    assert torch.equal(masks_N3HW[:, 0], asked.targets[0].masks[:, 0])
    assert torch.equal(masks_N3HW[0, 1:], torch.stack([found, found]))
    assert rest.reference_frames == (0, 1)
    assert torch.equal(rest.frames, asked.frames[:, 1:])
    assert learner(asked).total.isfinite()


@pytest.mark.parametrize("count", [0, 4])
def test_that_only_lead_frames_are_handed_over(count):
    with pytest.raises(ConfigError, match="num_handed_over"):
        BatchForm(1.0, 6, 1, QuestionForm(1, 0), num_lead_frames=3, num_handed_over=count)
