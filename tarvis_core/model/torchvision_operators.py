"""Lets timm be imported beside a CPU-only torch.

timm imports torchvision, of which it uses the Python part only. The published Linux wheel of
torchvision is built for CUDA: beside a CPU-only torch its compiled operators cannot be loaded, and
`import torchvision` stops with "operator torchvision::nms does not exist". Declaring what those
operators would look like is enough for the import; calling one still fails.
"""

import torch

MISSING_OPERATORS = ("nms", "qnms")
_SCHEMA = "{}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor"


def declare_missing_operators() -> torch.library.Library:
    """Declare the operators that torchvision's import refers to.

    Returns:
        The declarations; they last as long as this object is kept.
    """
    library = torch.library.Library("torchvision", "DEF")
    for name in MISSING_OPERATORS:
        library.define(_SCHEMA.format(name))
    return library


LIBRARY: torch.library.Library | None = None
"""What had to be declared; None where torchvision is complete. Kept for the life of the program."""

try:
    import torchvision  # noqa: F401
except RuntimeError as error:
    if "torchvision::" not in str(error):
        raise
    LIBRARY = declare_missing_operators()
