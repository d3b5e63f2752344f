"""The cache is bounded in bytes, and forgets what was used least recently."""

from dataclasses import dataclass

from hypothesis import given, settings
from hypothesis import strategies as st

from tarvis_core.inference.feature_cache import FeatureCache


@dataclass(frozen=True)
class Block:
    num_bytes: int


def test_that_the_least_recently_used_value_is_forgotten():
    cache = FeatureCache(10)
    cache.put("a", Block(4))
    cache.put("b", Block(4))
    cache.get("a", Block)

    cache.put("c", Block(4))

    assert list(cache) == ["a", "c"]
    assert cache.get("b", Block) is None


def test_that_a_value_larger_than_the_cache_is_not_held():
    cache = FeatureCache(10)
    cache.put("a", Block(10))

    cache.put("b", Block(11))

    assert list(cache) == ["a"]


def test_that_a_replaced_value_is_counted_once():
    cache = FeatureCache(10)
    cache.put("a", Block(4))
    cache.put("a", Block(6))

    assert cache.num_bytes == 6
    assert cache.get("a", Block) == Block(6)


@settings(deadline=None)
@given(
    limit=st.integers(0, 30),
    puts=st.lists(st.tuples(st.integers(0, 5), st.integers(0, 15)), max_size=30),
)
def test_that_the_bound_holds_whatever_is_put(limit, puts):
    cache = FeatureCache(limit)
    for key, size in puts:
        cache.put(key, Block(size))

        assert cache.num_bytes <= limit
        assert cache.num_bytes == sum(cache.get(held, Block).num_bytes for held in cache)


def test_that_dropping_frees_the_bytes():
    cache = FeatureCache(10)
    cache.put(("x", 1), Block(3))
    cache.put(("y", 2), Block(3))

    cache.drop(lambda key: key[0] == "x")
    assert cache.num_bytes == 3

    cache.clear()
    assert (len(cache), cache.num_bytes) == (0, 0)
