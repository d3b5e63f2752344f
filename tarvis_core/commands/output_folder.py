"""Where results are written: a place that is in use is refused, so that nothing gets mixed up."""

import argparse
import os
from pathlib import Path

from tarvis_core.errors import ConfigError


def add_overwrite_argument(parser: argparse._ActionsContainer) -> None:
    """Declare `--overwrite`."""
    parser.add_argument(
        "--overwrite",
        action="store_true",
        help="write also where files are; those of the same name are replaced, others stay",
    )


def check_folder(folder: Path, *, may_overwrite: bool) -> None:
    """Refuse a folder that cannot be made or written, or has files, before the hours of a run.

    Raises:
        ConfigError: Results cannot or should not go there.
    """
    existing = next(place for place in (folder, *folder.absolute().parents) if place.exists())
    if not existing.is_dir() or not os.access(existing, os.W_OK):
        raise ConfigError(
            "--out {folder}: {existing} is no folder that can be written. Name another one",
            folder=folder,
            existing=existing,
        )
    if not may_overwrite and is_in_use(folder):
        raise ConfigError(
            "--out {folder}: there are files in it, with which the results would get mixed. Name "
            "a new folder, or say --overwrite: files of the same name are replaced then",
            folder=folder,
        )


def check_file(option: str, path: Path, *, may_overwrite: bool) -> None:
    """Refuse a file that is there already.

    Args:
        option: Which names it, for the message.
        path: The file.
        may_overwrite: Whether it may be replaced.

    Raises:
        ConfigError: It is there.
    """
    if path.exists() and not may_overwrite:
        raise ConfigError(
            "{option} {path}: this file is there already. Name another one, or say --overwrite",
            option=option,
            path=path,
        )


def is_in_use(folder: Path) -> bool:
    """Whether a folder has files or folders in it; hidden ones do not count."""
    return folder.is_dir() and any(not entry.name.startswith(".") for entry in folder.iterdir())
