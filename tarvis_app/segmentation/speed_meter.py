"""SpeedMeter: how fast this machine is, what memory runs take, and how long one still takes."""

from collections.abc import Iterable

from PySide6.QtCore import QObject, Signal, Slot

from tarvis_app.segmentation.rate_book import RateBook, Setting
from tarvis_app.segmentation.rates import DecodingRate, EncodingRate, RunTimes, guessed_decoding
from tarvis_app.segmentation.requests import (
    ClipAnswer,
    FindRequest,
    MemoryUse,
    ModelState,
)
from tarvis_app.segmentation.run_ways import Way, WayAhead
from tarvis_app.segmentation.runs import Runs
from tarvis_app.segmentation.segmentation_service import SegmentationService
from tarvis_app.settings import Settings

TRACK = "track"
NEWEST_SHARE = 0.5
"""How much the newest run counts among all before."""


class SpeedMeter(QObject):
    """Measures every run from its first clip on, for what comes before it is seldom the same.

    Rates belong to weights, device, and sizes of frames. Before the first run at a setting they are
    those of encoding ahead of need, or of frames of another size.

    Signals:
        measured: Something else is known.
    """

    measured = Signal()

    def __init__(self, runs: Runs, service: SegmentationService, settings: Settings) -> None:
        super().__init__(runs)
        self._service = service
        self._settings = settings
        self._book = RateBook(settings)
        self._kind = TRACK
        self._setting: Setting | None = None
        self._times = RunTimes()
        self._is_first = True
        self._step = 0
        self._way: WayAhead | None = None
        """What is left of the run in work; None before its first answer."""
        self._peak = 0
        self._ahead: tuple[Setting, EncodingRate] | None = None
        runs.foretell_with(self.follow)
        runs.started.connect(self._begin)
        runs.ended.connect(self._end)
        service.memory_measured.connect(self._note_memory)
        service.encoding_measured.connect(self._note_encoding)

    def seconds(
        self, ways: Iterable[Way], kind: str = TRACK, *, is_back: bool = False
    ) -> float | None:
        """How long a run takes now; None where nobody knows.

        Features that are kept need not be computed.

        Args:
            ways: What it goes through, one after the other.
            kind: "track", or the label set of a class search.
            is_back: Whether it goes through each from the end.
        """
        return self._seconds(ways, self._encoding(), self._decoding(kind), is_back=is_back)

    def seconds_per_frame(self) -> float | None:
        """What a frame takes whose features are not kept, with one target; None if not known."""
        encoding, decoding, kept = self._encoding(), self._decoding(TRACK), self._service.kept
        if encoding is None or decoding is None or kept is None:
            return None
        return encoding.per_frame(kept.grid) + decoding.seconds(1, 1)

    def peak_bytes(self, kind: str = TRACK) -> int:
        """The most memory that runs of a kind held lately; 0 where nobody knows."""
        setting = self._current()
        return 0 if setting is None else self._book.peak_bytes(setting, kind)

    def follow(self, answer: ClipAnswer) -> float | None:
        """Be told of an answer of the run in work; returns the seconds left, None if not known."""
        if self._way is None or answer.step != self._step:
            self._step, self._way = answer.step, WayAhead(answer.job, answer.step)
        self._way.leave_out(answer.clip.frames)
        if answer.times is not None and not self._is_first:
            self._times.add(answer.times, len(answer.clip.frames), self._way.num_targets)
        self._is_first = False
        encoding = self._times.encoding(self._encoding())
        decoding = self._times.decoding(self._decoding(self._kind))
        is_back = self._way.is_backward
        return self._seconds(self._way.ways, encoding, decoding, is_back=is_back)

    def _seconds(
        self,
        ways: Iterable[Way],
        encoding: EncodingRate | None,
        decoding: DecodingRate | None,
        *,
        is_back: bool,
    ) -> float | None:
        kept = self._service.kept
        if decoding is None or kept is None:
            return None
        ways = tuple(ways)
        step = -1 if is_back else 1
        work = kept.missing((s for way in ways for s in way.spans[::step]), is_backward=is_back)
        masks = sum(decoding.seconds(way.num_frames, way.num_targets) for way in ways)
        if not work.num_clips:
            return masks
        return None if encoding is None else encoding.seconds(work) + masks

    def _encoding(self) -> EncodingRate | None:
        """As measured in runs of these sizes, else ahead of need, else with other sizes."""
        setting = self._current()
        if setting is None:
            return None
        ahead = self._ahead[1] if self._ahead and self._ahead[0] == setting else None
        return self._book.encoding(setting, is_exact=True) or ahead or self._book.encoding(setting)

    def _decoding(self, kind: str) -> DecodingRate | None:
        setting, encoding, kept = self._current(), self._encoding(), self._service.kept
        if setting is None or kept is None:
            return None
        known = self._book.decoding(setting, kind)
        if known is None and kind == TRACK and encoding is not None:
            return guessed_decoding(encoding, kept.grid)
        return known

    def _current(self) -> Setting | None:
        """What rates depend on now; None while there is no network or no video."""
        model, kept = self._service.model, self._service.kept
        if model.state is not ModelState.READY or model.weights is None or kept is None:
            return None
        return Setting(
            model.weights.stem,
            model.device,
            self._settings.reduction,
            kept.frame_size,
            kept.input_size,
        )

    @Slot()
    def _begin(self) -> None:
        job = self._service.job
        self._kind = job.request.label_set if isinstance(job, FindRequest) else TRACK
        self._setting = self._current()
        self._times = RunTimes()
        self._is_first = True
        self._way = None
        self._peak = 0

    @Slot(object)
    def _note_memory(self, memory: MemoryUse) -> None:
        self._peak = max(self._peak, memory.used_bytes)

    @Slot(object)
    def _note_encoding(self, rate: EncodingRate) -> None:
        """The quickest counts: something else may keep the machine busy."""
        setting, kept = self._current(), self._service.kept
        if setting is None or kept is None:
            return
        before = self._ahead[1] if self._ahead and self._ahead[0] == setting else None
        if before is None or rate.per_frame(kept.grid) < before.per_frame(kept.grid):
            self._ahead = (setting, rate)
        if before is None:
            self.measured.emit()

    @Slot()
    def _end(self) -> None:
        setting = self._current()
        if setting is None or self._setting not in {None, setting}:
            return  # frames had to become smaller on the way
        if not self._times.is_enough:
            return
        known_encoding = self._book.encoding(setting, is_exact=True)
        encoding = self._times.encoding(known_encoding, NEWEST_SHARE)
        if encoding is not None:
            self._book.note_encoding(setting, encoding)
        is_known = self._book.decoding(setting, self._kind, is_exact=True) is not None
        share = NEWEST_SHARE if is_known else 1.0
        decoding = self._times.decoding(self._book.decoding(setting, self._kind), share)
        if decoding is not None:
            self._book.note_decoding(setting, self._kind, decoding)
        self._book.note_peak(setting, self._kind, self._peak)
        self.measured.emit()
