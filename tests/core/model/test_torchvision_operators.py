import subprocess
import sys

import torch

from tarvis_core.model.torchvision_operators import LIBRARY, MISSING_OPERATORS

IMPORT_TIMM = """
import warnings
warnings.simplefilter("error")
import tarvis_core.model
import timm
import torchvision
"""


def test_that_timm_can_be_imported_after_this_package_and_says_nothing():
    done = subprocess.run(
        [sys.executable, "-c", IMPORT_TIMM], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_that_operators_exist_whether_declared_or_compiled():
    for name in MISSING_OPERATORS if LIBRARY is not None else ("nms",):
        assert hasattr(torch.ops.torchvision, name)
