"""Batches prepared in threads while the network is busy, so that nothing waits for data."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor

from training.clip_sample import AskedBatch

Draw = Callable[[int, int], AskedBatch]
"""Makes the batch of a step and a place, the same one whenever it is asked."""


class ReadAhead:
    """Draws the batches of the next steps ahead of time."""

    def __init__(self, draw: Draw, num_workers: int) -> None:
        """Start the threads.

        Args:
            draw: Called from them.
            num_workers: Threads, and steps ahead; 0 draws when asked.
        """
        self._draw = draw
        self._num_workers = num_workers
        self._pool = ThreadPoolExecutor(num_workers) if num_workers else None
        self._ahead: dict[tuple[int, int], Future[AskedBatch]] = {}

    def batch(self, step: int, place: int) -> AskedBatch:
        """The batch of a step at one place; those of the next steps are begun."""
        if self._pool is None:
            return self._draw(step, place)
        for ahead in range(1 + self._num_workers):
            wanted = (step + ahead, place)
            if wanted not in self._ahead:
                self._ahead[wanted] = self._pool.submit(self._draw, *wanted)
        self._ahead = {key: task for key, task in self._ahead.items() if key >= (step, 0)}
        return self._ahead.pop((step, place)).result()

    def close(self) -> None:
        """End the threads."""
        if self._pool is not None:
            self._pool.shutdown(cancel_futures=True)
