"""Losses: what a format could not hold of what it was given, counted, with an example each."""

from dataclasses import dataclass
from enum import Enum

from tarvis_core.annotation.target import TargetId
from tarvis_core.annotation.wording import counted
from tarvis_core.sentence import Sentence, Text


class LossKind(Enum):
    """What was lost; the value says it in words that follow the count."""

    OVERLAPS = "masks gave up pixels to masks above them"
    HIDDEN_TARGETS = "masks vanished entirely under masks above them"
    TARGETS_OVER_LIMIT = "targets left out: the format has no more numbers"
    UNLISTED_TARGETS = "masks left out: the source shows targets that it does not list"
    EMPTY_TARGETS = "targets left out: they have no mask on any frame"
    IDS_CHANGED = "targets got another number"
    SCORES = "scores left out"
    SCORE_DETAIL = "targets got one score in place of one per frame"
    VOID = "frames lost their void region"
    BACKGROUND = "frames whose background became void"
    CROWD = "crowd masks left out"
    CLASSES = "targets lost their class"
    CLASS_NAMES = "classes lost their name"
    UNMAPPED_CLASSES = "targets left out: the format has no such class"
    NO_CLASS = "targets without a class got a made-up one"
    TRACKS = "targets lost the connection between their frames"
    STUFF = "stuff masks left out"
    MERGED_REGIONS = "class regions became one with another of their class"
    STATES = "masks lost their state (keyframe, predicted, verified)"
    OCCLUSION = "masks lost their degree of occlusion"
    POINTS = "points left out"
    SEMANTIC = "frames lost their separate semantic layer"
    TARGET_NAMES = "targets lost their name"
    NAMES_CHANGED = "names of videos or frames were changed"
    FRAMES = "frames left out"
    FRAME_NUMBERS = "videos lost their frame numbers for readers, who count by themselves"
    FPS = "videos lost their frame rate"
    SHAPES = "masks were simplified to outlines"
    IMAGES = "frames have no image to copy"
    EXTRAS = "fields of the source format left out"


@dataclass(frozen=True)
class Loss:
    """One kind of loss of a whole export."""

    kind: LossKind
    count: int
    example: Text
    """Where it happened first."""

    @property
    def message(self) -> Sentence:
        """The loss as a sentence for a person."""
        what = counted(self.count, self.kind.value)
        return Sentence("{what} (first: {example})", what=what, example=self.example)


def place_of(video: str, target: TargetId) -> Sentence:
    """Where a loss of a target happened, as its example."""
    return Sentence("{video}, target {target}", video=video, target=target)


class LossCounter:
    """Counts losses while a data set is written."""

    def __init__(self) -> None:
        self._counts: dict[LossKind, int] = {}
        self._examples: dict[LossKind, Text] = {}

    def add(self, kind: LossKind, example: Text, count: int = 1) -> None:
        """Count a loss; the first example of each kind is kept."""
        if count < 1:
            return
        self._counts[kind] = self._counts.get(kind, 0) + count
        self._examples.setdefault(kind, example)

    @property
    def losses(self) -> tuple[Loss, ...]:
        """What was counted so far, in the order of first occurrence."""
        return tuple(
            Loss(kind, count, self._examples[kind]) for kind, count in self._counts.items()
        )
