"""LossTerms: named, weighted summands of a loss, and their sum."""

from collections.abc import Iterable
from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True)
class LossTerm:
    """One summand before its weight is applied."""

    name: str
    """What is measured, such as "mask_dice"; terms of one name are of one kind."""
    value: Tensor
    """Scalar."""
    weight: float

    @property
    def weighted(self) -> Tensor:
        """What the term adds to the total."""
        return self.value * self.weight


@dataclass(frozen=True)
class LossTerms:
    """The summands of one or several losses; `+` joins them."""

    terms: tuple[LossTerm, ...] = ()

    def __add__(self, other: "LossTerms") -> "LossTerms":
        return LossTerms(self.terms + other.terms)

    @classmethod
    def joined(cls, parts: Iterable["LossTerms"]) -> "LossTerms":
        """All summands of several losses."""
        return cls(tuple(term for part in parts for term in part.terms))

    @property
    def total(self) -> Tensor:
        """The sum of the weighted terms, a scalar.

        Raises:
            ValueError: There is no term.
        """
        if not self.terms:
            raise ValueError("a loss without terms has no total")
        return torch.stack([term.weighted for term in self.terms]).sum()

    def values(self, name: str) -> list[Tensor]:
        """The unweighted values of all terms of this name, in the order they were added."""
        return [term.value for term in self.terms if term.name == name]

    def summary(self) -> dict[str, float]:
        """The weighted sum of the terms of each name, for logs."""
        sums: dict[str, float] = {}
        for term in self.terms:
            sums[term.name] = sums.get(term.name, 0.0) + float(term.weighted.detach())
        return sums
