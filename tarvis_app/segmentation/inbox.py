"""What waits for the network's thread: previews, jobs in their order, clips to fill, claims."""

import threading
from collections import deque
from dataclasses import dataclass

from tarvis_app.segmentation.claims import QueuedClaims
from tarvis_app.segmentation.requests import ClipFillRequest, Job, PreviewAnswer, PreviewRequest
from tarvis_core.annotation.target import TargetId


@dataclass(frozen=True)
class QueuedJob:
    """A job with the flag that stops it, and no other."""

    job: Job
    stop: threading.Event


@dataclass(frozen=True)
class QueuedFill:
    """A clip to fill with the flag that stops it, and no other."""

    request: ClipFillRequest
    stop: threading.Event


class Inbox:
    """What waits for the worker; filled by the GUI's thread, emptied by the worker's."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._previews: dict[tuple[TargetId, bool], PreviewRequest] = {}
        self._looks: dict[TargetId, PreviewAnswer] = {}
        self._jobs: deque[QueuedJob] = deque()
        self._fills: dict[TargetId, QueuedFill] = {}
        self._claims: QueuedClaims | None = None
        self._num_moves = 0
        self._urgent = threading.Event()

    def interrupt(self) -> None:
        """End what the worker does ahead of time."""
        self._urgent.set()

    def when_idle(self) -> threading.Event | None:
        """What ends work ahead of time as soon as something else is asked; None if something is."""
        with self._lock:
            if self._is_asked() or self._fills or self._claims is not None:
                return None
            self._urgent.clear()
            return self._urgent

    def put_preview(self, request: PreviewRequest) -> None:
        """Ask for a preview; an older one of its kind that waits for the target is forgotten."""
        key = (request.target, request.is_hover)
        with self._lock:
            self._previews.pop(key, None)
            self._previews[key] = request
            if not request.is_hover:
                self._looks.pop(request.target, None)
            self._urgent.set()

    def take_preview(self) -> PreviewRequest | None:
        """The preview that waits longest; a click before what is only hovered over."""
        with self._lock:
            if self._num_moves or not self._previews:
                return None
            first = min(self._previews, key=lambda key: key[1])
            return self._previews.pop(first)

    def put_look(self, answer: PreviewAnswer) -> None:
        """Ask for a second answer to a click that has had its first, unless a newer one waits."""
        target = answer.request.target
        with self._lock:
            if (target, False) not in self._previews and not self._num_moves:
                self._looks[target] = answer

    def take_look(self) -> PreviewAnswer | None:
        """The first answer of the click that waits longest for its second, while no click waits."""
        with self._lock:
            if self._num_moves or self._previews or not self._looks:
                return None
            return self._looks.pop(next(iter(self._looks)))

    def put_job(self, job: QueuedJob) -> None:
        """Ask for a run or class search."""
        with self._lock:
            self._jobs.append(job)
            self._urgent.set()

    def take_job(self) -> QueuedJob | None:
        """The job that waits longest."""
        with self._lock:
            return self._jobs.popleft() if self._jobs and not self._num_moves else None

    def put_fill(self, fill: QueuedFill) -> None:
        """Ask for a clip to be filled; an older one that waits for the target is forgotten."""
        with self._lock:
            self._fills.pop(fill.request.target, None)
            self._fills[fill.request.target] = fill
            self._urgent.set()

    def take_fill(self) -> QueuedFill | None:
        """The clip that waits longest, while nothing else does."""
        with self._lock:
            if self._num_moves or self._is_asked() or not self._fills:
                return None
            return self._fills.pop(next(iter(self._fills)))

    def drop_fill(self, target: TargetId) -> None:
        """Forget the clip that waits to be filled for a target."""
        with self._lock:
            self._fills.pop(target, None)

    def put_claims(self, queued: QueuedClaims | None) -> None:
        """Ask for claims; older ones are forgotten. None: forget them only."""
        with self._lock:
            self._claims = queued
            self._urgent.set()

    def return_claims(self, queued: QueuedClaims) -> None:
        """Ask for the rest of claims, unless others are wanted since, or none."""
        with self._lock:
            if self._claims is None and not queued.stop.is_set():
                self._claims = queued

    def take_claims(self) -> QueuedClaims | None:
        """The claims that are asked for, while nothing else is."""
        with self._lock:
            if self._num_moves or self._is_asked() or self._fills:
                return None
            queued, self._claims = self._claims, None
            return queued

    def _is_asked(self) -> bool:
        """Whether clicks or jobs wait."""
        return bool(self._previews or self._looks or self._jobs)

    def move(self) -> None:
        """Forget everything that waits; what comes from now on is about another video.

        It is not handed out before the worker has `arrived` there.
        """
        with self._lock:
            self._previews.clear()
            self._looks.clear()
            self._jobs.clear()
            self._fills.clear()
            self._claims = None
            self._num_moves += 1
            self._urgent.set()

    @property
    def is_moving(self) -> bool:
        """Whether the video that the worker works on is not wanted any more."""
        with self._lock:
            return self._num_moves > 0

    def arrived(self) -> None:
        """The worker works on the other video now."""
        with self._lock:
            self._num_moves -= 1
