"""Python's search for garbage, kept in the thread of the window.

Python looks for objects that hold each other in circles in whatever thread happens to make the
next object. Found by a worker, a timer or widget of the window would be deleted in the worker's
thread, which Qt does not survive.
"""

import gc
import time

from PySide6.QtCore import QObject, QTimer, Slot

INTERVAL_MS = 500
"""How often the window's thread looks whether there is enough to do."""
SLOW_S = 0.02
"""A search that takes so long would be felt the next time."""


class GarbageTimer(QObject):
    """While it is at work, garbage is searched by the window's thread alone.

    A search begins when as much has gathered as Python itself would wait for. It does not go again
    through what a project holds, or what is left of a slow search: millions of masks take a second.
    """

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._was_enabled = gc.isenabled()
        self._timer = QTimer(self)
        self._timer.setInterval(INTERVAL_MS)
        self._timer.timeout.connect(self.collect_due)

    def start(self) -> None:
        """Take the search over from Python; what is there by now is passed over, to be quick."""
        gc.disable()
        gc.freeze()
        self._timer.start()

    def stop(self) -> None:
        """Give it back, with nothing left of the window for another thread to find."""
        self._timer.stop()
        gc.unfreeze()
        gc.collect()
        if self._was_enabled:
            gc.enable()

    @Slot()
    def pass_over(self) -> None:
        """Search no more among what there is by now, until `stop`."""
        gc.freeze()

    @Slot()
    def collect_due(self) -> None:
        """Search the oldest generation whose threshold is passed, as Python does."""
        for generation in (2, 1, 0):
            threshold = gc.get_threshold()[generation]
            if 0 < threshold < gc.get_count()[generation]:
                start = time.perf_counter()
                gc.collect(generation)
                if time.perf_counter() - start > SLOW_S:
                    self.pass_over()
                return
