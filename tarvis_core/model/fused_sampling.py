"""Whether this machine's GPU can sample by the kernel of `deformable_kernel`, found out by trying.

The kernel needs Triton, which comes with PyTorch for CUDA on Linux, and a C compiler at its first
use. So it is compared with the plain way once per device, on small maps, before it is used.
"""

import importlib
import importlib.util
import logging
import subprocess
from collections.abc import Callable, Sequence
from functools import cache
from types import ModuleType

import torch
from einops import rearrange
from torch import Tensor

from tarvis_core.model.deformable_sampling import Size, sample_by_grid

FusedSampling = Callable[[Tensor, Tensor, Sequence[Size], int], Tensor]
"""Raw samples (N, S, X), values (N, S, C), the levels' sizes and the number of heads → sums."""

KERNEL_MODULE = "tarvis_core.model.deformable_kernel"
TOLERANCE = 1e-4
TRIAL_SIZES = ((2, 3), (4, 6), (8, 12))
TRIAL_HEADS = 8
TRIAL_POINTS = 4
TRIAL_HEAD_WIDTH = 32

log = logging.getLogger(__name__)


@cache
def find_fused_sampling(device: torch.device) -> FusedSampling | None:
    """The kernel, or None where the plain way has to do; found out once per device."""
    if device.type != "cuda" or importlib.util.find_spec("triton") is None:
        return None
    try:
        kernel = importlib.import_module(KERNEL_MODULE)
    except (ImportError, AttributeError) as error:
        log.warning("sampling without the GPU kernel: Triton cannot be loaded (%s)", error)
        return None
    return _tried(kernel, device)


def _tried(kernel: ModuleType, device: torch.device) -> FusedSampling | None:
    """The kernel, if it runs and gives the plain way's numbers."""
    try:
        difference = trial_difference(kernel.sample_fused, device)
    except torch.OutOfMemoryError:
        raise
    except (RuntimeError, OSError, subprocess.SubprocessError, kernel.TritonError) as error:
        reason = (str(error).splitlines() or [type(error).__name__])[0]
        log.warning("sampling without the GPU kernel: it does not run here (%s)", reason)
        return None
    if not difference <= TOLERANCE:
        log.warning("sampling without the GPU kernel: it is off by %g here", difference)
        return None
    log.info("sampling by a kernel of its own on %s; it is off by %g", device, difference)
    return kernel.sample_fused


@torch.inference_mode()
def trial_difference(sample: FusedSampling, device: torch.device) -> float:
    """How far a way to sample is from the plain one, at most, on made-up maps."""
    random = torch.Generator().manual_seed(0)
    num_tokens = sum(height * width for height, width in TRIAL_SIZES)
    num_samples = TRIAL_HEADS * len(TRIAL_SIZES) * TRIAL_POINTS
    raw_NSX = 3 * torch.randn(2, num_tokens, 3 * num_samples, generator=random)
    value_NSC = torch.randn(2, num_tokens, TRIAL_HEADS * TRIAL_HEAD_WIDTH, generator=random)
    fused_NSC = sample(raw_NSX.to(device), value_NSC.to(device), TRIAL_SIZES, TRIAL_HEADS)
    plain_NSC = sample_plainly(raw_NSX, value_NSC, TRIAL_SIZES, TRIAL_HEADS)
    return float((fused_NSC.cpu() - plain_NSC).abs().max())


def sample_plainly(
    raw_NSX: Tensor, value_NSC: Tensor, level_sizes: Sequence[Size], num_heads: int
) -> Tensor:
    """The same sums by PyTorch's own sampling, from numbers as the kernel takes them."""
    pattern = "n s (kind h l p) -> kind n s h l p"
    numbers = rearrange(raw_NSX, pattern, kind=3, h=num_heads, l=len(level_sizes))
    x, y, logits = numbers.float()
    weights = logits.flatten(-2).softmax(dim=-1).view_as(logits)
    centres, sides = _centres_and_sides(level_sizes)
    places = centres.to(x) + torch.stack([x, y], dim=-1) / sides.to(x)
    values = rearrange(value_NSC, "n s (h d) -> n s h d", h=num_heads)
    return sample_by_grid(values, level_sizes, places, weights)


def _centres_and_sides(level_sizes: Sequence[Size]) -> tuple[Tensor, Tensor]:
    """Each token's place in units of the frame's sides, and the sides in cells; (x, y) each."""
    centres = []
    for height, width in level_sizes:
        rows, columns = (torch.arange(side) + 0.5 for side in (height, width))
        grid = torch.stack([*torch.meshgrid(columns / width, rows / height, indexing="xy")], dim=-1)
        centres.append(rearrange(grid, "h w xy -> (h w) 1 1 1 xy"))
    sides_L2 = torch.tensor([(width, height) for height, width in level_sizes])
    return torch.cat(centres), rearrange(sides_L2, "l xy -> l 1 xy")
