"""What the timeline says in words: of a curve, of a row, and of a frame in it."""

from collections.abc import Iterable

from PySide6.QtCore import QObject

from tarvis_app.timeline.span_states import MarkedSpan, SpanState
from tarvis_app.timeline.track_strip import Plot, doubt_of
from tarvis_core.annotation.target import Target
from tarvis_core.annotation.track import FrameState, FrameSummary


class RowTexts(QObject):
    """The sentences of the timeline's tool tips."""

    def plot(self, plot: Plot) -> str:
        """What a curve is called."""
        return {
            Plot.DOUBT: self.tr("Doubt"),
            Plot.DISAGREEMENT: self.tr("Clips disagree"),
            Plot.AREA: self.tr("Area"),
        }[plot]

    def header(self) -> str:
        """How ruler and curve are used."""
        return self.tr(
            "Click or drag: go there · drag the flags: in and out point (I, O) · wheel: zoom in "
            "time · click the curve's name: another curve"
        )

    def run_head(self, frame: int) -> str:
        """Where a run is."""
        return self.tr("The run has come to frame {frame}.").format(frame=frame)

    def name(self, target: Target, spans: Iterable[MarkedSpan]) -> str:
        """A row as a whole."""
        told = {span.state: self.state(span.state) for span in spans}
        lines = [target.name, *told.values()]
        if target.is_locked:
            lines.append(self.tr("Locked: nothing changes it (L unlocks)."))
        return "\n".join(lines)

    def frame(
        self,
        target: Target,
        frame: int,
        summary: FrameSummary | None,
        spans: Iterable[MarkedSpan],
    ) -> str:
        """One frame of a row."""
        line = self.tr("{name}, frame {frame}: {what}").format(
            name=target.name, frame=frame, what=self.known(summary)
        )
        return "\n".join([line, *(self.state(span.state) for span in spans)])

    def known(self, summary: FrameSummary | None) -> str:
        """What is known of a frame."""
        if summary is None:
            return self.tr("nothing known")
        if summary.state is FrameState.KEYFRAME:
            return self.tr("keyframe, absent") if summary.is_empty else self.tr("keyframe")
        if summary.state is FrameState.VERIFIED:
            return self.tr("verified, absent") if summary.is_empty else self.tr("verified")
        if summary.is_empty:
            return self.tr("absent")
        return self.tr("tracked, doubt {doubt:.0f} %").format(doubt=100 * doubt_of(summary))

    def state(self, state: SpanState) -> str:
        """What is to be done about a stretch."""
        return {
            SpanState.OPEN: self.tr("Not tracked yet (T, F or B tracks it)."),
            SpanState.PROVISIONAL: self.tr(
                "No run has been here since the click (T, F or B tracks it)."
            ),
            SpanState.STALE: self.tr(
                "Older than a correction beside it: Shift+T brings it up to date."
            ),
            SpanState.RUNNING: self.tr("A run is on its way here."),
            SpanState.PAUSED: self.tr(
                "A run was stopped before it came here. Shift+T begins it again; Enter on its last "
                "frame, then F, goes on from there."
            ),
            SpanState.FAILED: self.tr("A run failed before it came here; Shift+T tries again."),
        }[state]
