"""TemporalNeck: attention over space and over time alternate (Section 3.4, Figure 3)."""

from collections.abc import Sequence

import torch
from einops import rearrange
from torch import Tensor, nn
from torch.nn import functional

from tarvis_core.model.attention_layers import FeedForwardLayer
from tarvis_core.model.clip_features import ClipFeatures, FrameFeatures
from tarvis_core.model.deformable_attention import DeformableAttention
from tarvis_core.model.deformable_sampling import Size
from tarvis_core.model.kept_tensor import KeptTensor
from tarvis_core.model.model_config import ModelConfig, TemporalLevels
from tarvis_core.model.packed_linear import PackedLayers, computing_dtype, is_for_packing
from tarvis_core.model.position_encoding import (
    NUM_PLACE_CHANNELS,
    clip_positions,
    frame_positions,
    place_waves,
)
from tarvis_core.model.temporal_attention import (
    TemporalLayer,
    TemporalWindows,
    split_levels,
    temporal_windows,
    window_cells,
)

NUM_LEVELS = 3
"""F32, F16 and F8 are made of attention; F4 of F8 and the trunk's finest map."""
NUM_GROUPS = 32
NUM_TEMPORAL_LEVELS = {TemporalLevels.NONE: 0, TemporalLevels.COARSE: 2, TemporalLevels.ALL: 3}


class DeformableLayer(nn.Module):
    """Deformable attention within a frame, then feed-forward."""

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        width, neck = config.width, config.neck
        self.attention = DeformableAttention(width, config.num_heads, NUM_LEVELS, neck.num_points)
        self.norm = nn.LayerNorm(width)
        self.feedforward = FeedForwardLayer(width, neck.feedforward_width)

    def forward(self, x_BTSC: Tensor, position_SC: Tensor, level_sizes: Sequence[Size]) -> Tensor:
        """Let the cells of a frame inform each other.

        Args:
            x_BTSC: Tokens of all levels.
            position_SC: Their positions.
            level_sizes: (H, W) of each level.

        Returns:
            Tokens, shape (B, T, S, C).
        """
        batch = x_BTSC.shape[0]
        x_NSC = rearrange(x_BTSC, "b t s c -> (b t) s c")
        if is_for_packing(x_NSC) and x_NSC.dtype is not torch.float64:
            x_NSC = self._refine_in_parts(x_NSC, position_SC, level_sizes)
            return rearrange(x_NSC, "(b t) s c -> b t s c", b=batch)
        x_NSC = self.norm(x_NSC + self.attention(x_NSC + position_SC, x_NSC, level_sizes))
        return rearrange(self.feedforward(x_NSC), "(b t) s c -> b t s c", b=batch)

    def _refine_in_parts(
        self, x_NSC: Tensor, position_SC: Tensor, level_sizes: Sequence[Size]
    ) -> Tensor:
        """All steps for some tokens before the next ones: what they hand on stays in the cache."""
        refined_NSC = torch.empty_like(x_NSC)
        answers = self.attention.attend_in_parts(x_NSC, position_SC, level_sizes)
        for frame, tokens, answer_QC in answers:
            informed_QC = self.norm(x_NSC[frame, tokens] + answer_QC)
            refined_NSC[frame, tokens] = self.feedforward(informed_QC)
        return refined_NSC


class TemporalNeck(nn.Module):
    """Turns the trunk's maps of each frame into the maps of a clip."""

    def __init__(self, config: ModelConfig, num_channels: Sequence[int]) -> None:
        super().__init__()
        width, neck = config.width, config.neck
        self.config = neck
        self.projections = nn.ModuleList(
            nn.Sequential(nn.Conv2d(channels, width, 1), nn.GroupNorm(NUM_GROUPS, width))
            for channels in reversed(num_channels[1:])
        )
        """For strides 32, 16, 8."""
        self.level_codes = nn.Parameter(torch.randn(NUM_LEVELS, width))
        self.deformable_layers = nn.ModuleList(
            DeformableLayer(config) for _ in range(neck.num_layers)
        )
        self.num_temporal_levels = NUM_TEMPORAL_LEVELS[neck.temporal_levels]
        self.register_parameter("temporal_level_codes", None)
        if self.num_temporal_levels:
            self.temporal_level_codes = nn.Parameter(torch.randn(self.num_temporal_levels, width))
        self.temporal_layers = nn.ModuleList(
            TemporalLayer(width, config.num_heads, neck.feedforward_width)
            for _ in range(neck.num_layers if self.num_temporal_levels else 0)
        )
        self.lateral = nn.Sequential(
            nn.Conv2d(num_channels[0], width, 1, bias=False), nn.GroupNorm(NUM_GROUPS, width)
        )
        self.fusion = nn.Sequential(
            nn.Conv2d(width, width, 3, padding=1, bias=False), nn.GroupNorm(NUM_GROUPS, width)
        )
        self.mask_features = nn.Linear(width, width)
        self.register_module("place_projection", None)
        if neck.has_place_waves:
            self.place_projection = nn.Linear(NUM_PLACE_CHANNELS, width, bias=False)
        self._packed = PackedLayers()
        self._kept_positions = KeptTensor()
        self._initialise()

    def encode_frames(self, maps: Sequence[Tensor]) -> FrameFeatures:
        """What can be said of each frame alone: projections and the first deformable layer.

        Args:
            maps: The trunk's maps, fine to coarse, each of shape (B, T, C, H, W).
        """
        batch = maps[0].shape[0]
        images = [rearrange(map_BTCHW, "b t c h w -> (b t) c h w") for map_BTCHW in maps]
        lateral_NCHW = self._project("lateral", self.lateral, images[0])
        levels = [
            self._project(f"stride {32 >> level}", project, image)
            for level, (project, image) in enumerate(
                zip(self.projections, reversed(images[1:]), strict=True)
            )
        ]
        level_sizes = [(level.shape[-2], level.shape[-1]) for level in levels]
        tokens_NSC = torch.cat([rearrange(x, "n c h w -> n (h w) c") for x in levels], dim=1)
        tokens_BTSC = rearrange(tokens_NSC, "(b t) s c -> b t s c", b=batch)
        tokens_BTSC = self.deformable_layers[0](
            tokens_BTSC, self._positions(level_sizes, tokens_BTSC), level_sizes
        )
        lateral_BTCHW = rearrange(lateral_NCHW, "(b t) c h w -> b t c h w", b=batch)
        return FrameFeatures(tokens_BTSC, lateral_BTCHW.unbind(1))

    def encode_clip(self, frames: FrameFeatures) -> ClipFeatures:
        """Everything else: the frames of a clip inform each other."""
        height, width = frames.stride4_size
        level_sizes = [(height // step, width // step) for step in (8, 4, 2)]
        tokens_BTSC = self.attend(frames.tokens_BTSC, level_sizes)
        stride32, stride16, stride8 = split_levels(tokens_BTSC, level_sizes)
        stride4 = self._stride4(stride8, frames.laterals_BCHW)
        return ClipFeatures(stride32, stride16, stride8, stride4)

    def attend(self, x_BTSC: Tensor, level_sizes: Sequence[Size]) -> Tensor:
        """All attention after the first deformable layer."""
        position_SC = self._positions(level_sizes, x_BTSC)
        temporal_sizes = level_sizes[: self.num_temporal_levels]
        if temporal_sizes:
            windows = self._windows(temporal_sizes).to(x_BTSC.device)
            position_GNC = self._temporal_positions(temporal_sizes, x_BTSC, windows)
        for index, deformable_layer in enumerate(self.deformable_layers):
            if index > 0:
                x_BTSC = deformable_layer(x_BTSC, position_SC, level_sizes)
            if not temporal_sizes:
                continue
            temporal_layer = self.temporal_layers[index]
            taking_part = windows.places_S.shape[0]
            if is_for_packing(x_BTSC):
                # the first layer's input is the frames' own features, which others need as well
                x_BTSC = x_BTSC if index > 0 else x_BTSC.clone()
                temporal_layer.refine_in_groups(x_BTSC[:, :, :taking_part], position_GNC, windows)
                continue
            parts = x_BTSC.split([taking_part, x_BTSC.shape[2] - taking_part], dim=2)
            informed = temporal_layer(parts[0], position_GNC, windows)
            x_BTSC = torch.cat([informed, parts[1]], dim=2)
        return x_BTSC

    def _project(self, name: str, projection: nn.Sequential, image_NCHW: Tensor) -> Tensor:
        """A convolution of one cell, then its norm."""
        if not is_for_packing(image_NCHW):
            return projection(image_NCHW)
        convolution, norm = projection
        dtype = computing_dtype(image_NCHW)
        layer = self._packed.layer(name, dtype, tuple(convolution.parameters()), _over_cells)
        return norm(layer(image_NCHW.movedim(1, -1)).movedim(-1, 1))

    def _windows(self, temporal_sizes: Sequence[Size]) -> TemporalWindows:
        size = window_cells(
            temporal_sizes[0], self.config.window_size, self.config.windows_per_side
        )
        return temporal_windows(tuple(temporal_sizes), size)

    def _positions(self, level_sizes: Sequence[Size], x_BTSC: Tensor) -> Tensor:
        """Place in the frame plus level, shape (S, C)."""

        def make() -> Tensor:
            channels = x_BTSC.shape[-1]
            levels = [
                rearrange(frame_positions(size, channels, x_BTSC), "h w c -> (h w) c") + code
                for size, code in zip(level_sizes, self.level_codes, strict=True)
            ]
            return torch.cat(levels).to(x_BTSC.dtype)

        question = (tuple(level_sizes), x_BTSC.dtype, x_BTSC.device)
        return self._kept_positions.get(question, (self.level_codes,), make)

    def _temporal_positions(
        self, temporal_sizes: Sequence[Size], x_BTSC: Tensor, windows: TemporalWindows
    ) -> Tensor:
        """Place in the clip plus level, in the order of the windows' tokens, shape (G, N, C)."""
        num_frames, channels = x_BTSC.shape[1], x_BTSC.shape[-1]
        levels = [
            rearrange(clip_positions(num_frames, size, channels, x_BTSC), "t h w c -> 1 t (h w) c")
            + code
            for size, code in zip(temporal_sizes, self.temporal_level_codes, strict=True)
        ]
        return windows.gather(torch.cat(levels, dim=2).to(x_BTSC.dtype))

    def _stride4(self, stride8_BTCHW: Tensor, laterals_BCHW: Sequence[Tensor]) -> Tensor:
        batch = stride8_BTCHW.shape[0]
        if stride8_BTCHW.device.type != "cpu" or torch.is_grad_enabled():
            coarse_NCHW = rearrange(stride8_BTCHW, "b t c h w -> (b t) c h w")
            lateral_NCHW = rearrange(list(laterals_BCHW), "t b c h w -> (b t) c h w")
            map_NHWC = self._fuse(coarse_NCHW, lateral_NCHW)
            return rearrange(map_NHWC, "(b t) h w c -> b t c h w", b=batch)
        # what one frame's steps hand on stays in the processor's cache
        frames = zip(stride8_BTCHW.unbind(1), laterals_BCHW, strict=True)
        maps_BHWC = [self._fuse(coarse, lateral) for coarse, lateral in frames]
        return torch.stack(maps_BHWC, dim=1).movedim(-1, 2)

    def _fuse(self, coarse_NCHW: Tensor, lateral_NCHW: Tensor) -> Tensor:
        """F8 and the trunk's finest map of some frames to F4, shape (N, H4, W4, C)."""
        resized_NCHW = functional.interpolate(
            coarse_NCHW, size=lateral_NCHW.shape[-2:], mode="bilinear", align_corners=False
        )
        sum_NCHW = (lateral_NCHW + resized_NCHW).contiguous(memory_format=torch.channels_last)
        fused_NCHW = functional.relu(self.fusion(sum_NCHW))
        # a linear layer over cells leaves F4 token-major, which the masks' inner products need
        cells_NC = rearrange(fused_NCHW, "n c h w -> (n h w) c")
        height, width = fused_NCHW.shape[-2:]
        map_NHWC = self._mask_features(cells_NC).unflatten(0, (-1, height, width))
        if self.place_projection is not None:
            waves_HWK = place_waves((height, width), map_NHWC)
            map_NHWC = map_NHWC + self.place_projection(waves_HWK).to(map_NHWC.dtype)
        return map_NHWC

    def _mask_features(self, cells_NC: Tensor) -> Tensor:
        if not is_for_packing(cells_NC):
            return self.mask_features(cells_NC)
        weights = tuple(self.mask_features.parameters())
        return self._packed.layer("mask features", computing_dtype(cells_NC), weights)(cells_NC)

    def _initialise(self) -> None:
        for convolution, _ in self.projections:
            nn.init.xavier_uniform_(convolution.weight)
            nn.init.zeros_(convolution.bias)
        nn.init.kaiming_uniform_(self.lateral[0].weight, a=1)
        nn.init.kaiming_uniform_(self.fusion[0].weight, a=1)
        nn.init.kaiming_uniform_(self.mask_features.weight, a=1)
        nn.init.zeros_(self.mask_features.bias)
        if self.place_projection is not None:
            nn.init.xavier_normal_(self.place_projection.weight)


def _over_cells(convolution: Sequence[Tensor]) -> tuple[Tensor, Tensor]:
    """Weight and bias of a convolution of one cell as those of a linear layer."""
    weight_OI11, *bias = convolution
    weight_OI = weight_OI11[:, :, 0, 0]
    return weight_OI, bias[0] if bias else weight_OI.new_zeros(len(weight_OI))
