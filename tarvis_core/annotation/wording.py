"""Counts in words: one mask, two masks."""

from dataclasses import dataclass

from tarvis_core.sentence import Sentence

_SINGULAR = {
    "classes": "class",
    "are": "is",
    "were": "was",
    "have": "has",
    "lie": "lies",
    "their": "its",
    "they": "it",
    "them": "it",
}


@dataclass(frozen=True, init=False, eq=False)
class CountedSentence(Sentence):
    """A sentence that a language inflects by the number in it; its template is the plural.

    Attributes:
        count: The number.
        english: The English text, in the singular for one.
    """

    count: int
    english: str

    def __init__(self, count: int, words: str) -> None:
        super().__init__("{count} " + words, count=count)
        object.__setattr__(self, "count", count)
        object.__setattr__(self, "english", _singular(words) if count == 1 else f"{count} {words}")

    def __str__(self) -> str:
        return self.english


def counted(count: int, words: str) -> CountedSentence:
    """A count and what is counted, in the singular for one.

    Args:
        count: How many.
        words: What is counted in the plural, and what is said of it: "targets lost their class".
    """
    return CountedSentence(count, words)


def _singular(words: str) -> str:
    clause, is_rest, rest = words.partition(":")
    first, *others = clause.split(" ")
    nouns = [first, *others]
    subject = next((i for i, word in enumerate(nouns) if _is_plural(word)), 0)
    singular = [
        _SINGULAR.get(word, word[:-1] if i == subject and _is_plural(word) else word)
        for i, word in enumerate(nouns)
    ]
    words_after = " ".join(_SINGULAR.get(word, word) for word in rest.split(" "))
    return f"1 {' '.join(singular)}{is_rest}{words_after}"


def _is_plural(word: str) -> bool:
    return word.endswith("s") and not word.endswith("ss")
