"""Numbers in sentences: one thing, several things."""


def counted(count: int, one: str, several: str) -> str:
    """The sentence for this many, with the number in it.

    Args:
        count: How many there are.
        one: The sentence for exactly one, already translated; may name `{count}`.
        several: The same for any number, translated for this one: `tr(text, None, count)`.
    """
    return (one if count == 1 else several).format(count=count)
