"""A tensor that depends on weights and a size alone, kept for the next frame of that size."""

from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from tarvis_core.model.packed_linear import stamp_of


class KeptTensor:
    """Made anew only when the question or the weights change; none of a module's state."""

    def __init__(self) -> None:
        self._held: tuple[tuple, Tensor] | None = None

    def __reduce__(self) -> tuple:
        return KeptTensor, ()

    def get(self, question: tuple, sources: Sequence[Tensor], make: Callable[[], Tensor]) -> Tensor:
        """The tensor, which nobody may change; with gradients it is always made anew.

        Args:
            question: All that it depends on beside the weights.
            sources: The weights.
            make: Makes it.
        """
        if torch.is_grad_enabled():
            return make()
        stamp = (question, stamp_of(sources))
        held = self._held
        if held is None or held[0] != stamp:
            held = stamp, make()
            self._held = held
        return held[1]
