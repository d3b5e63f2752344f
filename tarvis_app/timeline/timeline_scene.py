"""What the timeline shows at one moment, and where on the widget it lies."""

from dataclasses import dataclass, field

from tarvis_app.colours import Colours
from tarvis_app.timeline.span_states import MarkedSpan, RunMarks, SpanState
from tarvis_app.timeline.time_scale import TimeScale
from tarvis_app.timeline.track_strip import Plot, TrackStrips
from tarvis_core.annotation.project import Project
from tarvis_core.annotation.target import TargetId

GUTTER = 150
"""Width of the column of names."""
RULER_HEIGHT = 24
PLOT_HEIGHT = 26
HEADER_HEIGHT = RULER_HEIGHT + PLOT_HEIGHT
ROW_HEIGHT = 24


@dataclass(frozen=True)
class TimelineScene:
    """Everything that is painted at one moment."""

    project: Project | None
    strips: TrackStrips
    scale: TimeScale
    colours: Colours
    size: tuple[int, int]
    """(height, width) of the viewport in logical pixels."""
    scroll: int
    """How far the rows are scrolled, in pixels."""
    selection: tuple[TargetId, ...]
    range: tuple[int, int]
    """In and out point, both inclusive."""
    plot: Plot
    """What the curve above the rows shows."""
    plot_title: str
    marks: RunMarks = field(default_factory=RunMarks)
    """The run that goes on or was left undone."""

    @property
    def targets(self) -> list[TargetId]:
        """One row each."""
        return [] if self.project is None else list(self.project.targets)

    @property
    def range_edges(self) -> tuple[float, float]:
        """Where the range begins and ends, in pixels."""
        first, last = self.range
        return GUTTER + self.scale.x_of(first), GUTTER + self.scale.x_of(last + 1)

    def spans(self, target: TargetId) -> tuple[MarkedSpan, ...]:
        """What waits in a row, and what a run has still to write or left undone."""
        assert self.project is not None, "spans are asked of a project"
        running = self.marks.spans(target)
        if any(span.state is SpanState.RUNNING for span in running):
            return running
        if self.project.target(target).is_locked:
            return ()
        waiting = self.strips.waiting(self.project, target)
        return (*waiting, *running)

    def spans_at(self, target: TargetId, frame: int) -> tuple[MarkedSpan, ...]:
        """Of these the ones that hold a frame."""
        return tuple(span for span in self.spans(target) if span.first <= frame <= span.last)
