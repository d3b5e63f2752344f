"""Targets: what is segmented and tracked, whatever gave it (a click, a painted mask, a class)."""

from dataclasses import dataclass
from enum import Enum
from typing import NewType

TargetId = NewType("TargetId", int)
"""Number of a target, from 1, the same in the whole program and never reused within a project."""

CategoryId = NewType("CategoryId", int)
"""Number of a category as its label set gives it (gaps and zero are allowed)."""


class TargetKind(Enum):
    """Whether single objects are told apart (thing) or a region is one whole (stuff)."""

    THING = "thing"
    STUFF = "stuff"


@dataclass(frozen=True)
class Target:
    """One thing or stuff region that is followed through a video."""

    id: TargetId
    name: str
    """What the person calls it; never empty."""
    category: CategoryId | None = None
    """Its class in the project's label set; None while nobody chose one."""
    kind: TargetKind = TargetKind.THING
    colour: tuple[int, int, int] = (255, 255, 255)
    """RGB, 0…255 each."""
    is_visible: bool = True
    is_locked: bool = False
    """A locked target is not changed by painting, clicks or runs."""

    def __post_init__(self) -> None:
        if self.id < 1:
            raise ValueError(f"target ids start at 1, got {self.id}")
        if not self.name:
            raise ValueError("a target needs a name")
