"""Numbers of targets in formats whose pixel values say class and instance in one."""

from collections.abc import Callable, Mapping, Sequence

from tarvis_core.annotation.formats.loss import LossKind
from tarvis_core.annotation.target import CategoryId, Target, TargetId, TargetKind

TargetNumbering = Callable[[Sequence[Target]], Mapping[TargetId, TargetId | LossKind]]
"""Gives the targets of a video the numbers under which a format's reader will find them.

A target that cannot be held gets the reason instead. Regions of one stuff class may get one
number; their masks are then united. Targets that came from the format keep their numbers.
"""

NumberOf = Callable[[CategoryId, int], int | None]
"""The number of an instance of a class; instance 0 is the class region as a whole. None: the
format has no room for it."""
InstanceOf = Callable[[CategoryId, int], int | None]
"""The instance of a class that a number stands for; None if it stands for no such thing."""


def number_by_class(
    targets: Sequence[Target], number_of: NumberOf, instance_of: InstanceOf, first_instance: int
) -> dict[TargetId, TargetId | LossKind]:
    """Number targets by class and instance.

    Args:
        targets: The targets of a video.
        number_of: How class and instance make a number.
        instance_of: The instance that a target of this class and number already is.
        first_instance: The lowest number of an instance.

    Returns:
        For each target its number: its own where that is right for its class, else that of the
        instance with the target's own number, else of the next free one.
    """
    numbers: dict[TargetId, TargetId | LossKind] = {}
    used: set[tuple[CategoryId, int]] = set()
    waiting: list[tuple[Target, CategoryId]] = []
    for target in sorted(targets, key=lambda target: target.id):
        category = target.category
        if category is None:
            numbers[target.id] = LossKind.UNMAPPED_CLASSES
        elif target.kind is TargetKind.STUFF:
            numbers[target.id] = _number(number_of(category, 0), LossKind.UNMAPPED_CLASSES)
        elif (instance := instance_of(category, target.id)) is not None:
            used.add((category, instance))
            numbers[target.id] = target.id
        else:
            waiting.append((target, category))
    for target, category in waiting:
        numbers[target.id] = _free_number(target, category, number_of, used, first_instance)
    return numbers


def _free_number(
    target: Target,
    category: CategoryId,
    number_of: NumberOf,
    used: set[tuple[CategoryId, int]],
    first_instance: int,
) -> TargetId | LossKind:
    if number_of(category, first_instance) is None:
        return LossKind.UNMAPPED_CLASSES
    instance = target.id
    if (category, instance) in used or number_of(category, instance) is None:
        instance = TargetId(first_instance)
        while (category, instance) in used:
            instance = TargetId(instance + 1)
    used.add((category, instance))
    return _number(number_of(category, instance), LossKind.TARGETS_OVER_LIMIT)


def _number(number: int | None, reason: LossKind) -> TargetId | LossKind:
    return reason if number is None else TargetId(number)
