"""Many videos by one command: shared out over processes, and continued where it stopped.

Started with `torchrun --nproc-per-node N`, process number `RANK` of `WORLD_SIZE` takes every N-th
video. A video in work has a file `STARTED` in its folder of results, a complete one `DONE`; both
say what was asked. So the same command goes on after whatever ended it: complete videos are passed
over, begun ones done anew. Another command, or a folder that something else uses, is refused.
"""

import argparse
import json
import os
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from tarvis_core.annotation.wording import counted
from tarvis_core.commands.command_line import EXIT_FAILED, EXIT_INTERRUPTED, EXIT_OK
from tarvis_core.commands.output_folder import check_folder, is_in_use
from tarvis_core.errors import ConfigError, TarvisError
from tarvis_core.inference.engine import InferenceEngine

STARTED = ".started"
DONE = ".done"
WITHOUT_EFFECT = frozenset({
    "videos", "out", "overwrite", "verbose", "device", "may_fuse", "cache_gb", "scratch_gb",
    "targets_at_once",
})  # fmt: skip
"""Arguments that may change between two starts: the results stay what they are."""


@dataclass(frozen=True)
class BatchItem:
    """One video and the folder for its results."""

    video: Path
    out: Path
    question: str = ""
    """What is asked about it, as `question_of` puts it."""

    @property
    def is_done(self) -> bool:
        """Whether its results are complete."""
        return (self.out / DONE).exists()

    @property
    def is_started(self) -> bool:
        """Whether what lies in its folder is of a run that did not come to its end."""
        return (self.out / STARTED).exists()

    def mark_started(self) -> None:
        """Say that what will be in its folder is not complete yet."""
        self.out.mkdir(parents=True, exist_ok=True)
        (self.out / DONE).unlink(missing_ok=True)
        (self.out / STARTED).write_text(self.question, encoding="utf-8")

    def mark_done(self) -> None:
        """Say that its results are complete."""
        (self.out / STARTED).rename(self.out / DONE)

    def unmark(self) -> None:
        """Leave nothing behind of a run that wrote nothing."""
        (self.out / STARTED).unlink(missing_ok=True)
        if not any(self.out.iterdir()):
            self.out.rmdir()

    def check(self) -> None:
        """See that its folder may be written.

        Raises:
            ConfigError: The folder holds something else.
        """
        if not (self.is_done or self.is_started):
            check_folder(self.out, may_overwrite=False)
            return
        marker = self.out / (DONE if self.is_done else STARTED)
        difference = _difference(marker.read_text(encoding="utf-8"), self.question)
        if difference:
            raise ConfigError(
                "{out} holds what another command asked for ({difference}). Name another --out, "
                "or say --overwrite to have all videos done anew",
                out=self.out,
                difference=difference,
            )


def question_of(verb: str, arguments: argparse.Namespace) -> str:
    """What a command asks, in one line: everything that its results depend on."""
    asked = {name: str(value) for name, value in vars(arguments).items()}
    kept = {name: value for name, value in asked.items() if name not in WITHOUT_EFFECT}
    return json.dumps({"verb": verb, **kept}, sort_keys=True, ensure_ascii=False)


def plan_batch(
    videos: Sequence[Path], out: Path, question: str = "", *, may_overwrite: bool = False
) -> tuple[BatchItem, ...]:
    """The videos of this process that are still to do.

    Args:
        videos: All videos, in the same order in all processes.
        out: Gets a folder per video, named as the video.
        question: What is asked about each; see `question_of`.
        may_overwrite: Whether all are to be done anew, whatever lies in their folders.

    Raises:
        ConfigError: Two videos have the same name, or the folder of one holds something else.
    """
    check_folder(out, may_overwrite=True)
    names = Counter(_name(video) for video in videos)
    twice = sorted(name for name, count in names.items() if count > 1)
    if twice:
        raise ConfigError(
            "two videos are called “{name}”, so their results would get the same folder of {out}; "
            "rename one",
            name=twice[0],
            out=out,
        )
    rank, num_ranks = process_place()
    items = [BatchItem(video, out / _name(video), question) for video in videos]
    own = items[rank::num_ranks]
    if may_overwrite:
        return tuple(own)
    for item in own:
        item.check()
    return tuple(item for item in own if not item.is_done)


def run_many(
    arguments: argparse.Namespace,
    verb: str,
    load: Callable[[], InferenceEngine],
    answer: Callable[[argparse.Namespace, Path, InferenceEngine], int],
) -> int:
    """Do what is left of this process's videos with one engine.

    Args:
        arguments: Of the verb; the device becomes that of this process.
        verb: Its name.
        load: Loads the engine, if anything is left to do.
        answer: Does one video, given the arguments with its own `out`; returns an exit status.

    Returns:
        The exit status of the command.

    Raises:
        ConfigError: The arguments mean nothing for many videos, or a folder holds something else.
    """
    if arguments.overlay is not None:
        raise ConfigError("--overlay is for one video; leave it out or name one video")
    items = plan_batch(
        arguments.videos,
        arguments.out,
        question_of(verb, arguments),
        may_overwrite=arguments.overwrite,
    )
    if not items:
        sys.stdout.write("no video is left to do\n")
        return EXIT_OK
    arguments.device = device_of_process(arguments.device)
    engine = load()

    def work(item: BatchItem) -> int:
        own = argparse.Namespace(**{**vars(arguments), "out": item.out})
        return answer(own, item.video, engine)

    return run_batch(items, work, verb)


def run_batch(items: Sequence[BatchItem], work: Callable[[BatchItem], int], verb: str) -> int:
    """Do one video after the other; one that fails does not stop the rest.

    Args:
        items: What `plan_batch` returned.
        work: Does one and returns its exit status.
        verb: Of the command, for messages.

    Returns:
        The exit status of the command.
    """
    status, num_failed = EXIT_OK, 0
    for item in items:
        sys.stdout.write(f"{item.video}\n")
        item.mark_started()
        try:
            own_status = work(item)
        except TarvisError as error:
            sys.stderr.write(f"tarvis {verb}: {item.video}: {error}\n")
            own_status = EXIT_FAILED
        if own_status == EXIT_OK:
            item.mark_done()
            continue
        if not is_in_use(item.out):
            item.unmark()
        if own_status == EXIT_INTERRUPTED:
            return EXIT_INTERRUPTED
        status, num_failed = own_status, num_failed + 1
    if num_failed:
        sys.stderr.write(
            f"tarvis {verb}: {num_failed} of {counted(len(items), 'videos')} failed; the same "
            "command tries them again\n"
        )
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
            "RANK and WORLD_SIZE in the environment are no numbers: {error}", error=error
        ) from error
    if not 0 <= rank < num_ranks:
        raise ConfigError(
            "RANK is {rank} of WORLD_SIZE {num_ranks}; unset both or correct them",
            rank=rank,
            num_ranks=num_ranks,
        )
    return rank, num_ranks


def device_of_process(device: str) -> str:
    """The device for this process: with several GPUs and “cuda”, the one that torchrun gives it."""
    local = os.environ.get("LOCAL_RANK")
    return f"cuda:{local}" if device == "cuda" and local is not None else device


_PLACE = (("RANK", "0"), ("WORLD_SIZE", "1"))


def _name(video: Path) -> str:
    return video.resolve().stem


def _difference(before: str, question: str) -> str:
    """The first thing in which two questions differ; empty if in nothing that both name."""
    held, now = (_parts(text) for text in (before, question))
    changed = [name for name in sorted(held.keys() & now.keys()) if held[name] != now[name]]
    if not changed:
        return ""
    return f"{changed[0].replace('_', '-')} was {held[changed[0]]}, is {now[changed[0]]}"


def _parts(question: str) -> dict[str, str]:
    """What a question names; nothing where it cannot be read."""
    try:
        return dict(json.loads(question))
    except (json.JSONDecodeError, TypeError, ValueError):
        return {}
