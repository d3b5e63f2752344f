"""Every sentence of the window can be translated."""

import ast
from pathlib import Path

import pytest

import tarvis_app

ROOT = Path(tarvis_app.__file__).parent
SHOWN_BY = {
    "addAction",
    "addItem",
    "addMenu",
    "addTab",
    "error",
    "inform",
    "setAccessibleName",
    "setPlaceholderText",
    "setStatusTip",
    "setText",
    "setTitle",
    "setToolTip",
    "setWindowTitle",
    "warn",
    "Remedy",
    "QCheckBox",
    "QLabel",
    "QPushButton",
    "QRadioButton",
    "Section",
}
"""Calls that put their first text before a person's eyes."""
NAMES = {"TarViS Studio"}
LOGGERS = {"log", "logger"}


def shown_literals(tree):
    """The texts that are shown as they stand in the code."""
    for call in ast.walk(tree):
        if not isinstance(call, ast.Call):
            continue
        name = call.func.attr if isinstance(call.func, ast.Attribute) else None
        if isinstance(call.func, ast.Name):
            name = call.func.id
        owner = call.func.value if isinstance(call.func, ast.Attribute) else None
        if name not in SHOWN_BY or (isinstance(owner, ast.Name) and owner.id in LOGGERS):
            continue
        for argument in call.args[:1]:
            is_text = isinstance(argument, ast.Constant) and isinstance(argument.value, str)
            is_name = is_text and argument.value in NAMES
            if is_text and not is_name and any(letter.isalpha() for letter in argument.value):
                yield f"{argument.lineno}: {argument.value!r}"


@pytest.mark.parametrize("path", sorted(ROOT.rglob("*.py")), ids=lambda p: str(p.relative_to(ROOT)))
def test_that_no_sentence_is_shown_untranslated(path):
    assert list(shown_literals(ast.parse(path.read_text()))) == []


def test_that_a_sentence_in_the_code_is_found():
    code = "self.box.setToolTip('Size'); log.error('lost'); self.box.setText(self.tr('Size'))"
    assert list(shown_literals(ast.parse(code))) == ["1: 'Size'"]
