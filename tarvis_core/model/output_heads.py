"""What turns the decoder's queries into mask embeddings and class logits (Section 3.5)."""

from collections.abc import Mapping

import torch
from torch import Tensor, nn

from tarvis_core.model.attention_layers import MultiLayerPerceptron
from tarvis_core.model.model_config import ClassHead, HeadStyle, ModelConfig
from tarvis_core.model.model_output import QuerySet, QueryType

CLASSIFYING_TYPES = (QueryType.INSTANCE, QueryType.BACKGROUND, QueryType.SEMANTIC)


class OutputHeads(nn.Module):
    """One mask head and, where needed, one class head per type of query."""

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        width = config.width
        self.class_head = config.decoder.class_head
        is_projected = config.decoder.output_heads is HeadStyle.PROJECTED
        self.norm = nn.LayerNorm(width) if is_projected else nn.Identity()
        self.mask_heads = nn.ModuleDict(
            {
                _key(query_type): MultiLayerPerceptron(width, width)
                for query_type in QueryType
                if is_projected
            }
        )
        """By the query type's name in lower case; empty where nothing stands before the product."""
        self.class_heads = nn.ModuleDict(
            {
                _key(query_type): nn.Linear(width, width)
                for query_type in CLASSIFYING_TYPES
                if is_projected and self.class_head is ClassHead.SEMANTIC_QUERIES
            }
        )
        """By the query type's name in lower case."""
        self.class_layers = nn.ModuleDict(
            {
                label_set.name: nn.Linear(width, 1 + label_set.num_classes)
                for label_set in config.label_sets
                if self.class_head is ClassHead.LINEAR
            }
        )
        """By label set; background first."""

    def normalise(self, x_BQC: Tensor) -> Tensor:
        """What all heads start from."""
        return self.norm(x_BQC)

    def mask_embeddings(self, x_BQC: Tensor, slices: Mapping[QueryType, slice]) -> Tensor:
        """What is compared with F4, shape (B, Q, C).

        Args:
            x_BQC: Normalised queries.
            slices: Where each type's queries lie; together they are all queries, in order.
        """
        if not self.mask_heads:
            return x_BQC
        parts = [self.mask_heads[_key(kind)](x_BQC[:, part]) for kind, part in slices.items()]
        return torch.cat(parts, dim=1)

    def class_logits(self, x_BQC: Tensor, queries: QuerySet) -> Tensor | None:
        """Class logits of the instance queries, background first.

        Args:
            x_BQC: Normalised queries.
            queries: What they stand for.

        Returns:
            Logits, shape (B, I, 1 + K); None if the pass has no instance or no class queries.
        """
        slices = queries.slices
        if QueryType.INSTANCE not in slices or queries.label_set is None:
            return None
        instance_BIC = self._for_classes(x_BQC, slices, QueryType.INSTANCE)
        if self.class_head is ClassHead.LINEAR:
            logits_BIK = self.class_layers[queries.label_set](instance_BIC)
            return logits_BIK[:, :, [0, *(1 + row for row in queries.classes)]]
        background_BGC = self._for_classes(x_BQC, slices, QueryType.BACKGROUND)
        semantic_BKC = self._for_classes(x_BQC, slices, QueryType.SEMANTIC)
        background_BIG = instance_BIC @ background_BGC.transpose(1, 2)
        semantic_BIK = instance_BIC @ semantic_BKC.transpose(1, 2)
        return torch.cat([background_BIG.amax(dim=-1, keepdim=True), semantic_BIK], dim=-1)

    def _for_classes(
        self, x_BQC: Tensor, slices: Mapping[QueryType, slice], query_type: QueryType
    ) -> Tensor:
        part_BQC = x_BQC[:, slices[query_type]]
        if not self.class_heads:
            return part_BQC
        return self.class_heads[_key(query_type)](part_BQC)


def _key(query_type: QueryType) -> str:
    return query_type.name.lower()
