"""How much memory the program takes of how much there is; without the network's libraries."""

import os
import sys
from pathlib import Path

from tarvis_app.segmentation.requests import MemoryUse

try:
    import resource
except ImportError:  # Windows
    resource = None  # type: ignore[assignment]

STATM = Path("/proc/self/statm")


def process_memory() -> MemoryUse | None:
    """What this process holds of the machine's memory; None where the system does not say."""
    try:
        total = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
        if STATM.exists():
            pages = int(STATM.read_text().split()[1])
            return MemoryUse(pages * os.sysconf("SC_PAGE_SIZE"), total)
    except (AttributeError, ValueError, OSError):
        return None
    if resource is None:
        return None
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return MemoryUse(peak if sys.platform == "darwin" else peak * 1024, total)
