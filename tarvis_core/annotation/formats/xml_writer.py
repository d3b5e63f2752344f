"""Writes XML text: names and attributes escaped, characters that XML forbids replaced."""

import re
from collections.abc import Mapping
from xml.sax.saxutils import escape, quoteattr

_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_REPLACEMENT = "\ufffd"

HEADER = b'<?xml version="1.0" encoding="utf-8"?>\n'


def xml_text(text: str) -> str:
    """A text as XML can hold it: control characters become U+FFFD."""
    return _FORBIDDEN.sub(_REPLACEMENT, text)


def start_tag(name: str, attributes: Mapping[str, object], *, is_empty: bool = False) -> str:
    """The tag that begins an element, or an element without content."""
    parts = [name, *(f"{key}={quoteattr(xml_text(str(v)))}" for key, v in attributes.items())]
    return f"<{' '.join(parts)}{'/' if is_empty else ''}>"


def text_element(name: str, text: object) -> str:
    """An element with nothing but text."""
    return f"<{name}>{escape(xml_text(str(text)))}</{name}>"
