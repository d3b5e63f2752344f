"""Writes XML text: names and attributes escaped, characters that XML forbids replaced."""

import re
from collections.abc import Mapping

_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_REPLACEMENT = "\ufffd"

_IN_TEXT = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})
_IN_ATTRIBUTE = str.maketrans(
    {
        "&": "&amp;",
        "<": "&lt;",
        ">": "&gt;",
        '"': "&quot;",
        "\n": "&#10;",
        "\r": "&#13;",
        "\t": "&#9;",
    }
)
"""Not from `xml.sax.saxutils`, which loads the network modules of the standard library."""

HEADER = b'<?xml version="1.0" encoding="utf-8"?>\n'


def xml_text(text: str) -> str:
    """A text as XML can hold it: control characters become U+FFFD."""
    return _FORBIDDEN.sub(_REPLACEMENT, text)


def start_tag(name: str, attributes: Mapping[str, object], *, is_empty: bool = False) -> str:
    """The tag that begins an element, or an element without content."""
    parts = [name, *(f'{key}="{_attribute(value)}"' for key, value in attributes.items())]
    return f"<{' '.join(parts)}{'/' if is_empty else ''}>"


def _attribute(value: object) -> str:
    return xml_text(str(value)).translate(_IN_ATTRIBUTE)


def text_element(name: str, text: object) -> str:
    """An element with nothing but text."""
    return f"<{name}>{xml_text(str(text)).translate(_IN_TEXT)}</{name}>"
