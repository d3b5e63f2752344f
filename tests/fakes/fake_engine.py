"""FakeEngine: answers like the network, at once and without weights, with discs that move."""

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np

from tarvis_core.annotation.exemplar import (
    BoxExemplar,
    Exemplar,
    MaskExemplar,
    PointExemplar,
    ShownMask,
)
from tarvis_core.annotation.label_set import load_label_set
from tarvis_core.annotation.mask import Mask
from tarvis_core.annotation.segmentation import (
    ClassRequest,
    ClassTask,
    ClipMasks,
    ClipWork,
    Direction,
    FoundTarget,
    PredictedMask,
    TrackRequest,
)
from tarvis_core.annotation.target import CategoryId, TargetId, TargetKind
from tarvis_core.video.clip import ClipGrid, ClipSchedule
from tarvis_core.video.encoding_work import EncodingTimes, KeptFeatures

CLIP_LENGTH = 6
PARTS = 10
"""A clip that takes long is done in so many parts."""
SPEED = 2.0
"""Pixels to the right per frame that every predicted disc moves."""


class FakeEngine:
    """Predicts a disc at the nearest exemplar, moved on by `SPEED` pixels a frame.

    Args:
        delay_s: How long one clip takes.
        before_clip: Called with each clip's frames before it is answered; may raise.
    """

    pause: Callable[[], None] | None = None
    tell: Callable[[ClipWork], None] | None = None
    label_sets = ("youtube_vis", "kitti_step")
    device = "fake"
    clip_grid = ClipGrid(CLIP_LENGTH, CLIP_LENGTH // 2)

    def __init__(
        self,
        delay_s: float = 0.0,
        before_clip: Callable[[tuple[int, ...]], None] | None = None,
    ) -> None:
        self.delay_s = delay_s
        self.before_clip = before_clip
        self.has_quick_preview = False
        self.encoded = EncodingTimes()
        self._known: set[int] = set()
        """Frames whose features it would have, if it made any."""
        self.requests: list[object] = []
        self.prepared: list[int] = []

    def kept(self, video) -> KeptFeatures:
        """The clips of the grid all of whose frames were in work once."""
        grid, num_frames = self.clip_grid, video.num_frames
        clips = ClipSchedule(0, num_frames - 1, grid.length, grid.overlap)
        firsts = tuple(clip.frames[0] for clip in clips if self._known.issuperset(clip.frames))
        frames = tuple(sorted(self._known))
        return KeptFeatures(grid, num_frames, video.size, video.size, firsts, frames)

    def fill(self, video, frame: int, stop: threading.Event) -> Iterator[int]:
        """Slices without end but for `stop`: each notes the frame."""
        while not stop.is_set():
            self.prepared.append(frame)
            time.sleep(0.001)
            yield 1

    def preview(
        self, video, frame: int, exemplars: Sequence[Exemplar], *, is_quick: bool = False
    ) -> dict[TargetId, PredictedMask]:
        """With `has_quick_preview` the quick answer is the upper half of the other one."""
        self.requests.append(("preview", frame, tuple(exemplars)))
        targets = {exemplar.target for exemplar in exemplars}
        found = {target: self._predict(video.size, exemplars, target, frame) for target in targets}
        if not (is_quick and self.has_quick_preview):
            return found
        return {target: _upper_half(predicted) for target, predicted in found.items()}

    def track(
        self, video, request: TrackRequest, stop: threading.Event | None = None
    ) -> Iterator[ClipMasks]:
        self.requests.append(request)
        known = {exemplar.target for exemplar in request.exemplars}
        targets = sorted(known if request.wanted is None else known & request.wanted.keys())
        frames = list(range(request.first_frame, request.last_frame + 1))
        if request.direction is Direction.BACKWARD:
            frames.reverse()
        for start in range(0, len(frames), CLIP_LENGTH):
            if stop is not None and stop.is_set():
                return
            clip = tuple(frames[start : start + CLIP_LENGTH])
            self._work(clip)
            masks = {
                target: {
                    frame: self._predict(video.size, request.exemplars, target, frame)
                    for frame in clip
                }
                for target in targets
            }
            yield ClipMasks(clip, masks, frames_done=start + len(clip), frames_total=len(frames))

    def find_classes(
        self, video, request: ClassRequest, stop: threading.Event | None = None
    ) -> Iterator[ClipMasks]:
        self.requests.append(request)
        categories = self._categories(request)[:2]
        frames = range(request.first_frame, request.last_frame + 1)
        height, width = video.size
        for start in range(0, len(frames), CLIP_LENGTH):
            if stop is not None and stop.is_set():
                return
            clip = tuple(frames[start : start + CLIP_LENGTH])
            self._work(clip)
            masks, found = {}, []
            for index, category in enumerate(categories):
                target = TargetId(index + 1)
                x = width * (index + 1) / (len(categories) + 1)
                masks[target] = {
                    frame: PredictedMask(disc((height, width), x, height / 2, height / 8), 0.8)
                    for frame in clip
                }
                kind = load_label_set(request.label_set).category(category).kind
                found.append(FoundTarget(target, category, kind, 0.8 - 0.2 * index))
            yield ClipMasks(clip, masks, tuple(found), start + len(clip), len(frames))

    def _categories(self, request: ClassRequest) -> tuple[CategoryId, ...]:
        if request.categories is not None:
            return request.categories
        label_set = load_label_set(request.label_set)
        is_panoptic = request.task is ClassTask.PANOPTIC
        return tuple(
            c.id for c in label_set.categories if is_panoptic or c.kind is TargetKind.THING
        )

    def _work(self, clip: tuple[int, ...]) -> None:
        if self.before_clip is not None:
            self.before_clip(clip)
        self._note_encoded(clip)
        first, last = min(clip), max(clip)
        for part in range(PARTS if self.delay_s else 1):
            if self.pause is not None:
                self.pause()
            if self.tell is not None:
                self.tell(ClipWork(first, last, len(clip), part * len(clip) // PARTS))
            time.sleep(self.delay_s / PARTS)
        if self.tell is not None:
            self.tell(ClipWork(first, last, len(clip), len(clip), is_encoded=True))

    def _note_encoded(self, clip: tuple[int, ...]) -> None:
        """New frames take half of a clip's time, and their joining a quarter."""
        num_new = len(set(clip) - self._known)
        self._known.update(clip)
        if num_new:
            half = self.delay_s / 2
            self.encoded = self.encoded.plus(EncodingTimes(num_new, half, 1, half / 2))

    def _predict(
        self, size: tuple[int, int], exemplars: Sequence[Exemplar], target: TargetId, frame: int
    ) -> PredictedMask:
        own = [e for e in exemplars if e.target == target and not _is_absence(e)]
        if not own:
            return PredictedMask(Mask.empty(*size), 1.0)
        nearest = min(abs(e.frame - frame) for e in own)
        near = [e for e in own if abs(e.frame - frame) == nearest]
        shift = SPEED * (frame - near[0].frame)
        radius = size[0] / 10
        pixels = np.zeros(size, dtype=bool)
        for exemplar in near:
            match exemplar:
                case PointExemplar(is_positive=True):
                    pixels |= disc(size, exemplar.x + shift, exemplar.y, radius).to_array()
                case BoxExemplar():
                    x_min, y_min, x_max, y_max = exemplar.box
                    half = min(x_max - x_min, y_max - y_min) / 2
                    centre = ((x_min + x_max) / 2 + shift, (y_min + y_max) / 2)
                    pixels |= disc(size, *centre, half).to_array()
                case MaskExemplar():
                    rows, columns = np.nonzero(exemplar.mask.to_array())
                    spread = np.sqrt(rows.size / np.pi)
                    centre = (columns.mean() + 0.5 + shift, rows.mean() + 0.5)
                    pixels |= disc(size, *centre, spread).to_array()
                case ShownMask():
                    pixels |= np.roll(exemplar.mask.to_array(), round(shift), axis=1)
        for exemplar in near:
            if isinstance(exemplar, PointExemplar) and not exemplar.is_positive:
                pixels &= ~disc(size, exemplar.x + shift, exemplar.y, radius / 2).to_array()
        disagreement = min(0.9, nearest / 100) if nearest else None
        return PredictedMask(Mask.from_array(pixels), max(0.1, 1 - nearest / 200), disagreement)


def _is_absence(exemplar: Exemplar) -> bool:
    """Whether it says that the target is not on the frame; it is carried nowhere from there."""
    return isinstance(exemplar, MaskExemplar) and exemplar.mask.is_empty


def disc(size: tuple[int, int], x: float, y: float, radius: float) -> Mask:
    """A filled circle about (x, y) in frame pixels."""
    rows, columns = np.ogrid[: size[0], : size[1]]
    return Mask.from_array((rows + 0.5 - y) ** 2 + (columns + 0.5 - x) ** 2 <= radius**2)


def _upper_half(predicted: PredictedMask) -> PredictedMask:
    pixels = predicted.mask.to_array()
    rows = np.flatnonzero(pixels.any(axis=1))
    pixels[rows[rows.size // 2] :] = False
    return PredictedMask(Mask.from_array(pixels), predicted.score)


def load_fake(_choice: object) -> tuple[FakeEngine, Path]:
    """In place of `load_engine`: always ready."""
    return FakeEngine(), Path("fake.safetensors")


def loader(engine: FakeEngine) -> Callable[[object], tuple[FakeEngine, Path]]:
    """In place of `load_engine`: this engine."""
    return lambda _choice: (engine, Path("fake.safetensors"))


def load_nothing(_choice: object) -> None:
    """In place of `load_engine`: a machine without weights."""
    return None  # noqa: RET501 -- None is the answer
