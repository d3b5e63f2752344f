import pytest
import torch

from tarvis_core.model.model_config import (
    BackboneConfig,
    ModelConfig,
    NeckConfig,
    TemporalLevels,
)
from tarvis_core.model.model_output import QueryType
from tarvis_core.model.object_encoder import ObjectExemplars
from tarvis_core.model.tarvis import TarVis
from tests.fakes.tiny_model import TINY_LABEL_SETS, tiny_config, tiny_model

B, T, H, W = 2, 3, 64, 128


@pytest.fixture(scope="module")
def model():
    return tiny_model()


def clip(batch=B, num_frames=T, size=(H, W)):
    torch.manual_seed(0)
    return torch.randint(0, 256, (batch, num_frames, 3, *size), dtype=torch.uint8)


def objects(num_frames=T, size=(H, W)):
    masks = torch.zeros(2, num_frames, *size, dtype=torch.bool)
    masks[0, :, 10:40, 20:60] = True
    masks[1, 0, 50:60, 2:30] = True
    return ObjectExemplars(masks, torch.tensor([[40.5, 7.5]]), torch.tensor([0]))


def test_that_class_and_object_queries_share_one_pass(model):
    with torch.no_grad():
        features = model.encode(clip())
        asked = model.class_queries("animals", batch=B) + model.object_queries(
            features, [objects(), objects()]
        )
        output = model.decode(features, asked)
    assert output.class_logits.shape == (B, 7, 1 + 5)
    assert output.mask_logits(QueryType.INSTANCE).shape == (B, 7, T, H // 4, W // 4)
    assert output.mask_logits(QueryType.SEMANTIC).shape == (B, 5, T, H // 4, W // 4)
    assert output.mask_logits(QueryType.OBJECT_BACKGROUND).shape == (B, 16, T, H // 4, W // 4)
    assert output.object_mask_logits().shape == (B, 3, T, H // 4, W // 4)
    assert output.queries(QueryType.OBJECT).shape == (B, 4 + 4 + 1, 32)


@pytest.mark.parametrize("num_frames", [1, 5])
def test_that_objects_are_followed_from_one_reference_frame(model, num_frames):
    with torch.no_grad():
        features = model.encode(clip(1, num_frames))
        reference = features.select_frames([num_frames - 1])
        asked = model.object_queries(reference, objects(1))
        logits = model.decode(features, asked).object_mask_logits()
    assert logits.shape == (1, 3, num_frames, H // 4, W // 4)
    assert logits.isfinite().all()


def test_that_calls_leave_nothing_behind(model):
    before = {name: value.clone() for name, value in model.state_dict().items()}
    with torch.no_grad():
        first = model.decode(model.encode(clip()), model.class_queries("vehicles", batch=B))
        model.decode(model.encode(clip(1, 1)), model.class_queries("animals"))
        again = model.decode(model.encode(clip()), model.class_queries("vehicles", batch=B))
    assert torch.equal(first.states_BQC, again.states_BQC)
    for name, value in model.state_dict().items():
        assert torch.equal(value, before[name]), name


@pytest.mark.parametrize("kind", [torch.bfloat16, torch.float16])
def test_that_half_precision_runs_end_to_end(kind):
    model = tiny_model().to(kind)
    with torch.no_grad():
        features = model.encode(clip(1))
        asked = model.class_queries("animals") + model.object_queries(features, objects())
        output = model.decode(features, asked)
    assert features.stride4.dtype == kind
    assert output.class_logits.dtype == kind
    assert output.object_mask_logits().isfinite().all()


def test_that_autocast_runs_end_to_end():
    model = tiny_model()
    with torch.no_grad(), torch.autocast("cpu", torch.bfloat16):
        features = model.encode(clip(1))
        asked = model.class_queries("animals") + model.object_queries(features, objects())
        logits = model.decode(features, asked).object_mask_logits()
    assert logits.isfinite().all()


def test_that_all_weights_train_on_all_tasks():
    neck = NeckConfig(
        num_layers=2, feedforward_width=48, num_points=2, temporal_levels=TemporalLevels.ALL
    )
    model = tiny_model(tiny_config(neck=neck)).train()
    features = model.encode(clip())
    asked = model.class_queries("animals", batch=B) + model.object_queries(
        features, [objects(), objects()]
    )
    output = model.decode(features, asked, with_intermediate=True)
    loss = sum(
        evaluation.class_logits.square().mean()
        + sum(evaluation.mask_logits(kind).square().mean() for kind in QueryType)
        for evaluation in output.intermediate
    )
    loss.backward()
    unused = {name for name, parameter in model.named_parameters() if parameter.grad is None}
    # the other label set was not asked about; the trunk's last output is not its last layer
    assert unused <= {"query_bank.semantic_queries.vehicles"}


def test_that_the_starter_is_small_and_complete():
    starter = TarVis(ModelConfig.starter(TINY_LABEL_SETS)).eval()
    assert sum(parameter.numel() for parameter in starter.parameters()) < 15e6
    with torch.no_grad():
        features = starter.encode(clip(1, 2))
        output = starter.decode(features, starter.object_queries(features, objects(2)))
    assert output.object_mask_logits().shape == (1, 3, 2, H // 4, W // 4)


def test_that_any_timm_pyramid_serves_as_trunk():
    config = tiny_config(backbone=BackboneConfig("test_convnext"))
    with torch.no_grad():
        features = tiny_model(config).encode(clip(1, 1))
    assert features.padded_size == (H, W)
