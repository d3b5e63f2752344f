"""The direction of imports (docs/architecture.md), enforced on the syntax trees."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
FORBIDDEN = {
    "tarvis_core": ("PySide6", "qtawesome", "pyqtgraph", "tarvis_app", "training"),
    "tarvis_core/annotation": ("torch", "timm", "tarvis_core.model", "tarvis_core.inference"),
    "tarvis_core/video": ("torch", "timm", "tarvis_core.model", "tarvis_core.inference"),
    "tarvis_core/model": ("tarvis_core.inference", "tarvis_core.video", "tarvis_core.annotation"),
    "tarvis_app": ("training", "torch", "timm", "tarvis_core.model"),
    "training": ("tarvis_app", "PySide6"),
}
INFERENCE_DOORS = {
    "tarvis_app/segmentation/network_worker.py",
    "tarvis_app/segmentation/weights_worker.py",
}
# the command line loads a verb's module when the verb is called: `tarvis --help` stays instant
LAZY_DOORS = {
    *INFERENCE_DOORS,
    "tarvis_app/__main__.py",
    "tarvis_core/commands/command_line.py",
}


def _files(folder: str) -> list[Path]:
    return sorted((ROOT / folder).rglob("*.py"))


def _imports(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def _is_within(module: str, package: str) -> bool:
    return module == package or module.startswith(package + ".")


@pytest.mark.parametrize("folder", FORBIDDEN)
def test_that_a_package_imports_only_what_it_may(folder):
    found = [
        f"{path.relative_to(ROOT)} imports {module}"
        for path in _files(folder)
        for module in _imports(ast.parse(path.read_text(encoding="utf-8")))
        for package in FORBIDDEN[folder]
        if _is_within(module, package)
    ]
    assert found == []


def test_that_the_window_reaches_inference_through_its_workers_only():
    found = [
        str(path.relative_to(ROOT))
        for path in _files("tarvis_app")
        for module in _imports(ast.parse(path.read_text(encoding="utf-8")))
        if _is_within(module, "tarvis_core.inference")
    ]
    assert set(found) <= INFERENCE_DOORS


@pytest.mark.parametrize("folder", ["tarvis_core", "tarvis_app", "training"])
def test_that_no_function_imports(folder):
    found = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for path in _files(folder)
        if path.relative_to(ROOT).as_posix() not in LAZY_DOORS
        for function in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef)
        for node in ast.walk(function)
        if isinstance(node, ast.Import | ast.ImportFrom)
    ]
    assert found == []
