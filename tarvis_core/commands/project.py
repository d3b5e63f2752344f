"""`tarvis project`: check, copy, compact or rescue a project file."""

import argparse
import sys
from pathlib import Path

from tarvis_core.annotation.project_file import ProjectFile
from tarvis_core.annotation.project_rescue import rescue
from tarvis_core.annotation.wording import counted
from tarvis_core.commands.command_line import EXIT_FAILED, EXIT_OK
from tarvis_core.commands.output_folder import check_file


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of `tarvis project`."""
    actions = parser.add_subparsers(dest="action", metavar="ACTION")
    check = actions.add_parser("check", help="look through the whole file, every mask included")
    copy = actions.add_parser("copy", help="write a copy, also while a window has the file open")
    compact = actions.add_parser("compact", help="give the space of deleted masks back to the disk")
    saved = actions.add_parser("rescue", help="save what is left of a damaged file as a new one")
    for action in (check, copy, compact, saved):
        action.add_argument("file", type=Path, metavar="PROJECT", help="the project file")
    for action in (copy, saved):
        action.add_argument("--out", required=True, type=Path, metavar="FILE", help="the new file")
    copy.add_argument("--overwrite", action="store_true", help="replace the file if it is there")


def run(arguments: argparse.Namespace) -> int:
    """Do what was asked, and say what came of it."""
    if arguments.action == "check":
        return _check(arguments.file)
    if arguments.action == "copy":
        check_file("--out", arguments.out, may_overwrite=arguments.overwrite)
        with ProjectFile.open(arguments.file, read_only=True) as file:
            file.export_copy(arguments.out)
        sys.stdout.write(f"copied to {arguments.out}\n")
    elif arguments.action == "compact":
        with ProjectFile.open(arguments.file) as file:
            num_bytes = file.compact()
        sys.stdout.write(f"{arguments.file} is {num_bytes / 1e6:.1f} MB smaller\n")
    else:
        _rescue(arguments.file, arguments.out)
    return EXIT_OK


def _check(path: Path) -> int:
    with ProjectFile.open(path, read_only=True) as file:
        problems = file.problems()
        project = file.project
        masks = counted(project.masks.num_masks, "masks")
        sys.stdout.write(f"{counted(len(project.targets), 'targets')}, {masks}\n")
    for problem in problems:
        sys.stdout.write(f"problem: {problem}\n")
    if problems:
        sys.stdout.write("`tarvis project rescue` saves what is left as a new file\n")
        return EXIT_FAILED
    sys.stdout.write("nothing is damaged\n")
    return EXIT_OK


def _rescue(path: Path, destination: Path) -> None:
    report = rescue(path, destination)
    sys.stdout.write(
        f"{destination}: {counted(report.num_targets, 'targets')}, "
        f"{counted(report.num_masks, 'masks')} could be read\n"
    )
    if report.num_made_up_targets:
        sys.stdout.write(f"{counted(report.num_made_up_targets, 'targets lost their name')}\n")
    if report.num_damaged_masks:
        sys.stdout.write(
            f"{counted(report.num_damaged_masks, 'masks left out: they are damaged')}\n"
        )
