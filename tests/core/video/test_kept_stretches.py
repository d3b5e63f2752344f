"""Counting by stretches says what going one by one would find."""

import itertools
from collections import OrderedDict

from hypothesis import given
from hypothesis import strategies as st

from tarvis_core.video.kept_stretches import KeptStretches
from tests.fakes.work import lines_run

NUM = 24


class OneByOne:
    """The same, the plain way."""

    def __init__(self, kept, room):
        self.kept, self.room = OrderedDict(), room
        for number in kept:
            self.touch(number)

    def touch(self, number):
        was_there = number in self.kept
        self.kept[number] = None
        self.kept.move_to_end(number)
        if self.room is not None and len(self.kept) > self.room:
            self.kept.popitem(last=False)
        return was_there


@st.composite
def ways(draw):
    first, last = sorted(draw(st.lists(st.integers(0, NUM - 1), min_size=2, max_size=2)))
    return range(first, last + 1)[:: draw(st.sampled_from([1, -1]))]


orders = st.one_of(ways().map(list), st.permutations(range(NUM)).map(lambda order: order[:9]))
rooms = st.none() | st.integers(0, NUM)


@given(orders, rooms, st.lists(ways(), min_size=1, max_size=6))
def test_that_what_is_missing_is_what_is_missed_one_by_one(kept, room, walk):
    plain, stretches = OneByOne(kept, room), KeptStretches(kept, room)
    for way in walk:
        expected = [number for number in way if not plain.touch(number)]
        missing = stretches.use(way)
        assert [number for part in missing for number in part] == expected
        assert all(
            before[-1] + way.step != after[0] for before, after in itertools.pairwise(missing)
        )


def test_that_a_long_way_is_no_more_work_than_a_short_one():
    def go(length, room):
        kept = KeptStretches(range(length // 2, length // 2 + room), room)
        return lambda: [kept.use(range(length)), kept.use(range(length)[::-1])]

    short, long = (lines_run(go(length, length // 10)) for length in (100, 10_000_000))
    assert long == short
