"""CVAT for images, XML 1.1: an element per image with its shapes (cvat-ai/cvat).

CVAT ties shapes to each other by `group_id`, which is the target's number here. The attribute
`video` of an image, which other readers skip, says which images are frames of one video.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath

from typing_extensions import override

from tarvis_core.annotation.formats.annotated_video import (
    AnnotatedFrame,
    DatasetReader,
    TargetMask,
)
from tarvis_core.annotation.formats.annotation_format import AnnotationFormat, ReadOptions
from tarvis_core.annotation.formats.cvat_meta import (
    CvatMeta,
    find_cvat_files,
    folder_of_images,
    head_lines,
)
from tarvis_core.annotation.formats.cvat_shapes import (
    AREA_SHAPES,
    OTHER_SHAPES,
    code_of_mask,
    integer_of,
    mask_of_shape,
    text_of,
)
from tarvis_core.annotation.formats.file_access import ImageFinder, check_frame_size
from tarvis_core.annotation.formats.format_capabilities import FormatCapabilities
from tarvis_core.annotation.formats.shape_reader import (
    ListedImage,
    ShapeKey,
    ShapeReader,
    label_set_of_names,
)
from tarvis_core.annotation.formats.shape_writer import ImageNames, LabelNames, shapes_in_order
from tarvis_core.annotation.formats.write_job import WriteJob
from tarvis_core.annotation.formats.xml_stream import XmlEnd, XmlStart, xml_events
from tarvis_core.annotation.formats.xml_writer import start_tag
from tarvis_core.annotation.label_set import LabelSet
from tarvis_core.annotation.target import TargetId
from tarvis_core.annotation.track import FrameState
from tarvis_core.errors import FormatError
from tarvis_core.sentence import Sentence

FILE = "annotations.xml"
_STATES = {"manual": FrameState.KEYFRAME, "auto": FrameState.PREDICTED}
"""What a shape's `source` says of who made it; of shapes from files CVAT does not know."""
_UNKNOWN_SOURCE = "file"
IMAGES = "images"


class _Images:
    """The images of a file, gathered in one pass."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.meta = CvatMeta(path)
        self.listed: list[ListedImage] = []
        self.bytes: list[int] = []
        self.labels: list[str] = []
        self.num_other_shapes = 0
        image: XmlStart | None = None
        keys: list[ShapeKey] = []
        for event in xml_events(path):
            self.meta.note(event)
            if isinstance(event, XmlEnd):
                if event.path == ("annotations", "image") and image is not None:
                    self._add(image, keys)
                    image, keys = None, []
            elif event.path == ("annotations", "image"):
                image = event
            elif image is not None and len(event.path) == 3:
                self._note_shape(event, keys)

    def _note_shape(self, event: XmlStart, keys: list[ShapeKey]) -> None:
        if event.name in AREA_SHAPES:
            place = Sentence("{path}, line {line}", path=self.path, line=event.line)
            key = ShapeKey(
                text_of(event.attributes, "label", place),
                integer_of(event.attributes, "group_id", place, default=0) or None,
            )
            keys.append(key)
            self.labels.append(key.label)
        elif event.name in OTHER_SHAPES:
            self.num_other_shapes += 1

    def _add(self, image: XmlStart, keys: list[ShapeKey]) -> None:
        place = Sentence("{path}, line {line}: image", path=self.path, line=image.line)
        height = integer_of(image.attributes, "height", place)
        width = integer_of(image.attributes, "width", place)
        self.listed.append(
            ListedImage(
                name=text_of(image.attributes, "name", place),
                size=check_frame_size(height, width, place),
                keys=tuple(keys),
                video=image.attributes.get("video"),
            )
        )
        self.bytes.append(image.byte)


class CvatImagesReader(ShapeReader):
    """Reads one file; shapes are read again when a frame is loaded."""

    def __init__(self, path: Path, image_folder: Path | None, label_set: LabelSet | None) -> None:
        """Look through a file.

        Args:
            path: The XML file.
            image_folder: Where its images lie; None to look beside it.
            label_set: Classes whose ids and kinds are taken over for the same names.

        Raises:
            FormatError: It is damaged.
        """
        found = _Images(path)
        self._path = path
        self._bytes = tuple(found.bytes)
        names = [*found.meta.labels, *found.labels]
        problems = []
        if found.num_other_shapes:
            problems.append(
                Sentence(
                    "{path}: {count} shapes without area (points, lines, cuboids, tags) were left "
                    "out",
                    path=path,
                    count=found.num_other_shapes,
                )
            )
        folders = (image_folder,) if image_folder else folder_of_images(path.parent)
        super().__init__(
            found.listed,
            label_set_of_names(names, "cvat", label_set),
            ImageFinder(folders),
            found.meta.named_tasks()[0].name or path.parent.name,
            problems,
        )

    @override
    def shapes_of(self, position: int, size: tuple[int, int]) -> Iterator[TargetMask]:
        for event in xml_events(self._path, self._bytes[position]):
            if isinstance(event, XmlStart) and len(event.path) == 2 and event.name in AREA_SHAPES:
                place = Sentence(
                    "{path}, {shape} of {name!r:.80}",
                    path=self._path,
                    shape=event.name,
                    name=self.images[position].name,
                )
                mask = mask_of_shape(event.name, event.attributes, size, place)
                order = integer_of(event.attributes, "z_order", place, default=0)
                state = _STATES.get(event.attributes.get("source", ""))
                yield TargetMask(mask, z_order=order, state=state)


class CvatImagesFormat(AnnotationFormat):
    """CVAT for images."""

    id = "cvat_images"
    title = "CVAT for images, XML 1.1"
    capabilities = FormatCapabilities(
        overlaps=True,
        categories=True,
        class_ids=False,
        class_names=True,
        stuff=True,
        states=True,
    )

    @override
    def recognises(self, path: Path) -> bool:
        return bool(_find(path))

    @override
    def _open(self, path: Path, options: ReadOptions) -> DatasetReader:
        files = [path] if path.is_file() else _find(path)
        if len(files) != 1:
            raise FormatError(
                "{path} holds {num_files} files of {title}; name one of them",
                path=path,
                num_files=len(files),
                title=self.title,
            )
        return CvatImagesReader(files[0], options.image_folder, options.label_set)

    @override
    def _write(self, job: WriteJob) -> None:
        labels = LabelNames(job)
        num_images = sum(video.num_frames for video in job.dataset)
        name = job.dataset[0].name if len(job.dataset) == 1 else job.options.split
        with job.output.open(FILE) as file:
            file.writelines(head_lines(name, num_images, "annotation", labels.all, None))
            file.writelines(_image_lines(job, labels))
            file.write(b"</annotations>\n")


def _find(path: Path) -> list[Path]:
    return find_cvat_files(path, "<image ", "<mode>annotation")


def _image_lines(job: WriteJob, labels: LabelNames) -> Iterator[bytes]:
    image_names = ImageNames(job)
    number = 0
    for video, folder in zip(job.videos(), job.folder_names, strict=True):
        names = image_names.of(video, folder)
        own_labels = labels.of(video)
        for index, frame in enumerate(video.frames()):
            stem = str(PurePosixPath(names[index]).with_suffix(""))
            job.write_image(video, index, frame, f"{IMAGES}/{stem}")
            height, width = video.size
            image = {"id": number, "name": names[index], "width": width, "height": height}
            yield f"  {start_tag('image', image | {'video': folder})}\n".encode()
            yield from _shape_lines(frame, own_labels)
            yield b"  </image>\n"
            number += 1


def _shape_lines(frame: AnnotatedFrame, labels: Mapping[TargetId, str]) -> Iterator[bytes]:
    for target, mask in shapes_in_order(frame):
        shape: dict[str, object] = {
            "label": labels[target],
            "source": _source(mask),
            "occluded": 0,
            **code_of_mask(mask.mask),
            "z_order": mask.z_order,
            "group_id": target,
        }
        yield f"    {start_tag('mask', shape)}</mask>\n".encode()


def _source(mask: TargetMask) -> str:
    if mask.state is None:
        return _UNKNOWN_SOURCE
    return "manual" if mask.is_law else "auto"
