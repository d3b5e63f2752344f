"""Begin a translation, or bring one up to date: `python -m resources.translations.update de`.

Writes `tarvis_<language>.ts` beside this file, for `pyside6-linguist` or any editor of such files;
what is translated already is kept. `pyside6-lrelease tarvis_de.ts` makes the `.qm` file of it that
the window loads.
"""

import argparse
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path

from resources.translations.source_texts import SourceText, source_texts

FOLDER = Path(__file__).parent


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command.

    Args:
        arguments: The words of the command line; None for those of the process.

    Returns:
        The exit status of `pyside6-lupdate`.
    """
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("language", help="such as de or pt_BR")
    parser.add_argument("--folder", type=Path, default=FOLDER, help="where the file lies")
    chosen = parser.parse_args(arguments)
    return update(chosen.folder / f"tarvis_{chosen.language}.ts", chosen.language)


def update(path: Path, language: str) -> int:
    """Write a translation's file, or what is new into it.

    Args:
        path: The .ts file.
        language: What it translates into; it decides how many forms of a number there are.

    Returns:
        The exit status of `pyside6-lupdate`.
    """
    with tempfile.TemporaryDirectory(prefix="tarvis-") as folder:
        listing = Path(folder) / "texts.cpp"
        listing.write_text(listing_of(source_texts()), encoding="utf-8")
        command = [tool("pyside6-lupdate"), str(listing), "-locations", "none", "-no-obsolete"]
        command += ["-source-language", "en", "-target-language", language, "-ts", str(path)]
        return subprocess.run(command, check=False).returncode


def tool(name: str) -> str:
    """The path of one of PySide's tools: it lies beside Python."""
    return str(Path(sys.executable).with_name(name))


def listing_of(texts: Iterable[SourceText]) -> str:
    """Calls that `lupdate` understands whole.

    From Python it takes neither texts looked up outside of classes, nor numbers in them.
    """
    return "".join(
        f"QCoreApplication::translate({_quoted(each.context)}, {_quoted(each.text)}"
        f"{', nullptr, n' if each.is_counted else ''});\n"
        for each in texts
    )


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'


if __name__ == "__main__":
    sys.exit(main())
