"""QueryLimit: how many queries look at a clip at once, so that any number of targets fits.

What the decoder holds for a query while it looks at a clip, where it may look and what it sees
there, is as large as the clip. All else that queries do is small. So the queries of many targets
look in groups, one group after the other, and then inform each other as ever: the answers are
those of one group, whatever its size (`TransformerDecoder.forward`).

What is kept of each target, its maps and its masks as exemplars, is as large as the clip, too, and
needed at once, because targets compete for pixels. Where that would take too much, clips become
shorter.
"""

import logging

import torch

from tarvis_core.inference.clip_source import ClipInput
from tarvis_core.inference.device import memory_share
from tarvis_core.inference.memory_forecast import queries_that_fit, targets_that_fit
from tarvis_core.model.model_output import QuerySet
from tarvis_core.sentence import Sentence

log = logging.getLogger(__name__)

LOOK_SHARE = 0.125
"""Part of the device's memory that queries may hold while they look at a clip."""
TARGETS_SHARE = 0.25
"""Part of it for what is kept of the targets."""
LEAST = 4
"""Groups do not become smaller than this: then the clip is what is too large."""
SHRINK_FACTOR = 4
"""After memory ran out, groups are smaller by this factor: each attempt costs an encoding."""


class QueryLimit:
    """The size of groups: as memory is expected to allow, and less where it ran out."""

    def __init__(self, device: torch.device, targets_at_once: int | None = None) -> None:
        """Make one.

        Args:
            device: Where the queries look.
            targets_at_once: So many targets share a group at most; None for all that fit.
        """
        self._device = device
        self._targets_at_once = targets_at_once
        self._most: int | None = None
        self._asked = 0

    def of(self, clip: ClipInput, queries: QuerySet) -> int:
        """How many of these queries may look at this clip at once."""
        num_bytes = memory_share(self._device, LOOK_SHARE)
        limit = queries_that_fit(num_bytes, len(clip.frames), clip.geometry.padded_size)
        if self._targets_at_once is not None:
            limit = min(limit, self._targets_at_once * max(queries.object_query_counts, default=1))
        if self._most is not None:
            limit = min(limit, self._most)
        limit = max(1, limit)
        self._asked = max(self._asked, min(limit, queries.num_queries))
        return limit

    def check(self, clip: ClipInput, num_targets: int) -> None:
        """See that what is kept of a clip's targets will fit.

        Raises:
            MemoryError: It will not; shorter clips are needed.
        """
        num_bytes = memory_share(self._device, TARGETS_SHARE)
        if num_targets > targets_that_fit(num_bytes, len(clip.frames), clip.geometry.padded_size):
            raise MemoryError(f"{num_targets} targets would take too much of it")

    def begin(self) -> None:
        """Forget what an earlier attempt asked."""
        self._asked = 0

    def lower(self) -> bool:
        """After memory ran out: make groups smaller.

        Returns:
            Whether that is possible.
        """
        if self._asked <= LEAST:
            return False
        self._most = max(LEAST, self._asked // SHRINK_FACTOR)
        log.warning(
            Sentence(
                "memory ran out on {device} with {num_asked} queries at once; going on with {most} "
                "at a time",
                device=str(self._device),
                num_asked=self._asked,
                most=self._most,
            )
        )
        return True
