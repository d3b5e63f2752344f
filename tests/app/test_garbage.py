"""Garbage of the window is found by the window's own thread."""

import gc
import threading
import weakref

import pytest

from tarvis_app import garbage
from tarvis_app.garbage import GarbageTimer


class Ring:
    """Holds itself, so that only the search for garbage frees it."""

    def __init__(self, freed_by: list[threading.Thread]) -> None:
        self.itself = self
        weakref.finalize(self, lambda: freed_by.append(threading.current_thread()))


@pytest.fixture
def timer(qapp):
    gc.enable()
    timer = GarbageTimer()
    timer.start()
    yield timer
    timer.stop()


def make_much(count: int) -> list[list[int]]:
    """Enough new objects for several searches, as long as they are kept."""
    return [[number] for number in range(count)]


def test_that_a_worker_leaves_the_windows_garbage_alone(timer):
    freed_by: list[threading.Thread] = []
    Ring(freed_by)

    worker = threading.Thread(target=make_much, args=(200_000,))
    worker.start()
    worker.join()

    assert freed_by == []


def test_that_the_windows_thread_finds_it(timer, qtbot):
    freed_by: list[threading.Thread] = []
    Ring(freed_by)
    kept = make_much(5_000)

    def assert_freed() -> None:
        timer.collect_due()
        assert freed_by == [threading.main_thread()]

    qtbot.waitUntil(assert_freed, timeout=5000)
    assert len(kept) == 5_000


def test_that_python_searches_again_afterwards(timer):
    assert not gc.isenabled()

    timer.stop()

    assert gc.isenabled()


def test_that_a_search_passes_over_what_a_project_holds(timer):
    masks = make_much(50_000)
    assert len(gc.get_objects()) > len(masks)

    timer.pass_over()

    assert len(gc.get_objects()) < len(masks)
    freed_by: list[threading.Thread] = []
    Ring(freed_by)
    gc.collect()
    assert freed_by == [threading.main_thread()]


def test_that_what_is_left_of_a_slow_search_is_passed_over(timer, monkeypatch):
    monkeypatch.setattr(garbage, "SLOW_S", 0.0)
    masks = make_much(50_000)

    timer.collect_due()

    assert len(gc.get_objects()) < len(masks)


def test_that_a_quick_search_leaves_everything_to_the_next(timer, monkeypatch):
    monkeypatch.setattr(garbage, "SLOW_S", 1e9)
    masks = make_much(50_000)

    timer.collect_due()

    assert len(gc.get_objects()) > len(masks)
