"""Keeping memory that is free again; each case in a process of its own, whose allocator it sets."""

import platform
import subprocess
import sys

import pytest

needs_glibc = pytest.mark.skipif(
    platform.libc_ver()[0] != "glibc", reason="this system's C library is not glibc"
)
SCRIPT = """
import sys
from pathlib import Path
import torch
from tarvis_core.inference.memory_use import give_back_free_memory, keep_free_memory

def resident():
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096 // 2**20

if sys.argv[1] == "keep":
    keep_free_memory()
before = resident()
blocks = [torch.ones(20 * 2**20, dtype=torch.uint8) for _ in range(10)]
del blocks
after = resident()
give_back_free_memory()
print(after - before, resident() - before)
"""


def grown_by(way: str) -> tuple[int, int]:
    """Mebibytes more than before 200 were taken and freed, and after free memory was given back."""
    arguments = [sys.executable, "-c", SCRIPT, way]
    made = subprocess.run(arguments, capture_output=True, text=True, check=True)
    freed, given_back = map(int, made.stdout.split())
    return freed, given_back


@needs_glibc
def test_that_freed_memory_is_kept_until_it_is_given_back():
    freed, given_back = grown_by("keep")
    assert freed > 150
    assert given_back < 50


@needs_glibc
def test_that_without_it_freed_memory_goes_back_at_once():
    freed, _ = grown_by("as usual")
    assert freed < 100
