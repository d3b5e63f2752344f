"""Reads the tensors of a foreign `.pth` file without running any of its code.

Such files are pickles, and a pickle may name any function to be called. PyTorch's own safe reader
is tried first; it refuses a file as a whole when anything in it is not plain data, as training
states usually are not. The reader below then takes the tensors and plain containers, and puts an
inert placeholder wherever the file names anything else.
"""

import pickle
import zipfile
from collections import OrderedDict
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from typing_extensions import override

from tarvis_core.errors import CheckpointError

STORAGE_TYPES = {
    "DoubleStorage": torch.float64,
    "FloatStorage": torch.float32,
    "HalfStorage": torch.float16,
    "BFloat16Storage": torch.bfloat16,
    "LongStorage": torch.int64,
    "IntStorage": torch.int32,
    "ShortStorage": torch.int16,
    "CharStorage": torch.int8,
    "ByteStorage": torch.uint8,
    "BoolStorage": torch.bool,
}
UNREADABLE = (
    pickle.UnpicklingError,
    zipfile.BadZipFile,
    AttributeError,
    EOFError,
    IndexError,
    KeyError,
    RuntimeError,
    TypeError,
    ValueError,
)
"""What reading a damaged or hostile file may raise."""


def read_tensors(path: Path, entry: str = "model") -> dict[str, Tensor]:
    """The state dict in a `.pth` file.

    Args:
        path: What `torch.save` wrote: a state dict, or a dictionary with one under `entry`.
        entry: The key of the state dict.

    Raises:
        CheckpointError: The file cannot be read or holds no state dict.
    """
    content = _read(path)
    if isinstance(content, Mapping) and entry in content:
        content = content[entry]
    if not isinstance(content, Mapping) or not content:
        raise CheckpointError(
            "{path} holds no state dict, neither as “{entry}” nor as a whole",
            path=path,
            entry=entry,
        )
    wrong = [name for name, value in content.items() if not isinstance(value, Tensor)]
    if wrong:
        raise CheckpointError(
            "{path}: the state dict holds entries that are no tensors: {wrong}",
            path=path,
            wrong=wrong,
        )
    return {str(name): value for name, value in content.items()}


def _read(path: Path) -> Any:
    try:
        return torch.load(path, map_location="cpu", weights_only=True)
    except OSError as error:
        raise CheckpointError("{path} cannot be opened: {error}", path=path, error=error) from error
    except UNREADABLE:
        return _read_restricted(path)


def _read_restricted(path: Path) -> Any:
    try:
        with zipfile.ZipFile(path) as archive:
            (pickled,) = (name for name in archive.namelist() if name.endswith("/data.pkl"))
            with archive.open(pickled) as file:
                folder = pickled.removesuffix("data.pkl")
                return _RestrictedUnpickler(file, archive, folder).load()
    except UNREADABLE as error:
        raise CheckpointError(
            "{path} is no PyTorch file of this century, or is damaged: {error}",
            path=path,
            error=error,
        ) from error


class _RestrictedUnpickler(pickle.Unpickler):
    """Admits tensors and plain containers; all else becomes a placeholder without behaviour."""

    def __init__(self, file: Any, archive: zipfile.ZipFile, folder: str) -> None:
        super().__init__(file)
        self._archive = archive
        self._folder = folder
        self._storages: dict[str, Tensor] = {}
        # made anew for each file: a hostile one may write to the class it is handed
        self._placeholder = _make_placeholder()

    @override
    def find_class(self, module_name: str, global_name: str, /) -> Any:
        admitted = {
            ("collections", "OrderedDict"): OrderedDict,
            ("torch", "Size"): tuple,
            ("torch._utils", "_rebuild_tensor_v2"): _rebuild_tensor,
            ("torch._utils", "_rebuild_parameter"): _rebuild_parameter,
            **{("torch", name): kind for name, kind in STORAGE_TYPES.items()},
        }
        return admitted.get((module_name, global_name), self._placeholder)

    @override
    def persistent_load(self, pid: Any) -> Tensor:
        """The numbers of one storage, as a one-dimensional tensor."""
        kind, scalar_type, key, *_ = pid
        if kind != "storage" or not isinstance(scalar_type, torch.dtype):
            raise pickle.UnpicklingError(f"a storage of an unknown kind: {pid}")
        if key not in self._storages:
            content = bytearray(self._archive.read(f"{self._folder}data/{key}"))
            empty = torch.empty(0, dtype=scalar_type)
            self._storages[key] = torch.frombuffer(content, dtype=scalar_type) if content else empty
        return self._storages[key]


def _make_placeholder() -> type:
    def accept(*_arguments: Any, **_options: Any) -> None:
        """Take anything, do nothing."""

    def return_self(self: Any, *_arguments: Any, **_options: Any) -> Any:
        return self

    names = ("__init__", "__setstate__", "__setitem__", "append", "extend", "add", "update")
    return type("Placeholder", (), dict.fromkeys(names, accept) | {"__call__": return_self})


def _rebuild_tensor(
    storage: Tensor, offset: int, size: tuple[int, ...], stride: tuple[int, ...], *_: Any
) -> Tensor:
    """A view of a storage; torch checks that it lies inside."""
    if not isinstance(storage, Tensor):
        raise pickle.UnpicklingError("a tensor without numbers")
    return torch.as_strided(storage, tuple(size), tuple(stride), offset).clone()


def _rebuild_parameter(value: Tensor, *_: Any) -> Tensor:
    return value
