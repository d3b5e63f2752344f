"""What waits for the network's thread: previews by target, and jobs in the order they came."""

import threading
from collections import deque
from dataclasses import dataclass

from tarvis_app.segmentation.requests import Job, PreviewRequest
from tarvis_core.annotation.target import TargetId


@dataclass(frozen=True)
class QueuedJob:
    """A job with the flag that stops it, and no other."""

    job: Job
    stop: threading.Event


class Inbox:
    """What waits for the worker; filled by the GUI's thread, emptied by the worker's."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._previews: dict[TargetId, PreviewRequest] = {}
        self._jobs: deque[QueuedJob] = deque()
        self._urgent = threading.Event()

    def interrupt(self) -> None:
        """End what the worker does ahead of time."""
        self._urgent.set()

    def when_idle(self) -> threading.Event | None:
        """What ends work ahead of time as soon as something else is asked; None if something is."""
        with self._lock:
            if self._previews or self._jobs:
                return None
            self._urgent.clear()
            return self._urgent

    def put_preview(self, request: PreviewRequest) -> None:
        """Ask for a preview; an older one that waits for the same target is forgotten."""
        with self._lock:
            self._previews.pop(request.target, None)
            self._previews[request.target] = request
            self._urgent.set()

    def take_preview(self) -> PreviewRequest | None:
        """The preview that waits longest."""
        with self._lock:
            if not self._previews:
                return None
            return self._previews.pop(next(iter(self._previews)))

    def put_job(self, job: QueuedJob) -> None:
        """Ask for a run or class search."""
        with self._lock:
            self._jobs.append(job)
            self._urgent.set()

    def take_job(self) -> QueuedJob | None:
        """The job that waits longest."""
        with self._lock:
            return self._jobs.popleft() if self._jobs else None

    def clear(self) -> None:
        """Forget everything that waits."""
        with self._lock:
            self._previews.clear()
            self._jobs.clear()
