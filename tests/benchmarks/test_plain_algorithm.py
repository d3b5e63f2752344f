"""What the fast path is measured against computes the same."""

import pytest
import torch

from benchmarks.plain_algorithm import PlainTarVis
from tarvis_core.model.behaviour import Behaviour
from tarvis_core.model.model_output import QueryType
from tarvis_core.model.object_exemplars import ObjectExemplars
from tests.fakes.tiny_model import tiny_model


@pytest.fixture(scope="module")
def model():
    return tiny_model()


@torch.inference_mode()
def test_that_the_plain_algorithm_gives_the_same_masks(model):
    plain = PlainTarVis(model)
    random = torch.Generator().manual_seed(0)
    frames = torch.randint(0, 256, (1, 2, 3, 64, 128), generator=random, dtype=torch.uint8)
    masks = torch.zeros(2, 1, 64, 128, dtype=torch.bool)
    masks[0, 0, 8:40, 8:40] = masks[1, 0, 30:60, 80:120] = True
    objects = ObjectExemplars.from_masks(masks)

    features, expected = plain.encode(frames), model.encode(frames)
    first = expected.select_frames([0])
    queries, fast_queries = (
        plain.object_queries(first, objects),
        model.object_queries(first, objects),
    )
    logits, output = plain.decode(expected, fast_queries), model.decode(expected, fast_queries)

    for ours, theirs in zip(features.coarse_to_fine, expected.coarse_to_fine, strict=True):
        torch.testing.assert_close(ours, theirs, rtol=1e-3, atol=1e-4)
    torch.testing.assert_close(queries.initial_BQC, fast_queries.initial_BQC, rtol=1e-3, atol=1e-4)
    fast = torch.cat(
        [output.mask_logits(kind) for kind in (QueryType.OBJECT_BACKGROUND, QueryType.OBJECT)],
        dim=1,
    )
    assert (logits - fast).abs().quantile(0.99) < 1e-3


def test_that_nothing_stays_plain_afterwards(model):
    plain, frames = PlainTarVis(model), torch.zeros(1, 1, 3, 64, 64)
    before = model.encode(frames).stride4
    plain.encode(frames)

    assert torch.equal(model.encode(frames).stride4, before)
    assert model.object_encoder.behaviour is Behaviour.INTENDED
