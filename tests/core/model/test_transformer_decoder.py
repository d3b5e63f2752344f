import pytest
import torch

from tarvis_core.model.clip_features import ClipFeatures
from tarvis_core.model.model_output import QueryGroup, QuerySet, QueryType
from tarvis_core.model.transformer_decoder import attention_mask, resize_maps
from tests.core.model.plain_decoder import decode_plainly
from tests.fakes.tiny_model import tiny_model

B, T, H, W, C = 2, 3, 64, 128, 32


@pytest.fixture(scope="module")
def model():
    return tiny_model()


def features(batch=B, num_frames=T, *, requires_grad=False):
    torch.manual_seed(1)
    maps = [torch.randn(batch, num_frames, C, H // step, W // step) for step in (32, 16, 8, 4)]
    return ClipFeatures(*(x.requires_grad_(requires_grad) for x in maps))


def queries(model, batch=B):
    torch.manual_seed(2)
    objects = QuerySet(
        (
            QueryGroup(QueryType.OBJECT_BACKGROUND, torch.randn(batch, 4, C), torch.randn(C)),
            QueryGroup(QueryType.OBJECT, torch.randn(batch, 3, C), torch.randn(C)),
        ),
        object_query_counts=(2, 1),
    )
    return model.class_queries("animals", batch=batch) + objects


def test_that_masks_at_attention_resolution_equal_resized_full_ones(model):
    clip, asked = features(), queries(model)
    with torch.no_grad():
        output = model.decode(clip, asked)
    states, masks = decode_plainly(model.decoder, clip, asked)
    torch.testing.assert_close(output.states_BQC, states, rtol=1e-4, atol=1e-4)
    for kind, part in asked.slices.items():
        ours = output.mask_logits(kind)
        assert ours.shape == (B, part.stop - part.start, T, H // 4, W // 4)
        torch.testing.assert_close(ours, masks[:, part], rtol=1e-3, atol=1e-3)


def test_that_kept_memory_answers_as_fresh_features_do(model):
    clip = features()
    with torch.no_grad():
        memory = model.decoder_memory(clip)
        for asked in (model.class_queries("animals", batch=B), queries(model)):
            kept, fresh = model.decode(clip, asked, memory=memory), model.decode(clip, asked)
            assert torch.equal(kept.states_BQC, fresh.states_BQC)


def test_that_memory_of_some_frames_is_part_of_the_whole(model):
    with torch.no_grad():
        memory = model.decoder_memory(features())
        chosen = memory.select_frames([2])
    whole = memory.keys[1].unflatten(2, (T, -1))
    assert torch.equal(chosen.keys[1], whole[:, :, 2])
    assert torch.equal(chosen.values[0], memory.values[0].unflatten(2, (T, -1))[:, :, 2])
    assert torch.equal(chosen.mask_features[2][:, 0], memory.mask_features[2][:, 2])
    assert chosen.num_bytes * T == memory.num_bytes


def test_that_a_look_at_one_frame_uses_its_place_in_the_clip(model):
    clip, asked = features(1), queries(model, 1)
    with torch.no_grad():
        memory = model.decoder_memory(clip).select_frames([1])
        output = model.decode(clip.select_frames([1]), asked, memory=memory)
    assert output.object_mask_logits().shape == (1, 2, 1, H // 4, W // 4)


def test_that_intermediate_outputs_are_the_initial_queries_and_one_per_layer(model):
    clip, asked = features(), queries(model)
    with torch.no_grad():
        plain = model.decode(clip, asked)
        output = model.decode(clip, asked, with_intermediate=True)
    assert plain.intermediate == ()
    assert len(output.intermediate) == 1 + 3
    assert torch.equal(output.intermediate[0].states_BQC, asked.initial_BQC)
    assert torch.equal(output.intermediate[-1].states_BQC, output.states_BQC)
    assert torch.equal(output.states_BQC, plain.states_BQC)
    assert output.intermediate[1].class_logits.shape == (B, 7, 1 + 5)


def test_that_a_query_with_an_empty_mask_looks_everywhere():
    maps = torch.rand(1, 2, 4, 3, 5) + 0.1
    embeddings = torch.stack([torch.ones(4), -torch.ones(4), torch.zeros(4)])[None]
    may_look, is_empty = attention_mask(embeddings, maps)
    assert may_look.shape == (1, 3, 2 * 3 * 5)
    assert is_empty.tolist() == [[False, True, False]]
    assert may_look.all()


def test_that_a_query_looks_inside_its_mask_only():
    maps = torch.tensor([1.0, -1.0, 0.0, 2.0]).reshape(1, 1, 1, 2, 2)
    may_look, _ = attention_mask(torch.ones(1, 1, 1), maps)
    assert may_look.flatten().tolist() == [True, False, True, True]


@pytest.mark.parametrize("kind", [torch.float16, torch.bfloat16, torch.float64])
def test_that_the_threshold_does_not_depend_on_the_type(kind):
    torch.manual_seed(0)
    maps, embeddings = torch.randn(1, 2, 4, 3, 5), torch.randn(1, 6, 4)
    expected, _ = attention_mask(embeddings, maps)
    may_look, _ = attention_mask(embeddings.to(kind), maps.to(kind))
    assert may_look.dtype == torch.bool
    assert (may_look != expected).float().mean() < 0.02


def test_that_resizing_averages_the_cells_in_the_middle():
    maps = torch.arange(16.0).reshape(1, 1, 1, 4, 4)
    assert resize_maps(maps, (1, 1)).item() == (5 + 6 + 9 + 10) / 4


def test_that_attention_masks_carry_no_gradient(model):
    clip = features(1, requires_grad=True)
    model.decode(clip, queries(model, 1)).states_BQC.square().sum().backward()
    assert clip.stride4.grad is None
    assert clip.stride8.grad.abs().sum() > 0
    model.zero_grad()


def test_that_query_types_inform_each_other(model):
    clip, asked = features(1), queries(model, 1)
    with torch.no_grad():
        alone = model.decode(clip, model.class_queries("animals"))
        together = model.decode(clip, asked)
    difference = alone.queries(QueryType.INSTANCE) - together.queries(QueryType.INSTANCE)
    assert difference.abs().max() > 1e-4
