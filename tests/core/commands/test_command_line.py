"""The tree of verbs: help, wrong usage, errors as one line, exit statuses."""

import argparse
import re

import pytest

from tarvis_core.commands import command_line
from tarvis_core.errors import VideoError


class FakeVerb:
    def __init__(self, outcome):
        self.outcome = outcome

    def add_arguments(self, parser):
        parser.add_argument("--times", type=int, default=1)

    def run(self, arguments):
        if isinstance(self.outcome, BaseException):
            raise self.outcome
        return self.outcome * arguments.times


@pytest.mark.parametrize(
    ("outcome", "status", "message"),
    [
        (0, 0, ""),
        (VideoError("clip.mp4 is empty; choose another"), 1, "tarvis: clip.mp4 is empty"),
        (KeyboardInterrupt(), 130, "interrupted"),
        (BrokenPipeError(), 0, ""),
    ],
)
def test_that_a_verb_ends_with_a_status_and_one_line(outcome, status, message, capsys):
    stdout = command_line.sys.stdout
    try:
        arguments = argparse.Namespace(verbose=False, times=1)

        assert command_line.run_verb(FakeVerb(outcome), arguments) == status
    finally:
        command_line.sys.stdout = stdout

    assert message in capsys.readouterr().err


def test_that_help_names_every_verb(capsys):
    assert command_line.main(["--help"]) == 0

    shown = capsys.readouterr().out
    assert all(verb in shown for verb in command_line.VERBS)


def test_that_an_unknown_verb_is_wrong_usage(capsys):
    assert command_line.main(["trak"]) == 2
    shown = capsys.readouterr().err
    assert "no command “trak”. Did you mean `tarvis track`?" in shown
    assert command_line.main(["xyzzy"]) == 2
    assert "Did you mean" not in capsys.readouterr().err


def test_that_the_version_is_told(capsys):
    assert command_line.main(["--version"]) == 0
    assert re.fullmatch(r"tarvis \d+\.\d+\.\d+\n", capsys.readouterr().out)


@pytest.mark.parametrize(
    ("verb", "actions"),
    [("models", ("list", "show", "download")), ("project", ("check", "rescue"))],
)
def test_that_a_verb_without_its_action_lists_them(verb, actions, capsys):
    assert command_line.main([verb]) == 2
    shown = capsys.readouterr().err
    assert all(f"\n    {action} " in shown for action in actions)


def test_that_a_mistyped_option_is_told_with_the_one_that_is_meant(capsys):
    assert command_line.main(["convert", "in", "--to", "coco", "--out", "x", "--lnit"]) == 2
    assert "did you mean --lint for --lnit?" in capsys.readouterr().err


@pytest.mark.parametrize("verb", command_line.VERBS)
def test_that_every_verb_explains_itself(verb, capsys):
    assert command_line.main([verb, "--help"]) == 0
    assert f"usage: tarvis {verb}" in capsys.readouterr().out


def test_that_wrong_arguments_are_wrong_usage(capsys):
    assert command_line.main(["models", "burn"]) == 2
    assert "invalid choice" in capsys.readouterr().err
