"""ClickService: asks for the answers to clicks and for the clips round them."""

import itertools
import threading
from pathlib import Path

from PySide6.QtCore import QObject, Signal, Slot
from typing_extensions import override

from tarvis_app.segmentation.claims import ClaimAnswer, ClaimRequest, Place, QueuedClaims
from tarvis_app.segmentation.network_thread import NetworkThread
from tarvis_app.segmentation.network_worker import LoadEngine, load_engine
from tarvis_app.segmentation.newest_requests import NewestFills, NewestPreviews
from tarvis_app.segmentation.requests import (
    ClipFillAnswer,
    ClipFillRequest,
    PreviewAnswer,
    PreviewRequest,
    RequestNumber,
    TrackStep,
)
from tarvis_core.annotation.exemplar import Exemplar
from tarvis_core.annotation.mask import Mask
from tarvis_core.annotation.target import TargetId


class ClickService(NetworkThread):
    """Asks what was given on a frame means there, and round it; of each target the newest.

    Signals:
        preview_answered: The newest preview of a target, a click's perhaps twice; the second
            answer is the settled one. Argument: `PreviewAnswer`.
        preview_failed: Arguments: the `PreviewRequest`, message (empty: there are no weights).
        clicks_answered: No answer to a click is to come any more.
        clip_filled: Argument: `ClipFillAnswer`, of the newest fill of a target.
        fill_ended: A clip is filled, or could not be. Argument: the `ClipFillRequest`.
        fills_changed: Other clips are being filled. Argument: a tuple of their targets.
        claims_answered: Argument: `ClaimAnswer` to what was asked last.
    """

    preview_answered = Signal(object)
    preview_failed = Signal(object, str)
    clicks_answered = Signal()
    clip_filled = Signal(object)
    fill_ended = Signal(object)
    fills_changed = Signal(object)
    claims_answered = Signal(object)

    def __init__(self, parent: QObject | None = None, load: LoadEngine = load_engine) -> None:
        super().__init__(parent, load)
        self._numbers = itertools.count(1)
        self._previews = NewestPreviews()
        self._fills = NewestFills()
        self._claims: QueuedClaims | None = None
        self._worker.preview_answered.connect(self._note_preview)
        self._worker.preview_failed.connect(self._note_preview_failure)
        self._worker.clip_filled.connect(self._note_filled)
        self._worker.fill_ended.connect(self._note_fill_end)
        self._worker.claims_answered.connect(self._note_claims)

    @property
    def awaits_answer(self) -> bool:
        """Whether the answer to a click is still to come."""
        return self._previews.has_click

    @override
    def set_video(self, path: Path | None) -> None:
        """Work on another video; what was asked about the one before is forgotten."""
        self._previews.clear()
        self._fills.drop_all()
        self.fills_changed.emit(())
        self.forget_claims()
        super().set_video(path)

    def preview(
        self,
        frame: int,
        exemplars: tuple[Exemplar, ...],
        target: TargetId,
        gesture: int | None = None,
    ) -> RequestNumber:
        """Ask which mask exemplars give; older questions about the same target are dropped."""
        request = PreviewRequest(self._number(), frame, exemplars, target, gesture)
        self._previews.note(request)
        if not request.is_hover:
            self.stop_filling(target)
        self._inbox.put_preview(request)
        self._serve_wanted.emit()
        return request.number

    def forget_preview(self, target: TargetId) -> None:
        """Drop the answer to a hover that is still to come for a target."""
        self._previews.forget_hover(target)

    def fill_clip(
        self, frame: int, target: TargetId, start: Mask, step: TrackStep, gesture: int
    ) -> ClipFillRequest:
        """Carry a target over the clips round a frame, when nothing else is asked.

        What was being filled for the same target is stopped.

        Args:
            frame: Where something was given.
            target: For whom.
            start: Its mask there.
            step: The frames to go through and those that are wanted.
            gesture: The step of the history that the answer belongs to.
        """
        request = ClipFillRequest(self._number(), frame, target, start, step, gesture)
        self._inbox.put_fill(self._fills.note(request))
        self.fills_changed.emit(self._fills.targets)
        self._serve_wanted.emit()
        return request

    def stop_filling(self, *targets: TargetId) -> None:
        """Stop filling clips of targets; what is still answered is dropped.

        Args:
            targets: Whose; all, if none is named.
        """
        for target in targets or self._fills.targets:
            self._fills.drop(target)
            self._inbox.drop_fill(target)
        self.fills_changed.emit(self._fills.targets)

    @Slot(int, object, object)
    def ask_claims(
        self, frame: int, places: tuple[Place, ...], size: tuple[int, int]
    ) -> ClaimRequest:
        """Ask what the network sees at places of a frame, when nothing else is asked.

        What was asked before is forgotten. `claims_answered` follows, after a run that goes on.

        Args:
            frame: The frame.
            places: At least one, (x, y) in pixels of the frame.
            size: (h, w) in which the answers are wanted.
        """
        self.forget_claims()
        request = ClaimRequest(self._number(), frame, places, size)
        self._claims = QueuedClaims(request, threading.Event())
        self._inbox.put_claims(self._claims)
        self._serve_wanted.emit()
        return request

    @Slot()
    def forget_claims(self) -> None:
        """Nobody wants to know any more what was asked."""
        if self._claims is not None:
            self._claims.stop.set()
            self._claims = None
            self._inbox.put_claims(None)

    def _number(self) -> RequestNumber:
        return RequestNumber(next(self._numbers))

    @Slot(object)
    def _note_preview(self, answer: PreviewAnswer) -> None:
        if self._previews.take(answer.request, is_settled=answer.is_settled):
            self.preview_answered.emit(answer)
            self._tell_answered(answer.request)

    @Slot(object, str)
    def _note_preview_failure(self, request: PreviewRequest, message: str) -> None:
        if self._previews.take(request):
            self.preview_failed.emit(request, message)
            self._tell_answered(request)

    def _tell_answered(self, request: PreviewRequest) -> None:
        if not request.is_hover and not self._previews.has_click:
            self.clicks_answered.emit()

    @Slot(object)
    def _note_filled(self, answer: ClipFillAnswer) -> None:
        if self._fills.is_wanted(answer.request):
            self.clip_filled.emit(answer)

    @Slot(object)
    def _note_fill_end(self, request: ClipFillRequest) -> None:
        if self._fills.end(request):
            self.fills_changed.emit(self._fills.targets)
            self.fill_ended.emit(request)

    @Slot(object)
    def _note_claims(self, answer: ClaimAnswer) -> None:
        if self._claims is not None and answer.request.number == self._claims.request.number:
            self._claims = None
            self.claims_answered.emit(answer)
