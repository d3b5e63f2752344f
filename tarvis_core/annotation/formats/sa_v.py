"""SA-V (facebookresearch/sam2): one JSON file per video, or a folder of binary PNGs per object.

Masklets are numbered from 0 and annotated on every fourth frame of a video of 24 frames per
second; objects may overlap and have no class. A target's number is its masklet's plus one. Where
other frames are annotated, the field `frame_numbers`, which is ours, says which.
"""

import statistics
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

from typing_extensions import override

from tarvis_core.annotation.formats.annotated_video import (
    AnnotatedVideo,
    DatasetReader,
    TargetMask,
)
from tarvis_core.annotation.formats.annotation_format import AnnotationFormat, ReadOptions
from tarvis_core.annotation.formats.fitting import frame_rate_of
from tarvis_core.annotation.formats.format_capabilities import FormatCapabilities
from tarvis_core.annotation.formats.json_search import Glance
from tarvis_core.annotation.formats.json_writer import write_json_object
from tarvis_core.annotation.formats.loss import LossKind
from tarvis_core.annotation.formats.sa_v_reader import (
    FAMILY,
    FPS,
    FRAME_NUMBERS,
    FRAME_STEP,
    SaVReader,
)
from tarvis_core.annotation.formats.write_job import WriteJob
from tarvis_core.annotation.mask import Mask
from tarvis_core.annotation.target import Target, TargetId
from tarvis_core.annotation.track import FrameState
from tarvis_core.errors import FormatError
from tarvis_core.sentence import Sentence

_SMALL_AREA, _LARGE_AREA = 32**2, 96**2
_MANUAL, _AUTOMATIC = "_manual.json", "_auto.json"


class SaVFormat(AnnotationFormat):
    """SA-V, JSON."""

    id = "sa_v"
    title = "SA-V JSON (SAM 2)"
    capabilities = FormatCapabilities(overlaps=True, frame_numbers=True, fps=True, extras=FAMILY)

    @override
    def recognises(self, path: Path) -> bool:
        return bool(_files_of(path))

    @override
    def _open(self, path: Path, options: ReadOptions) -> DatasetReader:
        files = [path] if path.is_file() else _files_of(path)
        if not files:
            raise FormatError(
                "{path} holds no *{manual_suffix} or *{automatic_suffix} of {title}",
                path=path,
                manual_suffix=_MANUAL,
                automatic_suffix=_AUTOMATIC,
                title=self.title,
            )
        return SaVReader(tuple(files))

    @override
    def _write(self, job: WriteJob) -> None:
        for video, folder in zip(job.videos(), job.folder_names, strict=True):
            self._count_losses(job, video)
            writer = _VideoWriter(video)
            name = folder + (_AUTOMATIC if writer.is_automatic else _MANUAL)
            with job.output.open(name) as file:
                write_json_object(file, writer.members(folder))

    @staticmethod
    def _count_losses(job: WriteJob, video: AnnotatedVideo) -> None:
        if not is_every_fourth(video):
            example = Sentence(
                "{video}: readers will take the frames for 0, {step}, …",
                video=video.name,
                step=FRAME_STEP,
            )
            job.losses.add(LossKind.FRAME_NUMBERS, example)
        if video.fps is not None and video.fps != FPS:
            job.losses.add(LossKind.FPS, frame_rate_of(video))


def is_every_fourth(video: AnnotatedVideo) -> bool:
    """Whether the annotated frames are those that SA-V annotates."""
    expected = range(0, FRAME_STEP * video.num_frames, FRAME_STEP)
    return video.frame_numbers == tuple(expected)


def _files_of(path: Path) -> list[Path]:
    try:
        if path.is_file():
            is_named_so = path.suffix.lower() == ".json"
            return [path] if is_named_so and _is_sa_v(Glance.at(path)) else []
        found = sorted(path.glob(f"*{_MANUAL}")) + sorted(path.glob(f"*{_AUTOMATIC}"))
    except (OSError, ValueError):
        return []
    return found if found and _is_sa_v(Glance.at(found[0])) else []


def _is_sa_v(glance: Glance) -> bool:
    return glance.has("video_id") and glance.has_any("masklet", "masklet_num")


class _VideoWriter:
    """Makes the members of one video's file; masklets are written frame by frame."""

    def __init__(self, video: AnnotatedVideo) -> None:
        self._video = video
        self._extras: dict[str, Any] = dict(video.extras.get(FAMILY, {}))
        self._targets: tuple[Target, ...] = video.targets
        self._areas: dict[TargetId, list[int]] = {target.id: [] for target in self._targets}
        self._num_edited = dict.fromkeys(self._areas, 0)
        types = self._extras.get("masklet_type")
        self.is_automatic = isinstance(types, list) and bool(types) and types[0] == "auto"

    def members(self, name: str) -> Iterator[tuple[str, object]]:
        height, width = self._video.size
        num_frames = float(FRAME_STEP * self._video.num_frames)
        given = {
            "video_id": name,
            "video_duration": num_frames / FPS,
            "video_frame_count": num_frames,
            "video_height": float(height),
            "video_width": float(width),
            "video_resolution": float(height * width),
        }
        kept = {k: v for k, v in self._extras.items() if not k.startswith("masklet")}
        yield from (given | kept).items()
        if not is_every_fourth(self._video):
            yield FRAME_NUMBERS, list(self._video.frame_numbers)
        yield "masklet", self._masklets()
        yield from self._statistics()

    def _masklets(self) -> Iterator[list[dict[str, Any]]]:
        """For each frame the code of each masklet, an empty one where it is absent."""
        absent = Mask.empty(*self._video.size).to_coco_rle()
        for frame in self._video.frames():
            row = []
            for target in self._targets:
                mask = frame.masks.get(target.id)
                self._note(target.id, mask)
                row.append(absent if mask is None else mask.mask.to_coco_rle())
            yield row

    def _note(self, target: TargetId, mask: TargetMask | None) -> None:
        self._areas[target].append(0 if mask is None else mask.mask.area)
        if mask is not None and mask.state in (FrameState.KEYFRAME, FrameState.VERIFIED):
            self._num_edited[target] += 1

    def _statistics(self) -> Iterator[tuple[str, object]]:
        """What SA-V tells about masklets, computed from the masks that were written."""
        height, width = self._video.size
        ids = [target.id for target in self._targets]
        means = [statistics.fmean([a for a in self._areas[t] if a] or [0]) for t in ids]
        yield "masklet_id", [target - 1 for target in ids]
        yield "masklet_size_rel", [mean / (height * width) for mean in means]
        yield "masklet_size_abs", means
        yield "masklet_size_bucket", [_size_bucket(mean) for mean in means]
        yield "masklet_visibility_changes", [_visibility_changes(self._areas[t]) for t in ids]
        yield "masklet_first_appeared_frame", [_first_appearance(self._areas[t]) for t in ids]
        yield "masklet_frame_count", [self._video.num_frames] * len(ids)
        edited = [self._num_edited[target] for target in ids]
        yield "masklet_edited_frame_count", self._kept("masklet_edited_frame_count", edited)
        yield "masklet_type", self._kept("masklet_type", ["manual"] * len(ids))
        yield "masklet_stability_score", self._kept("masklet_stability_score", [None] * len(ids))
        yield "masklet_num", len(ids)

    def _kept(self, name: str, default: list[Any]) -> list[Any]:
        """What the source said of each masklet, if it had the same ones."""
        same = self._extras.get("masklet_id") == [target.id - 1 for target in self._targets]
        known = self._extras.get(name)
        return known if same and isinstance(known, list) else default


def _size_bucket(area: float) -> str:
    if area < _SMALL_AREA:
        return "small"
    return "large" if area > _LARGE_AREA else "medium"


def _visibility_changes(areas: list[int]) -> int:
    """How often a masklet vanishes or comes back after its first appearance."""
    is_visible = [area > 0 for area in areas]
    if True not in is_visible:
        return 0
    since = is_visible[is_visible.index(True) :]
    return sum(before != after for before, after in pairwise(since))


def _first_appearance(areas: list[int]) -> float:
    return float(next((index for index, area in enumerate(areas) if area), 0))
