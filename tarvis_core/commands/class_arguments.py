"""Classes as words of a command line: LABELSET, or LABELSET:name,name."""

import argparse
import difflib
from dataclasses import dataclass

from tarvis_core.annotation.label_set import LabelSet, list_label_sets, load_label_set
from tarvis_core.annotation.segmentation import ClassRequest, ClassTask
from tarvis_core.annotation.target import CategoryId
from tarvis_core.errors import ConfigError
from tarvis_core.sentence import Sentence


@dataclass(frozen=True)
class ClassChoice:
    """A label set, and which of its classes."""

    label_set: str
    names: tuple[str, ...] = ()
    """Names of classes; empty for all."""


def class_choice(text: str) -> ClassChoice:
    """LABELSET[:name,name]."""
    label_set, _, names = text.partition(":")
    chosen = tuple(name.strip() for name in names.split(",") if name.strip())
    if not label_set or (":" in text and not chosen):
        raise argparse.ArgumentTypeError(
            f"“{text}” is not LABELSET or LABELSET:name,name, such as "
            "coco_supercategories:person,animal"
        )
    return ClassChoice(label_set, chosen)


def add_class_arguments(parser: argparse.ArgumentParser, *, is_required: bool) -> None:
    """Declare `--classes`, `--panoptic` and `--threshold`."""
    known = ", ".join(list_label_sets())
    group = parser.add_argument_group(
        "classes",
        f"LABELSET is one of {known}; which of them the weights know is in `tarvis models show` "
        "(the bundled ones: coco_supercategories)",
    )
    either = group.add_mutually_exclusive_group(required=is_required)
    form = "LABELSET[:NAME,…]"
    either.add_argument(
        "--classes", type=class_choice, metavar=form, help="find every thing of these classes"
    )
    either.add_argument(
        "--panoptic", type=class_choice, metavar=form, help="label every pixel with these classes"
    )
    group.add_argument(
        "--threshold", type=float, metavar="SCORE", help="leave out what is less certain, 0 … 1"
    )


def class_request(
    arguments: argparse.Namespace, frames: tuple[int, int]
) -> tuple[ClassRequest, LabelSet] | None:
    """What the arguments ask for; None if they name no classes.

    Args:
        arguments: Parsed with `add_class_arguments`.
        frames: First and last frame.

    Raises:
        AnnotationError: There is no such label set.
        ConfigError: It has no such class, or the threshold has no meaning.
    """
    choice = arguments.classes or arguments.panoptic
    if choice is None:
        return None
    threshold = arguments.threshold
    if threshold is not None and not 0 <= threshold <= 1:
        raise ConfigError("--threshold is {threshold:g}; scores are 0 … 1", threshold=threshold)
    label_set = load_label_set(choice.label_set)
    task = ClassTask.INSTANCES if arguments.classes else ClassTask.PANOPTIC
    categories = _categories(label_set, choice.names) if choice.names else None
    return ClassRequest(label_set.name, task, *frames, categories, threshold), label_set


def _categories(label_set: LabelSet, names: tuple[str, ...]) -> tuple[CategoryId, ...]:
    found = []
    for name in names:
        category = label_set.by_name(name)
        if category is None:
            known = [each.name for each in label_set.categories]
            close = difflib.get_close_matches(name.lower(), known, n=3)
            meant = Sentence("did you mean {names}? ", names=" or ".join(close)) if close else ""
            raise ConfigError(
                "the label set “{label_set}” has no class “{name}”; {meant}`tarvis models classes "
                "{label_set}` lists its {num_classes} classes",
                label_set=label_set.name,
                name=name,
                meant=meant,
                num_classes=len(known),
            )
        found.append(category.id)
    return tuple(found)
