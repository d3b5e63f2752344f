"""The worker thread's side: serves clicks first, then jobs, clips to fill, and claims."""

import logging
import threading
from collections.abc import Iterator
from dataclasses import replace

from PySide6.QtCore import Signal, Slot
from typing_extensions import override

from tarvis_app.segmentation.answer_clock import AnswerClock
from tarvis_app.segmentation.claims import ClaimAnswer, QueuedClaims, claim
from tarvis_app.segmentation.inbox import Inbox, QueuedFill
from tarvis_app.segmentation.network_worker import (
    LoadEngine,
    NetworkWorker,
    OpenVideo,
    load_engine,
)
from tarvis_app.segmentation.requests import (
    ClipAnswer,
    ClipFillAnswer,
    Engine,
    FindRequest,
    Job,
    JobEnd,
    Outcome,
    PreviewAnswer,
    PreviewRequest,
    RunRequest,
)
from tarvis_app.segmentation.run_progress import RunStep
from tarvis_app.translated import translated
from tarvis_core.annotation.segmentation import ClipMasks
from tarvis_core.errors import DeviceMemoryError, TarvisError
from tarvis_core.video.opening_watch import OpeningStoppedError
from tarvis_core.video.video_reader import open_video

log = logging.getLogger(__name__)


class SegmentationWorker(NetworkWorker):
    """Runs the network in its own thread.

    A click is answered twice where that gives a better mask: by one look at its frame at once, and
    by all that the weights want when no other click waits for its first.

    Signals:
        preview_answered: Argument: `PreviewAnswer`.
        preview_failed: Arguments: the `PreviewRequest`, message.
        clip_answered: Argument: `ClipAnswer`.
        step_begun: What a job is at before its first clip. Arguments: the job, `RunStep`.
        job_ended: Argument: `JobEnd`.
        clip_filled: Argument: `ClipFillAnswer`.
        fill_ended: A clip is filled, or could not be. Argument: the `ClipFillRequest`.
        claims_answered: Argument: `ClaimAnswer`.
    """

    preview_answered = Signal(object)
    preview_failed = Signal(object, str)
    clip_answered = Signal(object)
    step_begun = Signal(object, object)
    job_ended = Signal(object)
    clip_filled = Signal(object)
    fill_ended = Signal(object)
    claims_answered = Signal(object)

    def __init__(
        self,
        inbox: Inbox,
        load: LoadEngine = load_engine,
        open_reader: OpenVideo = open_video,
    ) -> None:
        super().__init__(inbox, load, open_reader)
        self._is_carrying = False
        self._is_serving = False
        self._answer_clock = AnswerClock()
        self._preparing: Job | None = None
        self._stop = threading.Event()

    @Slot()
    def serve(self) -> None:
        """Do all that waits: clicks first, then the oldest job, then clips to fill, then claims."""
        self._serve_clicks()
        queued = self._inbox.take_job()
        if queued is not None:
            self._run(queued.job, queued.stop)
        while (fill := self._inbox.take_fill()) is not None:
            self._fill_clip(fill)
            self._serve_clicks()
        while (claims := self._inbox.take_claims()) is not None:
            self._claim_next(claims)
            self._serve_clicks()
        if self._idle_at is not None:
            self.prepare(self._idle_at)

    @override
    def _serve_between(self) -> None:
        """A click while a clip is in work is served first: between the parts of that clip."""
        if self._is_carrying:
            with self._answer_clock.away():
                self._serve_previews()

    def _serve_clicks(self) -> None:
        """Answer what waits, and look again where there was but one look; first answers first."""
        self._serve_previews()
        while (first := self._inbox.take_look()) is not None:
            was_carrying, self._is_carrying = self._is_carrying, True
            self.preview_answered.emit(self._second_answer(first))
            self._is_carrying = was_carrying
            self._serve_previews()

    def _second_answer(self, first: PreviewAnswer) -> PreviewAnswer:
        """The first answer by more looks at the frame; itself where those fail."""
        request, settled = first.request, replace(first, is_settled=True)
        try:
            engine = self._ready_engine()
            if engine is None:
                return settled
            masks = engine.preview(self._ready_reader(), request.frame, request.exemplars)
            return replace(settled, mask=masks.get(request.target))
        except TarvisError as error:
            log.warning("a click was answered by one look only: %s", error)
        except Exception:
            log.exception("a click was answered by one look only")
        return settled

    def _serve_previews(self) -> None:
        if self._is_serving:
            return
        self._is_serving = True
        try:
            self._serve_waiting()
        finally:
            self._is_serving = False

    def _serve_waiting(self) -> None:
        while (request := self._inbox.take_preview()) is not None:
            try:
                self._preview(request)
            except TarvisError as error:
                self.preview_failed.emit(request, translated(error))
            except Exception:
                log.exception("the preview failed")
                self.preview_failed.emit(request, self.tr("The network failed; see the log."))

    def _preview(self, request: PreviewRequest) -> None:
        engine = self._ready_engine()
        if engine is None:
            self.preview_failed.emit(request, "")
            return
        reader = self._ready_reader()
        masks = engine.preview(reader, request.frame, request.exemplars, is_quick=True)
        is_settled = request.is_hover or not engine.has_quick_preview
        answer = PreviewAnswer(request, masks.get(request.target), is_settled)
        if not is_settled:
            self._inbox.put_look(answer)
        self.preview_answered.emit(answer)

    def _run(self, job: Job, stop: threading.Event) -> None:
        """The outermost frame of a job: whatever happens, its end is told."""
        self._is_carrying = True
        self._preparing, self._stop = job, stop
        try:
            outcome = self._run_steps(job, stop)
            end = JobEnd(job, outcome)
        except DeviceMemoryError as error:
            end = JobEnd(job, Outcome.FAILED, translated(error), is_out_of_memory=True)
        except OpeningStoppedError:
            end = JobEnd(job, Outcome.STOPPED)
        except TarvisError as error:
            end = JobEnd(job, Outcome.FAILED, translated(error))
        except Exception:
            log.exception("job %d failed", job.number)
            end = JobEnd(job, Outcome.FAILED, self.tr("The network failed; see the log."))
        self._is_carrying = False
        self._preparing, self._stop = None, threading.Event()
        self.job_ended.emit(end)

    @override
    def _begin_step(self, step: RunStep) -> None:
        """Tell it where a job waits for it, and no click that is served meanwhile."""
        if self._preparing is not None and not self._is_serving:
            self.step_begun.emit(self._preparing, step)

    @override
    def _is_unwanted(self) -> bool:
        return super()._is_unwanted() or self._stop.is_set()

    def _run_steps(self, job: Job, stop: threading.Event) -> Outcome:
        engine = self._ready_engine()
        if engine is None or stop.is_set():
            return Outcome.STOPPED
        self._answer_clock.begin(engine)
        for step, clips in enumerate(self._passes(engine, job, stop)):
            for clip in clips:
                times = self._answer_clock.read(engine)
                self._preparing = None
                self._tell_kept()
                self.clip_answered.emit(ClipAnswer(job, step, clip, self._weights, times))
                self._measure_memory(engine)
                self._serve_clicks()
                if stop.is_set():
                    return Outcome.STOPPED
                self._answer_clock.begin(engine)
        return Outcome.STOPPED if stop.is_set() else Outcome.FINISHED

    def _passes(
        self, engine: Engine, job: Job, stop: threading.Event
    ) -> Iterator[Iterator[ClipMasks]]:
        reader = self._ready_reader()
        if isinstance(job, FindRequest):
            yield engine.find_classes(reader, job.request, stop)
            return
        assert isinstance(job, RunRequest)
        for step in job.steps:
            yield engine.track(reader, step.request, stop)

    def _fill_clip(self, queued: QueuedFill) -> None:
        """The outermost frame of a fill: where it fails, the click's own answer stays."""
        self._is_carrying = True
        try:
            self._carry_over_clip(queued)
        except TarvisError as error:
            log.warning("a clip could not be filled: %s", error)
        except Exception:
            log.exception("a clip could not be filled")
        self._is_carrying = False
        self.fill_ended.emit(queued.request)

    def _carry_over_clip(self, queued: QueuedFill) -> None:
        engine = self._ready_engine()
        if engine is None:
            return
        request = queued.request
        for clip in engine.track(self._ready_reader(), request.step.request, queued.stop):
            if queued.stop.is_set():
                return
            self._tell_kept()
            self.clip_filled.emit(ClipFillAnswer(request, clip, self._weights))
            self._serve_clicks()

    def _claim_next(self, queued: QueuedClaims) -> None:
        """One place; what else is asked for comes before the next one."""
        self._is_carrying = True
        try:
            engine = self._ready_engine()
            if engine is not None:
                request, video = queued.request, self._ready_reader()
                place = queued.next_place
                queued.found.append(claim(engine, video, request.frame, place, request.size))
        except TarvisError as error:
            log.warning("the network could not be asked about a mask: %s", error)
            engine = None
        except Exception:
            log.exception("the network could not be asked about a mask")
            engine = None
        self._is_carrying = False
        if engine is None:
            self.claims_answered.emit(ClaimAnswer(queued.request, None))
        elif queued.is_complete:
            self.claims_answered.emit(queued.answer())
        else:
            self._inbox.return_claims(queued)
