"""VPS: stuff from averaged logits, things pasted over it by their certainty."""

import numpy as np
import torch

from tarvis_core.annotation.mask import Mask
from tarvis_core.inference.clip_linking import ClassMeans
from tarvis_core.inference.decoding.instances import VideoTrack
from tarvis_core.inference.decoding.panoptic import paste_things, stuff_labels, things_of_video
from tarvis_core.inference.overlap_buffer import FramePrediction, FramePredictions
from tarvis_core.video.frame_geometry import FrameGeometry

GEOMETRY = FrameGeometry((50, 90), (50, 90), (64, 128))


def semantic(*values, geometries=(GEOMETRY, GEOMETRY)):
    """Per clip the logits of each class, the same everywhere."""
    clips = []
    for each, geometry in zip(values, geometries, strict=False):
        height, width = geometry.padded_size
        logits = torch.tensor(each)[:, None, None].expand(-1, height // 4, width // 4)
        clips.append(FramePrediction(tuple(range(len(each))), logits, geometry))
    return FramePredictions(0, tuple(clips))


def test_that_stuff_is_the_largest_mean_and_things_take_no_part():
    labels, logits = stuff_labels(semantic([9.0, 1.0, 2.0], [9.0, 4.0, 0.0]), things=(0,))

    assert labels.shape == (50, 90)
    assert (labels == 1).all()
    assert logits.unique().tolist() == [2.5]


def test_that_every_pixel_is_labelled_even_if_all_logits_are_negative():
    labels, _ = stuff_labels(semantic([-9.0, -3.0]), things=())

    assert (labels == 1).all()


def test_that_after_a_change_of_input_size_the_later_clip_counts():
    other = FrameGeometry((50, 90), (25, 45), (64, 64))
    both = semantic([5.0, 0.0], [0.0, 1.0], geometries=(GEOMETRY, other))

    assert (stuff_labels(both, things=())[0] == 1).all()


def test_that_only_certain_things_are_kept():
    means = ClassMeans()
    rows = [[0.0, 9.0, 0.0], [9.0, 0.0, 0.0], [0.0, 0.0, 9.0], [0.0, 0.1, 0.0]]
    means.add((1, 2, 3, 4), torch.tensor(rows))

    lines = things_of_video(means, things=(0,), score_threshold=0.5)

    assert [(line.track, line.class_index) for line in lines] == [(1, 0)]


def test_that_the_more_certain_thing_lies_above():
    pixels = np.zeros((50, 90), np.bool_)
    pixels[10:20, 10:20] = True
    mask = Mask.from_array(pixels)
    lines = [VideoTrack(7, 2, 0.9), VideoTrack(8, 3, 0.6), VideoTrack(9, 3, 0.99)]

    frame = paste_things(np.full((50, 90), 5), lines, {7: mask, 8: mask, 9: Mask.empty(50, 90)})

    assert (frame.track_HW == np.where(pixels, 7, 0)).all()
    assert (frame.class_index_HW == np.where(pixels, 2, 5)).all()
