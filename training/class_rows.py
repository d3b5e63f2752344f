"""Which row of the network's class list each class of a data set is.

Data sets may list their classes in another order, or only some of them; numbers may differ between
releases. So classes are found by name, and by number only where a data set gives no names.
"""

import re

from tarvis_core.annotation.label_set import Category, LabelSet
from tarvis_core.annotation.target import CategoryId
from tarvis_core.errors import ConfigError


def rows_of_classes(dataset: LabelSet, network: LabelSet) -> dict[CategoryId, int]:
    """The network's row of each class of a data set that the network knows.

    Args:
        dataset: The classes as the data set lists them; may be empty for open sets.
        network: The classes in the order of the network's rows.

    Raises:
        ConfigError: The data set has classes, and the network knows none of them.
    """
    rows = {_plain(category.name): row for row, category in enumerate(network.categories)}
    found = {
        category.id: rows[_plain(category.name)]
        for category in dataset.categories
        if _plain(category.name) in rows
    }
    if not found:
        found = {c.id: network.index(c.id) for c in dataset.categories if _is_unnamed(c, network)}
    if dataset.categories and not found:
        names = ", ".join(category.name for category in dataset.categories[:5])
        raise ConfigError(
            f"none of the data set's classes ({names}, …) is in the class list "
            f"“{network.name}”; name the right one as label_set, or another data set"
        )
    return found


def unknown_classes(dataset: LabelSet, network: LabelSet) -> tuple[str, ...]:
    """Names of the data set's classes that the network does not know."""
    rows = rows_of_classes(dataset, network)
    return tuple(category.name for category in dataset.categories if category.id not in rows)


def _plain(name: str) -> str:
    """A name without case, blanks and the like: "giant_panda" is "Giant panda"."""
    return re.sub(r"[^a-z0-9]+", " ", name.casefold()).strip()


def _is_unnamed(category: Category, network: LabelSet) -> bool:
    """Whether a class has a number for a name, one that the network's list has, too."""
    return category.name == f"class {category.id}" and category.id in network
