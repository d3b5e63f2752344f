"""What the network answered about a benchmark's videos: one file each, so that a run can go on.

The files together are a data set that formats write and measures read like any other.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from tarvis_core.annotation.formats.annotated_video import (
    AnnotatedFrame,
    AnnotatedVideo,
    DatasetReader,
    TargetMask,
)
from tarvis_core.annotation.formats.target_naming import make_target
from tarvis_core.annotation.label_set import LabelSet
from tarvis_core.annotation.mask import Mask
from tarvis_core.annotation.target import Target, TargetId, TargetKind
from tarvis_core.errors import FormatError


@dataclass(frozen=True)
class PredictedTarget:
    """One target of an answer."""

    id: int
    category: int | None
    """Number of its class in the data set."""
    kind: TargetKind
    score: float = 1.0


@dataclass(frozen=True)
class PredictedVideo:
    """The answer about one video."""

    name: str
    size: tuple[int, int]
    """(height, width)."""
    frame_names: tuple[str, ...]
    targets: tuple[PredictedTarget, ...]
    masks: tuple[Mapping[int, Mask], ...]
    """By target, for each frame."""

    def save(self, path: Path) -> None:
        """Write it beside, then rename: a file that is there is whole."""
        content = {
            "name": self.name,
            "size": list(self.size),
            "frame_names": list(self.frame_names),
            "targets": [
                {"id": t.id, "category": t.category, "kind": t.kind.value, "score": t.score}
                for t in self.targets
            ],
            "masks": [
                {str(target): mask.to_coco_rle()["counts"] for target, mask in frame.items()}
                for frame in self.masks
            ],
        }
        beside = path.with_suffix(".partial")
        beside.write_text(json.dumps(content), "utf-8")
        beside.replace(path)

    @classmethod
    def load(cls, path: Path) -> "PredictedVideo":
        """Read what `save` wrote.

        Raises:
            FormatError: The file is missing or damaged.
        """
        try:
            content = json.loads(path.read_text("utf-8"))
            height, width = content["size"]
            return cls(
                content["name"],
                (height, width),
                tuple(content["frame_names"]),
                tuple(_target(entry) for entry in content["targets"]),
                tuple(_masks(entry, (height, width)) for entry in content["masks"]),
            )
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise FormatError(
                f"{path} is no answer about a video ({error!r}); delete it and start again"
            ) from error


class PredictedDataset(DatasetReader):
    """The answers about a data set's videos, in its order, as a data set of their own."""

    def __init__(self, truth: DatasetReader, paths: Sequence[Path]) -> None:
        """Take the files.

        Args:
            truth: The videos that were asked about; names and numbers come from it.
            paths: One file for each of its first videos.
        """
        self._truth = truth
        self._paths = tuple(paths)

    @property
    def label_set(self) -> LabelSet:
        """The data set's own classes."""
        return self._truth.label_set

    @property
    def extras(self) -> Mapping[str, Any]:
        """What the data set's file says beside its videos, such as the split."""
        return self._truth.extras

    def __len__(self) -> int:
        return len(self._paths)

    def __getitem__(self, index: int) -> AnnotatedVideo:
        position = range(len(self))[index]
        return as_annotated(PredictedVideo.load(self._paths[position]), self._truth[position])


def as_annotated(predicted: PredictedVideo, truth: AnnotatedVideo) -> AnnotatedVideo:
    """An answer in the shape of the video that it is about, with its name and numbers."""
    scores = {target.id: target.score for target in predicted.targets}
    targets = tuple(_as_target(target, truth.label_set) for target in predicted.targets)
    has_same_frames = predicted.frame_names == truth.frame_names

    def load_frame(position: int) -> AnnotatedFrame:
        masks = {
            TargetId(target): TargetMask(mask, score=scores[target])
            for target, mask in predicted.masks[position].items()
        }
        return AnnotatedFrame(predicted.frame_names[position], masks)

    return replace(
        truth,
        frame_names=predicted.frame_names,
        frame_numbers=truth.frame_numbers if has_same_frames else (),
        load_frame=load_frame,
        load_targets=lambda: targets,
        load_image=None,
    )


def _as_target(target: PredictedTarget, label_set: LabelSet) -> Target:
    return make_target(target.id, target.category, label_set, kind=target.kind)


def _target(entry: Mapping[str, Any]) -> PredictedTarget:
    kind = TargetKind(entry["kind"])
    return PredictedTarget(int(entry["id"]), entry["category"], kind, float(entry["score"]))


def _masks(entry: Mapping[str, str], size: tuple[int, int]) -> dict[int, Mask]:
    return {
        int(target): Mask.from_coco_rle({"size": list(size), "counts": counts})
        for target, counts in entry.items()
    }
