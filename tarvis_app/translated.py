"""What the core says, in the person's language."""

from PySide6.QtCore import QCoreApplication

from tarvis_core.annotation.wording import CountedSentence
from tarvis_core.errors import TarvisError
from tarvis_core.sentence import Sentence, Text, filled

CONTEXT = "tarvis_core"
"""Where a translation keeps the sentences of the core, by their templates."""


def translated(said: Text | TarvisError) -> str:
    """A sentence of the core as the window shows it.

    English where it has no translation, or one that names a value which the sentence lacks.

    Args:
        said: A sentence, an error, or a name, which stays as it is.
    """
    sentence = said.sentence if isinstance(said, TarvisError) else said
    if isinstance(sentence, str):
        return sentence
    count = sentence.count if isinstance(sentence, CountedSentence) else -1
    template = QCoreApplication.translate(CONTEXT, sentence.template, None, count)
    if count == 1 and template == sentence.template:
        return str(sentence)
    values = {
        name: translated(value) if isinstance(value, Sentence) else value
        for name, value in sentence.values.items()
    }
    try:
        return filled(template, values)
    except (LookupError, ValueError, TypeError, AttributeError):
        return str(sentence)
