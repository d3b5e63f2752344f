"""The trunk: a frame becomes maps at strides 4, 8, 16 and 32 (Section 3.2's image encoder)."""

import logging
import re
from pathlib import Path

import timm
import torch
from einops import rearrange
from safetensors import SafetensorError
from safetensors.torch import load_file
from timm.layers import freeze_batch_norm_2d
from torch import Tensor, nn
from torch.nn import functional

from tarvis_core.errors import CheckpointError, ConfigError
from tarvis_core.model.model_config import BackboneConfig
from tarvis_core.model.swin_transformer import SWIN_SIZES, SwinTransformer
from tarvis_core.sentence import Sentence

STRIDES = (4, 8, 16, 32)

_logger = logging.getLogger(__name__)


class Backbone(nn.Module):
    """Normalises frames and runs the trunk over each."""

    def __init__(self, config: BackboneConfig) -> None:
        super().__init__()
        self.config = config
        self.trunk: nn.Module
        if config.name in SWIN_SIZES:
            self.trunk = SwinTransformer(SWIN_SIZES[config.name], config.drop_path_rate)
            self._outputs = [0, 1, 2, 3]
            channels = list(self.trunk.num_channels)
        else:
            self.trunk = _timm_trunk(config)
            self._outputs = _outputs_at_strides(config.name, self.trunk)
            channels = self.trunk.feature_info.channels()
        self.num_channels = tuple(channels[index] for index in self._outputs)
        """Channels of the four maps, fine to coarse."""
        if config.last_stride == STRIDES[2]:
            _let_last_merge_keep_size(config.name, self.trunk)
            self.num_channels = (*self.num_channels[:2], *2 * self.num_channels[3:])

    def forward(self, frames_BTCHW: Tensor) -> list[Tensor]:
        """Maps of each frame, fine to coarse.

        Args:
            frames_BTCHW: RGB 0…255, any real or integer type, shape (B, T, 3, H, W).

        Returns:
            Four maps, shape (B, T, C, H/s, W/s) for s = 4, 8, 16, 32.
        """
        images_NCHW = rearrange(frames_BTCHW, "b t c h w -> (b t) c h w")
        maps = self.trunk(self._normalise(images_NCHW))
        maps = [maps[index] for index in self._outputs]
        if self.config.last_stride == STRIDES[2]:
            maps = [maps[0], maps[1], maps[3], functional.avg_pool2d(maps[3], 2)]
        batch = frames_BTCHW.shape[0]
        return [rearrange(x_NCHW, "(b t) c h w -> b t c h w", b=batch) for x_NCHW in maps]

    def _normalise(self, images_NCHW: Tensor) -> Tensor:
        """In single precision: half precision has no room for a mean of 123.675."""
        statistics = torch.tensor((self.config.pixel_mean, self.config.pixel_std))
        mean_C11, std_C11 = rearrange(statistics.to(images_NCHW.device), "two c -> two c 1 1")
        normalised_NCHW = (images_NCHW.float() - mean_C11) / std_C11
        return normalised_NCHW.to(next(self.trunk.parameters()).dtype)


def load_backbone_weights(model: nn.Module, path: Path) -> None:
    """Start the trunk of a `TarVis` network (or a `Backbone`) from ImageNet weights.

    Args:
        model: The network, or its backbone; the trunk's tensors are overwritten.
        path: A safetensors file with timm's names. What lies beyond the trunk, such as a
            classifier, is left aside.

    Raises:
        CheckpointError: The file cannot be read, or lacks tensors of the trunk.
    """
    trunk = model.trunk if isinstance(model, Backbone) else model.backbone.trunk
    stored = _read_weights(path)
    wanted = {_plain_name(name): name for name in trunk.state_dict() if _is_in_files(name)}
    shapes = {name: value.shape for name, value in trunk.state_dict().items()}
    missing = sorted(wanted.keys() - stored.keys())
    reshaped = sorted(
        name for name in wanted.keys() & stored.keys() if stored[name].shape != shapes[wanted[name]]
    )
    if missing or reshaped:
        raise CheckpointError(
            "{path} is not a set of weights for this trunk; missing: {missing}; of another shape: "
            "{reshaped}",
            path=path,
            missing=missing or Sentence("none"),
            reshaped=reshaped or Sentence("none"),
        )
    trunk.load_state_dict({wanted[name]: stored[name].float() for name in wanted}, strict=False)
    unused = sorted(stored.keys() - wanted.keys())
    _logger.info("trunk weights from %s: %d tensors, unused %s", path, len(wanted), unused)


def _timm_trunk(config: BackboneConfig) -> nn.Module:
    options = {"drop_path_rate": config.drop_path_rate} if config.drop_path_rate else {}
    try:
        trunk = timm.create_model(config.name, pretrained=False, features_only=True, **options)
    except (RuntimeError, TypeError, AttributeError) as error:
        raise ConfigError(
            "backbone.name is “{name}”, which timm {version} cannot build as a feature pyramid: "
            "{error}",
            name=config.name,
            version=timm.__version__,
            error=error,
        ) from error
    return freeze_batch_norm_2d(trunk) if config.is_norm_frozen else trunk


def _outputs_at_strides(name: str, trunk: nn.Module) -> list[int]:
    strides = trunk.feature_info.reduction()
    missing = [stride for stride in STRIDES if stride not in strides]
    if missing:
        raise ConfigError(
            "backbone.name is “{name}”, which has no maps at strides {missing}",
            name=name,
            missing=missing,
        )
    return [len(strides) - 1 - strides[::-1].index(stride) for stride in STRIDES]


def _let_last_merge_keep_size(name: str, trunk: nn.Module) -> None:
    try:
        convolution = trunk.get_submodule("stages_3.downsample.conv2.conv")
    except AttributeError as error:
        raise ConfigError(
            "backbone.last_stride is 16, which “{name}” cannot do; set it to 32", name=name
        ) from error
    assert isinstance(convolution, nn.Conv2d)
    convolution.stride = (1, 1)


def _read_weights(path: Path) -> dict[str, Tensor]:
    try:
        stored = load_file(path)
    except (OSError, SafetensorError) as error:
        raise CheckpointError(
            "{path} cannot be read as safetensors: {error}", path=path, error=error
        ) from error
    return {_plain_name(name): value for name, value in stored.items()}


def _plain_name(name: str) -> str:
    """The name as in the whole network: timm's pyramids write `stages_3` for `stages.3`."""
    return re.sub(r"_(\d+)(?=\.)", r".\1", name)


def _is_in_files(name: str) -> bool:
    """Whether ImageNet weights hold this tensor: no counters, no norms of the pyramid's outputs."""
    return not name.endswith("num_batches_tracked") and not name.startswith("output_norms.")
