"""An engine that knows the true masks of the sample clip, for the pictures of the user guide.

A few masks are torn on purpose: the review needs something to find.
"""

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence

from tarvis_core.annotation.exemplar import BoxExemplar, Exemplar, MaskExemplar, PointExemplar
from tarvis_core.annotation.mask import Mask
from tarvis_core.annotation.segmentation import (
    ClassRequest,
    ClipMasks,
    Direction,
    FoundTarget,
    PredictedMask,
    TrackRequest,
)
from tarvis_core.annotation.target import CategoryId, TargetId, TargetKind
from tarvis_core.errors import DeviceMemoryError
from tarvis_core.video.clip import ClipGrid
from tarvis_core.video.encoding_work import EncodingTimes, KeptFeatures
from tarvis_core.video.sample_clip import sample_label_map
from tarvis_core.video.video_reader import VideoReader

CLIP_LENGTH = 6
TORN_LABEL, TORN_FRAMES = 4, (38,)
"""Here the duck's mask lacks its left half."""
FOUND_CLASSES = {1: (37, 0.94), 2: (3, 0.91), 3: (84, 0.38), 4: (16, 0.62), 5: (16, 0.83)}
"""What class search finds: label of the sample clip, class of COCO, score."""


class KnowingEngine:
    """Knows the true masks of the sample clip; says which target an exemplar means by overlap."""

    pause: Callable[[], None] | None = None
    """Called between the parts of a clip."""
    label_sets = ("coco", "youtube_vis")
    device = "cpu"
    has_quick_preview = False
    clip_grid = ClipGrid(CLIP_LENGTH, CLIP_LENGTH // 2)
    encoded = EncodingTimes()

    def __init__(self) -> None:
        self.lag = 0
        """By how many frames tracked masks come late, for a picture of a run that went wrong."""
        self.is_out_of_memory = False
        """Whether tracking fails, for a picture of what helps."""

    def kept(self, video: VideoReader) -> KeptFeatures:
        """Nothing has to be computed."""
        firsts = range(0, video.num_frames, self.clip_grid.length - self.clip_grid.overlap)
        return KeptFeatures(self.clip_grid, video.num_frames, video.size, video.size, tuple(firsts))

    def fill(self, video: VideoReader, frame: int, stop: threading.Event) -> Iterator[int]:
        """Nothing is computed ahead."""
        return iter(())

    def preview(
        self,
        video: VideoReader,
        frame: int,
        exemplars: Sequence[Exemplar],
        *,
        is_quick: bool = False,
    ) -> Mapping[TargetId, PredictedMask]:
        """The true masks of what the exemplars lie on."""
        meant = meanings(exemplars)
        return {t: predicted(frame, label, 0.97, None) for t, label in meant.items()}

    def track(
        self, video: VideoReader, request: TrackRequest, stop: threading.Event | None = None
    ) -> Iterator[ClipMasks]:
        """The true masks, with a little doubt where targets hide each other."""
        if self.is_out_of_memory:
            raise DeviceMemoryError(
                f"{self.device} has too little memory even for clips of 2 small frames; close "
                "other programs, choose a smaller network or another device"
            )
        meant = meanings(request.exemplars)
        frames = list(range(request.first_frame, request.last_frame + 1))
        if request.direction is Direction.BACKWARD:
            frames.reverse()
        for start in range(0, len(frames), CLIP_LENGTH):
            clip = tuple(frames[start : start + CLIP_LENGTH])
            masks = {
                target: {
                    f: predicted(max(0, f - self.lag), label, 0.94, doubt(f, label)) for f in clip
                }
                for target, label in meant.items()
            }
            yield ClipMasks(clip, masks, (), start + len(clip), len(frames))

    def find_classes(
        self, video: VideoReader, request: ClassRequest, stop: threading.Event | None = None
    ) -> Iterator[ClipMasks]:
        """The true masks of all five targets, the later ones with less certainty."""
        frames = range(request.first_frame, request.last_frame + 1)
        found = tuple(
            FoundTarget(TargetId(label), CategoryId(category), TargetKind.THING, score)
            for label, (category, score) in FOUND_CLASSES.items()
        )
        for start in range(0, len(frames), CLIP_LENGTH):
            clip = tuple(frames[start : start + CLIP_LENGTH])
            masks = {
                TargetId(label): {f: predicted(f, label, 0.9, None) for f in clip}
                for label in FOUND_CLASSES
            }
            yield ClipMasks(clip, masks, found, start + len(clip), len(frames))


def meanings(exemplars: Sequence[Exemplar]) -> dict[TargetId, int]:
    """For each target the label of the sample clip that its exemplars lie on."""
    meant: dict[TargetId, int] = {}
    for exemplar in exemplars:
        labels = sample_label_map(exemplar.frame)
        match exemplar:
            case PointExemplar(is_positive=True):
                label = labels[int(exemplar.y), int(exemplar.x)]
            case BoxExemplar():
                x_min, y_min, x_max, y_max = exemplar.box
                label = labels[int((y_min + y_max) / 2), int((x_min + x_max) / 2)]
            case MaskExemplar():
                inside = labels[exemplar.mask.to_array()]
                label = max(range(1, 6), key=lambda value: (inside == value).sum())
            case _:
                continue
        meant.setdefault(exemplar.target, int(label))
    return meant


def predicted(frame: int, label: int, score: float, disagreement: float | None) -> PredictedMask:
    """One true mask as the network would hand it out."""
    pixels = sample_label_map(frame) == label
    if label == TORN_LABEL and frame in TORN_FRAMES:
        pixels[:, : int(pixels.any(axis=0).nonzero()[0].mean())] = False
        disagreement = 0.5
    return PredictedMask(Mask.from_array(pixels), score, disagreement)


def doubt(frame: int, label: int) -> float:
    """More where a target is small or hidden."""
    area = int((sample_label_map(frame) == label).sum())
    if area == 0:
        return 0.0
    return 0.6 if area < 150 else min(0.45, 60 / area**0.75 + (frame % 31 == 0) * 0.3)
