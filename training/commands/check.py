"""`tarvis-train check`: say whether a data set on disk is complete, and what it holds."""

import argparse
import sys
from collections import Counter
from pathlib import Path

from tarvis_core.annotation.formats.annotated_video import AnnotatedVideo, DatasetReader
from tarvis_core.annotation.formats.annotation_format import ReadOptions
from tarvis_core.annotation.formats.format_list import format_by_id, recognise
from tarvis_core.annotation.label_set import load_label_set
from tarvis_core.annotation.project_file import SUFFIX
from tarvis_core.errors import ConfigError, TarvisError
from training.class_rows import unknown_classes
from training.commands.train import CONFIGS, run_file
from training.datasets.project_clips import read_project
from training.joint_batches import read_source, recipe_of
from training.joint_settings import SourceSettings
from training.run_config import read_run_config

SHOWN_NAMES = 5
"""How many of the missing files are named."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument(
        "path", type=Path, help="annotation file, folder, project, or run file (all its data sets)"
    )
    parser.add_argument("--format", dest="format_id", help="its format (default: recognised)")
    parser.add_argument("--images", type=Path, help="folder of the images, if in an unusual place")
    parser.add_argument("--split", help="such as train, where a folder holds several")
    parser.add_argument("--max-videos", type=int, default=0, help="look at this many only")


def run(arguments: argparse.Namespace) -> int:
    """Look at every frame's annotations and for its image.

    Returns:
        0 if the data set can be trained on; 1 if images or targets are missing.
    """
    path: Path = arguments.path
    if path.suffix in {".yaml", ".yml"} or (CONFIGS / f"{path}.yaml").is_file():
        sources = read_run_config(run_file(str(path))).joint.sources
        if not sources:
            raise ConfigError(f"{path} names no data sets (joint.sources); name one to check")
        return max(check_source(source, arguments.max_videos) for source in sources)
    if path.suffix == SUFFIX:
        title, reader = "TarViS project", read_project(path)
    else:
        known = format_by_id(arguments.format_id) if arguments.format_id else recognise(path)
        title = known.title
        reader = known.read(path, ReadOptions(arguments.images, split=arguments.split))
    return _tell(title, reader, arguments.max_videos)


def check_source(source: SourceSettings, max_videos: int = 0) -> int:
    """Check one data set of a run, and say which of its classes the network does not know.

    Returns:
        As `run`; 1 also if it cannot be read.
    """
    title = f"{source.name} at {source.path}"
    try:
        reader = read_source(source)
        label_set = recipe_of(source.name).label_set
        unknown = unknown_classes(reader.label_set, load_label_set(label_set)) if label_set else ()
        status = _tell(title, reader, max_videos)
    except TarvisError as error:
        sys.stdout.write(f"{title}\n  MISSING: {error}\n")
        return 1
    if unknown:
        names = ", ".join(unknown[:SHOWN_NAMES])
        sys.stdout.write(f"  note: the network knows {len(unknown)} classes not, such as {names}\n")
    return status


def _tell(title: str, reader: DatasetReader, max_videos: int) -> int:
    counts, missing = count(reader, max_videos)
    sys.stdout.write(report(title, reader, counts, missing))
    return 0 if not missing and counts["masks"] else 1


def count(reader: DatasetReader, max_videos: int = 0) -> tuple[Counter[str], list[str]]:
    """Count what a data set holds.

    Returns:
        Numbers of videos, frames, masks, frames without any, and masks by class; and the names of
        frames without an image.
    """
    counts: Counter[str] = Counter()
    missing: list[str] = []
    limit = min(max_videos, len(reader)) if max_videos else len(reader)
    for index in range(limit):
        video = reader[index]
        counts["videos"] += 1
        _count_video(video, counts, missing)
    return counts, missing


def report(title: str, reader: DatasetReader, counts: Counter[str], missing: list[str]) -> str:
    """What `check` says."""
    lines = [
        f"{title}: {len(reader)} videos or stills, {counts['videos']} looked at",
        f"  {counts['frames']} annotated frames, {counts['frames without masks']} without a mask",
        f"  {counts['targets']} targets, {counts['masks']} masks",
    ]
    classes = {key: number for key, number in counts.items() if key.startswith("class ")}
    for name, number in sorted(classes.items(), key=lambda item: -item[1]):
        lines.append(f"    {name.removeprefix('class ')}: {number} targets")
    lines += [f"  note: {problem}" for problem in reader.problems]
    if missing:
        lines.append(
            f"  MISSING: {len(missing)} images, such as {', '.join(missing[:SHOWN_NAMES])}"
        )
    if not counts["masks"]:
        lines.append("  MISSING: there is no mask to learn from")
    return "\n".join(lines) + "\n"


def _count_video(video: AnnotatedVideo, counts: Counter[str], missing: list[str]) -> None:
    counts["targets"] += len(video.targets)
    for target in video.targets:
        has_class = target.category is not None and target.category in video.label_set
        name = video.label_set.category(target.category).name if has_class else "no class"
        counts[f"class {name}"] += 1
    for frame in video.frames():
        counts["frames"] += 1
        counts["masks"] += len(frame.masks)
        counts["frames without masks"] += not frame.masks
        if frame.image_path is None and video.load_image is None:
            missing.append(f"{video.name}/{frame.name}")
