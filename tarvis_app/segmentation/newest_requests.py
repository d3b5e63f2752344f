"""Which questions about targets are the newest, so that nobody hears answers to older ones."""

import threading

from tarvis_app.segmentation.inbox import QueuedFill
from tarvis_app.segmentation.requests import ClipFillRequest, PreviewRequest, RequestNumber
from tarvis_core.annotation.target import TargetId


class NewestPreviews:
    """The previews that are still to be answered: of each target its click and its hover."""

    def __init__(self) -> None:
        self._numbers: dict[tuple[TargetId, bool], RequestNumber] = {}

    @property
    def has_click(self) -> bool:
        """Whether a click's answer is still to come."""
        return any(not is_hover for _, is_hover in self._numbers)

    def note(self, request: PreviewRequest) -> None:
        """A preview was asked for; an older one of its kind does not count any more."""
        self._numbers[request.target, request.is_hover] = request.number

    def take(self, request: PreviewRequest, *, is_settled: bool = True) -> bool:
        """A preview was answered, or failed: whether anybody still wants to know.

        Args:
            request: The question.
            is_settled: Whether no other answer follows.
        """
        key = (request.target, request.is_hover)
        is_wanted = self._numbers.get(key) == request.number
        if is_wanted and is_settled:
            del self._numbers[key]
        return is_wanted

    def forget_hover(self, target: TargetId) -> None:
        """Nobody wants to know any more what a click there would give."""
        self._numbers.pop((target, True), None)

    def clear(self) -> None:
        """Nobody wants to know anything any more."""
        self._numbers.clear()


class NewestFills:
    """The clips that are being filled, or wait for it: one for each target."""

    def __init__(self) -> None:
        self._fills: dict[TargetId, QueuedFill] = {}

    @property
    def targets(self) -> tuple[TargetId, ...]:
        """Whose clips are being filled, or wait for it."""
        return tuple(self._fills)

    def note(self, request: ClipFillRequest) -> QueuedFill:
        """A clip is to be filled; what was filled for the same target before is stopped."""
        self.drop(request.target)
        self._fills[request.target] = QueuedFill(request, threading.Event())
        return self._fills[request.target]

    def is_wanted(self, request: ClipFillRequest) -> bool:
        """Whether an answer is to be heard."""
        held = self._fills.get(request.target)
        return held is not None and held.request.number == request.number

    def end(self, request: ClipFillRequest) -> bool:
        """A clip is filled, or could not be: whether anybody still wants to know."""
        is_wanted = self.is_wanted(request)
        if is_wanted:
            del self._fills[request.target]
        return is_wanted

    def drop(self, target: TargetId) -> None:
        """Stop filling a target's clip, if that goes on."""
        held = self._fills.pop(target, None)
        if held is not None:
            held.stop.set()

    def drop_all(self) -> None:
        """Stop filling any clip."""
        for target in self.targets:
            self.drop(target)
