"""How much work something is, counted and not timed: the same on every machine."""

import sys
from collections.abc import Callable
from types import FrameType


def lines_run(call: Callable[[], object]) -> int:
    """How many lines of Python a call goes through; a line of a loop counts every time."""
    num = 0

    def trace(_frame: FrameType, event: str, _argument: object):
        nonlocal num
        num += event == "line"
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        call()
    finally:
        sys.settrace(before)
    return num
