"""ObjectEncoder, the paper's EncodeObjects: exemplars become object queries (Section 3.3)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import torch
from einops import rearrange
from torch import Tensor, nn

from tarvis_core.model.attention_layers import (
    FeedForwardLayer,
    MultiHeadAttention,
    MultiLayerPerceptron,
    SelfAttentionLayer,
)
from tarvis_core.model.behaviour import Behaviour
from tarvis_core.model.clip_features import ClipFeatures
from tarvis_core.model.mask_segments import segments_of_objects
from tarvis_core.model.model_config import ModelConfig, PointEncoding
from tarvis_core.model.object_exemplars import ObjectExemplars
from tarvis_core.model.point_sampling import SampledFeatures, nearest_features, sample_pixels
from tarvis_core.model.position_encoding import row_and_column_codes
from tarvis_core.model.weighted_cells import WeightedCells, weigh_cells

__all__ = ["EncodedObjects", "ObjectEncoder", "ObjectExemplars"]

NUM_SCALES = 4
"""A point is read from F32, F16, F8 and F4."""


@dataclass(frozen=True)
class EncodedObjects:
    """Initial values for the decoder."""

    background_BQC: Tensor
    """Queries of the background's cells, shape (B, Q, C)."""
    objects_BQC: Tensor
    """Queries of the objects, object by object, shape (B, Q, C)."""
    object_query_counts: tuple[int, ...]
    """Queries of each object."""


class KeySet(Protocol):
    """What queries may attend to: each to its own pixels or points."""

    def attend(self, attention: MultiHeadAttention, query_QC: Tensor) -> Tensor:
        """Answers, shape (Q, C)."""


@dataclass(frozen=True)
class Reading:
    """Queries as read from the features, and what they may go on reading."""

    initial_BQC: Tensor
    """Where their state starts."""
    embedding_QC: Tensor
    """What tells them from others in attention."""
    keys: KeySet
    """What they may attend to; queries of all samples in one row, sample after sample."""

    @property
    def num_queries(self) -> int:
        """Queries per sample."""
        return self.initial_BQC.shape[1]


class EncoderLayer(nn.Module):
    """Queries inform each other, read their own pixels, and are transformed."""

    def __init__(self, width: int, num_heads: int, feedforward_width: int) -> None:
        super().__init__()
        self.self_attention = SelfAttentionLayer(width, num_heads)
        self.cross_attention = MultiHeadAttention(width, num_heads)
        self.cross_norm = nn.LayerNorm(width)
        self.feedforward = FeedForwardLayer(width, feedforward_width)

    def forward(self, x_BQC: Tensor, embedding_QC: Tensor, readings: Sequence[Reading]) -> Tensor:
        """Refine the queries.

        Args:
            x_BQC: State of all queries.
            embedding_QC: Added wherever the state asks or is compared with.
            readings: What consecutive queries may attend to.

        Returns:
            State, shape (B, Q, C).
        """
        batch = x_BQC.shape[0]
        x_BQC = self.self_attention(x_BQC, embedding_QC)
        sizes = [reading.num_queries for reading in readings]
        parts = (x_BQC + embedding_QC).split(sizes, dim=1)
        answers = []
        for part_BQC, reading in zip(parts, readings, strict=True):
            query_QC = rearrange(part_BQC, "b q c -> (b q) c")
            answer_QC = reading.keys.attend(self.cross_attention, query_QC)
            answers.append(rearrange(answer_QC, "(b q) c -> b q c", b=batch))
        return self.feedforward(self.cross_norm(x_BQC + torch.cat(answers, dim=1)))


class PointReader(nn.Module):
    """Reads an object that a point names from the maps of all four strides."""

    def __init__(self, width: int, *, has_negative_points: bool) -> None:
        super().__init__()
        self.initial_mlp = MultiLayerPerceptron(NUM_SCALES * width, width)
        self.projections = nn.ModuleList(nn.Linear(width, width) for _ in range(NUM_SCALES))
        """For strides 32, 16, 8, 4."""
        self.embedding = nn.Parameter(torch.randn(width))
        self.register_parameter("negative_mark", None)
        if has_negative_points:
            self.negative_mark = nn.Parameter(torch.zeros(width))

    def forward(self, features: ClipFeatures, batch: Sequence[ObjectExemplars]) -> Reading:
        """One query per point."""
        features_BN4C = torch.stack(
            [_features_at_points(features, sample, index) for index, sample in enumerate(batch)]
        )
        initial_BNC = self.initial_mlp(rearrange(features_BN4C, "b n s c -> b n (s c)"))
        if self.negative_mark is not None:
            is_negative_BN1 = torch.stack([_negative_points(sample) for sample in batch])[..., None]
            initial_BNC = initial_BNC + is_negative_BN1 * self.negative_mark
        scales = zip(self.projections, features_BN4C.unbind(dim=2), strict=True)
        values_N4C = rearrange(
            [project(scale_BNC) for project, scale_BNC in scales], "s b n c -> (b n) s c"
        )
        positions_NC = torch.cat([_positions_at_points(features, sample) for sample in batch])
        keys_N4C = values_N4C + positions_NC[:, None].to(values_N4C.dtype)
        embedding_NC = self.embedding.expand(initial_BNC.shape[1], -1)
        return Reading(initial_BNC, embedding_NC, SampledFeatures(values_N4C, keys_N4C, None))


class ObjectEncoder(nn.Module):
    """Makes a few queries per object from the features inside its mask or at its point."""

    def __init__(self, config: ModelConfig, behaviour: Behaviour = Behaviour.INTENDED) -> None:
        super().__init__()
        self.config = config.object_encoder
        self.behaviour = behaviour
        width = config.width
        self.mask_embedding = nn.Parameter(torch.randn(width))
        self.background_embedding = nn.Parameter(torch.randn(width))
        is_reading_points = self.config.point_encoding is PointEncoding.MULTI_SCALE
        has_negative_points = self.config.has_negative_points
        self.point_reader = (
            PointReader(width, has_negative_points=has_negative_points)
            if is_reading_points
            else None
        )
        self.layers = nn.ModuleList(
            EncoderLayer(width, config.num_heads, self.config.feedforward_width)
            for _ in range(self.config.num_layers)
        )

    def forward(
        self,
        features: ClipFeatures,
        batch: Sequence[ObjectExemplars],
        queries_per_object: int | None = None,
    ) -> EncodedObjects:
        """Encode the objects of each sample.

        Args:
            features: Features of exactly the reference frames.
            batch: The objects of each sample; all have the same numbers of masks and points.
            queries_per_object: Queries of an object given by its mask; None for the config's.

        Returns:
            Queries of the background and of the objects.
        """
        _check_exemplars(features, batch)
        num_segments = queries_per_object or self._configured_queries_per_object()
        readings = self.read(features, batch, num_segments)
        x_BQC = torch.cat([reading.initial_BQC for reading in readings], dim=1)
        embedding_QC = torch.cat([reading.embedding_QC for reading in readings])
        for layer in self.layers:
            x_BQC = layer(x_BQC, embedding_QC, readings)
        num_background = self.config.num_background_queries
        counts = (num_segments,) * batch[0].num_masks + (1,) * batch[0].num_points
        return EncodedObjects(x_BQC[:, :num_background], x_BQC[:, num_background:], counts)

    def read(
        self, features: ClipFeatures, batch: Sequence[ObjectExemplars], num_segments: int
    ) -> list[Reading]:
        """Initial queries: of background and masks first, then (if they differ) of points."""
        readings = [self._read_masks(features, batch, num_segments)]
        if batch[0].num_points and self.point_reader is not None:
            readings.append(self.point_reader(features, batch))
        return readings

    def _read_masks(
        self, features: ClipFeatures, batch: Sequence[ObjectExemplars], num_segments: int
    ) -> Reading:
        # as published, what is read through masks does not train the neck
        tokens_BNC = rearrange(features.stride4.detach(), "b t c h w -> b (t h w) c")
        pixels: SampledFeatures | WeightedCells
        if self.behaviour is Behaviour.PUBLISHED:
            limit = (
                self.config.max_points_training
                if self.training
                else self.config.max_points_inference
            )
            samples = [segments_of_objects(one, num_segments, self.config) for one in batch]
            pixels = sample_pixels(samples, tokens_BNC, features.padded_size, limit)
        else:
            pixels = weigh_cells(batch, num_segments, self.config, tokens_BNC)
        initial_BQC = rearrange(pixels.mean(), "(b q) c -> b q c", b=len(batch))
        num_background = self.config.num_background_queries
        num_objects = initial_BQC.shape[1] - num_background
        embedding_QC = torch.cat(
            [
                self.background_embedding.expand(num_background, -1),
                self.mask_embedding.expand(num_objects, -1),
            ]
        )
        return Reading(initial_BQC, embedding_QC, pixels)

    def _configured_queries_per_object(self) -> int:
        if self.training:
            return self.config.queries_per_object_training
        return self.config.queries_per_object_inference


def _negative_points(sample: ObjectExemplars) -> Tensor:
    """Which points say "not this", shape (N,)."""
    if sample.is_negative_N is None:
        return torch.zeros_like(sample.point_frames_N, dtype=torch.bool)
    return sample.is_negative_N


def _features_at_points(features: ClipFeatures, sample: ObjectExemplars, index: int) -> Tensor:
    """What each map holds at each point, in the point's own frame, shape (N, 4, C)."""
    scales = [
        nearest_features(
            map_BTCHW[index], sample.points_N2, sample.point_frames_N, features.padded_size
        )
        for map_BTCHW in features.coarse_to_fine
    ]
    return torch.stack(scales, dim=1)


def _positions_at_points(features: ClipFeatures, sample: ObjectExemplars) -> Tensor:
    """F4's position code at each point, shape (N, C)."""
    channels, height, width = features.stride4.shape[2:]
    row_codes, column_codes = row_and_column_codes((height, width), channels, features.stride4)
    first_N = torch.zeros_like(sample.point_frames_N)
    codes = [
        nearest_features(codes_1CHW, sample.points_N2, first_N, features.padded_size)
        for codes_1CHW in (row_codes.T[None, :, :, None], column_codes.T[None, :, None, :])
    ]
    return torch.cat(codes, dim=-1)


def _check_exemplars(features: ClipFeatures, batch: Sequence[ObjectExemplars]) -> None:
    if len(batch) != features.batch_size:
        raise ValueError(f"{len(batch)} sets of exemplars for {features.batch_size} samples")
    counts = {(sample.num_masks, sample.num_points) for sample in batch}
    if len(counts) != 1:
        raise ValueError(f"all samples must have as many masks and points, got {sorted(counts)}")
    for sample in batch:
        if sample.num_frames != features.num_frames or sample.size != features.padded_size:
            given = (sample.num_frames, *sample.size)
            expected = (features.num_frames, *features.padded_size)
            raise ValueError(
                f"exemplars are for (T, H, W) = {given}, the features for {expected}; select the"
                " reference frames' features first"
            )
