"""Frozen dataclasses to JSON text and back, strictly."""

import json
from collections.abc import Mapping
from dataclasses import asdict, field, fields, is_dataclass
from difflib import get_close_matches
from enum import Enum
from types import NoneType, UnionType
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

from tarvis_core.errors import ConfigError
from tarvis_core.sentence import Sentence

Config = TypeVar("Config")


ADDED_LATER = "added later"
"""Key of a field's metadata: files written before the field existed lack it."""


def added_later(*, default: Any) -> Any:
    """A dataclass field that `from_json` gives its default where a file does not know it yet."""
    return field(default=default, metadata={ADDED_LATER: True})


def to_json(config: Any) -> str:
    """A dataclass as JSON text; enums as their values, tuples as lists."""
    return json.dumps(asdict(config), default=_enum_value, indent=2, ensure_ascii=False)


def from_json(kind: type[Config], text: str) -> Config:
    """The dataclass of this kind that `to_json` wrote.

    Args:
        kind: The dataclass. Its fields are numbers, strings, enums, dataclasses, tuples of those,
            or one of those or None.
        text: What `to_json` returned.

    Raises:
        ConfigError: The text is no JSON, a key is unknown or missing (but for fields that were
            added later), a value has the wrong type.
    """
    try:
        values = json.loads(text)
    except json.JSONDecodeError as error:
        raise ConfigError("{kind} is no JSON: {error}", kind=kind.__name__, error=error) from error
    return _read(kind, values, kind.__name__)


def _enum_value(value: Enum) -> Any:
    return value.value


def _read(kind: Any, value: Any, where: str) -> Any:
    """The value that JSON's `value` stands for where a `kind` is expected."""
    if is_dataclass(kind):
        return _read_dataclass(kind, value, where)
    if get_origin(kind) is tuple:
        return _read_tuple(get_args(kind), value, where)
    if get_origin(kind) is UnionType:
        return None if value is None else _read(_without_none(kind), value, where)
    if issubclass(kind, Enum):
        return _read_enum(kind, value, where)
    if kind is float and type(value) is int:
        return float(value)
    if type(value) is not kind:
        raise ConfigError(
            "{where} is {value!r}; it must be of type {kind}",
            where=where,
            value=value,
            kind=kind.__name__,
        )
    return value


def _read_dataclass(kind: Any, value: Any, where: str) -> Any:
    if not isinstance(value, Mapping):
        raise ConfigError(
            "{where} is {value!r}; it must be a JSON object", where=where, value=value
        )
    names = [each.name for each in fields(kind)]
    retired = getattr(kind, "RETIRED_KEYS", {})
    value = {
        key: given for key, given in value.items() if key not in retired or given != retired[key]
    }
    for key in value:
        if key not in names:
            nearest = get_close_matches(key, names, n=1)
            hint = Sentence("; did you mean “{name}”?", name=nearest[0]) if nearest else ""
            raise ConfigError(
                "{where} has an unknown key “{key}”{hint}", where=where, key=key, hint=hint
            )
    absent = [each for each in fields(kind) if each.name not in value]
    missing = [each.name for each in absent if not each.metadata.get(ADDED_LATER)]
    if missing:
        raise ConfigError("{where} lacks: {names}", where=where, names=", ".join(missing))
    types = get_type_hints(kind)
    return kind(**{name: _read(types[name], value[name], f"{where}.{name}") for name in value})


def _read_tuple(kinds: tuple[Any, ...], value: Any, where: str) -> tuple[Any, ...]:
    if not isinstance(value, list):
        raise ConfigError("{where} is {value!r}; it must be a list", where=where, value=value)
    if kinds[-1] is Ellipsis:
        kinds = (kinds[0],) * len(value)
    if len(kinds) != len(value):
        raise ConfigError(
            "{where} has {num_values} values; it must have {num_expected}",
            where=where,
            num_values=len(value),
            num_expected=len(kinds),
        )
    pairs = zip(kinds, value, strict=True)
    return tuple(
        _read(kind, entry, f"{where}[{index}]") for index, (kind, entry) in enumerate(pairs)
    )


def _read_enum(kind: type[Enum], value: Any, where: str) -> Enum:
    try:
        return kind(value)
    except ValueError as error:
        choices = ", ".join(repr(choice.value) for choice in kind)
        raise ConfigError(
            "{where} is {value!r}; it must be one of {choices}",
            where=where,
            value=value,
            choices=choices,
        ) from error


def _without_none(kind: Any) -> Any:
    (other,) = (choice for choice in get_args(kind) if choice is not NoneType)
    return other
