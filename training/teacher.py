"""A teacher: MobileSAM's masks of what a click means, for labels and as a baseline.

Weights are the released `mobile_sam.pt` (Apache-2.0), read without running any of its code.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from tarvis_core.errors import CheckpointError
from tarvis_core.inference.device import computing_in, number_format
from tarvis_core.inference.settings import Precision
from tarvis_core.model.restricted_pickle import read_tensors
from training.clicks import Click
from training.teacher_network import (
    NEGATIVE,
    POSITIVE,
    SIDE,
    STRIDE,
    ImageEncoder,
    MaskDecoder,
    PromptEncoder,
)

PIXEL_MEAN = (123.675, 116.28, 103.53)
PIXEL_STD = (58.395, 57.12, 57.375)
QUESTIONS_AT_ONCE = 16
STABILITY_MARGIN = 1.0
"""A mask is stable where logits above this and above its negative give nearly the same pixels."""
TRUNK_NAMES = (
    (r"^image_encoder\.patch_embed\.seq\.0\.", "image_encoder.trunk.patch_embed.conv1."),
    (r"^image_encoder\.patch_embed\.seq\.2\.", "image_encoder.trunk.patch_embed.conv2."),
    (r"^image_encoder\.layers\.0\.downsample\.", "image_encoder.trunk.stages.1.downsample."),
    (r"^image_encoder\.layers\.1\.downsample\.", "image_encoder.trunk.stages.2.downsample."),
    (r"^image_encoder\.layers\.2\.downsample\.", "image_encoder.trunk.stages.3.downsample."),
    (r"^image_encoder\.layers\.", "image_encoder.trunk.stages."),
    (r"\.c\.weight$", ".conv.weight"),
)
"""The released names of the trunk, and timm's."""
UNUSED_NAMES = re.compile(
    r"^(image_encoder\.(norm_head|head)|prompt_encoder\.mask_downscaling)\.|\.head\.norm\."
)
"""What the released file or the network here holds and the other has no use for."""


@dataclass(frozen=True)
class TeacherMasks:
    """Three answers to one question about an image: part, whole and in between."""

    masks: np.ndarray
    """(3, H, W) bool."""
    scores: np.ndarray
    """(3,): the IoU that the teacher expects of each."""
    stabilities: np.ndarray
    """(3,) 0…1: how little each changes with its threshold."""

    @property
    def best(self) -> int:
        """Which one the teacher itself takes for the best."""
        return int(np.argmax(self.scores))


@dataclass(frozen=True)
class SeenImage:
    """An image's features, for any number of questions."""

    features: Tensor
    """(C, H, W), of the square."""
    size: tuple[int, int]
    """(height, width) of the image."""
    scale: float
    """From the image's pixels to those of the square."""


class Teacher(nn.Module):
    """The whole network with its weights, in evaluation mode."""

    def __init__(self) -> None:
        super().__init__()
        self.image_encoder = ImageEncoder()
        self.prompt_encoder = PromptEncoder()
        self.mask_decoder = MaskDecoder()
        self.eval()

    @classmethod
    def load(cls, path: Path, device: torch.device | str = "cpu") -> "Teacher":
        """Load the released weights.

        Raises:
            CheckpointError: The file cannot be read, or is not MobileSAM's.
        """
        teacher = cls()
        stored = {_own_name(name): value for name, value in read_tensors(path).items()}
        stored = {name: v for name, v in stored.items() if not UNUSED_NAMES.search(name)}
        wanted = {name for name in teacher.state_dict() if not UNUSED_NAMES.search(name)}
        if stored.keys() != wanted:
            wrong = sorted(stored.keys() ^ wanted)
            raise CheckpointError(
                f"{path} is not MobileSAM's file of weights; {len(wrong)} names differ, such as "
                f"{wrong[:3]}"
            )
        try:
            teacher.load_state_dict(stored, strict=False)
        except RuntimeError as error:
            raise CheckpointError(f"{path} is not MobileSAM's file of weights: {error}") from error
        return teacher.to(device)

    @torch.inference_mode()
    def see(self, image: np.ndarray) -> SeenImage:
        """Compute the features of an image, (H, W, 3) RGB uint8."""
        height, width = image.shape[:2]
        scale = SIDE / max(height, width)
        size = round(width * scale), round(height * scale)
        resized = cv2.resize(image, size, interpolation=cv2.INTER_LINEAR).astype(np.float32)
        normal = (resized - np.float32(PIXEL_MEAN)) / np.float32(PIXEL_STD)
        square = np.zeros((SIDE, SIDE, 3), np.float32)
        square[: size[1], : size[0]] = normal
        device = self.mask_decoder.iou_token.weight.device
        pixels = torch.from_numpy(square).permute(2, 0, 1)[None].to(device)
        with computing_in(device, number_format(device, Precision.AUTO)):
            features = self.image_encoder(pixels)[0]
        return SeenImage(features.float(), (height, width), scale)

    @torch.inference_mode()
    def answer(self, seen: SeenImage, questions: Sequence[Sequence[Click]]) -> list[TeacherMasks]:
        """Three masks for each question.

        Args:
            seen: What `see` returned.
            questions: The clicks of each, in the image's pixels; all have the same number.
        """
        found: list[TeacherMasks] = []
        features = seen.features + self.prompt_encoder.no_mask_embed.weight[0, :, None, None]
        code = self.prompt_encoder.pe_layer.of_grid(SIDE // STRIDE)
        for first in range(0, len(questions), QUESTIONS_AT_ONCE):
            part = questions[first : first + QUESTIONS_AT_ONCE]
            places = torch.tensor([[(c.x, c.y) for c in clicks] for clicks in part]) * seen.scale
            kinds = torch.tensor(
                [[NEGATIVE if c.is_negative else POSITIVE for c in clicks] for clicks in part]
            )
            tokens = self.prompt_encoder(places.to(features.device), kinds.to(features.device))
            logits, scores = self.mask_decoder(features, code, tokens)
            found += [
                _answer(logits[index, 1:], scores[index, 1:], seen) for index in range(len(part))
            ]
        return found

    def answer_one(self, image: np.ndarray, clicks: Sequence[Click]) -> TeacherMasks:
        """Three masks of what clicks on an image mean."""
        return self.answer(self.see(image), [clicks])[0]


def _answer(logits: Tensor, scores: Tensor, seen: SeenImage) -> TeacherMasks:
    """The answer of (3, H/4, W/4) logits of the square image."""
    sure = (logits > STABILITY_MARGIN).sum(dim=(-2, -1))
    possible = (logits > -STABILITY_MARGIN).sum(dim=(-2, -1))
    height, width = (round(side * seen.scale) for side in seen.size)
    whole = functional.interpolate(logits[None], size=(SIDE, SIDE), mode="bilinear")
    fitted = functional.interpolate(
        whole[..., :height, :width], size=seen.size, mode="bilinear", align_corners=False
    )
    return TeacherMasks(
        masks=(fitted[0] > 0).cpu().numpy(),
        scores=scores.float().cpu().numpy(),
        stabilities=(sure / possible.clamp(min=1)).cpu().numpy(),
    )


def _own_name(name: str) -> str:
    for released, own in TRUNK_NAMES:
        name = re.sub(released, own, name)
    return name
