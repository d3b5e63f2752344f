"""Values that outlast the program: each is declared once, with its key in the settings file."""

from collections.abc import Callable
from pathlib import Path
from typing import Generic, Protocol, Self, TypeVar, overload

from PySide6.QtCore import QSettings

T = TypeVar("T")


class HasStore(Protocol):
    """What kept values are declared on."""

    store: QSettings


class Kept(Generic[T]):
    """A value in the settings file, read and set like an attribute.

    Args:
        key: Its name in the file.
        default: What is read where the file has none, as it would stand in the file.
        read: Makes the value of the file's text.
        write: Makes the file's text of the value.
    """

    def __init__(
        self,
        key: str,
        default: str,
        read: Callable[[str], T],
        write: Callable[[T], str] = str,
    ) -> None:
        self.key = key
        self._default = default
        self._read = read
        self._write = write

    @overload
    def __get__(self, owner: None, kind: type) -> Self: ...

    @overload
    def __get__(self, owner: HasStore, kind: type) -> T: ...

    def __get__(self, owner: HasStore | None, kind: type) -> Self | T:
        """The value; the declaration itself, where the class is asked."""
        if owner is None:
            return self
        return self._read(str(owner.store.value(self.key, self._default)))

    def __set__(self, owner: HasStore, value: T) -> None:
        """Keep another value."""
        owner.store.setValue(self.key, self._write(value))


def kept_text(key: str, default: str) -> Kept[str]:
    """A word."""
    return Kept(key, default, str)


def kept_flag(key: str) -> Kept[bool]:
    """Yes or no; no at first."""
    return Kept(key, "false", lambda text: text.lower() == "true", lambda is_on: str(is_on).lower())


def kept_folder(key: str) -> Kept[Path]:
    """A folder; the person's own at first."""
    return Kept(key, str(Path.home()), Path)


def kept_file(key: str) -> Kept[Path | None]:
    """A file, or None."""
    return Kept(
        key,
        "",
        lambda text: Path(text) if text else None,
        lambda path: "" if path is None else str(path),
    )


def kept_count(key: str, most: int) -> Kept[int]:
    """A number from 0 to the most there can be; what is set beyond is taken as the end."""
    return Kept(key, "0", int, lambda number: str(max(0, min(number, most))))
