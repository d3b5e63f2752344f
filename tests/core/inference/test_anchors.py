"""The frame on which a target was given stays among the exemplars of later clips."""

import numpy as np
import pytest
import torch

from tarvis_core.annotation.exemplar import MaskExemplar
from tarvis_core.annotation.mask import Mask
from tarvis_core.annotation.segmentation import Direction, TrackRequest
from tarvis_core.inference.caches import Caches
from tarvis_core.inference.clip_source import ClipSource
from tarvis_core.inference.network import Network
from tarvis_core.inference.propagation import propagate
from tarvis_core.inference.settings import ClipSettings, InferenceSettings, with_recommended
from tarvis_core.model.behaviour import Behaviour
from tests.fakes.array_video import BLUE, RED, ArrayVideo, painted, pixels_of
from tests.fakes.colour_network import ColourNetwork

ANCHORED = InferenceSettings(is_anchored=True)


class ListeningNetwork(ColourNetwork):
    """Keeps the masks that it is asked with."""

    def __init__(self):
        super().__init__()
        self.asked = []

    def object_queries(self, features, objects, queries_per_object=None):
        assert features.num_frames == objects.num_frames
        self.asked.append(objects.masks_NTHW)
        return super().object_queries(features, objects, queries_per_object)


def asked_of(exemplars, frames, settings=ANCHORED, direction=Direction.FORWARD):
    """The masks of each question of a run in clips of four frames that share two."""
    network = ListeningNetwork()
    source = ClipSource(
        ArrayVideo(frames),
        Network(network, torch.device("cpu")),
        Caches.of(2**26),
        ClipSettings(4, 2),
    )
    request = TrackRequest(tuple(exemplars), 0, len(frames) - 1, direction)
    list(propagate(source, request, settings, None))
    return network.asked


def drawn(frames, number, colour, target):
    return MaskExemplar(number, target, Mask.from_array(pixels_of(frames, number, colour)))


def pixels(mask_HW):
    return mask_HW.numpy()[:, :96]  # without the padding


@pytest.fixture
def frames():
    return painted(8, squares=lambda f: [(RED, 4 + 4 * f, 8, 16), (BLUE, 76 - 4 * f, 36, 16)])


def test_that_later_clips_are_asked_with_the_drawn_mask_as_well(frames):
    first, *later = asked_of([drawn(frames, 0, RED, 1)], frames)

    assert first.shape[:2] == (1, 1)
    assert [masks.shape[1] for masks in later] == [3, 3]
    for masks_NTHW in later:
        np.testing.assert_array_equal(pixels(masks_NTHW[0, 0]), pixels_of(frames, 0, RED))


def test_that_every_target_is_known_on_the_frame_of_another(frames):
    exemplars = [drawn(frames, 0, RED, 1), drawn(frames, 3, BLUE, 2)]

    last = asked_of(exemplars, frames)[-1]

    assert last.shape[:2] == (2, 4)
    assert not pixels(last[1, 0]).any()  # the second is not yet given on the first one's frame
    np.testing.assert_array_equal(pixels(last[1, 1]), pixels_of(frames, 3, BLUE))
    assert pixels(last[0, 1]).any()


def test_that_a_run_back_is_anchored_too(frames):
    *_, last = asked_of([drawn(frames, 7, RED, 1)], frames, direction=Direction.BACKWARD)

    np.testing.assert_array_equal(pixels(last[0, 0]), pixels_of(frames, 7, RED))


@pytest.mark.parametrize(
    "settings",
    [InferenceSettings(), InferenceSettings(is_anchored=True, behaviour=Behaviour.PUBLISHED)],
)
def test_that_only_those_who_want_it_get_it(frames, settings):
    for masks_NTHW in asked_of([drawn(frames, 0, RED, 1)], frames, settings):
        assert masks_NTHW.shape[1] <= 2


def test_that_weights_say_whether_they_learned_it_unless_a_person_does():
    assert with_recommended(None, {"is_anchored": True}).is_anchored
    assert not with_recommended(None, {}).is_anchored
    asked = InferenceSettings(is_anchored=False)
    assert not with_recommended(asked, {"is_anchored": True}).is_anchored
