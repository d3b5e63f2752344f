"""How much memory is taken, and whether what is free again goes back to the system at once."""

import contextlib
import ctypes
import sys
from pathlib import Path

import torch

try:
    import resource
except ImportError:  # Windows
    resource = None  # type: ignore[assignment]

_STATUS = Path("/proc/self/status")
_CLEAR = Path("/proc/self/clear_refs")
_CLEAR_PEAK = "5"

_TRIM_THRESHOLD, _MAP_THRESHOLD = -1, -3
"""Numbers of glibc's `mallopt`."""
KEPT_BYTES = 512 * 2**20
KEPT_BLOCK_BYTES = 32 * 2**20


def keep_free_memory() -> bool:
    """Let this process keep some of the memory that it frees, and use it again.

    A network's maps are freed and wanted again all the time; fetched from the system page by page,
    that takes a fifteenth of a trunk's time. Blocks of up to `KEPT_BLOCK_BYTES` are kept, up to
    `KEPT_BYTES` of them. glibc keeps them for the thread that started the program alone.

    Returns:
        Whether the system's C library can (glibc does).
    """
    library = _glibc()
    if library is None:
        return False
    return bool(
        library.mallopt(_TRIM_THRESHOLD, KEPT_BYTES)
        and library.mallopt(_MAP_THRESHOLD, KEPT_BLOCK_BYTES)
    )


def give_back_free_memory() -> None:
    """Give what `keep_free_memory` let the process keep back to the system, where that can be."""
    library = _glibc()
    if library is not None:
        library.malloc_trim(0)


def _glibc() -> ctypes.CDLL | None:
    """The C library of this process, if it is the one that has these calls."""
    if sys.platform != "linux":
        return None
    library = ctypes.CDLL(None)
    return library if hasattr(library, "gnu_get_libc_version") else None


def card_memory(name: str) -> tuple[int, int]:
    """Bytes taken and bytes there are on a CUDA device, by whatever program.

    Args:
        name: The device, such as "cuda" or "cuda:1".
    """
    free, total = torch.cuda.mem_get_info(torch.device(name))
    return total - free, total


class PeakMemory:
    """The most that this process had on a device: at all, and since the last look."""

    def __init__(self, device: torch.device) -> None:
        self._device = device
        self._highest = 0

    def restart(self) -> None:
        """Count anew, where the system can."""
        self._highest = self.highest
        if self._device.type == "cuda":
            torch.cuda.reset_peak_memory_stats(self._device)
            return
        with contextlib.suppress(OSError):  # not on Linux, or not allowed: the peak is that of all
            _CLEAR.write_text(_CLEAR_PEAK)

    @property
    def since_restart(self) -> int:
        """Bytes at most since the last `restart`; 0 where the system does not say."""
        if self._device.type == "cuda":
            return torch.cuda.max_memory_allocated(self._device)
        with contextlib.suppress(OSError):
            for line in _STATUS.read_text().splitlines():
                if line.startswith("VmHWM:"):
                    return int(line.split()[1]) * 1024
        if resource is None:
            return 0
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return peak if sys.platform == "darwin" else peak * 1024

    @property
    def highest(self) -> int:
        """Bytes at most, restarts or not."""
        return max(self._highest, self.since_restart)
