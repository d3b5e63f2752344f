"""Times what is painted: the masks over a frame, a brush stroke, the timeline."""

import numpy as np
from PySide6.QtGui import QPixmap

from benchmarks.window_figures import Row, timed
from tarvis_app.canvas.canvas_view import CanvasView
from tarvis_app.canvas.label_layer import LabelLook
from tarvis_app.canvas.outlines import outline_path
from tarvis_app.colours import DARK
from tarvis_app.playback.frame_cache import frame_image
from tarvis_app.timeline.time_scale import TimeScale
from tarvis_app.timeline.timeline_painter import TimelinePainter
from tarvis_app.timeline.timeline_scene import TimelineScene
from tarvis_app.timeline.track_strip import Plot, TrackStrips
from tarvis_app.view_state import ViewState
from tarvis_core.annotation.label_set import LabelSet
from tarvis_core.annotation.mask import Mask
from tarvis_core.annotation.mask_store import MaskChange
from tarvis_core.annotation.palette import target_colour
from tarvis_core.annotation.project import Project
from tarvis_core.annotation.target import Target, TargetId
from tarvis_core.annotation.track import FrameState, TrackFrame
from tarvis_core.annotation.video_identity import VideoIdentity

SIZES = {"1080p": (1080, 1920), "4K": (2160, 3840)}
NUM_TARGETS = 20
PAINT_TARGET_MS = 8.0


def blobs(size: tuple[int, int], count: int = NUM_TARGETS) -> list[tuple[TargetId, Mask]]:
    """Masks with ragged edges, as a network draws them; size is (height, width)."""
    height, width = size
    random = np.random.default_rng(0)
    rows, columns = np.ogrid[:height, :width]
    masks = []
    for number in range(1, count + 1):
        x, y = random.uniform(0.1, 0.9, 2) * (width, height)
        angle = np.arctan2(rows - y, columns - x)
        radius = height / 9 * (1 + 0.12 * np.sin(9 * angle + number))
        inside = np.hypot(rows - y, columns - x) < radius
        masks.append((TargetId(number), Mask.from_array(inside)))
    return masks


def measure_painting(repeats: int) -> list[Row]:
    """Overlay, repaint and stroke in both sizes, and the plain way for comparison."""
    rows = [row for name, size in SIZES.items() for row in _painting(name, size, repeats)]
    return [*rows, measure_timeline(repeats)]


def _painting(name: str, size: tuple[int, int], repeats: int) -> list[Row]:
    view = CanvasView(ViewState())
    view.resize(1600, 900)
    view.show()
    view.show_size(size)
    frame = np.full((*size, 3), 90, np.uint8)
    view.frame_item.show_image(frame_image(0, frame))
    masks = blobs(size)
    looks = {target: LabelLook(target_colour(target)) for target, _ in masks}
    overlay = view.overlay_item
    surface = QPixmap(view.viewport().size())
    limit = PAINT_TARGET_MS if name == "1080p" else None
    drawn = timed(lambda: overlay.show_masks(masks, looks), repeats)
    plain = timed(lambda: _plain_overlay(frame, masks, looks), max(3, repeats // 8))
    repaint = timed(lambda: view.viewport().render(surface), repeats)
    outlined = timed(lambda: outline_path(masks[0][1]), repeats)
    overlay.begin_stroke(TargetId(1), looks[TargetId(1)])
    places = iter(np.linspace(100, size[1] - 100, repeats + 1))

    def stroke() -> None:
        x = float(next(places))
        line = ((x, size[0] / 2), (x + 12, size[0] / 2 + 5))
        overlay.stroke_line(TargetId(1), line, 40, erases=False)

    painted = timed(stroke, repeats)
    view.close()
    ratio = float(np.median(plain[1]) / np.median(drawn[1]))
    return [
        Row.of(f"overlay of {NUM_TARGETS} targets, {name}", *drawn, limit),
        Row.of(f"  the same mixed target by target in numpy, {name}", *plain),
        Row(f"  plain against ours, processor time, {name}", "×", ratio, ratio, ratio),
        Row.of(f"repaint of frame and overlay, {name}", *repaint, limit),
        Row.of(f"outline of the selected target, {name}", *outlined),
        Row.of(f"one piece of a 40-pixel brush stroke, {name}", *painted, limit),
    ]


def _plain_overlay(
    frame: np.ndarray, masks: list[tuple[TargetId, Mask]], looks: dict[TargetId, LabelLook]
) -> np.ndarray:
    """The frame (H, W, 3) with every mask mixed in, as it is written first."""
    mixed = frame.copy()
    for target, mask in masks:
        inside = mask.to_array().astype(bool)
        colour = np.array(looks[target].colour, np.float32)
        mixed[inside] = (0.5 * mixed[inside] + 0.5 * colour).astype(np.uint8)
    return mixed


def measure_timeline(repeats: int) -> Row:
    """Fifty rows of a hundred thousand frames, the whole of it in view."""
    num_frames, num_targets = 100_000, 50
    identity = VideoIdentity("long.mp4", 1, "", "", num_frames, (90, 160))
    targets = [Target(TargetId(n), f"Target {n}") for n in range(1, num_targets + 1)]
    project = Project(identity, LabelSet("", ()), targets)
    mask = Mask.from_array(np.ones((90, 160), dtype=np.uint8))
    held = [TrackFrame(mask, FrameState.PREDICTED, score) for score in (0.9, 0.5, 0.3)]
    strips = TrackStrips()
    strips.read(project)
    for target in targets:
        strips.follow(MaskChange(target.id, f, None, held[f // 500 % 3]) for f in range(num_frames))
    scene = TimelineScene(
        project,
        strips,
        TimeScale(0, num_frames, 1450),
        DARK,
        (50 * 24 + 50, 1600),
        0,
        (),
        (0, num_frames - 1),
        Plot.DOUBT,
        "Doubt",
    )
    pixmap = QPixmap(1600, scene.size[0])
    painter = TimelinePainter(scene)
    return Row.of(
        f"timeline of {num_targets} targets × {num_frames:,} frames",
        *timed(lambda: painter.draw(pixmap), repeats),
    )
