"""Many targets: their queries look in groups where memory is short, and the answers stay equal."""

import dataclasses
import logging

import pytest
import torch

from tarvis_core.annotation.exemplar import PointExemplar
from tarvis_core.annotation.segmentation import TrackRequest
from tarvis_core.errors import ConfigError
from tarvis_core.inference import clip_source, query_limit
from tarvis_core.inference.caches import Caches
from tarvis_core.inference.clip_source import ClipSource
from tarvis_core.inference.memory_forecast import queries_that_fit
from tarvis_core.inference.network import Network
from tarvis_core.inference.propagation import propagate
from tarvis_core.inference.settings import ClipSettings, InferenceSettings
from tarvis_core.model.model_output import QueryGroup, QuerySet, QueryType, TarvisOutput
from tarvis_core.model.object_encoder import ObjectExemplars
from tests.fakes.array_video import ArrayVideo, painted
from tests.fakes.colour_network import ColourNetwork
from tests.fakes.tiny_model import tiny_model

CPU = torch.device("cpu")
CLIPS = ClipSettings(4, 2)
COLOURS = [(220, 30, 30), (30, 200, 60), (40, 60, 220), (220, 210, 40), (200, 40, 200)]
NUM_FRAMES = 10


@pytest.fixture(autouse=True)
def _without_garbage_collection(monkeypatch):
    monkeypatch.setattr(clip_source, "release_memory", lambda device: None)


def squares(frame):
    return [(colour, 4 + 18 * i, 8 + 2 * frame, 12) for i, colour in enumerate(COLOURS)]


def source_of(network):
    video = ArrayVideo(painted(NUM_FRAMES, squares=squares))
    return ClipSource(video, Network(network, CPU), Caches.of(2**26), CLIPS)


def masks(source, targets_at_once=None):
    """All masks of the squares, from a click on each."""
    settings = InferenceSettings(reacquire_score=None, targets_at_once=targets_at_once)
    clicks = tuple(PointExemplar(0, i + 1, 10 + 18 * i, 14) for i in range(len(COLOURS)))
    return {
        (target, frame): predicted.mask
        for clip in propagate(source, TrackRequest(clicks, 0, NUM_FRAMES - 1), settings)
        for target, by_frame in clip.masks.items()
        for frame, predicted in by_frame.items()
    }


@pytest.fixture(scope="module")
def question():
    """A transformer, an encoded clip, and queries about five things and all classes in it."""
    source = source_of(tiny_model())
    clip = source.load(source.grid()[0])
    volumes = torch.zeros(5, 1, *clip.geometry.padded_size, dtype=torch.bool)
    for i in range(5):
        volumes[i, 0, 8:20, 4 + 18 * i : 16 + 18 * i] = True
    objects = ObjectExemplars(volumes, torch.zeros(0, 2), torch.zeros(0, dtype=torch.int64))
    network = source.network
    queries = network.object_queries(clip.features_of((0,)), objects, None)
    return network, clip, network.class_queries("animals") + queries


@pytest.mark.parametrize("at_once", [1, 5, 16])
def test_that_groups_of_queries_answer_as_all_at_once(question, at_once):
    network, clip, queries = question
    assert queries.num_queries > 2 * at_once

    whole = network.decode(clip.features, queries, clip.memory)
    parted = network.decode(clip.features, queries, clip.memory, at_once)

    torch.testing.assert_close(parted.states_BQC, whole.states_BQC, atol=1e-5, rtol=1e-4)
    torch.testing.assert_close(parted.class_logits, whole.class_logits, atol=1e-5, rtol=1e-4)
    winners = [out.object_mask_logits().argmax(dim=1) for out in (whole, parted)]
    assert (winners[0] == winners[1]).float().mean() > 0.999


def test_that_no_more_queries_look_at_once_than_are_allowed(question, monkeypatch):
    network, clip, queries = question
    seen = []
    layer = network._model.decoder.layers[0]
    look = layer.look

    def watched(x_BQC, *rest):
        seen.append(x_BQC.shape[1])
        return look(x_BQC, *rest)

    monkeypatch.setattr(layer, "look", watched)

    network.decode(clip.features, queries, clip.memory, 5)

    assert max(seen) == 5
    assert sum(seen) == queries.num_queries


def test_that_a_person_can_limit_the_targets_that_look_at_once():
    network = ColourNetwork()
    whole = masks(source_of(network))
    assert max(network.looked_at_once) == 1 + 2 * len(COLOURS)
    network.looked_at_once.clear()

    assert masks(source_of(network), targets_at_once=2) == whole
    assert max(network.looked_at_once) == 4
    assert len(whole) == len(COLOURS) * NUM_FRAMES


def too_little_for(most):
    """A network that runs out of memory where more queries look at once."""
    network = ColourNetwork()
    decode = network.decode

    def call(features, queries, *, memory=None, queries_at_once=None):
        if min(queries.num_queries, queries_at_once) > most:
            raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2 GiB")
        return decode(features, queries, memory=memory, queries_at_once=queries_at_once)

    network.decode = call
    return network


def test_that_targets_that_do_not_fit_are_tracked_in_groups(caplog):
    whole = masks(source_of(ColourNetwork()))
    source = source_of(too_little_for(5))

    with caplog.at_level(logging.WARNING):
        parted = masks(source)

    assert parted == whole
    assert source.settings == CLIPS, "clips stay as long as they were"
    told = [record.getMessage() for record in caplog.records]
    assert told == [
        "memory ran out on cpu with 6 queries at once; going on with 4 at a time",
    ]


def test_that_clips_become_smaller_where_groups_do_not_help():
    source = source_of(ColourNetwork())
    decode = source.network.decode

    def call(features, *rest):
        if features.num_frames > 2:
            raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2 GiB")
        return decode(features, *rest)

    source.network.decode = call

    assert len(masks(source)) == len(COLOURS) * NUM_FRAMES
    assert source.settings.length == 2


def shares(look=2**40, targets=2**40):
    """What of memory is for queries that look, and for targets."""
    return lambda device, part: {query_limit.LOOK_SHARE: look}.get(part, targets)


@pytest.mark.parametrize("has_room", [True, False])
def test_that_clips_become_shorter_where_the_masks_of_many_targets_would_not_fit(
    monkeypatch, caplog, has_room
):
    source = source_of(ColourNetwork())
    height, width = source.geometry.padded_size
    of_one = 28 * CLIPS.length * (height // 4) * (width // 4)
    room = (len(COLOURS) if has_room else len(COLOURS) - 1) * of_one
    monkeypatch.setattr(query_limit, "memory_share", shares(targets=room))

    found = masks(source)

    assert len(found) == len(COLOURS) * NUM_FRAMES
    assert source.settings.length == (4 if has_room else 2)
    told = [record.getMessage() for record in caplog.records if record.levelname == "WARNING"]
    assert len(told) == (0 if has_room else 1)


def test_that_groups_are_formed_before_memory_runs_out(monkeypatch):
    network = ColourNetwork()
    source = source_of(network)
    height, width = source.geometry.padded_size
    room = 4 * 10 * CLIPS.length * (height // 8) * (width // 8)
    monkeypatch.setattr(query_limit, "memory_share", shares(look=room))
    assert queries_that_fit(room, CLIPS.length, (height, width)) == 4

    assert len(masks(source)) == len(COLOURS) * NUM_FRAMES
    assert max(network.looked_at_once) == 4


def test_that_maps_of_objects_are_made_portion_by_portion():
    class Counting(TarvisOutput):
        def mask_logits(self, *values, **more):
            maps = super().mask_logits(*values, **more)
            made.append(maps.shape[1])
            return maps

    made = []
    states = torch.arange(200.0)[None, :, None].expand(1, -1, 3)
    group = QueryGroup(QueryType.OBJECT, states, torch.zeros(3))
    queries = QuerySet((group,), (4,) * 49 + (3, 1))
    output = TarvisOutput(
        states, states, None, torch.ones(1, 1, 3, 2, 2), queries.slices, queries.object_query_counts
    )
    counting = Counting(*(getattr(output, field.name) for field in dataclasses.fields(output)))

    logits = counting.object_mask_logits()

    best = [*range(3, 196, 4), 198, 199]
    assert logits[0, :, 0, 0, 0].tolist() == [3.0 * row for row in best]
    assert max(made) <= 64
    assert sum(made) == 200


def test_that_a_limit_without_meaning_is_refused():
    with pytest.raises(ConfigError, match="targets_at_once is 0"):
        InferenceSettings(targets_at_once=0)
