"""The published algorithm without our rewrites: what the fast path is measured against.

Same weights, same results up to rounding (but for the object encoder's random choice of at most
16 384 pixels per mask): sampling of all frames at once, attention weights written out, masks at
full resolution between the decoder's layers, one key per pixel in the object encoder.
"""

import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from unittest.mock import patch

import torch
from torch import Tensor
from torch.nn import functional

from tarvis_core.model import attention_layers, temporal_neck
from tarvis_core.model.attention_layers import MultiHeadAttention
from tarvis_core.model.behaviour import Behaviour
from tarvis_core.model.clip_features import ClipFeatures
from tarvis_core.model.deformable_attention import DeformableAttention
from tarvis_core.model.model_output import QuerySet
from tarvis_core.model.object_exemplars import ObjectExemplars
from tarvis_core.model.tarvis import TarVis
from tests.core.model.plain_decoder import decode_plainly

NUM_CHUNKS = 8
"""The published code attends to windows of more than 500 tokens in so many parts."""
LONG_WINDOW = 500


class PlainTarVis:
    """One network computed plainly; the same calls as the fast one, where they differ."""

    def __init__(self, model: TarVis) -> None:
        self._model = model

    def encode(self, frames_BTCHW: Tensor) -> ClipFeatures:
        """Features of a clip."""
        with _plain_attention():
            return self._model.encode(frames_BTCHW)

    def object_queries(self, features: ClipFeatures, objects: ObjectExemplars) -> QuerySet:
        """Queries of objects, from a random choice of the masks' pixels."""
        encoder = self._model.object_encoder
        with _plain_attention(), patch.object(encoder, "behaviour", Behaviour.PUBLISHED):
            return self._model.object_queries(features, objects)

    def decode(self, features: ClipFeatures, queries: QuerySet) -> Tensor:
        """Masks of all queries, (B, Q, T, H4, W4)."""
        return decode_plainly(self._model.decoder, features, queries)[1]


@contextmanager
def _plain_attention() -> Iterator[None]:
    with (
        patch.object(DeformableAttention, "forward", _sample_all_frames),
        patch.object(MultiHeadAttention, "attend", _attend_with_weights),
        patch.object(attention_layers, "is_for_packing", lambda _: False),
        patch.object(temporal_neck, "is_for_packing", lambda _: False),
    ):
        yield


def _sample_all_frames(
    self: DeformableAttention,
    query_NSC: Tensor,
    value_NSC: Tensor,
    level_sizes: Sequence[tuple[int, int]],
) -> Tensor:
    """Deformable attention as its authors' PyTorch version: all samples stacked, then weighted."""
    make_samples: Callable[..., tuple[Tensor, Tensor]] = self._samples
    locations, weights = make_samples(query_NSC, level_sizes)
    num_frames, num_tokens, width = value_NSC.shape
    value = self.value_proj(value_NSC).view(num_frames, num_tokens, self.num_heads, -1)
    head_width = value.shape[-1]
    grids = 2 * locations - 1
    sampled = []
    areas = [height * width for height, width in level_sizes]
    for level, part in enumerate(value.split(areas, dim=1)):
        height, columns = level_sizes[level]
        maps = part.flatten(2).transpose(1, 2)
        maps = maps.reshape(num_frames * self.num_heads, head_width, height, columns)
        grid = grids[:, :, :, level].transpose(1, 2).flatten(0, 1)
        sampled.append(functional.grid_sample(maps, grid, align_corners=False))
    weights = weights.transpose(1, 2).reshape(num_frames * self.num_heads, 1, num_tokens, -1)
    sums = (torch.stack(sampled, dim=-2).flatten(-2) * weights).sum(-1)
    return self.output_proj(sums.view(num_frames, width, num_tokens).transpose(1, 2).contiguous())


def _attend_with_weights(
    self: MultiHeadAttention,
    query_BHQD: Tensor,
    key_BHND: Tensor,
    value_BHND: Tensor,
    mask: Tensor | None = None,
) -> Tensor:
    """Attention with its weights written out, window by window in parts where windows are long."""
    is_long = query_BHQD.shape[2] > LONG_WINDOW
    parts = []
    step = math.ceil(len(query_BHQD) / NUM_CHUNKS) if is_long else len(query_BHQD)
    for first in range(0, len(query_BHQD), step):
        chosen = slice(first, first + step)
        scale = query_BHQD.shape[-1] ** -0.5
        logits = (query_BHQD[chosen] * scale) @ key_BHND[chosen].transpose(-1, -2)
        if mask is not None:
            logits = logits.masked_fill(~mask[chosen], float("-inf"))
        parts.append(logits.softmax(dim=-1) @ value_BHND[chosen])
    answer_BHQD = torch.cat(parts)
    return self.out_proj(answer_BHQD.transpose(1, 2).flatten(2))
