"""CVAT for video, XML 1.1: tracks of shapes over the frames of a task (cvat-ai/cvat).

CVAT has no tracks of masks: importing one keeps its first mask only. So each mask is written as a
track of one frame, closed by a shape that is outside, and `group_id` ties a target's tracks.
"""

from collections.abc import Iterator, Mapping
from itertools import count
from pathlib import Path

from typing_extensions import override

from tarvis_core.annotation.formats.annotated_video import AnnotatedVideo, DatasetReader, TargetMask
from tarvis_core.annotation.formats.annotation_format import AnnotationFormat, ReadOptions
from tarvis_core.annotation.formats.cvat_meta import find_cvat_files, head_lines
from tarvis_core.annotation.formats.cvat_shapes import code_of_mask
from tarvis_core.annotation.formats.cvat_video_reader import CvatVideoReader
from tarvis_core.annotation.formats.format_capabilities import FormatCapabilities
from tarvis_core.annotation.formats.shape_writer import LabelNames, shapes_in_order
from tarvis_core.annotation.formats.write_job import WriteJob
from tarvis_core.annotation.formats.xml_writer import start_tag
from tarvis_core.annotation.target import TargetId
from tarvis_core.errors import FormatError

FILE = "annotations.xml"
IMAGES = "images"


class CvatVideoFormat(AnnotationFormat):
    """CVAT for video."""

    id = "cvat_video"
    title = "CVAT for video, XML 1.1"
    capabilities = FormatCapabilities(
        overlaps=True, categories=True, class_ids=False, class_names=True, stuff=True
    )

    @override
    def recognises(self, path: Path) -> bool:
        return bool(_find(path))

    @override
    def _open(self, path: Path, options: ReadOptions) -> DatasetReader:
        files = [path] if path.is_file() else _find(path)
        if not files:
            raise FormatError("{path} holds no file of {title}", path=path, title=self.title)
        return CvatVideoReader(files, options.image_folder, options.label_set)

    @override
    def _write(self, job: WriteJob) -> None:
        labels = LabelNames(job)
        is_alone = len(job.dataset) == 1
        for video, folder in zip(job.videos(), job.folder_names, strict=True):
            top = "" if is_alone else f"{folder}/"
            with job.output.open(top + FILE) as file:
                head = head_lines(
                    video.name, video.num_frames, "interpolation", labels.all, video.size
                )
                file.writelines(head)
                file.writelines(_track_lines(job, video, labels.of(video), f"{top}{IMAGES}/"))
                file.write(b"</annotations>\n")


def _find(path: Path) -> list[Path]:
    return find_cvat_files(path, "<track ", "<mode>interpolation")


def _track_lines(
    job: WriteJob, video: AnnotatedVideo, labels: Mapping[TargetId, str], images: str
) -> Iterator[bytes]:
    numbers = count()
    for index, frame in enumerate(video.frames()):
        job.write_image(video, index, frame, f"{images}{index:06d}")
        for target, mask in shapes_in_order(frame):
            track = {
                "id": next(numbers),
                "label": labels[target],
                "source": "manual",
                "group_id": target,
            }
            yield f"  {start_tag('track', track)}\n".encode()
            yield _mask_line(index, mask, is_outside=False)
            if index + 1 < video.num_frames:
                yield _mask_line(index + 1, mask, is_outside=True)
            yield b"  </track>\n"


def _mask_line(frame: int, mask: TargetMask, *, is_outside: bool) -> bytes:
    shape: dict[str, object] = {
        "frame": frame,
        "outside": int(is_outside),
        "occluded": 0,
        "keyframe": 1,
        **code_of_mask(mask.mask),
        "z_order": mask.z_order,
    }
    return f"    {start_tag('mask', shape)}</mask>\n".encode()
