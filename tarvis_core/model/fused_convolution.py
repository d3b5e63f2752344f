"""Convolutions that apply the activation after them while their output is in the registers.

For inference on CPUs: an activation of its own reads and writes the whole map once more, and GELU
in bfloat16 takes longer than the convolution before it.
"""

import torch
from torch import Tensor, nn

NAMES = {nn.ReLU: "relu", nn.GELU: "gelu"}
"""Activations, and what oneDNN calls them."""


class FusedConvolution(nn.Module):
    """A convolution with the activation after it, in one pass; without gradients only."""

    def __init__(self, convolution: nn.Conv2d, activation: nn.Module) -> None:
        super().__init__()
        self.convolution = convolution
        self.activation = activation
        self._name = NAMES[type(activation)]

    def forward(self, x_NCHW: Tensor) -> Tensor:
        """The activated output."""
        if torch.is_grad_enabled() or x_NCHW.device.type != "cpu":
            return self.activation(self.convolution(x_NCHW))
        made = self.convolution
        dtype = x_NCHW.dtype
        if torch.is_autocast_enabled("cpu"):
            dtype = torch.get_autocast_dtype("cpu")
        bias = None if made.bias is None else made.bias.to(dtype)
        return torch.ops.mkldnn._convolution_pointwise(  # noqa: SLF001 -- as Inductor does
            x_NCHW.to(dtype),
            made.weight.to(dtype),
            bias,
            made.padding,
            made.stride,
            made.dilation,
            made.groups,
            self._name,
            [],
            "none",
        )


def fuse_activations(network: nn.Module, example: Tensor) -> int:
    """Fuse every activation whose input is a convolution's output alone, in place.

    Args:
        network: In evaluation mode; for inference only from then on.
        example: An input, however small, but not constant; a run over it shows which activation
            follows which convolution.

    Returns:
        How many activations were fused.
    """
    if not torch.backends.mkldnn.is_available():
        return 0
    pairs = _activations_after_convolutions(network, example)
    modules = dict(network.named_modules())
    for activation, convolution in pairs.items():
        fused = FusedConvolution(modules[convolution], modules[activation])
        _replace(network, convolution, fused)
        _replace(network, activation, nn.Identity())
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
        if _can_be_fused(module):
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


def _can_be_fused(module: nn.Module) -> bool:
    return (
        type(module) is nn.Conv2d
        and module.padding_mode == "zeros"
        and not isinstance(module.padding, str)
    )


def _replace(network: nn.Module, name: str, module: nn.Module) -> None:
    parent, _, attribute = name.rpartition(".")
    setattr(network.get_submodule(parent), attribute, module)
