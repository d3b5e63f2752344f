"""Convolutions whose weights oneDNN arranged beforehand, with the activation after them.

For inference on CPUs. PyTorch's own convolution rounds its weights and arranges them anew in each
call; an activation of its own reads and writes the whole map once more, and GELU in bfloat16 takes
longer than the convolution before it.
"""

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from tarvis_core.model.packed_linear import can_pack, computing_dtype, is_for_packing, stamp_of

NAMES = {nn.ReLU: "relu", nn.GELU: "gelu"}
"""Activations, and what oneDNN calls them."""


@dataclass(frozen=True)
class _Arranged:
    """A convolution's weights in one number format."""

    weight: Tensor
    """Opaque: arranged for maps of the size that came first, and right for all."""
    bias: Tensor | None
    stamp: tuple
    """Changes when the tensors do that it was made of."""


class _ArrangedWeights:
    """The arranged weights of one convolution; none of its state: copies and files go without."""

    def __init__(self) -> None:
        self._held: dict[torch.dtype, _Arranged] = {}

    def __reduce__(self) -> tuple:
        return _ArrangedWeights, ()

    def of(self, convolution: nn.Conv2d, x_NCHW: Tensor) -> _Arranged:
        """The weights in the number format of x, arranged anew only if they have changed."""
        sources = tuple(convolution.parameters())
        stamp = stamp_of(sources)
        held = self._held.get(x_NCHW.dtype)
        if held is None or held.stamp != stamp:
            rounded = [each.detach().to(x_NCHW.dtype) for each in sources]
            weight = torch._C._nn.mkldnn_reorder_conv2d_weight(  # noqa: SLF001 -- as Inductor does
                rounded[0].to_mkldnn(),
                convolution.padding,
                convolution.stride,
                convolution.dilation,
                convolution.groups,
                list(x_NCHW.shape),
            )
            held = _Arranged(weight, rounded[1] if len(rounded) > 1 else None, stamp)
            self._held[x_NCHW.dtype] = held
        return held


class PackedConvolution(nn.Module):
    """A convolution with the activation after it, if any, in one pass."""

    def __init__(self, convolution: nn.Conv2d, activation: nn.Module | None = None) -> None:
        super().__init__()
        self.convolution = convolution
        self.activation = activation
        self._name = "none" if activation is None else NAMES[type(activation)]
        self._weights = _ArrangedWeights()

    def forward(self, x_NCHW: Tensor) -> Tensor:
        """The activated output; step by step where gradients are wanted, or not on a CPU."""
        dtype = computing_dtype(x_NCHW)
        if not is_for_packing(x_NCHW) or not can_pack(dtype):
            y_NCHW = self.convolution(x_NCHW)
            return y_NCHW if self.activation is None else self.activation(y_NCHW)
        x_NCHW = x_NCHW.to(dtype)
        made, arranged = self.convolution, self._weights.of(self.convolution, x_NCHW)
        return torch.ops.mkldnn._convolution_pointwise(  # noqa: SLF001 -- as Inductor does
            x_NCHW,
            arranged.weight,
            arranged.bias,
            made.padding,
            made.stride,
            made.dilation,
            made.groups,
            self._name,
            [],
            "none",
        )


def pack_convolutions(network: nn.Module, example: Tensor) -> int:
    """Pack every convolution, and with it an activation that takes its output alone, in place.

    Args:
        network: In evaluation mode; for inference only from then on.
        example: An input, however small, but not constant; a run over it shows which activation
            follows which convolution.

    Returns:
        How many activations were packed with their convolutions.
    """
    if not torch.backends.mkldnn.is_available():
        return 0
    pairs = _activations_after_convolutions(network, example)
    activation_after = {convolution: activation for activation, convolution in pairs.items()}
    for name, module in list(network.named_modules()):
        if not _can_be_packed(module):
            continue
        follower = activation_after.get(name)
        activation = None if follower is None else network.get_submodule(follower)
        _replace(network, name, PackedConvolution(module, activation))
        if follower is not None:
            _replace(network, follower, nn.Identity())
    return len(pairs)


def _activations_after_convolutions(network: nn.Module, example: Tensor) -> dict[str, str]:
    """By name of the activation, the name of the convolution whose output it alone takes."""
    made_by: dict[int, tuple[Tensor, Tensor, str]] = {}
    taken: dict[str, str] = {}
    hooks = []

    def note_output(name: str, output: Tensor) -> None:
        made_by[id(output)] = (output, output.clone(), name)

    def note_input(name: str, value: Tensor) -> None:
        made = made_by.get(id(value))
        if made is not None and torch.equal(made[1], value):  # else something was added to it
            taken[name] = made[2]

    for name, module in network.named_modules():
        if _can_be_packed(module):
            hooks.append(
                module.register_forward_hook(
                    lambda _, __, output, name=name: note_output(name, output)
                )
            )
        elif type(module) in NAMES:
            hooks.append(
                module.register_forward_pre_hook(
                    lambda _, inputs, name=name: note_input(name, inputs[0])
                )
            )
    try:
        with torch.no_grad():
            network(example)
    finally:
        for hook in hooks:
            hook.remove()
    convolutions = list(taken.values())
    return {name: each for name, each in taken.items() if convolutions.count(each) == 1}


def _can_be_packed(module: nn.Module) -> bool:
    return (
        type(module) is nn.Conv2d
        and module.padding_mode == "zeros"
        and not isinstance(module.padding, str)
    )


def _replace(network: nn.Module, name: str, module: nn.Module) -> None:
    parent, _, attribute = name.rpartition(".")
    setattr(network.get_submodule(parent), attribute, module)
