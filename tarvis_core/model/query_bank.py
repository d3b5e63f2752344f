"""QueryBank: the learned queries (Section 3.1, Figure 2)."""

from collections.abc import Sequence

import torch
from einops import repeat
from torch import Tensor, nn

from tarvis_core.errors import ConfigError
from tarvis_core.model.model_config import ClassHead, ModelConfig
from tarvis_core.model.model_output import QueryGroup, QuerySet, QueryType
from tarvis_core.model.object_encoder import EncodedObjects


class QueryBank(nn.Module):
    """Initial values of queries that exemplars do not provide, and one embedding per type.

    A query's initial value is where the decoder's state starts; its type's embedding is added
    wherever the query takes part in attention, in every layer.
    """

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        self.config = config
        width = config.width
        self.instance_queries = nn.Parameter(
            torch.randn(config.queries.num_instance_queries, width)
        )
        self.background_queries = nn.Parameter(
            torch.randn(config.queries.num_background_queries, width)
        )
        self.semantic_queries = nn.ParameterDict(
            {
                label_set.name: nn.Parameter(torch.randn(label_set.num_classes, width))
                for label_set in config.label_sets
            }
        )
        """One row per class, by label set."""
        self.embeddings = nn.ParameterDict(
            {query_type.name.lower(): nn.Parameter(torch.randn(width)) for query_type in QueryType}
        )
        """By the query type's name in lower case."""

    def class_queries(
        self, label_set: str, classes: Sequence[int] | None, batch: int, *, with_semantic: bool
    ) -> QuerySet:
        """Instance, background and semantic queries; see `TarVis.class_queries`."""
        num_classes = self.config.label_set(label_set).num_classes
        rows = tuple(range(num_classes) if classes is None else classes)
        wrong = [row for row in rows if not 0 <= row < num_classes]
        if wrong or not rows:
            raise ValueError(f"classes must be rows 0…{num_classes - 1}, at least one; got {rows}")
        if not with_semantic and self.config.decoder.class_head is ClassHead.SEMANTIC_QUERIES:
            raise ConfigError(
                "this network finds classes by its semantic queries, which cannot be left out"
            )
        values = {
            QueryType.INSTANCE: self.instance_queries,
            QueryType.BACKGROUND: self.background_queries,
        }
        if with_semantic:
            values[QueryType.SEMANTIC] = self.semantic_queries[label_set][list(rows)]
        groups = tuple(
            self._group(query_type, repeat(value_QC, "q c -> b q c", b=batch))
            for query_type, value_QC in values.items()
        )
        return QuerySet(groups, label_set=label_set, classes=rows)

    def object_queries(self, encoded: EncodedObjects) -> QuerySet:
        """What the object encoder made, with the embeddings that the decoder expects."""
        groups = (
            self._group(QueryType.OBJECT_BACKGROUND, encoded.background_BQC),
            self._group(QueryType.OBJECT, encoded.objects_BQC),
        )
        return QuerySet(groups, object_query_counts=encoded.object_query_counts)

    def _group(self, query_type: QueryType, initial_BQC: Tensor) -> QueryGroup:
        return QueryGroup(query_type, initial_BQC, self.embeddings[query_type.name.lower()])
