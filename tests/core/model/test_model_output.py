import pytest
import torch

from tarvis_core.model.clip_features import ClipFeatures, FrameFeatures
from tarvis_core.model.model_output import (
    QueryGroup,
    QuerySet,
    QueryType,
    TarvisOutput,
    mask_logits,
)


def features(batch=2, num_frames=3, channels=5, size=(16, 24)):
    maps = [
        torch.rand(batch, num_frames, channels, size[0] // step, size[1] // step)
        for step in (8, 4, 2, 1)
    ]
    return ClipFeatures(*maps)


def group(kind, num_queries, value=0.0):
    return QueryGroup(kind, torch.full((2, num_queries, 5), value), torch.full((5,), value))


def output(stride4, slices, num_queries, counts=()):
    torch.manual_seed(0)
    states = torch.rand(2, num_queries, 5)
    return TarvisOutput(states, states - 0.5, None, stride4, slices, counts)


def test_that_clip_features_know_their_shape():
    clip = features()
    assert (clip.batch_size, clip.num_frames, clip.padded_size) == (2, 3, (64, 96))
    assert clip.num_bytes == 4 * 2 * 3 * 5 * (2 * 3 + 4 * 6 + 8 * 12 + 16 * 24)


def test_that_frames_are_selected_in_the_order_asked_for():
    clip = features()
    chosen = clip.select_frames([2, 0])
    assert chosen.num_frames == 2
    for ours, all_frames in zip(chosen.coarse_to_fine, clip.coarse_to_fine, strict=True):
        assert torch.equal(ours[:, 0], all_frames[:, 2])
        assert torch.equal(ours[:, 1], all_frames[:, 0])


def test_that_joined_frames_are_those_that_were_selected():
    frames = FrameFeatures(torch.rand(2, 4, 21, 5), torch.rand(4, 2, 5, 16, 16).unbind())
    joined = FrameFeatures.join([frames.select_frames([0]), frames.select_frames([1, 2, 3])])
    assert torch.equal(joined.tokens_BTSC, frames.tokens_BTSC)
    assert all(map(torch.equal, joined.laterals_BCHW, frames.laterals_BCHW))
    assert joined.num_frames == 4
    assert joined.num_bytes == 4 * 2 * 4 * 5 * (21 + 256)


def test_that_added_query_sets_keep_order_and_meaning():
    classes = QuerySet(
        (group(QueryType.INSTANCE, 4, 1.0), group(QueryType.SEMANTIC, 2, 2.0)),
        label_set="animals",
        classes=(0, 3),
    )
    objects = QuerySet((group(QueryType.OBJECT, 3, 3.0),), object_query_counts=(1, 2))

    both = classes + objects

    assert both.num_queries == 9
    assert both.slices == {
        QueryType.INSTANCE: slice(0, 4),
        QueryType.SEMANTIC: slice(4, 6),
        QueryType.OBJECT: slice(6, 9),
    }
    assert both.initial_BQC[0, :, 0].tolist() == [1.0] * 4 + [2.0] * 2 + [3.0] * 3
    assert both.embedding_QC[:, 0].tolist() == [1.0] * 4 + [2.0] * 2 + [3.0] * 3
    assert (both.label_set, both.classes, both.object_query_counts) == ("animals", (0, 3), (1, 2))


def test_that_a_type_of_query_occurs_once():
    objects = QuerySet((group(QueryType.OBJECT, 1),), object_query_counts=(1,))
    with pytest.raises(ValueError, match="may occur once"):
        _ = objects + objects


def test_that_object_queries_must_divide_into_objects():
    with pytest.raises(ValueError, match="3 object queries do not divide into"):
        QuerySet((group(QueryType.OBJECT, 3),), object_query_counts=(1, 1))


@pytest.mark.parametrize("is_channels_last", [False, True])
def test_that_mask_logits_are_inner_products(is_channels_last):
    torch.manual_seed(0)
    maps = torch.rand(2, 3, 5, 4, 6)
    if is_channels_last:
        maps = maps.movedim(2, -1).contiguous().movedim(-1, 2)
    queries = torch.rand(2, 7, 5)

    logits = mask_logits(queries, maps)

    assert logits.shape == (2, 7, 3, 4, 6)
    expected = torch.einsum("bqc,btchw->bqthw", queries, maps)
    torch.testing.assert_close(logits, expected)


def test_that_an_object_is_where_any_of_its_queries_is():
    answer = output(features().stride4, {QueryType.OBJECT: slice(0, 4)}, 4, counts=(1, 3))
    each = answer.mask_logits(QueryType.OBJECT)
    objects = answer.object_mask_logits()
    assert objects.shape == (2, 2, 3, 16, 24)
    assert torch.equal(objects[:, 0], each[:, 0])
    assert torch.equal(objects[:, 1], each[:, 1:].amax(dim=1))


def test_that_masks_of_chosen_queries_and_frames_are_those_of_all():
    slices = {QueryType.BACKGROUND: slice(0, 1), QueryType.INSTANCE: slice(1, 7)}
    answer = output(features().stride4, slices, 7)
    everything = answer.mask_logits(QueryType.INSTANCE)
    chosen = answer.mask_logits(QueryType.INSTANCE, queries=[5, 2], frames=[1])
    torch.testing.assert_close(chosen, everything[:, [5, 2]][:, :, [1]])
    torch.testing.assert_close(
        answer.mask_logits(QueryType.INSTANCE, queries=torch.tensor([5, 2]), frames=[1]), chosen
    )


def test_that_masks_of_no_queries_are_empty_not_an_error():
    slices = {QueryType.INSTANCE: slice(0, 3)}
    answer = output(features().stride4, slices, 3)
    assert answer.mask_logits(QueryType.INSTANCE, queries=[]).shape == (2, 0, 3, 16, 24)


def test_that_asking_for_an_absent_type_says_what_is_there():
    answer = output(features().stride4, {QueryType.OBJECT: slice(0, 2)}, 2, counts=(2,))
    assert not answer.has(QueryType.INSTANCE)
    with pytest.raises(ValueError, match="no INSTANCE queries; it had OBJECT"):
        answer.mask_logits(QueryType.INSTANCE)
    with pytest.raises(ValueError, match="no class logits"):
        _ = answer.class_logits
