"""`tarvis convert`: turn annotations of one format, or a project, into another format."""

import argparse
import sys
from pathlib import Path

from tarvis_core.annotation.formats.annotation_format import AnnotationFormat, ReadOptions
from tarvis_core.annotation.formats.format_list import FORMATS, format_by_id
from tarvis_core.annotation.formats.lint import lint, lint_masks
from tarvis_core.annotation.formats.round_trip import read_back
from tarvis_core.annotation.formats.unsaid_masks import UnsaidMasks
from tarvis_core.annotation.formats.write_job import Content, WriteOptions, WriteReport
from tarvis_core.annotation.label_set import load_label_set
from tarvis_core.annotation.wording import counted
from tarvis_core.commands.annotation_source import (
    AnnotationSource,
    format_name,
    open_source,
    progress_bar,
)
from tarvis_core.commands.command_line import EXIT_USAGE
from tarvis_core.commands.output_folder import add_overwrite_argument, check_folder
from tarvis_core.sentence import Sentence


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of `tarvis convert`."""
    known = ", ".join(annotation_format.id for annotation_format in FORMATS)
    parser.add_argument("source", type=Path, metavar="IN", help="a file, a folder or a project")
    parser.add_argument(
        "--to", required=True, type=format_name, metavar="FORMAT", help=f"one of {known}"
    )
    parser.add_argument("--out", required=True, type=Path, metavar="DIR", help="where to write")
    add_overwrite_argument(parser)
    parser.add_argument(
        "--from", dest="source_format", type=format_name, metavar="FORMAT", help="format of IN"
    )
    parser.add_argument("--split", default="train", help="name of the split in what is written")
    parser.add_argument("--read-split", metavar="NAME", help="only this split of IN")
    parser.add_argument(
        "--content",
        choices=[content.value for content in Content],
        default=Content.ANNOTATIONS.value,
        help="which of the format's files to write (default: annotations)",
    )
    parser.add_argument("--with-images", action="store_true", help="write the images as well")
    parser.add_argument("--image-folder", type=Path, metavar="DIR", help="where IN's images lie")
    parser.add_argument("--label-set", metavar="NAME", help="class names for files without them")
    parser.add_argument(
        "--lint",
        action="store_true",
        help="look for empty tracks, missing classes, overlaps, unchecked and outdated masks",
    )
    parser.add_argument(
        "--checked",
        action="store_true",
        help="masks of which IN does not say who made them are right: a person's",
    )
    parser.add_argument(
        "--no-check", dest="check", action="store_false", help="do not read back and compare"
    )
    parser.add_argument(
        "--strict", action="store_true", help="fail if the format cannot hold everything"
    )


def run(arguments: argparse.Namespace) -> int:
    """Convert, report what was lost, and compare."""
    target = format_by_id(arguments.to)
    if Content(arguments.content) is Content.FIRST_FRAME and not target.has_first_frame:
        suited = ", ".join(known.id for known in FORMATS if known.has_first_frame)
        sys.stderr.write(
            f"tarvis convert: {target.title} has no files of first frames; these have: {suited}\n"
        )
        return EXIT_USAGE
    check_folder(arguments.out, may_overwrite=arguments.overwrite)
    label_set = load_label_set(arguments.label_set) if arguments.label_set else None
    options = ReadOptions(arguments.image_folder, label_set, arguments.read_split)
    with open_source(
        arguments.source, arguments.source_format, options, with_images=arguments.with_images
    ) as source:
        if arguments.lint:
            _show_findings(source, target)
        dataset = UnsaidMasks(source.dataset, are_checked=arguments.checked)
        with progress_bar("writing") as progress:
            written = WriteOptions(
                content=Content(arguments.content),
                split=arguments.split,
                with_images=arguments.with_images,
                progress=progress,
            )
            report = target.write(dataset, arguments.out, written)
        _show_report(report, target)
        if dataset.count and target.capabilities.states and not arguments.checked:
            _show_unsaid(dataset.count)
        differences: tuple[Sentence, ...] = ()
        if arguments.check and written.content is Content.ANNOTATIONS:
            differences = read_back(target, dataset, report, arguments.out)
            _show_differences(differences)
    is_failed = bool(differences) or (arguments.strict and not report.is_lossless)
    return 1 if is_failed else 0


def _show_findings(source: AnnotationSource, target: AnnotationFormat) -> None:
    with progress_bar("looking") as progress:
        findings = lint(source.dataset, target.capabilities, progress)
    if source.project_file is not None:
        project = source.project_file.project
        findings += lint_masks(project, range(project.video.num_frames), project.targets)
    for finding in findings:
        sys.stdout.write(f"note: {finding.message}\n")


def _show_report(report: WriteReport, target: AnnotationFormat) -> None:
    sys.stdout.write(f"{counted(len(report.files), 'files')} of {target.title}\n")
    for loss in report.losses:
        sys.stdout.write(f"lost: {loss.message}\n")


def _show_unsaid(count: int) -> None:
    masks = counted(count, "masks count as unchecked")
    sys.stdout.write(f"note: {masks}: nothing says who made them; --checked says they are right\n")


def _show_differences(differences: tuple[Sentence, ...]) -> None:
    if not differences:
        sys.stdout.write("read back: no difference\n")
    for difference in differences:
        sys.stdout.write(f"differs: {difference}\n")
