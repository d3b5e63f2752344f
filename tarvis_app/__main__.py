"""`tarvis [VIDEO | PROJECT]` opens the window; `tarvis VERB …` runs a verb without one."""

import sys
from collections.abc import Sequence
from pathlib import Path

from tarvis_core.commands.command_line import VERBS
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
    if words and (words[0] in VERBS or words[0] in HELP_WORDS or _is_unknown_word(words)):
        return run_verb(words)
    # Qt is loaded only for the window, so that verbs run on machines without a display
    from tarvis_app.window_run import run_window

    return run_window(Path(words[0]) if words else None)


def _is_unknown_word(words: Sequence[str]) -> bool:
    """Whether this is neither a file nor a verb: the verbs' usage text says what is possible."""
    return len(words) > 1 or not Path(words[0]).exists()


if __name__ == "__main__":
    sys.exit(main())
