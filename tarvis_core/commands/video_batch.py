"""Many videos by one command: shared out over processes, and continued where it stopped.

Started with `torchrun --nproc-per-node N`, process number `RANK` of `WORLD_SIZE` takes every N-th
video. A video whose results are complete has an empty file `DONE` beside them and is passed over,
so the same command goes on after whatever ended it.
"""

import os
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from tarvis_core.commands.command_line import EXIT_FAILED, EXIT_INTERRUPTED, EXIT_OK
from tarvis_core.errors import ConfigError, TarvisError

DONE = ".done"


@dataclass(frozen=True)
class BatchItem:
    """One video and the folder for its results."""

    video: Path
    out: Path

    @property
    def is_done(self) -> bool:
        """Whether its results are complete."""
        return (self.out / DONE).exists()

    def mark_done(self) -> None:
        """Say that its results are complete."""
        (self.out / DONE).touch()


def plan_batch(videos: Sequence[Path], out: Path) -> tuple[BatchItem, ...]:
    """The videos of this process that are still to do.

    Args:
        videos: All videos, in the same order in all processes.
        out: Gets a folder per video, named as the video.

    Raises:
        ConfigError: Two videos have the same name.
    """
    names = Counter(_name(video) for video in videos)
    twice = sorted(name for name, count in names.items() if count > 1)
    if twice:
        raise ConfigError(
            f"two videos are called “{twice[0]}”, so their results would get the same folder of "
            f"{out}; rename one"
        )
    rank, num_ranks = process_place()
    items = [BatchItem(video, out / _name(video)) for video in videos]
    return tuple(item for item in items[rank::num_ranks] if not item.is_done)


def run_batch(items: Sequence[BatchItem], work: Callable[[BatchItem], int], verb: str) -> int:
    """Do one video after the other; one that fails does not stop the rest.

    Args:
        items: What `plan_batch` returned.
        work: Does one and returns its exit status.
        verb: Of the command, for messages.

    Returns:
        The exit status of the command.
    """
    status = EXIT_OK
    for item in items:
        sys.stdout.write(f"{item.video}\n")
        try:
            if work(item) == EXIT_INTERRUPTED:
                return EXIT_INTERRUPTED
        except TarvisError as error:
            sys.stderr.write(f"tarvis {verb}: {item.video}: {error}\n")
            status = EXIT_FAILED
        else:
            item.mark_done()
    return status


def is_batch(videos: Sequence[Path]) -> bool:
    """Whether each video gets a folder of its own."""
    return len(videos) > 1 or process_place()[1] > 1


def process_place() -> tuple[int, int]:
    """Number of this process and how many there are, as torchrun's environment says; (0, 1) else.

    Raises:
        ConfigError: The environment's numbers make no sense.
    """
    try:
        rank, num_ranks = (int(os.environ.get(name, default)) for name, default in _PLACE)
    except ValueError as error:
        raise ConfigError(
            f"RANK and WORLD_SIZE in the environment are no numbers: {error}"
        ) from error
    if not 0 <= rank < num_ranks:
        raise ConfigError(f"RANK is {rank} of WORLD_SIZE {num_ranks}; unset both or correct them")
    return rank, num_ranks


def device_of_process(device: str) -> str:
    """The device for this process: with several GPUs and “cuda”, the one that torchrun gives it."""
    local = os.environ.get("LOCAL_RANK")
    return f"cuda:{local}" if device == "cuda" and local is not None else device


_PLACE = (("RANK", "0"), ("WORLD_SIZE", "1"))


def _name(video: Path) -> str:
    return video.resolve().stem
