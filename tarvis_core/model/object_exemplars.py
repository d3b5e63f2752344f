"""ObjectExemplars: what the object encoder is told of the objects of one clip."""

from dataclasses import dataclass
from typing import Self

import torch
from torch import Tensor


@dataclass(frozen=True)
class ObjectExemplars:
    """Objects named by masks or points on T reference frames. Masks come first, then points."""

    masks_NTHW: Tensor
    """One volume per object given by masks, bool, shape (N_m, T, H, W) in pixels of the padded
    frame; none of them empty. N_m may be 0, but T, H and W are those of the reference frames."""
    points_N2: Tensor
    """One point (x, y) per object given by a point, in pixels of the padded frame, a pixel's centre
    at +0.5; shape (N_p, 2), single precision. N_p may be 0."""
    point_frames_N: Tensor
    """The reference frame of each point as an index 0…T-1, int64, shape (N_p,)."""
    is_negative_N: Tensor | None = None
    """Which points say "not this", bool, shape (N_p,); None for none of them."""

    def __post_init__(self) -> None:
        if self.masks_NTHW.ndim != 4 or self.masks_NTHW.dtype != torch.bool:
            shape, kind = tuple(self.masks_NTHW.shape), self.masks_NTHW.dtype
            raise ValueError(f"masks must be bool of shape (N, T, H, W), not {kind} of {shape}")
        if self.points_N2.shape != (self.num_points, 2):
            shapes = tuple(self.points_N2.shape), tuple(self.point_frames_N.shape)
            raise ValueError(f"points and their frames must be (N, 2) and (N,), not {shapes}")
        if self.is_negative_N is not None and self.is_negative_N.shape != (self.num_points,):
            shape = tuple(self.is_negative_N.shape)
            raise ValueError(
                f"is_negative_N must be ({self.num_points},), one per point, not {shape}"
            )
        if self.num_masks + self.num_points == 0:
            raise ValueError("no object: give at least one mask or point")
        empty = (~self.masks_NTHW.flatten(1).any(dim=1)).nonzero().flatten().tolist()
        if empty:
            raise ValueError(f"the masks of objects {empty} have no pixels; leave such objects out")

    @classmethod
    def from_masks(cls, masks_NTHW: Tensor) -> Self:
        """Objects given by masks only."""
        device = masks_NTHW.device
        no_frames = torch.zeros(0, dtype=torch.long, device=device)
        return cls(masks_NTHW, torch.zeros(0, 2, device=device), no_frames)

    @classmethod
    def from_points(
        cls, points_N2: Tensor, point_frames_N: Tensor, num_frames: int, size: tuple[int, int]
    ) -> Self:
        """Objects given by points only.

        Args:
            points_N2: (x, y) in pixels of the padded frame.
            point_frames_N: Index of each point's reference frame.
            num_frames: Number T of reference frames.
            size: (H, W) of the padded frame.
        """
        no_masks = torch.zeros(0, num_frames, *size, dtype=torch.bool, device=points_N2.device)
        return cls(no_masks, points_N2, point_frames_N)

    def to(self, device: torch.device) -> Self:
        """The same exemplars on a device."""
        return type(self)(
            self.masks_NTHW.to(device),
            self.points_N2.to(device),
            self.point_frames_N.to(device),
            None if self.is_negative_N is None else self.is_negative_N.to(device),
        )

    @property
    def num_masks(self) -> int:
        """Objects given by masks."""
        return self.masks_NTHW.shape[0]

    @property
    def num_points(self) -> int:
        """Objects given by points."""
        return self.point_frames_N.shape[0]

    @property
    def num_frames(self) -> int:
        """Reference frames T."""
        return self.masks_NTHW.shape[1]

    @property
    def size(self) -> tuple[int, int]:
        """(H, W) of the padded frames."""
        return self.masks_NTHW.shape[2], self.masks_NTHW.shape[3]
