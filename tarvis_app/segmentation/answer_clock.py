"""AnswerClock: what each answer of a run took, told apart into encoding and all else."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Protocol

from tarvis_core.video.encoding_work import EncodingTimes


@dataclass(frozen=True)
class AnswerTimes:
    """What one answer of a run took; what was done for others meanwhile does not count."""

    encoded: EncodingTimes
    """What was encoded for it."""
    decoding_s: float
    """All else: from features to masks."""


class Encoder(Protocol):
    """What says how long it has encoded."""

    @property
    def encoded(self) -> EncodingTimes:
        """Everything so far."""


class AnswerClock:
    """Goes from answer to answer, and stands still while others are served."""

    def __init__(self, now: Callable[[], float] = time.perf_counter) -> None:
        self._now = now
        self._start = 0.0
        self._encoded = EncodingTimes()
        self._away_s = 0.0

    def begin(self, encoder: Encoder) -> None:
        """The work for the next answer begins."""
        self._encoded = encoder.encoded
        self._away_s = 0.0
        self._start = self._now()

    @contextmanager
    def away(self) -> Iterator[None]:
        """The block is for others."""
        start = self._now()
        try:
            yield
        finally:
            self._away_s += self._now() - start

    def read(self, encoder: Encoder) -> AnswerTimes:
        """What was done since it began."""
        encoded = encoder.encoded.since(self._encoded)
        passed = self._now() - self._start - self._away_s
        return AnswerTimes(encoded, max(0.0, passed - encoded.total_s))
