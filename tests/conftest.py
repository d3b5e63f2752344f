"""What all tests share: the folder of reference material, and a quiet, offscreen Qt."""

import os
from pathlib import Path

import pytest
from hypothesis import settings

# how long one example takes says more about the machine's other work than about the code
settings.register_profile("suite", deadline=None)
settings.load_profile("suite")

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")


def shared_folder() -> Path:
    """Where reference material lies: `TARVIS_SHARED`, or the folder beside the project."""
    default = Path(__file__).parents[2] / "shared"
    return Path(os.environ.get("TARVIS_SHARED", default)).resolve()


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of reference material; the test skips, with the reason, where it is absent."""
    folder = shared_folder()
    if not folder.is_dir():
        pytest.skip(f"no reference material at {folder}; set TARVIS_SHARED to its folder")
    return folder
