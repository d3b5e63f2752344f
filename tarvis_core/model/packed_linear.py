"""Linear layers whose weights oneDNN arranged beforehand; for inference on CPUs.

PyTorch's own linear layer writes its bias into the output before it multiplies, arranges the
weights anew in each call, and in single precision leaves the product to a library that is a fifth
slower on some processors.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache

import torch
from torch import Tensor
from torch.nn import functional

ROWS_AT_ONCE = 2048
"""So many tokens' hidden features stay in a processor's cache."""
Combine = Callable[[Sequence[Tensor]], tuple[Tensor, Tensor]]
"""Makes weight and bias of one linear layer out of some tensors."""


@dataclass(frozen=True)
class PackedLayer:
    """One linear layer in one number format."""

    weight: Tensor
    """Shape (out, in); arranged by oneDNN if `is_packed`."""
    bias: Tensor
    is_packed: bool
    stamp: tuple
    """Changes when the tensors do that it was made of."""

    def __call__(self, x: Tensor, *, has_relu: bool = False) -> Tensor:
        """The layer's output, with negative numbers cut off if so wanted."""
        x = x.to(self.bias.dtype)
        if self.is_packed:
            activation = "relu" if has_relu else "none"
            made = torch.ops.mkldnn._linear_pointwise  # noqa: SLF001 -- as Inductor does
            return made(x, self.weight, self.bias, activation, [], "")
        y = functional.linear(x, self.weight, self.bias)
        return y.relu_() if has_relu else y


class PackedLayers:
    """The packed layers of one module; none of its state: copies and files go without."""

    def __init__(self) -> None:
        self._held: dict[tuple[str, torch.dtype], PackedLayer] = {}

    def __reduce__(self) -> tuple:
        return PackedLayers, ()

    def layer(
        self, name: str, dtype: torch.dtype, sources: Sequence[Tensor], combine: Combine = tuple
    ) -> PackedLayer:
        """A layer, packed anew only if its weights have changed.

        Args:
            name: Which one of the module's.
            dtype: In which it computes.
            sources: Weight and bias, or whatever `combine` makes them of.
            combine: See there.
        """
        stamp = stamp_of(sources)
        held = self._held.get((name, dtype))
        if held is None or held.stamp != stamp:
            weight, bias = (each.detach().to(dtype).contiguous() for each in combine(sources))
            is_packed = can_pack(dtype)
            if is_packed:
                arrange = torch.ops.mkldnn._reorder_linear_weight  # noqa: SLF001
                weight = arrange(weight, ROWS_AT_ONCE)
            held = PackedLayer(weight, bias, is_packed, stamp)
            self._held[name, dtype] = held
        return held


def computing_dtype(x: Tensor) -> torch.dtype:
    """The number format in which a linear layer over x computes."""
    if torch.is_autocast_enabled(x.device.type):
        return torch.get_autocast_dtype(x.device.type)
    return x.dtype


def is_for_packing(x: Tensor) -> bool:
    """Whether packed layers serve x: without gradients, on a CPU."""
    return x.device.type == "cpu" and not torch.is_grad_enabled()


@cache
def can_pack(dtype: torch.dtype) -> bool:
    """Whether oneDNN computes linear layers in this format on this processor."""
    if not torch.backends.mkldnn.is_available():
        return False
    if dtype is torch.bfloat16:
        return torch.ops.mkldnn._is_mkldnn_bf16_supported()  # noqa: SLF001
    return dtype is torch.float32


def stamp_of(sources: Sequence[Tensor]) -> tuple:
    """Changes when the content of one of the tensors does, or one is another."""
    return tuple((each.data_ptr(), _version(each)) for each in sources)


def _version(tensor: Tensor) -> int:
    """Counts the changes of a tensor's content; tensors made for inference do not count."""
    return 0 if tensor.is_inference() else tensor._version  # noqa: SLF001
