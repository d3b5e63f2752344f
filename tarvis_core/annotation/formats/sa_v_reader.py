"""Reader of SA-V JSON files."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

from tarvis_core.annotation.formats.annotated_video import (
    AnnotatedFrame,
    AnnotatedVideo,
    DatasetReader,
    TargetMask,
)
from tarvis_core.annotation.formats.file_access import MAX_TARGET_ID, check_frame_size
from tarvis_core.annotation.formats.indexed_json import load_json
from tarvis_core.annotation.formats.json_value import (
    JsonObject,
    as_integer,
    as_list,
    mask_of_segmentation,
    require_unique,
)
from tarvis_core.annotation.formats.target_naming import make_target
from tarvis_core.annotation.label_set import LabelSet
from tarvis_core.annotation.target import Target, TargetId
from tarvis_core.errors import FormatError

FAMILY = "sa_v"
FPS = 24.0
"""Frames per second of the videos."""
FRAME_STEP = 4
"""Annotated is every fourth frame."""
FRAME_NUMBERS = "frame_numbers"
"""The field, which is ours, of the annotated frames' numbers, where they are others."""
_LABEL_SET = LabelSet(FAMILY, ())


class SaVReader(DatasetReader):
    """Reads SA-V files; the masklets of one video are in memory at a time."""

    def __init__(self, files: tuple[Path, ...]) -> None:
        """Note the files.

        Args:
            files: One per video, or two where a video has manual and automatic masklets.
        """
        self._files = files

    @property
    def label_set(self) -> LabelSet:
        """No classes: SA-V has none."""
        return _LABEL_SET

    def __len__(self) -> int:
        """Number of files."""
        return len(self._files)

    def __getitem__(self, index: int) -> AnnotatedVideo:
        """The video of the file at a position."""
        path = self._files[index]
        content = JsonObject(load_json(path), str(path))
        size = check_frame_size(
            content.integer("video_height", 1), content.integer("video_width", 1), str(path)
        )
        masklets = content.sequence("masklet") if "masklet" in content else ()
        targets = _targets(content, masklets)
        numbers = _frame_numbers(content, len(masklets))
        return AnnotatedVideo(
            name=content.text("video_id"),
            size=size,
            label_set=_LABEL_SET,
            frame_names=tuple(f"{number:05d}" for number in numbers),
            frame_numbers=numbers,
            fps=FPS,
            load_frame=partial(_load_frame, path, masklets, targets, numbers, size),
            load_targets=partial(_find_targets, targets),
            extras={
                FAMILY: content.others("masklet", "video_height", "video_width", FRAME_NUMBERS)
            },
        )


def _frame_numbers(content: JsonObject, num_frames: int) -> tuple[int, ...]:
    if FRAME_NUMBERS not in content or not num_frames:
        return tuple(range(0, FRAME_STEP * num_frames, FRAME_STEP))
    place = f"{content.place}: {FRAME_NUMBERS}"
    numbers = tuple(as_integer(n, place, 0) for n in content.sequence(FRAME_NUMBERS))
    if len(numbers) != num_frames or list(numbers) != sorted(set(numbers)):
        raise FormatError(
            "{place} must be a number for each masklet, in ascending order", place=place
        )
    return numbers


def _targets(content: JsonObject, masklets: Sequence[Any]) -> tuple[TargetId, ...]:
    """The targets in the order in which each frame lists them."""
    if "masklet_id" in content:
        place = f"{content.place}: masklet_id"
        ids = [
            as_integer(number, place, 0, MAX_TARGET_ID - 1)
            for number in content.sequence("masklet_id")
        ]
        require_unique(ids, place)
        return tuple(TargetId(number + 1) for number in ids)
    width = len(as_list(masklets[0], f"{content.place}: masklet[0]")) if masklets else 0
    return tuple(TargetId(number + 1) for number in range(width))


def _load_frame(
    path: Path,
    masklets: Sequence[Any],
    targets: tuple[TargetId, ...],
    numbers: tuple[int, ...],
    size: tuple[int, int],
    index: int,
) -> AnnotatedFrame:
    place = f"{path}: masklet[{index}]"
    codes = as_list(masklets[index], place)
    if len(codes) != len(targets):
        raise FormatError(
            "{place} has {num_masks} masks for {num_targets} masklets",
            place=place,
            num_masks=len(codes),
            num_targets=len(targets),
        )
    masks = {}
    for target, code in zip(targets, codes, strict=True):
        mask = mask_of_segmentation(code, size, f"{place}[{target - 1}]")
        if not mask.is_empty:
            masks[target] = TargetMask(mask)
    return AnnotatedFrame(f"{numbers[index]:05d}", masks)


def _find_targets(targets: tuple[TargetId, ...]) -> tuple[Target, ...]:
    return tuple(make_target(target, None, _LABEL_SET) for target in targets)
