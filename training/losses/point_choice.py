"""Where masks are compared: at random points, most of them where the network is unsure.

Specification, section 10.2 ("uncertain points"); the scheme is PointRend's, as Mask2Former uses it.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn import functional

OVERSAMPLING = 3
"""How many candidates are drawn for each point."""
UNCERTAIN_SHARE = 0.75
"""Share of the points that are the most uncertain candidates; the others are uniform."""

UncertaintyFunction = Callable[[Tensor], Tensor]
"""Points (M, P, 2) as (x, y) in 0…1 to how unsure the network is there, (M, P)."""
DrawFunction = Callable[[int, int], Tensor]
"""Number of maps M and of points P to uniform points (M, P, 2) in 0…1."""


class PointChoice(ABC):
    """Chooses the points at which masks are compared."""

    @abstractmethod
    def for_matching(self, device: torch.device) -> Tensor:
        """Points (P, 2) as (x, y) in 0…1 that all masks of a matching share."""

    @abstractmethod
    def for_loss(
        self, uncertainty: UncertaintyFunction, num_maps: int, device: torch.device
    ) -> Tensor:
        """Points (M, P, 2) for each of M maps, preferring where `uncertainty` is high."""


class UncertainPoints(PointChoice):
    """The published choice: three candidates a point, three quarters by uncertainty."""

    def __init__(
        self,
        num_points: int,
        draw: DrawFunction = lambda m, p: torch.rand(m, p, 2),
        uncertain_share: float = UNCERTAIN_SHARE,
    ) -> None:
        if num_points < 1:
            raise ValueError(f"num_points is {num_points}; it must be 1 or more")
        self._num_points = num_points
        self._draw = draw
        self._uncertain_share = uncertain_share

    def for_matching(self, device: torch.device) -> Tensor:
        """Uniform points (P, 2)."""
        return self._draw(1, self._num_points)[0].to(device)

    @torch.no_grad()
    def for_loss(
        self, uncertainty: UncertaintyFunction, num_maps: int, device: torch.device
    ) -> Tensor:
        """The most uncertain of many candidates, and some uniform points; (M, P, 2)."""
        num_uncertain = int(self._uncertain_share * self._num_points)
        candidates = self._draw(num_maps, OVERSAMPLING * self._num_points).to(device)
        fresh = self._draw(num_maps, self._num_points - num_uncertain).to(device)
        best = uncertainty(candidates).topk(num_uncertain, dim=1).indices
        chosen = torch.gather(candidates, 1, best[..., None].expand(-1, -1, 2))
        return torch.cat([chosen, fresh], dim=1)


def sample_maps(maps_MCHW: Tensor, points_MP2: Tensor, *, mode: str = "bilinear") -> Tensor:
    """Values of maps at points.

    Args:
        maps_MCHW: M maps of C channels, float.
        points_MP2: Points (x, y) in 0…1 of the map's size.
        mode: "bilinear" or "nearest"; zeros outside.

    Returns:
        Shape (M, C, P).
    """
    grid = points_MP2[:, :, None] * 2 - 1
    return functional.grid_sample(maps_MCHW, grid, mode=mode, align_corners=False)[..., 0]
