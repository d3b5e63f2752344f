"""Every text that a translation is made of, read from the program's syntax trees.

The window's texts stand in `self.tr("…")` (the context is the class), in `_tr("…")` and
`QCoreApplication.translate(CONTEXT, "…")` of modules without one, and in tables marked with
`QT_TRANSLATE_NOOP`. The core's are the templates of `Sentence`, of errors, and of what is counted.
"""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import yaml

from tarvis_app.translated import CONTEXT as CORE
from tarvis_core import errors
from tarvis_core.annotation.formats.format_list import FORMATS
from tarvis_core.annotation.formats.lint import LintKind
from tarvis_core.annotation.formats.loss import LossKind
from tarvis_core.annotation.track import FrameState

ROOT = Path(__file__).parents[2]
ERRORS = frozenset(
    name
    for name, kind in vars(errors).items()
    if isinstance(kind, type) and issubclass(kind, errors.TarvisError)
)
"""Names of the classes whose first argument is a template."""
TEMPLATED = ERRORS | {"Sentence"}
COUNTED = "counted"
"""Of `tarvis_core.annotation.wording`; what it counts is its second argument."""
CATALOGUE_TEXTS = ("title", "purpose", "licence")


@dataclass(frozen=True, order=True)
class SourceText:
    """A text as it stands in the code."""

    context: str
    text: str
    is_counted: bool = False
    """Whether languages inflect it by a number."""


def source_texts() -> list[SourceText]:
    """All of them, each once, in a fixed order."""
    return sorted({*window_texts(), *core_texts()})


def window_texts() -> Iterator[SourceText]:
    """What the window's own code says."""
    for path in sorted((ROOT / "tarvis_app").rglob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        yield from _texts_within(tree, None, _Module(tree))


def core_texts() -> Iterator[SourceText]:
    """What the core says and the window shows; its commands speak English."""
    for package in ("tarvis_core", "tarvis_app"):
        for path in sorted((ROOT / package).rglob("*.py")):
            if "commands" not in path.parts:
                yield from _sentences(ast.parse(path.read_text(encoding="utf-8")))
    yield from (SourceText(CORE, state.value) for state in FrameState)
    yield from (SourceText(CORE, known.title) for known in FORMATS)
    yield from (SourceText(CORE, text) for text in _catalogue())
    kinds: tuple[type[Enum], ...] = (LintKind, LossKind)
    for kind in kinds:
        yield from (SourceText(CORE, f"{{count}} {each.value}", is_counted=True) for each in kind)


def _catalogue() -> Iterator[str]:
    content = yaml.safe_load((files("resources") / "weights.yaml").read_text(encoding="utf-8"))
    for row in (*content["bundled"], *content["released"]):
        yield from (row[name] for name in CATALOGUE_TEXTS if name in row)


def _sentences(tree: ast.Module) -> Iterator[SourceText]:
    counts = any(
        isinstance(node, ast.ImportFrom) and node.module == "tarvis_core.annotation.wording"
        for node in ast.walk(tree)
    )
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        name = _name(node.func)
        if name in TEMPLATED and (text := _literal(node, 0)):
            yield SourceText(CORE, text)
        elif name == COUNTED and counts and (text := _literal(node, 1)):
            yield SourceText(CORE, f"{{count}} {text}", is_counted=True)


@cache
def _parsed(path: str) -> ast.Module:
    file = ROOT / path
    return ast.parse(file.read_text(encoding="utf-8") if file.is_file() else "")


def _constants(tree: ast.Module) -> dict[str, Any]:
    return {
        target.id: node.value.value
        for node in tree.body
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant)
        for target in node.targets
        if isinstance(target, ast.Name)
    }


class _Module:
    """What the names of a module stand for."""

    def __init__(self, tree: ast.Module) -> None:
        self.values = _constants(tree)
        self.own_context = ""
        """Of its function `_tr`."""
        for node in tree.body:
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("tarvis_app."):
                theirs = _constants(_parsed((node.module or "").replace(".", "/") + ".py"))
                known = (alias for alias in node.names if alias.name in theirs)
                self.values |= {alias.asname or alias.name: theirs[alias.name] for alias in known}
            elif isinstance(node, ast.FunctionDef) and node.name == "_tr":
                calls = (call for call in ast.walk(node) if isinstance(call, ast.Call))
                call = next(call for call in calls if _name(call.func) == "translate")
                self.own_context = self.text(call, 0)

    def text(self, call: ast.Call, position: int) -> str:
        """An argument that is a text, or a name for one; empty if it is neither."""
        argument = call.args[position]
        if isinstance(argument, ast.Name):
            return str(self.values.get(argument.id, ""))
        return _literal(call, position)


def _texts_within(node: ast.AST, owner: str | None, module: _Module) -> Iterator[SourceText]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Call) and (found := _text_of(child, owner, module)):
            yield found
        inner = child.name if isinstance(child, ast.ClassDef) else owner
        yield from _texts_within(child, inner, module)


def _text_of(call: ast.Call, owner: str | None, module: _Module) -> SourceText | None:
    name, found = _name(call.func), None
    if name == "tr" and owner is not None:
        found = SourceText(owner, _literal(call, 0), _is_counted(call, 2))
    elif name == "_tr":
        found = SourceText(module.own_context, _literal(call, 0), _is_counted(call, 1))
    elif name in {"translate", "_", "QT_TRANSLATE_NOOP"} and len(call.args) > 1:
        found = SourceText(module.text(call, 0), _literal(call, 1), _is_counted(call, 3))
    return found if found and found.context and found.text else None


def _is_counted(call: ast.Call, position: int) -> bool:
    return len(call.args) > position


def _name(function: ast.expr) -> str:
    if isinstance(function, ast.Attribute):
        return function.attr
    return function.id if isinstance(function, ast.Name) else ""


def _literal(call: ast.Call, position: int) -> str:
    if len(call.args) <= position:
        return ""
    match call.args[position]:
        case ast.Constant(value=str(text)):
            return text
    return ""
