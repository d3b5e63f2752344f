"""What the window wants of the thread that decodes: the newest wish of each kind counts."""

import threading
from dataclasses import dataclass
from typing import Generic, TypeVar


@dataclass(frozen=True)
class Wish:
    """The frame wanted now, and the way the playhead goes."""

    frame: int
    step: int


@dataclass(frozen=True)
class MotionWish:
    """A frame, and those beside it that its motion is wanted to."""

    frame: int
    others: tuple[int, ...]


AnyWish = TypeVar("AnyWish", Wish, MotionWish)


class WishBox(Generic[AnyWish]):
    """Holds the newest wish only; safe from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._wish: AnyWish | None = None

    def put(self, wish: AnyWish | None) -> None:
        """Replace whatever was wished before."""
        with self._lock:
            self._wish = wish

    def take(self) -> AnyWish | None:
        """The wish, which is then no longer here."""
        with self._lock:
            wish, self._wish = self._wish, None
            return wish

    @property
    def is_full(self) -> bool:
        """Whether somebody waits."""
        with self._lock:
            return self._wish is not None
