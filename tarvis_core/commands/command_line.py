"""The verbs of the command line, `tarvis VERB …`; a verb is loaded when it is called."""

import argparse
import difflib
import importlib
import importlib.metadata
import logging
import sys
from collections.abc import Sequence
from typing import Protocol, cast

from tarvis_core.errors import TarvisError

VERBS = {
    "track": "carry clicked or painted objects through a video and write their masks",
    "segment": "find everything of chosen classes in a video and write the masks",
    "convert": "turn annotations of one format into another",
    "inspect": "say what annotations, a project or a video hold, and what is wrong with them",
    "project": "check, copy, compact or rescue a project file",
    "models": "list, download and import the network's weights",
    "bench": "measure how fast the network is on this machine, and where the time goes",
    "doctor": "check this machine: versions, device, codecs, weights, and what would be slow",
}
"""Every verb with its one-line help; each is the module of the same name in this package."""

EXIT_OK, EXIT_FAILED, EXIT_USAGE, EXIT_INTERRUPTED = 0, 1, 2, 130


class Verb(Protocol):
    """What a verb's module provides."""

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Declare the verb's arguments."""

    def run(self, arguments: argparse.Namespace) -> int:
        """Do the work; the returned number is the exit status."""


def main(argv: Sequence[str]) -> int:
    """Run one verb.

    A verb with actions of its own (`tarvis models list`) stores which in `action`.

    Args:
        argv: The words after `tarvis`, the verb first.

    Returns:
        The exit status: 0 done, 1 failed with a message on standard error, 2 wrong usage,
        130 interrupted.
    """
    name = argv[0] if argv else ""
    if name == "--version":
        sys.stdout.write(f"tarvis {importlib.metadata.version('tarvis-studio')}\n")
        return EXIT_OK
    if name not in VERBS:
        return _show_verbs(name)
    verb = cast("Verb", importlib.import_module(f"tarvis_core.commands.{name}"))
    parser = argparse.ArgumentParser(prog=f"tarvis {name}", description=_sentence(name))
    parser.add_argument("--verbose", action="store_true", help="log what happens in detail")
    verb.add_arguments(parser)
    try:
        arguments, unknown = parser.parse_known_args(argv[1:])
        if unknown:
            parser.error(_unknown_words(unknown, parser))
    except SystemExit as stop:  # argparse has already said what was wrong, or shown the help
        return stop.code if isinstance(stop.code, int) else EXIT_USAGE
    if getattr(arguments, "action", "given") is None:
        parser.print_help(sys.stderr)
        return EXIT_USAGE
    return run_verb(verb, arguments)


def run_verb(verb: Verb, arguments: argparse.Namespace) -> int:
    """Run a verb with its arguments read; errors become one line on standard error."""
    logging.basicConfig(
        level=logging.DEBUG if arguments.verbose else logging.WARNING,
        format="%(levelname)s %(name)s: %(message)s",
    )
    try:
        return verb.run(arguments)
    except TarvisError as error:
        sys.stderr.write(f"tarvis: {error}\n")
        return EXIT_FAILED
    except BrokenPipeError:  # the reader of `tarvis … | head` has left
        sys.stdout = None  # type: ignore[assignment]  # nothing is left to flush to
        return EXIT_OK
    except KeyboardInterrupt:
        sys.stderr.write("tarvis: interrupted\n")
        return EXIT_INTERRUPTED


def _sentence(name: str) -> str:
    return VERBS[name][0].upper() + VERBS[name][1:] + "."


def _unknown_words(words: Sequence[str], parser: argparse.ArgumentParser) -> str:
    """What to say of words that the parser knows nothing of, with the options that are meant."""
    known = [option for action in parser._actions for option in action.option_strings]  # noqa: SLF001 -- no public way
    hints = [
        f"{close[0]} for {word}"
        for word in words
        if (close := difflib.get_close_matches(word.partition("=")[0], known, n=1))
    ]
    meant = f" (did you mean {', '.join(hints)}?)" if hints else ""
    return f"unrecognized arguments: {' '.join(words)}{meant}"


def _show_verbs(name: str) -> int:
    asked_for_help = name in {"", "-h", "--help", "help"}
    stream = sys.stdout if asked_for_help else sys.stderr
    if not asked_for_help:
        close = difflib.get_close_matches(name, VERBS, n=1)
        hint = f" Did you mean `tarvis {close[0]}`?" if close else ""
        stream.write(f"tarvis: there is no command “{name}”.{hint}\n\n")
    stream.write(
        "usage: tarvis [VIDEO | PROJECT]     open the window\n"
        "       tarvis COMMAND --help        what a command takes\n\ncommands:\n"
    )
    for verb, purpose in VERBS.items():
        stream.write(f"  {verb:<9} {purpose}\n")
    stream.write("\n`tarvis --version` says which version this is.\n")
    return EXIT_OK if asked_for_help else EXIT_USAGE
