"""`tarvis-train VERB …`: prepare data, train, fine-tune, evaluate. A verb is loaded when called."""

import argparse
import importlib
import logging
import sys
from collections.abc import Sequence
from typing import cast

from tarvis_core.commands.command_line import (
    EXIT_FAILED,
    EXIT_INTERRUPTED,
    EXIT_OK,
    EXIT_USAGE,
    Verb,
)
from tarvis_core.errors import TarvisError

VERBS = {
    "check": "say whether a data set on disk is complete, and what it holds",
    "render": "render clips with many objects as training data, from the stills' photographs",
    "teach": "label unlabelled objects of stills with a teacher's masks",
    "store": "compute trunk features of clips once, for training with a frozen trunk",
    "train": "train by a run file, from the newest checkpoint if there is one",
    "curves": "draw a run's curves from its log, as one picture",
    "export": "write a run's averaged weights as a small file for the program",
    "evaluate": "score weights on a benchmark, or on clips and stills beside baselines",
    "finetune": "adapt weights to corrected projects",
}
"""Every verb with its one-line help; each is the module of the same name in `commands`."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run one verb.

    Args:
        argv: The words after `tarvis-train`; by default those of this process.

    Returns:
        The exit status: 0 done, 1 failed with a message on standard error, 2 wrong usage,
        130 interrupted.
    """
    words = list(sys.argv[1:] if argv is None else argv)
    name = words[0] if words else ""
    if name not in VERBS:
        return _show_verbs(name)
    verb = cast("Verb", importlib.import_module(f"training.commands.{name}"))
    parser = argparse.ArgumentParser(
        prog=f"tarvis-train {name}", description=VERBS[name][0].upper() + VERBS[name][1:] + "."
    )
    parser.add_argument("--verbose", action="store_true", help="log what happens in detail")
    verb.add_arguments(parser)
    try:
        arguments = parser.parse_args(words[1:])
    except SystemExit as stop:  # argparse has already said what was wrong, or shown the help
        return stop.code if isinstance(stop.code, int) else EXIT_USAGE
    logging.basicConfig(
        level=logging.DEBUG if arguments.verbose else logging.INFO,
        format="%(asctime)s %(levelname)s %(name)s: %(message)s",
    )
    try:
        return verb.run(arguments)
    except TarvisError as error:
        sys.stderr.write(f"tarvis-train: {error}\n")
        return EXIT_FAILED
    except KeyboardInterrupt:
        sys.stderr.write("tarvis-train: interrupted\n")
        return EXIT_INTERRUPTED


def _show_verbs(name: str) -> int:
    asked_for_help = name in {"", "-h", "--help", "help"}
    stream = sys.stdout if asked_for_help else sys.stderr
    if not asked_for_help:
        stream.write(f"tarvis-train: there is no command “{name}”.\n\n")
    stream.write("usage: tarvis-train COMMAND --help     what a command takes\n\ncommands:\n")
    for verb, purpose in VERBS.items():
        stream.write(f"  {verb:<9} {purpose}\n")
    return EXIT_OK if asked_for_help else EXIT_USAGE


if __name__ == "__main__":
    sys.exit(main())
