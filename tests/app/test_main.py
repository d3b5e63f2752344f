"""The words after `tarvis`: a file opens the window, a verb does without one."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tarvis_app.__main__ import main

ROOT = Path(__file__).parents[2]


def test_that_help_and_unknown_words_say_what_is_possible(capsys):
    assert main(["--help"]) == 0
    assert "tarvis [VIDEO | PROJECT]" in capsys.readouterr().out
    assert main(["frobnicate"]) == 2
    assert "frobnicate" in capsys.readouterr().err


def test_that_a_missing_file_is_called_missing(capsys):
    assert main(["nowhere/clip.mp4"]) == 2
    assert "no file or folder nowhere/clip.mp4" in capsys.readouterr().err


@pytest.mark.parametrize("verb", ["doctor", "models"])
def test_that_a_verb_is_handed_over_without_loading_qt(verb):
    script = (
        "import sys; from tarvis_app.__main__ import main\n"
        f"status = main(['{verb}', '--help'])\n"
        "assert 'PySide6' not in sys.modules, 'a verb needs no display'\n"
        "sys.exit(status)"
    )
    environment = {**os.environ, "QT_QPA_PLATFORM": "no-such-platform"}
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, env=environment, capture_output=True, check=False
    )
    assert done.returncode == 0, done.stderr.decode()


def test_that_the_window_opens_without_torch():
    script = (
        "import sys\n"
        "import tarvis_app.application\n"
        "loaded = {'torch', 'timm', 'torchvision'} & set(sys.modules)\n"
        "assert not loaded, loaded"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, check=False
    )
    assert done.returncode == 0, done.stderr.decode()
