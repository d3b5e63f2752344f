"""What the program says, kept so that it can still be translated.

A person's language is the window's matter; the core speaks English. It keeps each sentence as a
template, by which a translation is looked up, beside the values that are named in it.
"""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, init=False)
class Sentence:
    """A sentence of the core: `Sentence("{path} is not there", path=path)`.

    Attributes:
        template: The English sentence with `{name}` for each value. Without values it is taken to
            the letter, braces included.
        values: What stands for the names. May hold sentences, which are translated too. An error
            given as a value is kept as what it says; `ValueError(Sentence(…))` says a sentence.
    """

    template: str
    values: Mapping[str, object]

    def __init__(self, template: str, /, **values: object) -> None:
        object.__setattr__(self, "template", template)
        object.__setattr__(self, "values", {name: _kept(each) for name, each in values.items()})

    def __str__(self) -> str:
        """The English text."""
        return filled(self.template, self.values)

    def __format__(self, spec: str) -> str:
        return format(str(self), spec)

    def __hash__(self) -> int:
        return hash(self.template)


Text = str | Sentence
"""A sentence that can be translated, or a name that is the same in every language."""


def filled(template: str, values: Mapping[str, object]) -> str:
    """A template with its values; braces in a value stay as they are.

    Raises:
        LookupError: The template names a value that is not there.
        ValueError: A brace of the template is left open, or a value cannot be shown as it asks.
    """
    return template.format(**values) if values else template


def _kept(value: object) -> object:
    if not isinstance(value, BaseException):
        return value
    if len(value.args) == 1 and isinstance(value.args[0], Sentence):
        return value.args[0]
    return getattr(value, "sentence", None) or str(value)
