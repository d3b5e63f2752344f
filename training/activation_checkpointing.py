"""Layers that compute their insides again in the backward pass instead of keeping them.

What is taken is where a training step's memory lies: the trunk's blocks, the neck's and the
decoder's layers (the losses of the decoder's outputs: `Criterion`). Weights keep their names.
"""

import functools

from timm.models.resnet import BasicBlock, Bottleneck
from timm.models.tiny_vit import MBConv, TinyVitBlock
from torch import nn
from torch.utils.checkpoint import checkpoint

from tarvis_core.model.object_encoder import EncoderLayer
from tarvis_core.model.swin_transformer import SwinBlock
from tarvis_core.model.temporal_attention import TemporalLayer
from tarvis_core.model.temporal_neck import DeformableLayer
from tarvis_core.model.transformer_decoder import DecoderLayer

RECOMPUTED = (
    BasicBlock,
    Bottleneck,
    MBConv,
    TinyVitBlock,
    SwinBlock,
    DeformableLayer,
    TemporalLayer,
    EncoderLayer,
    DecoderLayer,
)


def recompute_in_backward(model: nn.Module) -> int:
    """Let a network's layers keep only what goes into them.

    Results and gradients stay the same, random numbers included.

    Returns:
        How many layers do so now.
    """
    layers = [module for module in model.modules() if isinstance(module, RECOMPUTED)]
    for layer in layers:
        layer.forward = functools.partial(  # type: ignore[method-assign]
            checkpoint, layer.forward, use_reentrant=False
        )
    return len(layers)
