"""The building blocks of neck, decoder and object encoder: post-norm attention and feed-forward."""

from collections.abc import Sequence
from functools import partial

import torch
from einops import rearrange
from torch import Tensor, nn
from torch.nn import functional

from tarvis_core.model.packed_linear import (
    ROWS_AT_ONCE,
    PackedLayers,
    computing_dtype,
    is_for_packing,
)

PARTS = ("queries", "keys", "values")
"""Of the common projection."""
LEAST_ROWS = 512
"""Fewer are multiplied as fast without a second copy of the weights."""


class MultiHeadAttention(nn.Module):
    """Scaled dot-product attention with one projection for queries, keys and values."""

    def __init__(self, width: int, num_heads: int) -> None:
        super().__init__()
        self.width = width
        self.num_heads = num_heads
        self.in_proj = nn.Linear(width, 3 * width)
        """Rows: queries', keys', values' projection."""
        self.out_proj = nn.Linear(width, width)
        self._packed = PackedLayers()
        nn.init.xavier_uniform_(self.in_proj.weight)
        nn.init.zeros_(self.in_proj.bias)
        nn.init.xavier_uniform_(self.out_proj.weight)
        nn.init.zeros_(self.out_proj.bias)

    def forward(
        self, query_BQC: Tensor, key_BNC: Tensor, value_BNC: Tensor, mask: Tensor | None = None
    ) -> Tensor:
        """Attend.

        Args:
            query_BQC: What asks.
            key_BNC: What is compared with.
            value_BNC: What is returned.
            mask: Boolean, broadcast to (B, heads, Q, N); True may be attended to. None: all may.

        Returns:
            Answers, shape (B, Q, C).
        """
        keys, values = self.key_heads(key_BNC), self.value_heads(value_BNC)
        return self.attend(self.query_heads(query_BQC), keys, values, mask)

    def self_attend(self, x_BNC: Tensor, position_NC: Tensor, mask: Tensor | None = None) -> Tensor:
        """Attend among the rows of x: queries and keys are x + position, values are x."""
        if is_for_packing(x_BNC):
            return self._self_attend_packed(x_BNC, position_NC, mask)
        weight, bias = _rows_of_queries_and_keys(tuple(self.in_proj.parameters()))
        query_key = functional.linear(x_BNC + position_NC, weight, bias)
        pattern = "b n (two head d) -> two b head n d"
        query, key = rearrange(query_key, pattern, two=2, head=self.num_heads)
        return self.attend(query, key, self.value_heads(x_BNC), mask)

    def _self_attend_packed(
        self, x_BNC: Tensor, position_NC: Tensor, mask: Tensor | None
    ) -> Tensor:
        dtype, weights = computing_dtype(x_BNC), tuple(self.in_proj.parameters())
        layer = self._packed.layer
        query_key = layer("queries and keys", dtype, weights, _rows_of_queries_and_keys)
        values = layer(PARTS[2], dtype, weights, partial(_rows_of_part, 2))
        answers = layer("answers", dtype, tuple(self.out_proj.parameters()))
        pattern = "b n (part head d) -> part b head n d"
        query, key = rearrange(query_key(x_BNC + position_NC), pattern, part=2, head=self.num_heads)
        (value,) = rearrange(values(x_BNC), pattern, part=1, head=self.num_heads)
        answer_BHND = functional.scaled_dot_product_attention(query, key, value, attn_mask=mask)
        return answers(rearrange(answer_BHND, "b head n d -> b n (head d)"))

    def query_heads(self, x_BNC: Tensor) -> Tensor:
        """Projected queries, shape (B, heads, N, C / heads)."""
        return self._heads(x_BNC, 0)

    def key_heads(self, x_BNC: Tensor) -> Tensor:
        """Projected keys, shape (B, heads, N, C / heads)."""
        return self._heads(x_BNC, 1)

    def value_heads(self, x_BNC: Tensor) -> Tensor:
        """Projected values, shape (B, heads, N, C / heads)."""
        return self._heads(x_BNC, 2)

    def attend(
        self, query_BHQD: Tensor, key_BHND: Tensor, value_BHND: Tensor, mask: Tensor | None = None
    ) -> Tensor:
        """Attend with projections that were made before, which may be kept between calls."""
        answer_BHQD = functional.scaled_dot_product_attention(
            query_BHQD, key_BHND, value_BHND, attn_mask=mask
        )
        return self.out_proj(rearrange(answer_BHQD, "b head q d -> b q (head d)"))

    def projection(self, part: int) -> tuple[Tensor, Tensor]:
        """Weight and bias of the queries' (0), keys' (1) or values' (2) projection."""
        rows = slice(part * self.width, (part + 1) * self.width)
        return self.in_proj.weight[rows], self.in_proj.bias[rows]

    def _heads(self, x_BNC: Tensor, part: int) -> Tensor:
        projected_BNC = self._project(x_BNC, part)
        return rearrange(projected_BNC, "b n (head d) -> b head n d", head=self.num_heads)

    def _project(self, x_BNC: Tensor, part: int) -> Tensor:
        if not is_for_packing(x_BNC) or x_BNC[..., 0].numel() < LEAST_ROWS:
            return functional.linear(x_BNC, *self.projection(part))
        weights = tuple(self.in_proj.parameters())
        layer = self._packed.layer(
            PARTS[part], computing_dtype(x_BNC), weights, partial(_rows_of_part, part)
        )
        return layer(x_BNC)


def _rows_of_part(part: int, in_proj: Sequence[Tensor]) -> tuple[Tensor, Tensor]:
    """Weight and bias of one third of the common projection."""
    weight, bias = in_proj
    rows = slice(part * weight.shape[1], (part + 1) * weight.shape[1])
    return weight[rows], bias[rows]


def _rows_of_queries_and_keys(in_proj: Sequence[Tensor]) -> tuple[Tensor, Tensor]:
    """Weight and bias of the first two thirds of the common projection."""
    weight, bias = in_proj
    return weight[: 2 * weight.shape[1]], bias[: 2 * weight.shape[1]]


class SelfAttentionLayer(nn.Module):
    """x = norm(x + attention among x)."""

    def __init__(self, width: int, num_heads: int) -> None:
        super().__init__()
        self.attention = MultiHeadAttention(width, num_heads)
        self.norm = nn.LayerNorm(width)

    def forward(self, x_BNC: Tensor, position_NC: Tensor, mask: Tensor | None = None) -> Tensor:
        """Let the rows of x inform each other.

        Args:
            x_BNC: State.
            position_NC: Added wherever x is query or key; broadcast over B.
            mask: Boolean, broadcast to (B, heads, N, N); True may be attended to.

        Returns:
            State, shape (B, N, C).
        """
        return self.norm(x_BNC + self.attention.self_attend(x_BNC, position_NC, mask))


class FeedForwardLayer(nn.Module):
    """x = norm(x + two linear layers over x)."""

    def __init__(self, width: int, hidden_width: int) -> None:
        super().__init__()
        self.linear1 = nn.Linear(width, hidden_width)
        self.linear2 = nn.Linear(hidden_width, width)
        self.norm = nn.LayerNorm(width)
        self._packed = PackedLayers()
        nn.init.xavier_uniform_(self.linear1.weight)
        nn.init.xavier_uniform_(self.linear2.weight)

    def forward(self, x: Tensor) -> Tensor:
        """Features of the same shape."""
        if not is_for_packing(x):
            return self.norm(x + self.linear2(functional.relu(self.linear1(x))))
        rows = x.flatten(end_dim=-2)
        if len(rows) <= ROWS_AT_ONCE:
            return self._refine_packed(rows).view(x.shape)
        refined = torch.empty_like(rows)
        for part, answer in zip(rows.split(ROWS_AT_ONCE), refined.split(ROWS_AT_ONCE), strict=True):
            answer.copy_(self._refine_packed(part))
        return refined.view(x.shape)

    def _refine_packed(self, x: Tensor) -> Tensor:
        dtype = computing_dtype(x)
        widen = self._packed.layer("widen", dtype, tuple(self.linear1.parameters()))
        narrow = self._packed.layer("narrow", dtype, tuple(self.linear2.parameters()))
        return self.norm(x + narrow(widen(x, has_relu=True)))


class MultiLayerPerceptron(nn.Module):
    """Three linear layers with ReLU between."""

    def __init__(self, in_width: int, width: int) -> None:
        super().__init__()
        widths = (in_width, width, width)
        self.layers = nn.ModuleList(nn.Linear(size, width) for size in widths)

    def forward(self, x: Tensor) -> Tensor:
        """Features, shape (…, width)."""
        for layer in self.layers[:-1]:
            x = functional.relu(layer(x))
        return self.layers[-1](x)
