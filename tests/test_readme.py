"""README's promises that a test can hold: its commands are the ones that the check runs."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[1]


def _commands():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    blocks = re.findall(r"```bash\n(.*?)```", readme, flags=re.DOTALL)
    return [line for block in blocks for line in block.splitlines() if line and line[0] != "#"]


def test_that_the_check_runs_the_test_command_of_the_readme():
    test_commands = [command for command in _commands() if command.endswith("pytest")]

    assert len(test_commands) == 1
    assert test_commands[0] in (ROOT / ".ci" / "run").read_text(encoding="utf-8").splitlines()


def test_that_every_file_the_readme_shows_or_links_exists():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    links = [link for link in re.findall(r"\]\(([^)#]+)", readme) if "://" not in link]

    assert links
    assert [link for link in links if not (ROOT / link).exists()] == []
