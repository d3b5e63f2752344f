"""Which bits of the decoder's attention masks single precision cannot decide (decision 0005)."""

from collections.abc import Iterator
from contextlib import contextmanager
from unittest.mock import patch

import torch
from torch import Tensor

from tarvis_core.model import transformer_decoder

LOGIT_NOISE = 2e-4
"""Single precision's noise in mask logits: a sign nearer to 0 is not decided."""


class AttentionBits:
    """The logits that decide where each query looks, recorded in one run and used in another."""

    def __init__(self) -> None:
        self._recorded: list[Tensor] = []
        self.undecided: list[float] = []
        """Recorded logits on whose sign the other run did not agree."""

    @contextmanager
    def recorded(self) -> Iterator[None]:
        """Keep the logits of every attention mask."""
        compute = transformer_decoder.mask_logits

        def keep(embeddings_BQC: Tensor, maps_BTCHW: Tensor) -> Tensor:
            self._recorded.append(compute(embeddings_BQC, maps_BTCHW))
            return self._recorded[-1]

        with patch.object(transformer_decoder, "mask_logits", keep):
            yield

    @contextmanager
    def settled(self) -> Iterator[None]:
        """Where a sign differs from the recorded one, use the recorded one and note it."""
        compute = transformer_decoder.mask_logits
        recorded = iter(self._recorded)

        def settle(embeddings_BQC: Tensor, maps_BTCHW: Tensor) -> Tensor:
            logits, exact = compute(embeddings_BQC, maps_BTCHW), next(recorded)
            differs = (logits >= 0) != (exact >= 0)
            self.undecided += exact[differs].tolist()
            return torch.where(differs, exact.to(logits.dtype), logits)

        with patch.object(transformer_decoder, "mask_logits", settle):
            yield
