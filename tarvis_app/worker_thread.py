"""WorkerThread: one worker in a thread of its own, which starts when there is something to do."""

import threading

from PySide6.QtCore import QObject, QThread


class WorkerThread(QObject):
    """Keeps a worker, its thread and the flag that stops what it does."""

    def __init__(
        self,
        worker: QObject,
        name: str,
        parent: QObject,
        stop: threading.Event | None = None,
        priority: QThread.Priority = QThread.Priority.InheritPriority,
    ) -> None:
        """Take a worker into a thread.

        Args:
            worker: Without a parent; its slots run in the thread from now on.
            name: Of the thread, for those who look at it from outside.
            parent: Who owns it.
            stop: The flag that the worker looks at; None for a new one.
            priority: How much the thread gets of a busy processor.
        """
        super().__init__(parent)
        self.stopping = stop or threading.Event()
        self._worker = worker
        self._priority = priority
        self._thread = QThread(self)
        self._thread.setObjectName(name)
        worker.moveToThread(self._thread)

    def start(self) -> None:
        """Let the worker hear what is asked of it."""
        if not self._thread.isRunning():
            self._thread.start(self._priority)

    def begin(self) -> None:
        """Start something new: what was stopped before does not stop it."""
        self.start()
        self.stopping.clear()

    def stop(self) -> None:
        """Stop what the worker does, as soon as it looks."""
        self.stopping.set()

    def shut_down(self) -> None:
        """Stop everything and end the thread."""
        self.stopping.set()
        self._thread.quit()
        self._thread.wait()
