"""Multi-scale deformable attention (Zhu et al., ICLR 2021) in plain PyTorch."""

import math
from collections.abc import Iterator, Sequence

import torch
from einops import rearrange
from torch import Tensor, nn
from torch.nn import functional

from tarvis_core.model.deformable_inference import (
    FrameSampling,
    sample_layout,
    sample_projections,
)
from tarvis_core.model.deformable_sampling import Size, at_least_single, sample_levels
from tarvis_core.model.fused_sampling import find_fused_sampling
from tarvis_core.model.packed_linear import PackedLayers, computing_dtype


class DeformableAttention(nn.Module):
    """Each token reads a few places of each map, which it chooses itself."""

    def __init__(self, width: int, num_heads: int, num_levels: int, num_points: int) -> None:
        super().__init__()
        self.num_heads = num_heads
        self.num_levels = num_levels
        self.num_points = num_points
        self.may_fuse = True
        """Whether inference on a GPU may sample by a kernel of its own, where that is sound."""
        num_samples = num_heads * num_levels * num_points
        self.sampling_offsets = nn.Linear(width, 2 * num_samples)
        """Rows: head, level, point, then x and y, in cells of the level."""
        self.attention_weights = nn.Linear(width, num_samples)
        """Rows: head, level, point."""
        self.value_proj = nn.Linear(width, width)
        self.output_proj = nn.Linear(width, width)
        self._packed = PackedLayers()
        self._initialise()

    def forward(self, query_NSC: Tensor, value_NSC: Tensor, level_sizes: Sequence[Size]) -> Tensor:
        """Attend.

        Args:
            query_NSC: Tokens with their positions; the tokens of all levels, one after the other.
            value_NSC: Tokens without.
            level_sizes: (H, W) of each level; S is the sum of their areas.

        Returns:
            Answers, shape (N, S, C).
        """
        projected_NSC = self.value_proj(value_NSC)
        if not torch.is_grad_enabled() and projected_NSC.dtype is not torch.float64:
            sums_NSC = self._sample_for_inference(query_NSC, projected_NSC, level_sizes)
            if sums_NSC is not None:
                return self.output_proj(sums_NSC.to(projected_NSC.dtype))
        value_NSHD = rearrange(projected_NSC, "n s (h d) -> n s h d", h=self.num_heads)
        locations, weights = self._samples(query_NSC, level_sizes)
        return self.output_proj(sample_levels(value_NSHD, level_sizes, locations, weights))

    def attend_in_parts(
        self, x_NSC: Tensor, position_SC: Tensor, level_sizes: Sequence[Size]
    ) -> Iterator[tuple[int, slice, Tensor]]:
        """`forward` for inference on CPUs, some tokens at a time, which stay in the cache.

        Args:
            x_NSC: Tokens without their positions, single precision or bfloat16; those of a frame
                may be overwritten once all of its answers were taken.
            position_SC: Their positions.
            level_sizes: (H, W) of each level.

        Yields:
            Frame, tokens, and their answers, shape (tokens, C).
        """
        dtype = computing_dtype(x_NSC)
        values = self._packed.layer("values", dtype, tuple(self.value_proj.parameters()))
        output = self._packed.layer("output", dtype, tuple(self.output_proj.parameters()))
        chosen = (*self.sampling_offsets.parameters(), *self.attention_weights.parameters())
        samples = self._packed.layer("samples", dtype, chosen, _one_projection)
        layout = sample_layout(tuple(level_sizes), self.num_heads, self.num_points)
        sampling = FrameSampling(layout, x_NSC.shape[2])
        for frame, x_SC in enumerate(x_NSC):
            sampling.read(lambda tokens, x_SC=x_SC: values(x_SC[tokens]))
            for tokens in sampling.chunks():
                raw_QX = samples(x_SC[tokens] + position_SC[tokens])
                yield frame, tokens, output(sampling.sum(tokens, raw_QX))

    def _sample_for_inference(
        self, query_NSC: Tensor, projected_NSC: Tensor, level_sizes: Sequence[Size]
    ) -> Tensor | None:
        """The sums by a faster way without gradients; None where there is none."""
        fused = find_fused_sampling(query_NSC.device) if self.may_fuse else None
        if fused is not None:
            return fused(self._raw_samples(query_NSC), projected_NSC, level_sizes, self.num_heads)
        if query_NSC.device.type != "cpu":
            return None
        layout = sample_layout(tuple(level_sizes), self.num_heads, self.num_points)
        return sample_projections(self._raw_samples(query_NSC), projected_NSC, layout)

    def _samples(self, query_NSC: Tensor, level_sizes: Sequence[Size]) -> tuple[Tensor, Tensor]:
        """Where each token looks and how much that counts.

        Returns:
            Places (x, y) in units of the map's sides, shape (N, S, heads, L, P, 2), single
            precision or better; weights that sum to 1 per head, shape (N, S, heads, L, P).
        """
        offsets = rearrange(
            at_least_single(self.sampling_offsets(query_NSC)),
            "n s (h l p xy) -> n s h l p xy",
            h=self.num_heads,
            l=self.num_levels,
            xy=2,
        )
        logits = rearrange(
            self.attention_weights(query_NSC), "n s (h lp) -> n s h lp", h=self.num_heads
        )
        weights = rearrange(logits.softmax(dim=-1), "n s h (l p) -> n s h l p", l=self.num_levels)
        sides_L2 = torch.tensor([(w, h) for h, w in level_sizes], device=query_NSC.device)
        centres_S2 = token_centres(level_sizes, query_NSC)
        reference = rearrange(centres_S2, "s xy -> s 1 1 1 xy")
        return reference + offsets / rearrange(sides_L2, "l xy -> l 1 xy"), weights

    def _raw_samples(self, query_NSC: Tensor) -> Tensor:
        """Offsets in x, offsets in y and logits, in one projection, as inference takes them."""
        chosen = (*self.sampling_offsets.parameters(), *self.attention_weights.parameters())
        return functional.linear(query_NSC, *_one_projection(chosen))

    def _initialise(self) -> None:
        """Heads look in evenly spread directions, points ever further; all count the same."""
        angles_H = torch.arange(self.num_heads) * (2 * math.pi / self.num_heads)
        directions_H2 = torch.stack([angles_H.cos(), angles_H.sin()], dim=-1)
        directions_H2 = directions_H2 / directions_H2.abs().amax(dim=-1, keepdim=True)
        steps_P = torch.arange(1, self.num_points + 1)
        bias = directions_H2[:, None, None, :] * steps_P[None, None, :, None]
        bias = bias.expand(-1, self.num_levels, -1, -1)
        with torch.no_grad():
            self.sampling_offsets.bias.copy_(rearrange(bias, "h l p xy -> (h l p xy)"))
        nn.init.zeros_(self.sampling_offsets.weight)
        for parameter in self.attention_weights.parameters():
            nn.init.zeros_(parameter)
        for projection in (self.value_proj, self.output_proj):
            nn.init.xavier_uniform_(projection.weight)
            nn.init.zeros_(projection.bias)


def _one_projection(parameters: Sequence[Tensor]) -> tuple[Tensor, Tensor]:
    """Weight and bias for the offsets in x, those in y and the logits at once.

    Args:
        parameters: Weight and bias of the offsets, then of the logits.
    """
    offsets_weight, offsets_bias, logits_weight, logits_bias = parameters
    weight = rearrange(offsets_weight, "(r xy) c -> (xy r) c", xy=2)
    bias = rearrange(offsets_bias, "(r xy) -> (xy r)", xy=2)
    return torch.cat([weight, logits_weight]), torch.cat([bias, logits_bias])


def allow_fused_sampling(model: nn.Module, *, is_allowed: bool) -> None:
    """Let all deformable attention of a network use the GPU kernel from now on, or not."""
    for module in model.modules():
        if isinstance(module, DeformableAttention):
            module.may_fuse = is_allowed


def token_centres(level_sizes: Sequence[Size], like: Tensor) -> Tensor:
    """Centre (x, y) of each token's cell in units of the frame's sides.

    Args:
        level_sizes: (H, W) of each level.
        like: A tensor on the device wanted.

    Returns:
        Centres, shape (S, 2), single precision or better.
    """
    kind = torch.promote_types(like.dtype, torch.float32)
    centres = []
    for height, width in level_sizes:
        y = (torch.arange(height, device=like.device, dtype=kind) + 0.5) / height
        x = (torch.arange(width, device=like.device, dtype=kind) + 0.5) / width
        grid_y, grid_x = torch.meshgrid(y, x, indexing="ij")
        centres.append(rearrange([grid_x, grid_y], "xy h w -> (h w) xy"))
    return torch.cat(centres)
