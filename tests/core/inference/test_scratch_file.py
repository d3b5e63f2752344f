"""Features that memory has no room for come back from the scratch file bit by bit."""

import pytest
import torch

from tarvis_core.annotation.exemplar import PointExemplar
from tarvis_core.annotation.segmentation import TrackRequest
from tarvis_core.inference.engine import InferenceEngine
from tarvis_core.inference.scratch_file import ScratchFile
from tarvis_core.inference.settings import ClipSettings, InferenceSettings
from tarvis_core.model.clip_features import ClipFeatures
from tests.fakes.array_video import RED, ArrayVideo, painted
from tests.fakes.tiny_model import tiny_model


def features(seed, dtype=torch.float32):
    torch.manual_seed(seed)
    return ClipFeatures(*(torch.randn(1, 2, 4, s, s).to(dtype) for s in (1, 2, 4, 8)))


SIZE = features(0).num_bytes


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_that_what_is_put_comes_back(tmp_path, dtype):
    scratch, kept = ScratchFile(3 * SIZE, tmp_path), features(1, dtype)
    scratch.put("a", features(2, dtype))
    scratch.put("b", kept)

    found = scratch.get("b")

    for ours, theirs in zip(found.coarse_to_fine, kept.coarse_to_fine, strict=True):
        assert ours.dtype == dtype
        assert torch.equal(ours, theirs)
    assert scratch.get("c") is None


def test_that_the_file_never_grows_and_the_oldest_goes_first(tmp_path):
    scratch = ScratchFile(int(2.5 * SIZE), tmp_path)
    for seed in range(5):
        scratch.put(seed, features(seed))
        assert len(scratch) <= 2
        assert torch.equal(scratch.get(seed).stride4, features(seed).stride4)

    assert 0 not in scratch
    assert 3 in scratch
    scratch.put("too large", ClipFeatures(*[torch.zeros(1, 9, 4, 8, 8)] * 4))
    assert "too large" not in scratch
    scratch.clear()
    assert len(scratch) == 0


def test_that_a_run_beyond_memory_encodes_nothing_twice():
    model, clip = tiny_model(), ClipSettings(4, 2, 64)
    video = ArrayVideo(painted(12, (45, 83), lambda f: [(RED, 4 + 3 * f, 8, 16)]))
    request = TrackRequest((PointExemplar(0, 1, 8.5, 12.5),), 0, 11)
    settings = InferenceSettings(clip=clip, cache_bytes=2**20, scratch_bytes=2**24)
    engine = InferenceEngine(model, torch.device("cpu"), settings)
    first = list(engine.track(video, request))
    assert len(engine._caches.scratch) >= 1, "memory has no room for all clips"
    video.read.clear()

    second = list(engine.track(video, request))

    assert video.read == []
    assert second == first
