import pytest
import torch

from tarvis_core.model.model_config import ClassHead, DecoderConfig, HeadStyle
from tarvis_core.model.model_output import QueryType
from tests.fakes.tiny_model import tiny_config, tiny_model

B, NUM_INSTANCES, C = 2, 7, 32


def heads_of(**changes):
    decoder = DecoderConfig(num_layers=1, feedforward_width=48, **changes)
    model = tiny_model(tiny_config(decoder=decoder))
    return model, model.decoder.heads


def states(queries):
    torch.manual_seed(0)
    return torch.randn(B, queries.num_queries, C)


def test_that_classes_are_inner_products_with_the_background_first():
    model, heads = heads_of()
    queries = model.class_queries("animals", batch=B)
    x = states(queries)
    with torch.no_grad():
        logits = heads.class_logits(x, queries)
        instance = heads.class_heads["instance"](x[:, :7])
        background = heads.class_heads["background"](x[:, 7:8])
        semantic = heads.class_heads["semantic"](x[:, 8:])
    assert logits.shape == (B, NUM_INSTANCES, 1 + 5)
    torch.testing.assert_close(logits[0, 3, 0], instance[0, 3] @ background[0, 0])
    torch.testing.assert_close(logits[1, 2, 5], instance[1, 2] @ semantic[1, 4])


def test_that_a_subset_of_classes_has_a_column_each():
    model, heads = heads_of()
    queries = model.class_queries("animals", classes=[4, 1], batch=B)
    with torch.no_grad():
        assert heads.class_logits(states(queries), queries).shape == (B, NUM_INSTANCES, 1 + 2)


def test_that_each_type_of_query_has_a_mask_head_of_its_own():
    model, heads = heads_of()
    queries = model.class_queries("animals", batch=B)
    x = states(queries)
    with torch.no_grad():
        embeddings = heads.mask_embeddings(x, queries.slices)
        for kind, part in queries.slices.items():
            expected = heads.mask_heads[kind.name.lower()](x[:, part])
            torch.testing.assert_close(embeddings[:, part], expected)


def test_that_a_linear_head_needs_no_semantic_queries():
    model, heads = heads_of(class_head=ClassHead.LINEAR)
    assert len(heads.class_heads) == 0
    queries = model.class_queries("animals", classes=[4, 1], batch=B, with_semantic=False)
    x = states(queries)
    with torch.no_grad():
        logits = heads.class_logits(heads.normalise(x), queries)
        everything = heads.class_layers["animals"](heads.normalise(x)[:, :NUM_INSTANCES])
    assert logits.shape == (B, NUM_INSTANCES, 3)
    torch.testing.assert_close(logits, everything[:, :, [0, 5, 2]])


def test_that_plain_heads_compare_the_output_queries_themselves():
    model, heads = heads_of(output_heads=HeadStyle.PLAIN)
    assert list(heads.state_dict()) == []
    queries = model.class_queries("animals", batch=B)
    x = states(queries)
    assert torch.equal(heads.mask_embeddings(heads.normalise(x), queries.slices), x)
    logits = heads.class_logits(x, queries)
    torch.testing.assert_close(logits[0, 0, 1], x[0, 0] @ x[0, 8])


@pytest.mark.parametrize("kind", [QueryType.OBJECT, QueryType.OBJECT_BACKGROUND])
def test_that_objects_have_masks_but_no_classes(kind):
    _, heads = heads_of()
    assert kind.name.lower() in heads.mask_heads
    assert kind.name.lower() not in heads.class_heads
