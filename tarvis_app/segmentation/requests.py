"""What goes to the worker thread and what comes back: frozen, so that both sides may hold it."""

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import NewType, Protocol, Self

from tarvis_app.segmentation.answer_clock import AnswerTimes
from tarvis_app.settings import Settings
from tarvis_core.annotation.exemplar import Exemplar
from tarvis_core.annotation.mask import Mask
from tarvis_core.annotation.segmentation import (
    ClassRequest,
    ClipMasks,
    ClipWork,
    PredictedMask,
    TrackRequest,
)
from tarvis_core.annotation.segmentation_changes import Span
from tarvis_core.annotation.target import TargetId
from tarvis_core.errors import TarvisError
from tarvis_core.video.clip import ClipGrid
from tarvis_core.video.encoding_work import EncodingTimes, KeptFeatures
from tarvis_core.video.video_reader import VideoReader

RequestNumber = NewType("RequestNumber", int)
"""Counts up; of two requests for the same thing the higher number is the newer one."""


@dataclass(frozen=True)
class ModelChoice:
    """Which weights to load onto which device."""

    weights: Path | None
    """None: the best that are installed."""
    device: str = "auto"
    reduction: int = 0
    """How far clips are below what the weights were made for: 0 not, 1 shorter, 2 shorter and
    smaller, 3 as small as can be. Less memory, less certain masks."""

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """What the person chose last."""
        return cls(settings.weights, settings.device, settings.reduction)


@dataclass(frozen=True)
class PreviewRequest:
    """Which masks do these exemplars give on their frame?"""

    number: RequestNumber
    frame: int
    exemplars: tuple[Exemplar, ...]
    """All that was given on the frame, of every target: targets compete for pixels."""
    target: TargetId
    """Whose mask is wanted."""
    gesture: int | None = None
    """Of the step in the history that the answer belongs to; None: only to be shown."""

    @property
    def is_hover(self) -> bool:
        """Whether the answer is only to be shown."""
        return self.gesture is None


@dataclass(frozen=True)
class TrackStep:
    """One pass of a run: some targets through one span of frames."""

    request: TrackRequest
    wanted: tuple[tuple[TargetId, tuple[Span, ...]], ...]
    """The stretches whose masks may be written, by target; others in the request compete only."""
    is_check: bool = False
    """Whether the answers are compared with what is there, and written nowhere."""

    @property
    def num_frames(self) -> int:
        """Frames that the pass goes through."""
        return self.request.last_frame - self.request.first_frame + 1

    @property
    def num_targets(self) -> int:
        """Targets that the network is given on the way, those that only compete included."""
        given = {exemplar.target for exemplar in self.request.exemplars}
        return len(given.union(target for target, _ in self.wanted))


@dataclass(frozen=True)
class RunRequest:
    """Carry targets through the video, pass by pass."""

    number: RequestNumber
    steps: tuple[TrackStep, ...]


@dataclass(frozen=True)
class FindRequest:
    """Find everything of some classes."""

    number: RequestNumber
    request: ClassRequest


Job = RunRequest | FindRequest


@dataclass(frozen=True)
class ClipFillRequest:
    """Carry a target from a frame on which it was given over the clips that contain it."""

    number: RequestNumber
    frame: int
    target: TargetId
    start: Mask
    """The target's mask on the frame: with another mask there, nobody wants the answer."""
    step: TrackStep
    gesture: int
    """Of the step in the history that the answer belongs to."""


@dataclass(frozen=True)
class ClipFillAnswer:
    """Some frames round the one on which a target was given."""

    request: ClipFillRequest
    clip: ClipMasks
    weights: str
    """Name of the weights that made it."""


@dataclass(frozen=True)
class PreviewAnswer:
    """The mask that the exemplars give; None where the network sees nothing."""

    request: PreviewRequest
    mask: PredictedMask | None
    is_settled: bool = True
    """False: given after one look at the frame; a better one follows."""


@dataclass(frozen=True)
class ClipAnswer:
    """One clip of a run."""

    job: Job
    step: int
    """Which pass it belongs to, from 0."""
    clip: ClipMasks
    weights: str
    """Name of the weights that made it."""
    times: AnswerTimes | None = None
    """What it took; None where nobody measured it."""


@dataclass(frozen=True)
class MemoryUse:
    """How full the memory is that the network works in."""

    used_bytes: int
    total_bytes: int


class Outcome(Enum):
    """How a job ended."""

    FINISHED = "finished"
    STOPPED = "stopped"
    FAILED = "failed"


@dataclass(frozen=True)
class JobEnd:
    """A job is over."""

    job: Job
    outcome: Outcome
    message: str = ""
    """What went wrong, for `FAILED`."""
    is_out_of_memory: bool = False


class ModelState(Enum):
    """What the worker has in its hands."""

    UNLOADED = "unloaded"
    LOADING = "loading"
    READY = "ready"
    MISSING = "missing"
    """There are no weights on this machine."""
    FAILED = "failed"


@dataclass(frozen=True)
class ModelStatus:
    """The network as the window knows it."""

    state: ModelState
    weights: Path | None = None
    device: str = ""
    label_sets: tuple[str, ...] = ()
    message: str = ""
    clips: ClipGrid | None = None
    """How videos are cut for tracking; None unless the network is ready."""


@dataclass(frozen=True)
class MemoryNeed:
    """About how much memory weights take on the open video, in parts."""

    program_bytes: int
    network_bytes: int
    clip_bytes: int
    """Held while one clip is in work."""
    num_frames: int
    """Frames of that clip."""
    input_size: tuple[int, int]
    """(height, width) of its frames for the network."""

    @property
    def total_bytes(self) -> int:
        """All of it; features kept between requests come on top where there is room."""
        return self.program_bytes + self.network_bytes + self.clip_bytes


@dataclass(frozen=True)
class WeightsInfo:
    """One set of weights, for the dialog that chooses among them."""

    name: str
    title: str
    source: str
    """"bundled", "installed" or "released"."""
    purpose: str
    licence: str
    path: Path | None
    """None: not on this machine yet."""
    size_bytes: int | None
    parameters_million: float | None
    memory: MemoryNeed | None = None
    """None: the file does not say what network it is for."""


@dataclass(frozen=True)
class TransferProgress:
    """How far a download or import has come."""

    name: str
    done_bytes: int
    total_bytes: int | None


class TransferStoppedError(TarvisError):
    """The person stopped a download."""


class Engine(Protocol):
    """What the worker asks of the network; the real one and the tests' own are alike in this."""

    pause: Callable[[], None] | None
    """Called between the parts of a clip, as often as the network can; may ask for previews."""
    tell: Callable[[ClipWork], None] | None
    """Called with how far the work on a clip is, before its masks come."""

    @property
    def label_sets(self) -> tuple[str, ...]:
        """Names of the label sets that the weights know."""

    @property
    def device(self) -> object:
        """Where it runs; its text says it in a word."""

    @property
    def clip_grid(self) -> ClipGrid:
        """How videos are cut for tracking."""

    @property
    def encoded(self) -> EncodingTimes:
        """What was encoded so far, and how long it took."""

    def kept(self, video: VideoReader) -> KeptFeatures:
        """Which features of a video are there already, so that runs need not compute them."""

    def fill(self, video: VideoReader, frame: int, stop: threading.Event) -> Iterator[int]:
        """Compute ahead what lies around a frame, slice by slice; yields what is left to do."""

    @property
    def has_quick_preview(self) -> bool:
        """Whether a quick preview is quicker than one that is not."""

    def preview(
        self,
        video: VideoReader,
        frame: int,
        exemplars: Sequence[Exemplar],
        *,
        is_quick: bool = False,
    ) -> Mapping[TargetId, PredictedMask]:
        """The masks that the exemplars of one frame give on it; quick: nearly the same ones."""

    def track(
        self, video: VideoReader, request: TrackRequest, stop: threading.Event | None = None
    ) -> Iterator[ClipMasks]:
        """Carry targets through the video, clip by clip."""

    def find_classes(
        self, video: VideoReader, request: ClassRequest, stop: threading.Event | None = None
    ) -> Iterator[ClipMasks]:
        """Find everything of some classes, clip by clip."""
