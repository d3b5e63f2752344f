"""KeptStretches: which of many numbered things a cache still holds, counted by stretches."""

import heapq
from bisect import bisect_right, insort
from collections.abc import Iterable
from typing import NamedTuple


class _Stretch(NamedTuple):
    """Numbers that are kept, used one after the other."""

    low: int
    high: int
    step: int
    """1 where they were used from `low` on, -1 where from `high` on."""
    used: int
    """When the first of them was used; each of the others came one later."""

    @property
    def num(self) -> int:
        return self.high - self.low + 1


class KeptStretches:
    """Keeps so many numbers, and gives up the least recently used where there is no room.

    It says what going through the numbers one by one would find, in about as many steps as there
    are stretches, however long these are.
    """

    def __init__(self, kept: Iterable[int], room: int | None) -> None:
        """Keep some numbers.

        Args:
            kept: The least recently used first; each once.
            room: How many can be kept; None: all.
        """
        self._room = room
        self._num = 0
        self._time = 0
        self._lows: list[int] = []
        self._stretches: dict[int, _Stretch] = {}
        """By their lowest number."""
        self._by_age: list[tuple[int, int]] = []
        """A heap of (used, low); what is no more among the stretches does not count."""
        for way in _ways_through(kept):
            self._keep(way)

    def use(self, way: range) -> list[range]:
        """Use numbers, in the order of the way; all of it is kept from now on, if there is room.

        Args:
            way: Numbers one apart, in either direction.

        Returns:
            Those that were not kept when the way came to them, in its order; no two touch.
        """
        missing: list[range] = []
        while way:
            ahead = self._ahead(way)
            if ahead is not None and ahead.low <= way[0] <= ahead.high:
                end = ahead.high if way.step > 0 else ahead.low
                num = min(len(way), abs(end - way[0]) + 1)
                self._take_out(ahead, way[:num])
            else:
                num = self._num_missing(way, ahead)
                if missing and missing[-1][-1] + way.step == way[0]:
                    missing[-1] = range(missing[-1][0], way[num - 1] + way.step, way.step)
                else:
                    missing.append(way[:num])
            self._keep(way[:num])
            way = way[num:]
        return missing

    def _ahead(self, way: range) -> _Stretch | None:
        """The stretch that the way meets first."""
        place = bisect_right(self._lows, way[0]) - 1
        if place >= 0:
            at = self._stretches[self._lows[place]]
            if at.high >= way[0] or (way.step < 0 and at.high >= way[-1]):
                return at
        if way.step > 0 and place + 1 < len(self._lows) and self._lows[place + 1] <= way[-1]:
            return self._stretches[self._lows[place + 1]]
        return None

    def _num_missing(self, way: range, ahead: _Stretch | None) -> int:
        """How many numbers from the way's first on are certainly not kept when it comes there."""
        if ahead is None:
            return len(way)
        distance = ahead.low - way[0] if way.step > 0 else way[0] - ahead.high
        is_same_way = ahead.step == way.step or ahead.num == 1
        if self._num == self._room and is_same_way and self._oldest() == ahead:
            # each number that comes drives out the next one ahead: the way never catches up
            return min(len(way), max(distance, ahead.num))
        return distance

    def _keep(self, way: range) -> None:
        """Let numbers that are not kept be the ones used last."""
        first_used, self._time = self._time, self._time + len(way)
        if self._room is not None:
            too_many = max(0, self._num + len(way) - self._room)
            too_many -= self._give_up(min(too_many, self._num))
            way, first_used = way[too_many:], first_used + too_many
        if way:
            self._put(_Stretch(min(way[0], way[-1]), max(way[0], way[-1]), way.step, first_used))

    def _give_up(self, num: int) -> int:
        """Forget so many numbers, the least recently used first; returns how many."""
        left = num
        while left:
            oldest = self._oldest()
            self._drop(oldest)
            num_gone = min(left, oldest.num)
            if num_gone < oldest.num:
                self._put(_without_first(oldest, num_gone))
            left -= num_gone
        return num

    def _take_out(self, stretch: _Stretch, part: range) -> None:
        """Forget some numbers of a stretch; what lies on either side keeps its age."""
        low, high = min(part[0], part[-1]), max(part[0], part[-1])
        self._drop(stretch)
        below, above = low - stretch.low, stretch.high - high
        is_up = stretch.step > 0
        if below:
            used = stretch.used + (0 if is_up else stretch.high - low + 1)
            self._put(stretch._replace(high=low - 1, used=used))
        if above:
            used = stretch.used + (high - stretch.low + 1 if is_up else 0)
            self._put(stretch._replace(low=high + 1, used=used))

    def _oldest(self) -> _Stretch:
        while True:
            used, low = self._by_age[0]
            stretch = self._stretches.get(low)
            if stretch is not None and stretch.used == used:
                return stretch
            heapq.heappop(self._by_age)

    def _put(self, stretch: _Stretch) -> None:
        self._stretches[stretch.low] = stretch
        insort(self._lows, stretch.low)
        heapq.heappush(self._by_age, (stretch.used, stretch.low))
        self._num += stretch.num

    def _drop(self, stretch: _Stretch) -> None:
        del self._stretches[stretch.low]
        del self._lows[bisect_right(self._lows, stretch.low) - 1]
        self._num -= stretch.num


def _without_first(stretch: _Stretch, num: int) -> _Stretch:
    """A stretch without the numbers of it that were used first."""
    if stretch.step > 0:
        return stretch._replace(low=stretch.low + num, used=stretch.used + num)
    return stretch._replace(high=stretch.high - num, used=stretch.used + num)


def _ways_through(numbers: Iterable[int]) -> Iterable[range]:
    """Numbers as ways that lead through them in their order."""
    way = range(0)
    for number in numbers:
        step = number - way[-1] if way else 0
        if way and (step == way.step or (len(way) == 1 and abs(step) == 1)):
            way = range(way[0], number + step, step)
            continue
        if way:
            yield way
        way = range(number, number + 1)
    if way:
        yield way
