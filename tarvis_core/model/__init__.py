"""The TarViS network (CVPR 2023): torch only, stateless between calls, no device choice."""

# before any module of this package imports timm
from tarvis_core.model import torchvision_operators

__all__ = ["torchvision_operators"]
