"""Numbers for records of a file: the wanted one while it is free, else the next that is."""


class NumberAllocator:
    """Gives every record of a file a number of its own, from 1."""

    def __init__(self) -> None:
        self._used: set[int] = set()
        self._next = 1

    def take(self, wanted: object = None) -> int:
        """A number that was not given before.

        Args:
            wanted: The number that the record had elsewhere; anything else than a whole number
                from 1 counts as none.
        """
        if isinstance(wanted, int) and not isinstance(wanted, bool) and self._is_free(wanted):
            self._used.add(wanted)
            return wanted
        while self._next in self._used:
            self._next += 1
        self._used.add(self._next)
        return self._next

    def _is_free(self, number: int) -> bool:
        return number >= 1 and number not in self._used
