"""`tarvis [VIDEO | PROJECT]` opens the window; `tarvis VERB …` runs a verb without one."""

import gc
import sys
from collections.abc import Sequence
from pathlib import Path

from tarvis_core.commands.command_line import EXIT_USAGE, VERBS
from tarvis_core.commands.command_line import main as run_verb

HELP_WORDS = {"-h", "--help", "help"}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the program.

    Args:
        arguments: The words after `tarvis`; None for those of the process.

    Returns:
        The exit status: 0 done, 1 failed, 2 wrong usage.
    """
    words = list(sys.argv[1:] if arguments is None else arguments)
    if words and (words[0] in VERBS or words[0] in HELP_WORDS):
        return run_verb(words)
    if len(words) > 1 or (words and not Path(words[0]).exists()):
        return _refuse(words)
    # Qt is loaded only for the window, so that verbs run on machines without a display
    gc.disable()  # nothing becomes garbage while modules are loaded
    from tarvis_app.window_run import run_window

    gc.freeze()  # and nothing of them ever will: no search for garbage looks through them
    gc.enable()
    return run_window(Path(words[0]) if words else None)


def _refuse(words: Sequence[str]) -> int:
    """Say what is wrong with words that are neither a verb nor one file."""
    looks_like_a_path = len(words) == 1 and bool(Path(words[0]).suffix or "/" in words[0])
    if not looks_like_a_path:
        return run_verb(words)  # the verbs' usage says what is possible
    sys.stderr.write(f"tarvis: there is no file or folder {words[0]}\n")
    return EXIT_USAGE


if __name__ == "__main__":
    sys.exit(main())
