"""Reading all there is, so that every damage shows."""

from pathlib import Path

from tarvis_core.annotation.formats.annotation_format import AnnotationFormat, ReadOptions


def read_everything(
    annotation_format: AnnotationFormat, path: Path, options: ReadOptions | None = None
) -> int:
    """Load every target and frame of every video; how many masks there were."""
    num_masks = 0
    for video in annotation_format.read(path, options):
        assert all(target.id >= 1 for target in video.targets)
        num_masks += sum(len(frame.masks) for frame in video.frames())
    return num_masks
