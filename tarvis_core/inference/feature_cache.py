"""FeatureCache: features worth keeping, bounded in bytes, the least recently used dropped first."""

from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterator
from typing import Protocol, TypeVar


class Sized(Protocol):
    """Something that knows how much memory it takes."""

    @property
    def num_bytes(self) -> int:
        """Memory that it takes."""


Value = TypeVar("Value", bound=Sized)


class FeatureCache:
    """Values by key; never holds more than `limit_bytes`.

    Not thread-safe: one engine, one thread.
    """

    def __init__(
        self, limit_bytes: int, on_drop: Callable[[Hashable, Sized], None] | None = None
    ) -> None:
        """Make an empty cache.

        Args:
            limit_bytes: The bound.
            on_drop: Told of each value that must go for another one.
        """
        self.limit_bytes = limit_bytes
        self._on_drop = on_drop
        self._entries: OrderedDict[Hashable, Sized] = OrderedDict()
        self._num_bytes = 0

    @property
    def num_bytes(self) -> int:
        """Memory taken now."""
        return self._num_bytes

    @property
    def room(self) -> int | None:
        """How many values like those held now fit in; None while none is held."""
        if not self._entries:
            return None
        return self.limit_bytes * len(self._entries) // max(1, self._num_bytes)

    def __len__(self) -> int:
        return len(self._entries)

    def __contains__(self, key: Hashable) -> bool:
        return key in self._entries

    def __iter__(self) -> Iterator[Hashable]:
        """Keys, the least recently used first; looking does not count as use."""
        return iter(tuple(self._entries))

    def get(self, key: Hashable, kind: type[Value]) -> Value | None:
        """The value of a key, which is thereby the most recently used; None if it is not held."""
        value = self._entries.get(key)
        if value is None:
            return None
        assert isinstance(value, kind), f"{key} holds a {type(value).__name__}"
        self._entries.move_to_end(key)
        return value

    def put(self, key: Hashable, value: Sized) -> None:
        """Hold a value, dropping the least recently used ones; one too large is not held."""
        self.drop(lambda held: held == key)
        if value.num_bytes > self.limit_bytes:
            return
        while self._num_bytes + value.num_bytes > self.limit_bytes:
            oldest, dropped = self._entries.popitem(last=False)
            self._num_bytes -= dropped.num_bytes
            if self._on_drop is not None:
                self._on_drop(oldest, dropped)
        self._entries[key] = value
        self._num_bytes += value.num_bytes

    def drop(self, is_unwanted: Callable[[Hashable], bool]) -> None:
        """Drop the values of some keys."""
        for key in [key for key in self._entries if is_unwanted(key)]:
            self._num_bytes -= self._entries.pop(key).num_bytes

    def clear(self) -> None:
        """Drop everything."""
        self._entries.clear()
        self._num_bytes = 0
