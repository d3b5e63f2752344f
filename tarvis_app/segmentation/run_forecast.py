"""RunForecast: how long a run will take and how much memory, said before it is started."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from tarvis_app.document.document import Document
from tarvis_app.segmentation.requests import MemoryUse, ModelState
from tarvis_app.segmentation.run_plan import plan_run
from tarvis_app.segmentation.run_ways import Way, way_of
from tarvis_app.segmentation.run_wishes import is_outside
from tarvis_app.segmentation.runs import Runs
from tarvis_app.segmentation.segmentation_service import SegmentationService
from tarvis_app.segmentation.speed_meter import TRACK, SpeedMeter
from tarvis_app.view_state import ViewState
from tarvis_core.annotation.segmentation import Direction

SETTLE_MS = 300
"""Planning waits until frame and selection rest for so long."""
MAX_TARGETS, MAX_MASKS = 40, 150_000
"""Planning for more would be felt; the frames of the range are said instead."""


@dataclass(frozen=True)
class Cost:
    """What one run would take."""

    num_frames: int
    """Frames that the network goes through."""
    seconds: float | None
    """What is there already is not computed again. None: nobody knows how fast this machine is."""
    written: tuple[tuple[int, int], ...] = ()
    """First and last frame of each stretch whose masks may change, where that is known."""
    why_nothing: str = ""
    """What to do where there is no frame."""
    names: tuple[str, ...] = ()
    """Of the targets that the run takes, where that is known."""
    left_out: tuple[str, ...] = ()
    """Names of the others, each with the reason."""
    is_outside: bool = False
    """Whether there is no frame because the shown one lies outside the range."""


@dataclass(frozen=True)
class Forecast:
    """What the runs that could be started now would take."""

    tracking: Mapping[Direction, Cost] = field(default_factory=dict)
    searching: Cost = Cost(0, None)
    """A class search in the range."""
    needed_bytes: int | None = None
    """The most that such runs held lately."""
    memory: MemoryUse | None = None
    is_model_awaited: bool = False
    """Whether times are not known because it is not known yet which network runs where."""


@dataclass(frozen=True)
class _Plan:
    """A run that could be started now; how long it takes depends on what is there already."""

    cost: Cost
    ways: tuple[Way, ...] = ()
    """None where there is nothing to do."""
    is_back: bool = False


class RunForecast(QObject):
    """Plans the possible runs whenever something rests that they depend on.

    Signals:
        changed: Argument: the `Forecast`.
    """

    changed = Signal(object)

    def __init__(
        self,
        document: Document,
        view_state: ViewState,
        runs: Runs,
        meter: SpeedMeter,
        service: SegmentationService,
    ) -> None:
        super().__init__(runs)
        self._document = document
        self._view_state = view_state
        self._runs = runs
        self._meter = meter
        self._service = service
        self.searched_label_set = ""
        self._plans: dict[Direction, _Plan] | None = None
        """None where something rests no more that they depend on."""
        self._settle = QTimer(self)
        self._settle.setSingleShot(True)
        self._settle.setInterval(SETTLE_MS)
        self._settle.timeout.connect(self.refresh)
        self._recount = QTimer(self)
        self._recount.setSingleShot(True)
        self._recount.setInterval(SETTLE_MS)
        self._recount.timeout.connect(self._refresh_times)
        for signal in (
            document.project_opened,
            document.masks_changed,
            document.exemplars_changed,
            document.targets_changed,
            view_state.shown_frame_changed,
            view_state.selection_changed,
            view_state.range_changed,
            service.model_changed,
            meter.measured,
        ):
            signal.connect(self.refresh_soon)
        service.kept_changed.connect(self._follow_kept)
        document.project_opened.connect(self._forget)

    @Slot()
    def refresh_soon(self) -> None:
        """Look anew once nothing changes for a moment."""
        self._plans = None
        self._settle.start()

    @Slot()
    def _forget(self) -> None:
        """What was foretold is not of this project."""
        self._plans = None
        self.changed.emit(Forecast())

    @Slot()
    def _follow_kept(self) -> None:
        """Features come one clip after the other; the times follow now and then."""
        if not self._recount.isActive():
            self._recount.start()

    @Slot()
    def _refresh_times(self) -> None:
        """Say how long the same runs take now; planning them anew would be felt."""
        if self._settle.isActive() or self._runs.is_running:
            return
        self.changed.emit(self.forecast() if self._plans is None else self._told(self._plans))

    @Slot(str)
    def search(self, label_set: str) -> None:
        """Forecast searches in another label set."""
        self.searched_label_set = label_set
        self.refresh_soon()

    @Slot()
    def refresh(self) -> None:
        """Look anew."""
        if not self._runs.is_running:
            self.changed.emit(self.forecast())

    def forecast(self) -> Forecast:
        """What the runs that could be started now would take."""
        if self._document.project is None:
            return Forecast()
        self._plans = {
            direction: self._plan(direction)
            for direction in (Direction.BACKWARD, Direction.BOTH, Direction.FORWARD)
        }
        return self._told(self._plans)

    def _told(self, plans: Mapping[Direction, _Plan]) -> Forecast:
        kinds = (TRACK, self.searched_label_set)
        tracking = {direction: self._timed(plan) for direction, plan in plans.items()}
        whole = Way((self._view_state.range,))
        state = self._service.model.state
        is_seen = state is not ModelState.READY or self._service.kept is not None
        return Forecast(
            tracking,
            Cost(whole.num_frames, self._meter.seconds([whole], self.searched_label_set)),
            max(map(self._meter.peak_bytes, kinds)) or None,
            self._service.memory,
            state in {ModelState.UNLOADED, ModelState.LOADING} or not is_seen,
        )

    def _timed(self, plan: _Plan) -> Cost:
        if not plan.ways:
            return plan.cost
        return replace(plan.cost, seconds=self._meter.seconds(plan.ways, is_back=plan.is_back))

    def _plan(self, direction: Direction) -> _Plan:
        """The run that this direction's key starts now."""
        project = self._document.opened
        if len(project.targets) > MAX_TARGETS or project.masks.num_masks > MAX_MASKS:
            whole = Way((self._view_state.range,), len(project.targets))
            return _Plan(Cost(whole.num_frames, None), (whole,))
        wishes = self._runs.wishes
        everyone = wishes.everyone(direction)
        needs = wishes.needs(everyone)
        wish = wishes.narrowed(everyone, needs)
        steps = plan_run(project, wish, has_rivals=False)
        if not steps:
            why = wishes.why_nothing(wish)
            return _Plan(Cost(0, None, why_nothing=why, is_outside=is_outside(wish)))
        num_frames = sum(step.num_frames for step in steps)
        # the run is told of the other targets, too, which the plan leaves out
        ways = tuple(replace(way_of(step), num_targets=len(project.targets)) for step in steps)
        written = (span for step in steps for _, spans in step.wanted for span in spans)
        stretches = _joined((span.first, span.last) for span in written)
        taken = {target for step in steps for target, _ in step.wanted}
        names = tuple(project.target(t).name for t in needs if t in taken)
        left_out = tuple(
            f"{project.target(target).name} ({wishes.why_left_out(need)})"
            for target, need in needs.items()
            if target not in taken
        )
        cost = Cost(num_frames, None, stretches, "", names, left_out)
        return _Plan(cost, ways, is_back=direction is Direction.BACKWARD)


def _joined(stretches: Iterable[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    """Stretches in order; those that touch, or have but a keyframe between them, are one."""
    joined: list[tuple[int, int]] = []
    for first, last in sorted(stretches):
        if joined and first - joined[-1][1] <= 2:
            first, last = joined[-1][0], max(joined.pop()[1], last)
        joined.append((first, last))
    return tuple(joined)
