"""ClipSample and ClipBatch: what a dataset returns, and what the network and the losses receive."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from enum import Enum
from typing import Self

import torch
from torch import Tensor

from tarvis_core.model.object_encoder import ObjectExemplars


class Task(Enum):
    """What the network is asked about a clip."""

    VIS = "vis"
    """Find all things."""
    VPS = "vps"
    """Find all things and label every pixel."""
    OBJECTS = "objects"
    """Follow what exemplars name (VOS by masks, PET by points)."""


@dataclass(frozen=True)
class ClipTargets:
    """The truth about a clip, at the network's padded size."""

    masks: Tensor
    """(N, T, H, W) bool: the things (VIS, VPS) or the objects asked for (VOS, PET)."""
    ignored: Tensor
    """(T, H, W) bool: pixels that are not judged."""
    class_ids: Tensor | None = None
    """(N,) int64, 1…C, for VIS and VPS."""
    semantic_labels: Tensor | None = None
    """(T, H, W) int64, 0…C−1, for VPS."""


@dataclass(frozen=True)
class ObjectQuestion:
    """Exemplars on one clip's reference frames, and which target each speaks of."""

    exemplars: ObjectExemplars
    """Masks first, then points."""
    targets: tuple[int, ...]
    """For each exemplar the index of its target."""
    is_negative: tuple[bool, ...]
    """For each exemplar whether it says "not this"; only points do."""


@dataclass(frozen=True)
class ClipSample:
    """One clip with one question."""

    task: Task
    targets: ClipTargets
    frames: Tensor | None = None
    """(T, 3, H, W) uint8 RGB, padded; or none where trunk features are given."""
    trunk_features: Mapping[int, Tensor] | None = None
    """Maps (T, C, H/s, W/s) by stride s, for a frozen trunk."""
    question: ObjectQuestion | None = None
    """For VOS and PET."""
    reference_frames: tuple[int, ...] = (0,)
    """Frames that the exemplars lie on."""
    label_set: str | None = None
    """For VIS and VPS."""
    name: str = ""
    """Where the clip is from, for messages."""


@dataclass(frozen=True)
class ClipBatch:
    """Clips of one size, length and kind of question."""

    task: Task
    targets: tuple[ClipTargets, ...]
    frames: Tensor | None
    """(B, T, 3, H, W) uint8 RGB, padded."""
    trunk_features: Mapping[int, Tensor] | None
    """Maps (B, T, C, H/s, W/s) by stride."""
    questions: tuple[ObjectQuestion, ...]
    reference_frames: tuple[int, ...]
    label_set: str | None
    names: tuple[str, ...] = ()
    num_lead_frames: int = 0
    """So many frames at the start are followed without being judged; the masks that the network
    finds in the last of them are then its exemplars for those frames and the rest."""
    num_handed_over: int = 1
    """With lead frames: in how many of them, the last ones, the masks are handed over."""
    is_anchored: bool = False
    """With lead frames: the first one, with the masks given there, stays among the exemplars of the
    rest, as `anchor`."""
    handover_seeds: tuple[int | None, ...] = ()
    """For each clip, or for none: what draws an error in the masks that are handed over
    (`with_handover_error`). None leaves them as the network found them. Only where `is_anchored`.
    """
    anchor: "ClipBatch | None" = None
    """The first frame of the clips, seen alone: the first reference frame of all exemplars."""
    companion: "ClipBatch | None" = None
    """Of a batch about classes: what is asked about objects of the same clips in the same pass,
    with targets and questions of its own but no frames or features."""

    @classmethod
    def collate(cls, samples: Sequence[ClipSample]) -> Self:
        """Join samples.

        Raises:
            ValueError: They differ in task, label set, reference frames or numbers of exemplars.
        """
        first = samples[0]
        kinds = {
            (sample.task, sample.label_set, sample.reference_frames, _exemplar_counts(sample))
            for sample in samples
        }
        if len(kinds) != 1:
            raise ValueError(f"samples of one batch must be of one kind, got {kinds}")
        frames, features = None, None
        if first.frames is not None:
            frames = torch.stack([sample.frames for sample in samples if sample.frames is not None])
        if first.trunk_features is not None:
            features = {
                stride: torch.stack([sample.trunk_features[stride] for sample in samples])  # type: ignore[index]
                for stride in first.trunk_features
            }
        return cls(
            task=first.task,
            targets=tuple(sample.targets for sample in samples),
            frames=frames,
            trunk_features=features,
            questions=tuple(sample.question for sample in samples if sample.question is not None),
            reference_frames=first.reference_frames,
            label_set=first.label_set,
            names=tuple(sample.name for sample in samples),
        )

    def to(self, device: torch.device) -> Self:
        """The same batch on a device."""
        return moved(self, device)


@dataclass(frozen=True)
class AskedBatch:
    """A batch, and how many corrective clicks follow the first answer."""

    batch: ClipBatch
    num_corrections: int = 0


def moved(value, device: torch.device):  # noqa: ANN001, ANN201 — any of the types of this module
    """A value of this module, or a container of such, with all tensors on a device."""
    if isinstance(value, Tensor):
        return value.to(device, non_blocking=True)
    if isinstance(value, tuple):
        return tuple(moved(entry, device) for entry in value)
    if isinstance(value, dict):
        return {key: moved(entry, device) for key, entry in value.items()}
    if isinstance(value, (ClipTargets, ObjectQuestion, ClipSample, ClipBatch, ObjectExemplars)):
        return replace(
            value,
            **{field.name: moved(getattr(value, field.name), device) for field in fields(value)},
        )
    return value


def _exemplar_counts(sample: ClipSample) -> tuple[int, int] | None:
    if sample.question is None:
        return None
    exemplars = sample.question.exemplars
    return exemplars.num_masks, exemplars.num_points
