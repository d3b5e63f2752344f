"""A weights file of a small random network, and a short video, for runs from end to end."""

import dataclasses

import av
import numpy as np

from tarvis_core.model.checkpoint import save_checkpoint
from tarvis_core.model.released_label_sets import KITTI_STEP, YOUTUBE_VIS
from tests.fakes.array_video import BLUE, RED, painted
from tests.fakes.tiny_model import tiny_config, tiny_model


def write_tiny_weights(path):
    """Weights that know youtube_vis and kitti_step; what they see means nothing."""
    config = dataclasses.replace(tiny_config(), label_sets=(KITTI_STEP, YOUTUBE_VIS))
    save_checkpoint(tiny_model(config), path, {"title": "tiny"})
    return path


def two_squares(num_frames, size):
    """A red and a blue square that move."""
    return painted(
        num_frames, size, lambda f: [(RED, 4 + 2 * f, 8, 16), (BLUE, 60 - 2 * f, 30, 16)]
    )


def write_short_video(path, num_frames=7, size=(62, 90)):
    """The squares as an MP4 file; returns the frames that went in."""
    frames = two_squares(num_frames, size)
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=12, options={"qp": "0"})
        stream.height, stream.width = size
        stream.pix_fmt = "yuv420p"
        stream.codec_context.thread_count = 1
        for frame in frames:
            container.mux(stream.encode(av.VideoFrame.from_ndarray(np.ascontiguousarray(frame))))
        container.mux(stream.encode(None))
    return frames
