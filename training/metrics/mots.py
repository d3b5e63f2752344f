"""KITTI-MOTS: HOTA, CLEAR and identity measures of cars and pedestrians.

Defined by JonathonLuiten/TrackEval `trackeval/datasets/kitti_mots.py`: a detection that matches
nothing and lies by more than half in an ignore region does not count.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from tarvis_core.annotation.formats.file_access import check_frame_size
from tarvis_core.errors import FormatError
from training.metrics.clear import Clear, Identity, clear_of_sequence, identity_of_sequence
from training.metrics.detections import (
    tracked_frame,
    unmatched_predictions,
    without_predictions,
)
from training.metrics.hota import Hota, TrackedFrame, combine_sequences, hota_of_sequence
from training.metrics.mask_overlap import (
    CodedMask,
    checked_code,
    intersection_areas,
    mask_areas,
)

MOTS_CLASSES = {1: "car", 2: "pedestrian"}
_IGNORE_CLASS = 10
_EPSILON = float(np.finfo(float).eps)
_NEVER = -10000.0


@dataclass(frozen=True)
class MotsFrame:
    """One frame: masks by (class, track)."""

    masks: Mapping[tuple[int, int], CodedMask] = field(default_factory=dict)
    ignored: tuple[CodedMask, ...] = ()
    """Regions without annotations; they do not overlap each other."""


@dataclass(frozen=True)
class MotsScores:
    """The scores of one class over all sequences."""

    hota: Hota
    clear: Clear
    identity: Identity


class MotsEvaluation:
    """Collects sequences; keeps counts."""

    def __init__(self, classes: Sequence[int] = tuple(MOTS_CLASSES)) -> None:
        """Start at zero.

        Args:
            classes: Numbers of the classes to score.
        """
        self._parts: dict[int, list[MotsScores]] = {number: [] for number in classes}

    def add_sequence(self, true: Sequence[MotsFrame], predicted: Sequence[MotsFrame]) -> None:
        """Score one sequence.

        Raises:
            ValueError: The numbers of frames differ.
        """
        for number, parts in self._parts.items():
            frames = [
                _frame_of_class(number, *frames) for frames in zip(true, predicted, strict=True)
            ]
            parts.append(
                MotsScores(
                    hota_of_sequence(frames),
                    clear_of_sequence(frames),
                    identity_of_sequence(frames),
                )
            )

    def result(self) -> dict[int, MotsScores]:
        """The scores of each class over all sequences added so far."""
        return {
            number: MotsScores(
                combine_sequences([part.hota for part in parts]),
                sum((part.clear for part in parts), start=Clear()),
                sum((part.identity for part in parts), start=Identity()),
            )
            for number, parts in self._parts.items()
        }


def _frame_of_class(number: int, true: MotsFrame, predicted: MotsFrame) -> TrackedFrame:
    own = {track: mask for (kind, track), mask in predicted.masks.items() if kind == number}
    frame = tracked_frame(
        {track: mask for (kind, track), mask in true.masks.items() if kind == number}, own
    )
    unmatched = unmatched_predictions(frame.similarity, weight_below=_NEVER)
    if not true.ignored or not unmatched.size:
        return frame
    masks = list(own.values())
    candidates = [masks[i] for i in unmatched]
    inside = intersection_areas(candidates, list(true.ignored)).sum(axis=1)
    shares = inside / np.maximum(1, mask_areas(candidates))
    return without_predictions(frame, unmatched[shares > 0.5 + _EPSILON].tolist())


def evaluate_mots(true_folder: Path, predicted_folder: Path) -> dict[int, MotsScores]:
    """Score text files of results against KITTI-MOTS's ground truth.

    Args:
        true_folder: Holds `evaluate_mots.seqmap.val` and `instances_txt`.
        predicted_folder: One text file for each sequence.

    Raises:
        FormatError: A file is missing or damaged.
    """
    evaluation = MotsEvaluation()
    for name, num_frames in _sequences(true_folder / "evaluate_mots.seqmap.val"):
        true = read_mots_text(true_folder / "instances_txt" / f"{name}.txt", num_frames)
        predicted = read_mots_text(predicted_folder / f"{name}.txt", num_frames)
        evaluation.add_sequence(true, predicted)
    return evaluation.result()


def _sequences(path: Path) -> list[tuple[str, int]]:
    try:
        rows = [line.split() for line in path.read_text(encoding="utf-8").splitlines() if line]
        return [(row[0], int(row[3]) + 1) for row in rows]  # the last frame is named
    except (OSError, ValueError, IndexError) as error:
        raise FormatError(f"{path} cannot be read: {error}") from error


def read_mots_text(path: Path, num_frames: int) -> list[MotsFrame]:
    """The frames of one text file: `frame id class height width code` on each line.

    Raises:
        FormatError: The file is missing, or a line is damaged or beyond the last frame.
    """
    masks: list[dict[tuple[int, int], CodedMask]] = [{} for _ in range(num_frames)]
    ignored: list[list[CodedMask]] = [[] for _ in range(num_frames)]
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, ValueError) as error:
        raise FormatError(f"{path} cannot be read: {error}") from error
    for number, line in enumerate(lines, start=1):
        place = f"{path}, line {number}"
        fields = line.split(" ")
        try:
            frame, track, kind, height, width = (int(value) for value in fields[:5])
            code = {"size": [height, width], "counts": fields[5]}
        except (ValueError, IndexError) as error:
            raise FormatError(f"{place}: {error}; six fields are expected") from error
        if not 0 <= frame < num_frames or (kind, track) in masks[frame]:
            raise FormatError(
                f"{place}: frame {frame}, track {track} is out of range or twice there"
            )
        mask = checked_code(code, check_frame_size(height, width, place), place)
        if kind == _IGNORE_CLASS:
            ignored[frame].append(mask)
        else:
            masks[frame][kind, track] = mask
    return [MotsFrame(own, tuple(regions)) for own, regions in zip(masks, ignored, strict=True)]
