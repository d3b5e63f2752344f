import dataclasses

import pytest
import torch

from tarvis_core.model.behaviour import Behaviour
from tarvis_core.model.clip_features import ClipFeatures
from tarvis_core.model.model_config import ObjectEncoderConfig, PointEncoding, SegmentRule
from tarvis_core.model.object_encoder import ObjectExemplars
from tests.fakes.tiny_model import tiny_config, tiny_model

B, T, H, W, C = 2, 3, 64, 128, 32
ENCODER = ObjectEncoderConfig(
    num_layers=2,
    feedforward_width=48,
    queries_per_object_training=3,
    queries_per_object_inference=5,
)


def encoder_model(**changes):
    behaviour = changes.pop("behaviour", Behaviour.INTENDED)
    encoder = dataclasses.replace(ENCODER, **changes)
    model = tiny_model(tiny_config(object_encoder=encoder))
    model.behave(behaviour)
    return model


def features(batch=B, num_frames=T, *, requires_grad=False):
    torch.manual_seed(0)
    maps = [torch.rand(batch, num_frames, C, H // step, W // step) for step in (32, 16, 8, 4)]
    return ClipFeatures(*(x.requires_grad_(requires_grad) for x in maps))


def mask_object(top=10, num_frames=T):
    mask = torch.zeros(1, num_frames, H, W, dtype=torch.bool)
    mask[0, 0, top : top + 20, 30:90] = True
    mask[0, -1, top : top + 9, 50:60] = True
    return mask


def mixed(num_masks=2, num_points=1, num_frames=T):
    masks = [mask_object(10 * index, num_frames) for index in range(num_masks)]
    empty = torch.zeros(0, num_frames, H, W, dtype=torch.bool)
    points = torch.tensor([[20.5, 30.5], [100.5, 3.5]])[:num_points]
    return ObjectExemplars(torch.cat([empty, *masks]), points, torch.tensor([0, 1])[:num_points])


@pytest.mark.parametrize(
    ("num_masks", "num_points", "counts"),
    [(2, 1, (5, 5, 1)), (1, 0, (5,)), (0, 2, (1, 1)), (3, 2, (5, 5, 5, 1, 1))],
)
def test_that_objects_become_queries_masks_first(num_masks, num_points, counts):
    model = encoder_model()
    objects = mixed(num_masks, num_points)
    with torch.no_grad():
        encoded = model.object_encoder(features(), [objects, objects])
    assert encoded.background_BQC.shape == (B, 16, C)
    assert encoded.objects_BQC.shape == (B, sum(counts), C)
    assert encoded.object_query_counts == counts


def test_that_training_and_inference_may_differ_in_queries_per_object():
    model = encoder_model()
    counts = []
    for is_training in (True, False):
        model.train(is_training)
        counts.append(model.object_encoder(features(1), [mixed()]).object_query_counts)
    assert counts == [(3, 3, 1), (5, 5, 1)]
    explicit = model.object_encoder(features(1), [mixed()], queries_per_object=2)
    assert explicit.object_query_counts == (2, 2, 1)


def test_that_samples_of_a_batch_do_not_see_each_other():
    model = encoder_model()
    clip = features()
    first, second = mixed(), dataclasses.replace(mixed(), masks_NTHW=mixed().masks_NTHW.flip(-1))
    with torch.no_grad():
        together = model.object_encoder(clip, [first, second])
        alone = model.object_encoder(ClipFeatures(*(x[1:] for x in clip.coarse_to_fine)), [second])
    torch.testing.assert_close(together.objects_BQC[1:], alone.objects_BQC)
    torch.testing.assert_close(together.background_BQC[1:], alone.background_BQC)


@pytest.mark.parametrize("rule", SegmentRule)
def test_that_the_fast_encoder_equals_the_published_one_within_its_limit(rule):
    fast = encoder_model(segment_rule=rule)
    published = encoder_model(segment_rule=rule, behaviour=Behaviour.PUBLISHED)
    published.load_state_dict(fast.state_dict())
    clip, objects = features(), mixed(2, 2)
    with torch.no_grad():
        ours = fast.object_encoder(clip, [objects, objects])
        theirs = published.object_encoder(clip, [objects, objects])
    torch.testing.assert_close(ours.objects_BQC, theirs.objects_BQC)
    torch.testing.assert_close(ours.background_BQC, theirs.background_BQC)


@pytest.mark.parametrize("behaviour", Behaviour)
def test_that_answers_are_random_only_to_reproduce_published_ones(behaviour):
    model = encoder_model(behaviour=behaviour, max_points_inference=20)
    clip = features(1)
    with torch.no_grad():
        first, second = (model.object_encoder(clip, [mixed()]).objects_BQC for _ in range(2))
    assert torch.equal(first, second) == (behaviour is Behaviour.INTENDED)


@pytest.mark.parametrize(("is_training", "limit"), [(True, 7), (False, 30)])
def test_that_the_published_limit_is_the_modes_own(is_training, limit):
    model = encoder_model(
        behaviour=Behaviour.PUBLISHED, max_points_training=7, max_points_inference=30
    ).train(is_training)
    (reading,) = model.object_encoder.read(features(1), [mixed(1, 0)], 3)
    assert reading.keys.values_QPC.shape[1] == limit


def test_that_features_read_through_masks_carry_no_gradient():
    model = encoder_model().train()
    clip = features(1, requires_grad=True)
    encoded = model.object_encoder(clip, [mixed(num_points=0)])
    encoded.objects_BQC.square().sum().backward()
    assert all(x.grad is None for x in clip.coarse_to_fine)
    assert model.object_encoder.mask_embedding.grad.abs().sum() > 0
    assert model.object_encoder.layers[0].cross_attention.in_proj.weight.grad.abs().sum() > 0


def test_that_features_read_at_points_do():
    model = encoder_model().train()
    clip = features(1, requires_grad=True)
    encoded = model.object_encoder(clip, [mixed(num_masks=0, num_points=2)])
    encoded.objects_BQC.square().sum().backward()
    touched = [int((x.grad.abs().sum(dim=2) > 0).sum()) for x in clip.coarse_to_fine]
    assert touched == [2, 2, 2, 2]  # one cell per point and map


def test_that_a_point_can_be_a_one_pixel_mask():
    model = encoder_model(point_encoding=PointEncoding.ONE_PIXEL_MASK)
    assert [name for name in model.state_dict() if "point" in name] == []
    clip, objects = features(1), mixed(1, 2)
    (reading,) = model.object_encoder.read(clip, [objects], 3)
    assert reading.initial_BQC.shape == (1, 16 + 3 + 2, C)
    expected = clip.stride4[0, 0, :, 30 // 4, 20 // 4]
    torch.testing.assert_close(reading.initial_BQC[0, -2], expected)
    with torch.no_grad():
        encoded = model.object_encoder(clip, [objects])
    assert encoded.object_query_counts == (5, 1, 1)


def test_that_points_are_read_in_their_own_frames():
    model = encoder_model()
    clip = features(1)
    changed = dataclasses.replace(clip, stride32=clip.stride32.clone())
    changed.stride32[:, 1] += 1.0
    objects = mixed(0, 2)  # one in frame 0, one in frame 1
    with torch.no_grad():
        before, after = (
            model.object_encoder.read(x, [objects], 1)[1].initial_BQC[0] for x in (clip, changed)
        )
    assert torch.equal(before[0], after[0])
    assert not torch.equal(before[1], after[1])


def test_that_all_queries_inform_each_other():
    model = encoder_model()
    clip = features(1)
    other = dataclasses.replace(mixed(), masks_NTHW=mixed().masks_NTHW.clone())
    other.masks_NTHW[1, 0, 60:, 100:] = True
    with torch.no_grad():
        before, after = (model.object_encoder(clip, [x]) for x in (mixed(), other))
    difference = (before.objects_BQC - after.objects_BQC).abs().amax(dim=-1)
    assert (difference > 0).all()


@pytest.mark.parametrize(
    ("clip", "batch", "message"),
    [
        (features(2), [mixed()], "1 sets of exemplars for 2 samples"),
        (features(2), [mixed(2, 1), mixed(1, 2)], "as many masks and points"),
        (features(1, 2), [mixed()], "select the reference frames"),
    ],
)
def test_that_exemplars_must_fit_the_features(clip, batch, message):
    with pytest.raises(ValueError, match=message):
        encoder_model().object_encoder(clip, batch)
