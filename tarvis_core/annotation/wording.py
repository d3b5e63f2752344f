"""Counts in words: one mask, two masks."""

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


def counted(count: int, words: str) -> str:
    """A count and what is counted, in the singular for one.

    Args:
        count: How many.
        words: What is counted in the plural, and what is said of it: "targets lost their class".
    """
    if count != 1:
        return f"{count} {words}"
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
