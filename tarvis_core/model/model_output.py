"""What passes between the parts of TarViS: queries and output. Named tensors with shapes."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from itertools import accumulate
from typing import Self

import torch
from einops import rearrange
from torch import Tensor

from tarvis_core.model.clip_features import frame_selection


class QueryType(Enum):
    """What a query stands for. Each type has its own embedding and its own output heads."""

    INSTANCE = "instance"
    """One countable thing of the clip, yet to be found (VIS, VPS)."""
    BACKGROUND = "background"
    """What is none of the things (VIS, VPS)."""
    SEMANTIC = "semantic"
    """One class of a label set (VIS, VPS)."""
    OBJECT_BACKGROUND = "object background"
    """Background round the objects that exemplars name (VOS, PET)."""
    OBJECT = "object"
    """One object, or one segment of it, that an exemplar names (VOS, PET)."""


@dataclass(frozen=True)
class QueryGroup:
    """All queries of one type in a decoder pass."""

    type: QueryType
    initial_BQC: Tensor
    """Where the decoder's state starts, shape (B, Q, C)."""
    embedding_C: Tensor
    """What tells this type from the others in attention, shape (C,)."""

    @property
    def num_queries(self) -> int:
        """Q."""
        return self.initial_BQC.shape[1]


@dataclass(frozen=True)
class QuerySet:
    """The queries of one decoder pass. Two sets with different types add up to one pass."""

    groups: tuple[QueryGroup, ...]
    """At most one per type, in the order of the decoder's queries."""
    object_query_counts: tuple[int, ...] = ()
    """How many OBJECT queries each object has, in the order of the objects."""
    label_set: str | None = None
    """The label set that the SEMANTIC queries belong to."""
    classes: tuple[int, ...] = ()
    """Its rows that take part, in the order of the SEMANTIC queries."""

    def __post_init__(self) -> None:
        types = [group.type for group in self.groups]
        if len(set(types)) != len(types):
            raise ValueError(f"each type of query may occur once, got {types}")
        num_object_queries = sum(g.num_queries for g in self.groups if g.type is QueryType.OBJECT)
        if sum(self.object_query_counts) != num_object_queries:
            counts = self.object_query_counts
            raise ValueError(f"{num_object_queries} object queries do not divide into {counts}")

    def __add__(self, other: Self) -> Self:
        """Class and object queries in one pass (the paper's Figure 5)."""
        return type(self)(
            self.groups + other.groups,
            self.object_query_counts + other.object_query_counts,
            self.label_set or other.label_set,
            self.classes or other.classes,
        )

    @property
    def num_queries(self) -> int:
        """Q of the whole pass."""
        return sum(group.num_queries for group in self.groups)

    @property
    def initial_BQC(self) -> Tensor:
        """Initial state of all queries, shape (B, Q, C)."""
        return torch.cat([group.initial_BQC for group in self.groups], dim=1)

    @property
    def embedding_QC(self) -> Tensor:
        """Each query's type embedding, shape (Q, C)."""
        rows = [group.embedding_C.expand(group.num_queries, -1) for group in self.groups]
        return torch.cat(rows, dim=0)

    @property
    def slices(self) -> Mapping[QueryType, slice]:
        """Where each type's queries lie among all."""
        ends = list(accumulate(group.num_queries for group in self.groups))
        starts = [0, *ends[:-1]]
        return {
            group.type: slice(start, end)
            for group, start, end in zip(self.groups, starts, ends, strict=True)
        }


@dataclass(frozen=True)
class TarvisOutput:
    """What the decoder says after its last layer (or, inside `intermediate`, after one of them).

    Masks are inner products that are only computed when asked for, and only for the queries and
    frames asked for.
    """

    states_BQC: Tensor
    """State of all queries, before the heads' norm, shape (B, Q, C)."""
    mask_embeddings_BQC: Tensor
    """What is compared with F4, shape (B, Q, C)."""
    class_logits_BIK: Tensor | None
    """Class logits of the instance queries, shape (B, I, 1 + K), or None without instances."""
    stride4_BTCHW: Tensor
    """F4 of the clip."""
    slices: Mapping[QueryType, slice]
    """Where each type's queries lie."""
    object_query_counts: tuple[int, ...] = ()
    """Queries per object."""
    intermediate: "tuple[TarvisOutput, ...]" = ()
    """One output per evaluation, the initial queries' first, this one last; empty unless asked."""

    @property
    def class_logits(self) -> Tensor:
        """Class logits, shape (B, I, 1 + K): background first, then the classes asked for.

        Raises:
            ValueError: The pass had no instance queries.
        """
        if self.class_logits_BIK is None:
            raise ValueError("this pass had no instance queries, so it has no class logits")
        return self.class_logits_BIK

    def has(self, query_type: QueryType) -> bool:
        """Whether the pass had queries of this type."""
        return query_type in self.slices

    def queries(self, query_type: QueryType) -> Tensor:
        """Output queries of one type (before the heads' norm), shape (B, Q, C)."""
        return self.states_BQC[:, self._slice(query_type)]

    def mask_embeddings(self, query_type: QueryType) -> Tensor:
        """What the masks of one type are the inner products of F4 with, shape (B, Q, C)."""
        return self.mask_embeddings_BQC[:, self._slice(query_type)]

    def mask_logits(
        self,
        query_type: QueryType,
        *,
        queries: Sequence[int] | Tensor | slice | None = None,
        frames: Sequence[int] | None = None,
    ) -> Tensor:
        """Mask logits of one type's queries at stride 4.

        Args:
            query_type: The type.
            queries: Indices among this type's queries, the same for the whole batch; None for all.
            frames: Indices of the frames wanted; None for all.

        Returns:
            Logits, shape (B, Q, T, H4, W4); positive means inside the mask.
        """
        embeddings_BQC = self.mask_embeddings(query_type)
        if queries is not None:
            embeddings_BQC = embeddings_BQC[:, queries]
        maps_BTCHW = self.stride4_BTCHW
        if frames is not None:
            maps_BTCHW = maps_BTCHW[:, frame_selection(frames)]
        return mask_logits(embeddings_BQC, maps_BTCHW)

    def object_mask_logits(self, *, frames: Sequence[int] | None = None) -> Tensor:
        """Mask logits of each object: the maximum over its queries.

        Args:
            frames: Indices of the frames wanted; None for all.

        Returns:
            Logits, shape (B, N, T, H4, W4).
        """
        best = []
        for rows, counts in _in_portions(self.object_query_counts):
            logits_BQTHW = self.mask_logits(QueryType.OBJECT, queries=rows, frames=frames)
            parts = logits_BQTHW.split(counts, dim=1)
            best.append(torch.stack([part.amax(dim=1) for part in parts], dim=1))
        return torch.cat(best, dim=1) if len(best) > 1 else best[0]

    def _slice(self, query_type: QueryType) -> slice:
        if query_type not in self.slices:
            present = ", ".join(known.name for known in self.slices)
            raise ValueError(f"the pass had no {query_type.name} queries; it had {present}")
        return self.slices[query_type]


QUERIES_AT_ONCE = 64
"""For so many queries the maps are held at once where only each object's best is wanted."""


def _in_portions(counts: Sequence[int]) -> Iterator[tuple[slice, list[int]]]:
    """Neighbouring objects with not too many queries together: the queries, and each one's."""
    start, held = 0, list[int]()
    for count in counts:
        if held and sum(held) + count > QUERIES_AT_ONCE:
            yield slice(start, start + sum(held)), held
            start, held = start + sum(held), []
        held.append(count)
    yield slice(start, start + sum(held)), held


def mask_logits(embeddings_BQC: Tensor, features_BTCHW: Tensor) -> Tensor:
    """Compare each query with the feature of each cell of each frame.

    Args:
        embeddings_BQC: Queries after the mask head.
        features_BTCHW: F4, or F4 resized to another stride.

    Returns:
        Logits, shape (B, Q, T, H, W); positive means inside the mask.
    """
    height = features_BTCHW.shape[-2]
    # one plain matrix product per frame: an einsum over channels-last memory is many times slower
    tokens_BTNC = rearrange(features_BTCHW, "b t c h w -> b t (h w) c")
    queries_BTCQ = rearrange(embeddings_BQC, "b q c -> b 1 c q")
    logits_BTNQ = tokens_BTNC @ queries_BTCQ
    return rearrange(logits_BTNQ, "b t (h w) q -> b q t h w", h=height)
