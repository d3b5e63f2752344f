import pytest
import torch

from tarvis_core.errors import ConfigError
from tarvis_core.model.model_config import ClassHead, DecoderConfig
from tarvis_core.model.model_output import QueryType
from tests.fakes.tiny_model import tiny_config, tiny_model


@pytest.fixture(scope="module")
def model():
    return tiny_model()


def test_that_class_queries_are_instance_background_and_semantic(model):
    queries = model.class_queries("animals", batch=3)
    assert [(group.type, group.initial_BQC.shape) for group in queries.groups] == [
        (QueryType.INSTANCE, (3, 7, 32)),
        (QueryType.BACKGROUND, (3, 1, 32)),
        (QueryType.SEMANTIC, (3, 5, 32)),
    ]
    assert (queries.label_set, queries.classes) == ("animals", (0, 1, 2, 3, 4))


def test_that_label_sets_have_queries_of_their_own(model):
    bank = model.query_bank
    for name in ("animals", "vehicles"):
        semantic = model.class_queries(name).groups[2]
        assert torch.equal(semantic.initial_BQC[0], bank.semantic_queries[name])
        assert torch.equal(semantic.embedding_C, bank.embeddings["semantic"])


def test_that_a_subset_of_classes_takes_their_rows_in_the_order_asked_for(model):
    queries = model.class_queries("animals", classes=[3, 0])
    rows = model.query_bank.semantic_queries["animals"]
    assert torch.equal(queries.groups[2].initial_BQC[0], rows[[3, 0]])
    assert queries.classes == (3, 0)


@pytest.mark.parametrize("classes", [[5], [-1], []])
def test_that_classes_outside_the_label_set_are_refused(model, classes):
    with pytest.raises(ValueError, match="rows 0…4"):
        model.class_queries("animals", classes=classes)


def test_that_an_unknown_label_set_is_a_config_error(model):
    with pytest.raises(ConfigError, match="“plants”; it knows: animals, vehicles"):
        model.class_queries("plants")


def test_that_only_a_linear_class_head_can_do_without_semantic_queries(model):
    with pytest.raises(ConfigError, match="cannot be left out"):
        model.class_queries("animals", with_semantic=False)
    decoder = DecoderConfig(num_layers=3, feedforward_width=48, class_head=ClassHead.LINEAR)
    linear = tiny_model(tiny_config(decoder=decoder))
    queries = linear.class_queries("animals", with_semantic=False)
    assert [group.type for group in queries.groups] == [QueryType.INSTANCE, QueryType.BACKGROUND]
