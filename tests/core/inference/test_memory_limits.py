"""Memory that runs out: retried smaller, said, and given up with words when nothing helps."""

import weakref

import pytest
import torch

from tarvis_core.annotation.exemplar import PointExemplar, ShownMask
from tarvis_core.annotation.mask import Mask
from tarvis_core.annotation.segmentation import Direction, TrackRequest
from tarvis_core.errors import DeviceMemoryError
from tarvis_core.inference import clip_source, object_mask_writers, object_tracks
from tarvis_core.inference.caches import Caches
from tarvis_core.inference.clip_source import ClipSource
from tarvis_core.inference.engine import InferenceEngine
from tarvis_core.inference.network import Network
from tarvis_core.inference.overlap_buffer import ClipLogits
from tarvis_core.inference.propagation import propagate
from tarvis_core.inference.settings import ClipSettings, InferenceSettings
from tests.fakes.array_video import RED, ArrayVideo, painted
from tests.fakes.colour_network import ColourNetwork

OPTIONS = InferenceSettings(reacquire_score=None)
OUT_OF_MEMORY = [
    torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 20 MiB"),
    RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to allocate 9 bytes"),
    MemoryError(),
]


def fails_above(longest, error=OUT_OF_MEMORY[0], name="encode_clip"):
    """Fails for clips of more than `longest` frames."""

    def fail(call, num_frames):
        if call == name and num_frames > longest:
            raise error

    return fail


def large_frames_fail(now):
    """A network that fails for frames of more than 192 pixels while `now(network)` says so."""
    network = ColourNetwork()
    encode = network.encode_clip

    def encode_clip(features):
        if features.stride4_size[0] > 48 and now(network):
            raise OUT_OF_MEMORY[0]
        return encode(features)

    network.encode_clip = encode_clip
    return network


@pytest.fixture(autouse=True)
def _without_garbage_collection(monkeypatch):
    """Collecting takes half a second in a test run; what is given up is counted elsewhere."""
    monkeypatch.setattr(clip_source, "release_memory", lambda device: None)


def source_of(frames, network, clip, cache_bytes=2**26):
    network = Network(network, torch.device("cpu"))
    return ClipSource(ArrayVideo(frames), network, Caches.of(cache_bytes), clip)


def answers(source, exemplars, direction=Direction.BOTH):
    request = TrackRequest(tuple(exemplars), 0, source.num_frames - 1, direction)
    return {
        frame: predicted.mask
        for clip in propagate(source, request, OPTIONS)
        for frame, predicted in clip.masks[1].items()
    }


@pytest.fixture
def frames():
    return painted(24, squares=lambda f: [(RED, 8 + 2 * f, 8, 16)])


@pytest.mark.parametrize(
    ("call", "error"),
    [
        ("encode_clip", OUT_OF_MEMORY[0]),
        ("decode", OUT_OF_MEMORY[1]),
        ("decoder_memory", OUT_OF_MEMORY[2]),
    ],
)
def test_that_a_run_goes_on_with_shorter_clips(frames, call, error, caplog):
    network = ColourNetwork(fail=fails_above(4, error, call))
    source = source_of(frames, network, ClipSettings(12, 6))

    found = answers(source, [PointExemplar(10, 1, 36, 16)])

    assert set(found) == set(range(24))
    assert source.settings == ClipSettings(4, 2)
    assert "memory ran out" in caplog.text
    assert {record.levelname for record in caplog.records} <= {"WARNING", "INFO"}


@pytest.mark.parametrize("direction", [Direction.FORWARD, Direction.BACKWARD])
def test_that_memory_that_runs_out_late_loses_no_frame(frames, direction):
    calls = []

    def fail(name, num_frames):
        if name == "decode":
            calls.append(num_frames)
            if len(calls) > 2 and num_frames > 6:
                raise OUT_OF_MEMORY[0]

    source = source_of(frames, ColourNetwork(fail=fail), ClipSettings(8, 4))
    start = 0 if direction is Direction.FORWARD else 23

    found = answers(source, [PointExemplar(start, 1, 16 + 2 * start, 16)], direction)

    assert set(found) == set(range(24))
    assert calls[:3] == [8, 8, 8], "two clips went well before"
    assert source.settings.length == 4


def test_that_frames_become_smaller_where_shorter_clips_do_not_help():
    frames = painted(8, (256, 320), squares=lambda f: [(RED, 40, 40, 80)])
    network = large_frames_fail(lambda network: True)
    source = source_of(frames, network, ClipSettings(4, 2))

    found = answers(source, [PointExemplar(0, 1, 80, 80)])

    assert set(found) == set(range(8))
    assert source.settings.shorter_side == 192
    assert all(mask.size == (256, 320) for mask in found.values())


def test_that_masks_survive_a_change_of_input_size_in_the_middle():
    frames = painted(12, (256, 320), squares=lambda f: [(RED, 40 + 8 * f, 40, 80)])
    network = large_frames_fail(lambda network: bool(network.clip_sizes))
    source = source_of(frames, network, ClipSettings(4, 2))

    found = answers(source, [PointExemplar(0, 1, 80, 80)])

    assert set(found) == set(range(12))
    for frame, mask in found.items():
        x_min, _, x_max, _ = mask.box
        assert (x_min, x_max) == pytest.approx((40 + 8 * frame, 120 + 8 * frame), abs=8)


def test_that_caches_are_given_up_before_clips_are_shortened(frames):
    network = ColourNetwork()
    source = source_of(frames, network, ClipSettings(8, 4))
    answers(source, [PointExemplar(0, 1, 16, 16)])
    failures = [OUT_OF_MEMORY[0]]

    def fail_once(name, num_frames):
        if name == "decode" and failures:
            raise failures.pop()

    network._fail = fail_once

    assert set(answers(source, [PointExemplar(0, 1, 16, 16)])) == set(range(24))
    assert source.settings == ClipSettings(8, 4)


def test_that_a_hopeless_device_is_told_with_what_to_do(frames):
    source = source_of(frames, ColourNetwork(fail=fails_above(0)), ClipSettings(8, 4))

    with pytest.raises(DeviceMemoryError, match="choose a smaller network or another device"):
        answers(source, [PointExemplar(0, 1, 16, 16)])


def test_that_masks_that_do_not_fit_are_told(frames, monkeypatch):
    def fail(*_):
        raise OUT_OF_MEMORY[1]

    monkeypatch.setattr(object_mask_writers, "object_masks", fail)
    source = source_of(frames, ColourNetwork(), ClipSettings(8, 4))

    with pytest.raises(DeviceMemoryError, match="64 × 96 pixels"):
        answers(source, [PointExemplar(0, 1, 16, 16)])


def test_that_other_failures_are_not_mistaken_for_memory(frames):
    network = ColourNetwork(fail=fails_above(0, RuntimeError("shapes do not match")))

    with pytest.raises(RuntimeError, match="shapes do not match"):
        answers(source_of(frames, network, ClipSettings(8, 4)), [PointExemplar(0, 1, 16, 16)])


def test_that_a_preview_makes_do_with_smaller_frames():
    frames = painted(2, (256, 320), squares=lambda f: [(RED, 40, 40, 80)])
    network = large_frames_fail(lambda network: True)
    engine = InferenceEngine(
        network, torch.device("cpu"), InferenceSettings(clip=ClipSettings(4, 2))
    )

    assert set(engine.preview(ArrayVideo(frames), 0, [PointExemplar(0, 1, 80, 80)])) == {1}


def test_that_memory_does_not_grow_with_the_length_of_the_video(monkeypatch):
    living = []

    def recorded(*values, **more):
        clip = ClipLogits(*values, **more)
        living.append(weakref.ref(clip.logits_NTHW))
        return clip

    class Recording(ColourNetwork):
        def encode_clip(self, features):
            encoded = super().encode_clip(features)
            living.append(weakref.ref(encoded.stride4))
            return encoded

    monkeypatch.setattr(object_tracks, "ClipLogits", recorded)
    frames = painted(60, squares=lambda f: [(RED, 8, 8, 16)])
    source = source_of(frames, Recording(), ClipSettings(4, 2), cache_bytes=0)
    request = TrackRequest((PointExemplar(0, 1, 16, 16),), 0, 59)

    counts = [
        sum(reference() is not None for reference in living)
        for _ in propagate(source, request, OPTIONS)
    ]

    assert len(counts) > 20
    assert max(counts) <= 6
    assert max(counts[len(counts) // 2 :]) <= max(counts[: len(counts) // 2])


def test_that_a_run_goes_on_where_answering_its_clicks_made_frames_smaller():
    frames = painted(8, (256, 320), squares=lambda f: [(RED, 40, 40, 80)])
    network = ColourNetwork()
    encode = network.encode_clip

    def encode_clip(features):
        if features.num_frames == 1 and features.stride4_size[0] > 48:
            raise OUT_OF_MEMORY[0]
        return encode(features)

    network.encode_clip = encode_clip
    settings = InferenceSettings(clip=ClipSettings(4, 2), reacquire_score=None)
    engine = InferenceEngine(network, torch.device("cpu"), settings)
    shown = Mask.from_array((frames[5] == RED).all(axis=-1))
    start, click = PointExemplar(0, 1, 80, 80), PointExemplar(5, 1, 80, 80)
    given = (start, ShownMask(5, 1, shown), click)

    clips = list(engine.track(ArrayVideo(frames), TrackRequest(given, 0, 7)))

    assert {frame for clip in clips for frame in clip.masks[1]} == set(range(8))
