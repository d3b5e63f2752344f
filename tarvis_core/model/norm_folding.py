"""Trunks made ready for inference: norms folded into the convolutions before them, and such."""

import torch
from timm.layers import FrozenBatchNormAct2d
from torch import Tensor, nn
from torchvision.ops.misc import FrozenBatchNorm2d

from tarvis_core.model.packed_convolution import pack_convolutions

NORMS = (FrozenBatchNorm2d, FrozenBatchNormAct2d, nn.BatchNorm2d)
SMALL_SIDE = 64
"""Side of the frame, in pixels, with which a trunk is tried out."""


@torch.no_grad()
def fold_norms(network: nn.Module, example: Tensor) -> int:
    """Fold every constant norm whose input is a convolution's output, in place.

    The network must be for inference only from then on: its parameters are others.

    Args:
        network: In evaluation mode.
        example: An input, however small; a run over it shows which norm follows which convolution.

    Returns:
        How many norms were folded.
    """
    pairs = _norms_after_convolutions(network, example)
    modules = dict(network.named_modules())
    for name, convolution in pairs.items():
        norm = modules[name]
        _scale(convolution, *_scale_and_shift(norm))
        parent, _, attribute = name.rpartition(".")
        has_activation = isinstance(norm, FrozenBatchNormAct2d)
        setattr(modules[parent], attribute, norm.act if has_activation else nn.Identity())
    return len(pairs)


def _norms_after_convolutions(network: nn.Module, example: Tensor) -> dict[str, nn.Conv2d]:
    """By name of the norm, the convolution whose output it alone takes."""
    made_by: dict[int, tuple[Tensor, nn.Conv2d]] = {}
    taken: dict[str, nn.Conv2d] = {}
    hooks = []
    for name, module in network.named_modules():
        if isinstance(module, nn.Conv2d):
            hooks.append(
                module.register_forward_hook(
                    lambda made, _, output: made_by.update({id(output): (output, made)})
                )
            )
        elif _is_constant_norm(module):
            hooks.append(
                module.register_forward_pre_hook(
                    lambda _, inputs, name=name: _note(taken, made_by, name, inputs[0])
                )
            )
    try:
        network(example)
    finally:
        for hook in hooks:
            hook.remove()
    convolutions = list(taken.values())
    return {name: each for name, each in taken.items() if convolutions.count(each) == 1}


def _note(
    taken: dict[str, nn.Conv2d],
    made_by: dict[int, tuple[Tensor, nn.Conv2d]],
    name: str,
    value: Tensor,
) -> None:
    made = made_by.get(id(value))
    if made is not None:
        taken[name] = made[1]


def _is_constant_norm(module: nn.Module) -> bool:
    is_norm = type(module) in NORMS
    return is_norm and not module.training and module.running_var is not None


def _scale_and_shift(norm: nn.Module) -> tuple[Tensor, Tensor]:
    scale = (norm.running_var + norm.eps).rsqrt()
    if norm.weight is not None:
        scale = scale * norm.weight
    shift = -norm.running_mean * scale
    return scale, shift if norm.bias is None else shift + norm.bias


def _scale(convolution: nn.Conv2d, scale: Tensor, shift: Tensor) -> None:
    convolution.weight = nn.Parameter(
        convolution.weight * scale[:, None, None, None], requires_grad=False
    )
    bias = shift if convolution.bias is None else convolution.bias * scale + shift
    convolution.bias = nn.Parameter(bias, requires_grad=False)


def prepare_trunk(backbone: nn.Module, device: torch.device) -> None:
    """Fold a trunk's norms and choose what its operators are fast with; for inference only.

    Args:
        backbone: Takes frames (B, T, 3, H, W); in evaluation mode on `device`.
        device: Where it computes.
    """
    ramp = torch.linspace(0, 255, 3 * SMALL_SIDE**2, device=device)
    example = ramp.view(1, 1, 3, SMALL_SIDE, SMALL_SIDE)
    fold_norms(backbone, example)
    backbone.to(memory_format=torch.channels_last)
    if device.type == "cpu":
        pack_convolutions(backbone, example)
        for module in backbone.modules():
            # over windows this small, with a mask of three axes, PyTorch's fused attention falls
            # back to one that is slower than the written-out product
            if hasattr(module, "fused_attn"):
                module.fused_attn = False
