"""`tarvis inspect`: say what annotations, a project or a video hold, and what is wrong."""

import argparse
import sys
from pathlib import Path

from tarvis_core.annotation.formats.annotated_video import VideoCollection
from tarvis_core.annotation.formats.annotation_format import ReadOptions
from tarvis_core.annotation.formats.format_list import FORMATS
from tarvis_core.annotation.formats.inspection import Inspection, inspect_dataset
from tarvis_core.annotation.formats.label_tree import has_label_images
from tarvis_core.commands.annotation_source import open_source, progress_bar
from tarvis_core.video.image_folder import is_image_file
from tarvis_core.video.video_file import is_video_file
from tarvis_core.video.video_reader import open_video

_MAX_CLASSES = 20
INDEXED_LAYOUTS = tuple((bits, 3) for bits in (1, 2, 4, 8))
"""Palette images: frames of a video may be gray, but are no palette images."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of `tarvis inspect`."""
    parser.add_argument(
        "file", type=Path, metavar="FILE", help="annotations (a file or folder), project or video"
    )
    parser.add_argument("--from", dest="source_format", metavar="FORMAT", help="format of FILE")
    parser.add_argument("--image-folder", type=Path, metavar="DIR", help="where the images lie")


def run(arguments: argparse.Namespace) -> int:
    """Count, and list what is wrong; the exit status is 1 if anything is."""
    path, is_recognised = arguments.file, arguments.source_format is None
    is_one_of_several = is_recognised and _holds_masks_of_one_video(path)
    if is_recognised and not is_one_of_several and _is_only_video(path):
        return _show_video(path)
    options = ReadOptions(image_folder=arguments.image_folder)
    whole = path.resolve().parent if is_one_of_several else path
    with open_source(whole, arguments.source_format, options) as source:
        dataset, title, file = source.dataset, source.title, source.project_file
        if is_one_of_several:
            named = [video for video in dataset if video.name == path.resolve().name]
            dataset = VideoCollection(dataset.label_set, named)
            title = f"one video of {whole}, {title}"
        with progress_bar("reading") as progress:
            known = () if file is None else file.problems()
            found = inspect_dataset(dataset, progress, known)
        sys.stdout.write(f"{path}: {title}\n")
        _show(found, with_images=file is None)
    return 1 if found.num_problems else 0


def _holds_masks_of_one_video(path: Path) -> bool:
    """Whether a folder of indexed images is a video's part of the annotations in the one above."""
    if not has_label_images(path, INDEXED_LAYOUTS) or any(f.recognises(path) for f in FORMATS):
        return False
    return any(known.recognises(path.resolve().parent) for known in FORMATS)


def _is_only_video(path: Path) -> bool:
    """Whether there are frames and no annotations of a known format."""
    if is_video_file(path):
        return True
    has_images = path.is_dir() and any(map(is_image_file, path.iterdir()))
    return has_images and not any(known.recognises(path) for known in FORMATS)


def _show_video(path: Path) -> int:
    with open_video(path) as video:
        height, width = video.size
        sys.stdout.write(f"{path}: video ({video.codec}), without annotations\n")
        rows = [
            ("frames", f"{video.num_frames}, {video.num_frames / video.fps:.1f} s"),
            ("frames per second", f"{video.fps:.6g}"),
            ("size", f"{width} × {height}"),
        ]
        for name, value in rows:
            sys.stdout.write(f"  {name:<21} {value}\n")
        for problem in video.problems:
            sys.stdout.write(f"problem: {problem}\n")
        return 1 if video.problems else 0


def _show(found: Inspection, *, with_images: bool) -> None:
    rows = [
        ("videos", found.num_videos),
        ("frames", found.num_frames),
        ("targets", found.num_targets),
        ("masks", found.num_masks),
        ("crowd masks", found.num_crowds),
        ("masks with a score", found.num_scores),
        ("masks of a person", found.num_law),
        ("masks not checked", found.num_unchecked),
        ("frames with void", found.num_void_frames),
    ]
    if with_images:
        rows.append(("frames without image", found.num_images_missing))
    for name, count in rows:
        if count or name in ("videos", "frames", "targets", "masks"):
            sys.stdout.write(f"  {name:<21} {count}\n")
    sizes = sorted(found.sizes.items(), key=lambda item: -item[1])
    for (height, width), count in sizes[:_MAX_CLASSES]:
        size = f"size {width} × {height}"
        sys.stdout.write(f"  {size:<21} {count} of the videos\n")
    for name, count in list(found.classes.items())[:_MAX_CLASSES]:
        label = f"class {name}"
        sys.stdout.write(f"  {label:<21} {count} of the targets\n")
    if len(found.classes) > _MAX_CLASSES:
        sys.stdout.write(f"  … and {len(found.classes) - _MAX_CLASSES} more of the classes\n")
    for problem in found.problems:
        sys.stdout.write(f"problem: {problem}\n")
    hidden = found.num_problems - len(found.problems)
    if hidden:
        sys.stdout.write(f"… and {hidden} more problems\n")
