"""TransformerDecoder: queries read the clip and become masks and classes (Section 3.5)."""

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Self

import torch
from einops import rearrange
from torch import Tensor, nn
from torch.nn import functional

from tarvis_core.model.attention_layers import (
    FeedForwardLayer,
    MultiHeadAttention,
    SelfAttentionLayer,
)
from tarvis_core.model.clip_features import ClipFeatures, frame_selection
from tarvis_core.model.model_config import ModelConfig
from tarvis_core.model.model_output import QuerySet, QueryType, TarvisOutput, mask_logits
from tarvis_core.model.output_heads import OutputHeads
from tarvis_core.model.packed_linear import computing_dtype
from tarvis_core.model.position_encoding import clip_positions

NUM_LEVELS = 3
"""The decoder reads F32, F16 and F8 in turn; F4 serves the masks."""


@dataclass(frozen=True)
class DecoderMemory:
    """What the decoder derives from a clip's features alone; serves any number of questions."""

    keys: tuple[Tensor, ...]
    """Per layer, shape (B, heads, T · h · w, C / heads)."""
    values: tuple[Tensor, ...]
    """Per layer, same shape."""
    mask_features: tuple[Tensor, ...]
    """F4 resized to the sizes of F32, F16 and F8, shape (B, T, C, h, w)."""

    @property
    def num_bytes(self) -> int:
        """Memory that the tensors take."""
        tensors = (*self.keys, *self.values, *self.mask_features)
        return sum(tensor.numel() * tensor.element_size() for tensor in tensors)

    def select_frames(self, indices: Sequence[int]) -> Self:
        """The memory of these frames as part of the whole clip: for a quick look at few frames.

        Neighbouring frames share the clip's memory.
        """
        chosen = frame_selection(indices)
        num_frames = self.mask_features[0].shape[1]

        def select(x_BHND: Tensor) -> Tensor:
            frames = rearrange(x_BHND, "b head (t n) d -> b head t n d", t=num_frames)
            return frames[:, :, chosen].flatten(2, 3)

        return type(self)(
            tuple(select(key) for key in self.keys),
            tuple(select(value) for value in self.values),
            tuple(map_BTCHW[:, chosen] for map_BTCHW in self.mask_features),
        )


class DecoderLayer(nn.Module):
    """Masked cross-attention, self-attention, feed-forward."""

    def __init__(self, width: int, num_heads: int, feedforward_width: int) -> None:
        super().__init__()
        self.cross_attention = MultiHeadAttention(width, num_heads)
        self.cross_norm = nn.LayerNorm(width)
        self.self_attention = SelfAttentionLayer(width, num_heads)
        self.feedforward = FeedForwardLayer(width, feedforward_width)

    def forward(
        self, x_BQC: Tensor, embedding_QC: Tensor, keys_values: tuple[Tensor, Tensor], mask: Tensor
    ) -> Tensor:
        """Refine the queries.

        Args:
            x_BQC: State.
            embedding_QC: Added wherever the state asks or is compared with.
            keys_values: Of this layer, from `DecoderMemory`.
            mask: Where each query may look, bool, shape (B, Q, N).

        Returns:
            State, shape (B, Q, C).
        """
        return self.exchange(self.look(x_BQC, embedding_QC, keys_values, mask), embedding_QC)

    def look(
        self, x_BQC: Tensor, embedding_QC: Tensor, keys_values: tuple[Tensor, Tensor], mask: Tensor
    ) -> Tensor:
        """Let queries read the clip, each for itself; arguments and answer as for `forward`."""
        query = self.cross_attention.query_heads(x_BQC + embedding_QC)
        mask_B1QN = rearrange(mask, "b q n -> b 1 q n")
        answer_BQC = self.cross_attention.attend(query, *keys_values, mask_B1QN)
        return self.cross_norm(x_BQC + answer_BQC)

    def exchange(self, x_BQC: Tensor, embedding_QC: Tensor) -> Tensor:
        """Let all queries inform each other, then transform each."""
        return self.feedforward(self.self_attention(x_BQC, embedding_QC))


class TransformerDecoder(nn.Module):
    """Refines queries layer by layer; each layer looks where the masks so far are."""

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        decoder = config.decoder
        self.scale_codes = nn.Parameter(torch.randn(NUM_LEVELS, config.width))
        """For strides 32, 16, 8."""
        self.layers = nn.ModuleList(
            DecoderLayer(config.width, config.num_heads, decoder.feedforward_width)
            for _ in range(decoder.num_layers)
        )
        self.heads = OutputHeads(config)

    def memory(self, features: ClipFeatures) -> DecoderMemory:
        """Keys and values of all layers, and F4 at the resolution of the attention masks."""
        levels = features.coarse_to_fine[:NUM_LEVELS]
        tokens = [
            rearrange(map_BTCHW, "b t c h w -> b (t h w) c") + code_C
            for map_BTCHW, code_C in zip(levels, self.scale_codes, strict=True)
        ]
        placed = [
            (token + _positions(map_BTCHW).to(token.dtype)).to(computing_dtype(token))
            for token, map_BTCHW in zip(tokens, levels, strict=True)
        ]
        # three layers read a level: rounded once, not by each of them
        tokens = [token.to(computing_dtype(token)) for token in tokens]
        keys, values = [], []
        for index, layer in enumerate(self.layers):
            level = index % NUM_LEVELS
            keys.append(layer.cross_attention.key_heads(placed[level]).contiguous())
            values.append(layer.cross_attention.value_heads(tokens[level]).contiguous())
        sizes = [(map_BTCHW.shape[-2], map_BTCHW.shape[-1]) for map_BTCHW in levels]
        # the masks only steer attention here: no gradient flows through them
        mask_features = tuple(resize_maps(features.stride4.detach(), size) for size in sizes)
        return DecoderMemory(tuple(keys), tuple(values), mask_features)

    def forward(
        self,
        features: ClipFeatures,
        memory: DecoderMemory,
        queries: QuerySet,
        *,
        with_intermediate: bool = False,
        queries_at_once: int | None = None,
    ) -> TarvisOutput:
        """Answer queries about a clip; see `TarVis.decode`."""
        x_BQC, embedding_QC = queries.initial_BQC, queries.embedding_QC
        outputs = []
        for index, layer in enumerate(self.layers):
            if with_intermediate:
                outputs.append(self._output(x_BQC, features, queries))
            keys_values = memory.keys[index], memory.values[index]
            steering_BQC = self._steering(x_BQC, queries.slices)
            features_BTCHW = memory.mask_features[index % NUM_LEVELS]
            if queries_at_once is None or queries_at_once >= queries.num_queries:
                mask_BQN = where_to_look(steering_BQC, features_BTCHW)
                x_BQC = layer(x_BQC, embedding_QC, keys_values, mask_BQN)
                continue
            looked = [
                layer.look(part_BQC, part_QC, keys_values, where_to_look(part, features_BTCHW))
                for part_BQC, part_QC, part in zip(
                    x_BQC.split(queries_at_once, dim=1),
                    embedding_QC.split(queries_at_once),
                    steering_BQC.split(queries_at_once, dim=1),
                    strict=True,
                )
            ]
            x_BQC = layer.exchange(torch.cat(looked, dim=1), embedding_QC)
        last = self._output(x_BQC, features, queries)
        if not with_intermediate:
            return last
        return dataclasses.replace(last, intermediate=(*outputs, last))

    @torch.no_grad()
    def _steering(self, x_BQC: Tensor, slices: Mapping[QueryType, slice]) -> Tensor:
        """Queries after the mask head, whose masks so far say where to look."""
        return self.heads.mask_embeddings(self.heads.normalise(x_BQC), slices)

    def _output(self, x_BQC: Tensor, features: ClipFeatures, queries: QuerySet) -> TarvisOutput:
        normalised_BQC = self.heads.normalise(x_BQC)
        return TarvisOutput(
            states_BQC=x_BQC,
            mask_embeddings_BQC=self.heads.mask_embeddings(normalised_BQC, queries.slices),
            class_logits_BIK=self.heads.class_logits(normalised_BQC, queries),
            stride4_BTCHW=features.stride4,
            slices=queries.slices,
            object_query_counts=queries.object_query_counts,
        )


@torch.no_grad()
def where_to_look(embeddings_BQC: Tensor, mask_features_BTCHW: Tensor) -> Tensor:
    """The attention mask alone; see `attention_mask`."""
    return attention_mask(embeddings_BQC, mask_features_BTCHW)[0]


def attention_mask(embeddings_BQC: Tensor, mask_features_BTCHW: Tensor) -> tuple[Tensor, Tensor]:
    """Where each query may look: inside its mask so far, or everywhere if that is empty.

    Resizing and the inner product commute, so the logits are computed at the attention's
    resolution right away instead of being resized to it.

    Args:
        embeddings_BQC: Queries after the mask head.
        mask_features_BTCHW: F4 resized to the attention's resolution.

    Returns:
        Bool, shape (B, Q, T · H · W), True where a query may look; and which queries' masks were
        empty, shape (B, Q).
    """
    logits_BQTHW = mask_logits(embeddings_BQC, mask_features_BTCHW)
    is_inside_BQN = rearrange(logits_BQTHW >= 0, "b q t h w -> b q (t h w)")
    is_empty_BQ = ~is_inside_BQN.any(dim=-1)
    return is_inside_BQN | is_empty_BQ[:, :, None], is_empty_BQ


def resize_maps(map_BTCHW: Tensor, size: tuple[int, int]) -> Tensor:
    """Bilinear resize without antialiasing, token-major, shape (B, T, C, *size)."""
    batch = map_BTCHW.shape[0]
    map_NCHW = rearrange(map_BTCHW, "b t c h w -> (b t) c h w")
    resized_NCHW = functional.interpolate(map_NCHW, size=size, mode="bilinear", align_corners=False)
    resized_NCHW = resized_NCHW.contiguous(memory_format=torch.channels_last)
    return rearrange(resized_NCHW, "(b t) c h w -> b t c h w", b=batch)


def _positions(map_BTCHW: Tensor) -> Tensor:
    """Place of each cell in the clip, shape (T · H · W, C)."""
    _, num_frames, channels, height, width = map_BTCHW.shape
    codes_THWC = clip_positions(num_frames, (height, width), channels, map_BTCHW)
    return rearrange(codes_THWC, "t h w c -> (t h w) c")
