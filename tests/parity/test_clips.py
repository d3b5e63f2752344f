"""The network against the published one, clip by clip: every stored value of every fixture."""

import copy
import re
from functools import cached_property

import numpy as np
import pytest

from tests.conftest import shared_folder
from tests.parity.attention_bits import LOGIT_NOISE, AttentionBits
from tests.parity.clip_values import LABEL_SETS, ClipValues
from tests.parity.parity_model import parity_model, read_meta

CLIPS = sorted((shared_folder() / "tarvis-spec" / "fixtures").glob("clip_*.npz"))
ENCODER_PARTS = ("backbone", "neck")
DECODER_PARTS = ("ytvis", "kitti", "vos", "pet")
PARTS = (*ENCODER_PARTS, *DECODER_PARTS)

# README of the fixtures, section 3
LARGEST_DIFFERENCE = {"backbone": 1e-4, "neck": 2e-4, "enc": 2e-4}
DECODER_USUAL, MAX_UNUSUAL_SHARE, DECODER_LARGEST = 2e-3, 0.01, 0.1
DIFFERING_SIGNS = 1e-3

pytestmark = pytest.mark.skipif(not CLIPS, reason=f"no clip fixtures in {shared_folder()}")


class Clip:
    """One fixture, with our values in double and in single precision, each computed once."""

    def __init__(self, shared, path) -> None:
        loaded = np.load(path)
        arrays = {key: loaded[key] for key in loaded.files}
        meta = read_meta(arrays)
        model = parity_model(shared, meta["backbone"], meta["weight_salt"])
        self.single = ClipValues(model, arrays)
        self.double = ClipValues(copy.deepcopy(model).double(), arrays)
        self._exact = {}

    def exact(self, part):
        """The values of a decoder's part in double precision, and the attention's bits there."""
        if part not in self._exact:
            bits = AttentionBits()
            with bits.recorded():
                self._exact[part] = _compute(self.double, part, self._double_features), bits
        return self._exact[part]

    def usual(self, part):
        """The values of a part as the program computes them, and where bits were undecided."""
        if part in ENCODER_PARTS:
            return getattr(self.single, part)(), []
        _, bits = self.exact(part)
        with bits.settled():
            return _compute(self.single, part, self._single_features), bits.undecided

    @cached_property
    def _single_features(self):
        return self.single.features()

    @cached_property
    def _double_features(self):
        return self.double.features()


def _compute(values, part, features):
    if part in LABEL_SETS:
        return values.classes(part, features)
    return values.objects(part, features)


@pytest.fixture(scope="module", params=CLIPS, ids=lambda path: path.stem)
def clip(request, shared):
    return Clip(shared, request.param)


@pytest.mark.parametrize("part", DECODER_PARTS)
def test_that_a_part_computes_what_the_published_one_does(clip, part):
    ours, _ = clip.exact(part)

    assert _all_problems(clip, part, ours) == []


@pytest.mark.parametrize("part", PARTS)
def test_that_single_precision_differs_only_where_attention_is_undecided(clip, part):
    ours, undecided = clip.usual(part)

    assert _all_problems(clip, part, ours) == []
    assert max(map(abs, undecided), default=0) <= LOGIT_NOISE


def test_that_every_stored_value_belongs_to_a_part(clip):
    pattern = rf"meta|in_.*|({'|'.join(PARTS)})_.*"
    assert [key for key in clip.single.arrays if not re.fullmatch(pattern, key)] == []


def _all_problems(clip, part, ours):
    arrays = clip.single.arrays
    keys = [key for key in arrays if key.startswith(f"{part}_")]
    compared = [key for key in keys if not key.endswith("_stored_queries")]
    assert compared
    return [
        problem
        for key in compared
        for problem in _problems(key, clip.single.stored(key, ours[key]), arrays[key])
    ]


def _problems(key, ours, theirs):
    if ours.shape != theirs.shape:
        yield f"{key} has shape {ours.shape} instead of {theirs.shape}"
    elif key.endswith("_signbits"):
        share = np.unpackbits(ours ^ theirs).mean()
        if share > DIFFERING_SIGNS:
            yield f"{key}: {share:.2e} of the signs differ"
    elif key.endswith("_fully_masked_rows"):
        if (ours != theirs).any():
            yield f"{key} is {ours.tolist()} instead of {theirs.tolist()}"
    else:
        yield from _numeric_problems(key, np.abs(ours - theirs))


def _numeric_problems(key, difference):
    kind = "enc" if "_enc_" in key else key.split("_")[0]
    largest = LARGEST_DIFFERENCE.get(kind, DECODER_LARGEST)
    if difference.max() > largest:
        yield f"{key} differs by {difference.max():.2e}"
    share = (difference > DECODER_USUAL).mean()
    if share > MAX_UNUSUAL_SHARE:
        yield f"{key}: {share:.2%} of the values differ by more than {DECODER_USUAL}"
