"""Which batches are made of stored clips: forms, sources, guests, questions."""

from dataclasses import dataclass, field

from tarvis_core.errors import ConfigError
from training.feature_pasting import PastingSettings
from training.object_questions import QuestionForm, QuestionSettings


@dataclass(frozen=True)
class BatchForm:
    """A kind of batch, and how often it is drawn."""

    share: float
    num_frames: int = 1
    num_clips: int = 8
    question: QuestionForm = field(default_factory=QuestionForm)
    num_lead_frames: int = 0
    """The network carries the masks itself through so many frames at the start; what it finds in
    the last of them is what it is given for the rest. Masks only."""
    num_handed_over: int = 1
    """In how many of the lead frames, the last ones, what is found there is given for the rest: a
    run hands over the masks of all frames that two clips share."""
    is_anchored: bool = False
    """The first lead frame stays among the exemplars of the rest, as the frame on which a person
    gave the targets stays among those of a run."""
    spoiled_share: float = 0.0
    """Share of the clips where what is handed over has a large error (`with_handover_error`). The
    anchor is exact then: no piece leaks from mask to mask on it."""

    def __post_init__(self) -> None:
        if self.spoiled_share and not self.is_anchored:
            raise ConfigError("stored_clips.forms: spoiled_share needs is_anchored")
        if self.num_lead_frames and (
            self.num_lead_frames >= self.num_frames or self.question.num_points
        ):
            raise ConfigError(
                f"stored_clips.forms: {self.num_lead_frames} lead frames need more frames than "
                f"that (there are {self.num_frames}) and a question by masks alone"
            )
        if self.num_lead_frames and self.question.num_corrections:
            raise ConfigError(
                "stored_clips.forms: clicks correct the first frames, so num_corrections cannot go "
                "with num_lead_frames"
            )
        if self.is_anchored and not self.num_lead_frames:
            raise ConfigError("stored_clips.forms: is_anchored needs num_lead_frames")
        if not 1 <= self.num_handed_over <= max(self.num_lead_frames, 1):
            raise ConfigError(
                f"stored_clips.forms: num_handed_over is 1 to num_lead_frames "
                f"({self.num_lead_frames}), not {self.num_handed_over}"
            )

    @property
    def asks_by_clicks(self) -> bool:
        """Whether clicks alone say what the targets are."""
        return self.question.num_masks == 0


@dataclass(frozen=True)
class SourceWeight:
    """How much more often than others the clips of a source are drawn."""

    source: str
    weight: float


@dataclass(frozen=True)
class StoredBatchSettings:
    """Which batches are made of stored clips."""

    forms: tuple[BatchForm, ...] = (BatchForm(1.0),)
    question: QuestionSettings = field(default_factory=QuestionSettings)
    source_weights: tuple[SourceWeight, ...] = ()
    """Sources that are drawn more or less often; the others weigh 1."""
    pasting: PastingSettings = field(default_factory=PastingSettings)
    """How often objects of other clips are pasted into a clip."""
    click_sources: tuple[str, ...] = ()
    """Sources that are asked about by clicks alone, such as labels of a teacher: those are often
    parts of things, and a network that follows them as masks follows parts where it is given the
    whole."""

    def __post_init__(self) -> None:
        if not self.forms or sum(form.share for form in self.forms) <= 0:
            raise ConfigError(
                "stored_clips.forms must name at least one form with a positive share"
            )
