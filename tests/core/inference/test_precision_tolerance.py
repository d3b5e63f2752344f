"""What bfloat16 changes in the masks of the weights that come with the program."""

from importlib import resources

import numpy as np
import pytest
import torch

from tarvis_core.inference.network import Network
from tarvis_core.model.checkpoint import load_checkpoint
from tarvis_core.model.norm_folding import prepare_trunk
from tarvis_core.model.object_exemplars import ObjectExemplars
from tarvis_core.video.frame_geometry import FrameGeometry
from tarvis_core.video.video_reader import open_video

CPU = torch.device("cpu")
SIDE = 128
FEATURE_TOLERANCE = 0.02
"""Mean error of features over their mean size; features are also stored in this format."""
PIXEL_TOLERANCE = 0.01
"""Part of the pixels that may change sides."""


@pytest.fixture(scope="module")
def answers():
    """By number format: stride-4 features, and logits of one target in two frames."""
    weights = resources.files("resources") / "weights" / "starter.safetensors"
    video_path = resources.files("resources") / "sample" / "toys.mp4"
    if not (weights.is_file() and video_path.is_file()):
        pytest.skip("the starter weights or the sample clip are not here")
    model = load_checkpoint(weights, CPU).eval()
    prepare_trunk(model.backbone, CPU)
    with open_video(video_path) as video:
        geometry = FrameGeometry.for_frame(video.size, SIDE)
        images = [geometry.image_to_network(image) for image in video.frames([0, 4])]
    mask = np.zeros(images[0].shape[:2], np.bool_)
    mask[40:90, 80:150] = True
    objects = ObjectExemplars.from_masks(torch.from_numpy(mask)[None, None])
    return {
        dtype: _answer(Network(model, CPU, dtype), images, objects)
        for dtype in (torch.float32, torch.bfloat16)
    }


def _answer(network, images, objects):
    features = network.encode_clip(network.encode_frames(images))
    queries = network.object_queries(features.select_frames([0]), objects, None)
    output = network.decode(features, queries)
    return features.stride4, output.object_mask_logits().float()


def test_that_features_are_stored_in_half_the_bytes_within_the_tolerance(answers):
    exact, half = answers[torch.float32][0], answers[torch.bfloat16][0]

    error = (half.float() - exact).abs().mean() / exact.abs().mean()

    assert half.element_size() == 2
    assert error < FEATURE_TOLERANCE


def test_that_masks_change_in_few_pixels(answers):
    exact, half = answers[torch.float32][1], answers[torch.bfloat16][1]

    changed = ((exact > 0) != (half > 0)).float().mean()

    assert changed < PIXEL_TOLERANCE
    assert not torch.equal(exact, half), "bfloat16 is not what was compared"
