"""The beginning of the sample clip as a video of its own, and the loop on its flying ball."""

import av

from tarvis_core.video.sample_clip import SAMPLE_TARGETS, sample_clip_path
from tests.fakes.loop import Loop

BALL = SAMPLE_TARGETS.index("ball") + 1
BLOCK = SAMPLE_TARGETS.index("block") + 1
BLOCK_AT = (324.0, 170.0)
"""A place on the block in the first frame, (x, y)."""
BALL_LOOP = Loop(
    num_frames=10,
    click=(45.5, 73.5),
    painted=5,
    stroke=((80, 110), (104, 112)),
    accepted=8,
    near=(4, 7),
)
"""The ball flies; the stroke gives it a tail that it does not have."""


def write_beginning(path, num_frames, edge=None):
    """Write the first frames, 288 × 512.

    Args:
        path: The video to write.
        num_frames: How many frames.
        edge: Colour of a line round every frame, 4 pixels wide; None for no line.
    """
    with av.open(str(sample_clip_path())) as source, av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=24, options={"crf": "8"})
        stream.height, stream.width, stream.pix_fmt = 288, 512, "yuv420p"
        stream.codec_context.thread_count = 1
        for number, frame in enumerate(source.decode(video=0)):
            if number == num_frames:
                break
            pixels = frame.to_ndarray(format="rgb24")
            if edge is not None:
                pixels[:4] = pixels[-4:] = edge
                pixels[:, :4] = pixels[:, -4:] = edge
            container.mux(stream.encode(av.VideoFrame.from_ndarray(pixels)))
        container.mux(stream.encode(None))
    return path
