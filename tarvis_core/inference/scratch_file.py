"""ScratchFile: clips' features that no longer fit into memory, on disk; off unless asked for."""

import mmap
import tempfile
from collections.abc import Hashable, Iterator
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from tarvis_core.model.clip_features import ClipFeatures


@dataclass(frozen=True)
class _Entry:
    start: int
    end: int
    shapes: tuple[torch.Size, ...]
    """Of the maps with channels last."""
    dtype: torch.dtype
    device: torch.device


class ScratchFile:
    """A memory-mapped file of fixed size, written round and round: the oldest entries go first.

    The file has no name, so nothing is left behind.
    """

    def __init__(self, limit_bytes: int, folder: Path | None = None) -> None:
        """Make a file.

        Args:
            limit_bytes: Its size; a file system that can leaves unwritten parts out.
            folder: Where; None for the system's folder for temporary files.

        Raises:
            OSError: The file cannot be made.
        """
        self.limit_bytes = limit_bytes
        with tempfile.TemporaryFile(dir=folder) as file:  # the mapping keeps it
            file.truncate(limit_bytes)
            self._bytes = mmap.mmap(file.fileno(), limit_bytes)
        self._entries: dict[Hashable, _Entry] = {}
        self._next = 0

    def __len__(self) -> int:
        return len(self._entries)

    def __contains__(self, key: Hashable) -> bool:
        return key in self._entries

    def __iter__(self) -> Iterator[Hashable]:
        """Keys, the oldest first."""
        return iter(tuple(self._entries))

    def put(self, key: Hashable, features: ClipFeatures) -> None:
        """Hold a clip's features in place of the oldest; not what is larger than the file."""
        size = features.num_bytes
        if size > self.limit_bytes or key in self._entries:
            return
        start = self._next if self._next + size <= self.limit_bytes else 0
        end = start + size
        self._entries = {
            held: entry
            for held, entry in self._entries.items()
            if entry.end <= start or entry.start >= end
        }
        maps = [map_BTCHW.movedim(2, -1).contiguous() for map_BTCHW in features.coarse_to_fine]
        place = start
        for map_BTHWC in maps:
            raw = map_BTHWC.cpu().flatten().view(torch.uint8).numpy()
            self._bytes[place : place + raw.size] = raw.tobytes()
            place += raw.size
        shapes = tuple(map_BTHWC.shape for map_BTHWC in maps)
        self._entries[key] = _Entry(start, end, shapes, maps[0].dtype, maps[0].device)
        self._next = end

    def get(self, key: Hashable) -> ClipFeatures | None:
        """The features of a clip; None if they are not held."""
        entry = self._entries.get(key)
        if entry is None:
            return None
        numbers = torch.frombuffer(
            bytearray(self._bytes[entry.start : entry.end]), dtype=entry.dtype
        )
        sizes = [shape.numel() for shape in entry.shapes]
        maps: list[Tensor] = [
            part.view(shape).to(entry.device).movedim(-1, 2)
            for part, shape in zip(numbers.split(sizes), entry.shapes, strict=True)
        ]
        return ClipFeatures(*maps)

    def clear(self) -> None:
        """Forget everything."""
        self._entries.clear()
        self._next = 0
