"""What the network knows of frames and of clips before anything is asked about them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import torch
from torch import Tensor


@dataclass(frozen=True)
class FrameFeatures:
    """What the network knows of each frame on its own: independent of the clip it is in."""

    tokens_BTSC: Tensor
    """Tokens of F32, F16 and F8 after the first deformable layer, shape (B, T, S, C)."""
    laterals_BCHW: tuple[Tensor, ...]
    """What F4 takes from the trunk's finest map: one of shape (B, C, H4, W4) for each frame, since
    they are too large to be copied where frames are joined."""

    @property
    def num_frames(self) -> int:
        """T."""
        return self.tokens_BTSC.shape[1]

    @property
    def stride4_size(self) -> tuple[int, int]:
        """(H4, W4)."""
        return self.laterals_BCHW[0].shape[-2], self.laterals_BCHW[0].shape[-1]

    @property
    def num_bytes(self) -> int:
        """Memory that the tensors take."""
        return _num_bytes(self.tokens_BTSC, *self.laterals_BCHW)

    def select_frames(self, indices: Sequence[int]) -> Self:
        """These frames, in this order."""
        chosen = list(indices)
        laterals_BCHW = tuple(self.laterals_BCHW[index] for index in chosen)
        return type(self)(self.tokens_BTSC[:, chosen], laterals_BCHW)

    @classmethod
    def join(cls, parts: Sequence[Self]) -> Self:
        """The frames of all parts, one after the other; B and sizes must agree."""
        tokens_BTSC = torch.cat([part.tokens_BTSC for part in parts], dim=1)
        return cls(tokens_BTSC, tuple(each for part in parts for each in part.laterals_BCHW))


@dataclass(frozen=True)
class ClipFeatures:
    """The Temporal Neck's maps of one clip, independent of what will be asked about it.

    Each has shape (B, T, C, H/s, W/s) for its stride s, with H and W of the padded frames.
    """

    stride32: Tensor
    """F32."""
    stride16: Tensor
    """F16."""
    stride8: Tensor
    """F8."""
    stride4: Tensor
    """F4. Its memory is channels-last, so that a cell's features lie side by side."""

    @property
    def batch_size(self) -> int:
        """B."""
        return self.stride4.shape[0]

    @property
    def num_frames(self) -> int:
        """T."""
        return self.stride4.shape[1]

    @property
    def padded_size(self) -> tuple[int, int]:
        """(H, W) of the padded frames in pixels."""
        return 4 * self.stride4.shape[-2], 4 * self.stride4.shape[-1]

    @property
    def coarse_to_fine(self) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """F32, F16, F8, F4."""
        return self.stride32, self.stride16, self.stride8, self.stride4

    @property
    def num_bytes(self) -> int:
        """Memory that the tensors take."""
        return _num_bytes(*self.coarse_to_fine)

    def select_frames(self, indices: Sequence[int]) -> Self:
        """The maps of these frames, in this order, as seen within the whole clip.

        Neighbouring frames share the clip's memory.
        """
        chosen = frame_selection(indices)
        return type(self)(*(map_BTCHW[:, chosen] for map_BTCHW in self.coarse_to_fine))

    @classmethod
    def join(cls, parts: Sequence[Self]) -> Self:
        """The frames of all parts, one after the other; B and sizes must agree."""
        maps = zip(*(part.coarse_to_fine for part in parts), strict=True)
        return cls(*(torch.cat(each, dim=1) for each in maps))


def frame_selection(indices: Sequence[int]) -> slice | list[int]:
    """What selects these frames from a tensor, without a copy where they are neighbours."""
    chosen = list(indices)
    if chosen and chosen == list(range(chosen[0], chosen[0] + len(chosen))):
        return slice(chosen[0], chosen[0] + len(chosen))
    return chosen


def _num_bytes(*tensors: Tensor) -> int:
    return sum(each.numel() * each.element_size() for each in tensors)
