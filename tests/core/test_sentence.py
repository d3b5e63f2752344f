"""Sentences of the core keep their values until they are shown."""

import ast
import copy
import pickle
import re
from pathlib import Path
from string import Formatter

import pytest

from tarvis_core import errors
from tarvis_core.errors import FormatError, TarvisError, VideoError
from tarvis_core.sentence import Sentence


def test_that_the_values_stand_in_the_text():
    sentence = Sentence("{path} has {num_frames} frames, {score:.2f}", path=Path("a.mp4"),
                        num_frames=3, score=0.5)  # fmt: skip
    assert str(sentence) == f"{sentence}" == "a.mp4 has 3 frames, 0.50"


def test_that_braces_in_a_value_stay_as_they_are():
    error = VideoError("{path} is not there", path=Path("take {1} {path}.mp4"))
    assert str(error) == "take {1} {path}.mp4 is not there"
    assert str(FormatError("{place}: {error}", place="x", error=error)) == f"x: {error}"


def test_that_a_text_without_values_is_taken_to_the_letter():
    assert str(TarvisError("a {strange} name")) == "a {strange} name"
    assert str(TarvisError("{{")) == "{{"
    assert str(TarvisError()) == ""


def test_that_an_error_keeps_the_sentence_of_what_caused_it():
    inner = VideoError("{path} is not there", path="a.mp4")
    outer = FormatError("{place}: {error}", place="x.json", error=inner)
    assert outer.sentence.values == {"place": "x.json", "error": inner.sentence}
    foreign = FormatError("{path}: {error}", path="x.json", error=OSError(5, "input or output"))
    assert foreign.sentence.values["error"] == "[Errno 5] input or output"


def test_that_a_sentence_can_be_given_to_an_error():
    sentence = Sentence("{path} is not there", path="a.mp4")
    error = VideoError(sentence)
    assert error.sentence is sentence
    assert str(error) == str(sentence)


@pytest.mark.parametrize(
    "copied", [copy.copy, copy.deepcopy, lambda e: pickle.loads(pickle.dumps(e))]
)
def test_that_an_error_is_copied_whole(copied):
    error = FormatError("{path}: {error}", path=Path("{a}.mp4"), error=VideoError("no {x}", x=1))
    again = copied(error)
    assert type(again) is FormatError
    assert str(again) == str(error) == "{a}.mp4: no 1"
    assert again.sentence == error.sentence
    assert hash(again.sentence) == hash(error.sentence)
    assert copied(error.sentence) == error.sentence


def test_that_a_sentence_does_not_change():
    sentence = Sentence("{path} is not there", path="a.mp4")
    with pytest.raises(AttributeError):
        sentence.template = "no"


ROOT = Path(__file__).parents[2]
ERRORS = {
    name
    for name, kind in vars(errors).items()
    if isinstance(kind, type) and issubclass(kind, TarvisError)
}


def wrong_sentences(tree):
    """Sentences and errors that no translation could be looked up by, or that lack a value."""
    for call in ast.walk(tree):
        name = call.func.id if isinstance(call, ast.Call) and hasattr(call.func, "id") else None
        if name not in {*ERRORS, "Sentence"} or not call.args:
            continue
        template = call.args[0]
        if isinstance(template, ast.Constant):
            values = [keyword.arg for keyword in call.keywords]
            if values != list(dict.fromkeys(named_values(template.value, has_values=bool(values)))):
                yield f"{call.lineno}: {template.value!r} with {values}"
        elif not is_made_elsewhere(name, template):
            yield f"{call.lineno}: {ast.unparse(template)}"


def named_values(template, *, has_values):
    """The names in a template; of one without values, what looks like a name all the same."""
    if not has_values:
        return re.findall(r"\{(\w+)[^{}]*\}", template)
    return [name for _, name, _, _ in Formatter().parse(template) if name is not None]


def is_made_elsewhere(name, template):
    """Whether an error is given a sentence, or a sentence the words of a table or an enum."""
    if name == "Sentence":
        return isinstance(template, ast.Attribute)
    made = template.func if isinstance(template, ast.Call) else template
    return isinstance(made, ast.Name) and made.id in {"Sentence", "sentence"}


@pytest.mark.parametrize(
    "path",
    [
        path
        for package in ("tarvis_core", "tarvis_app")
        for path in sorted((ROOT / package).rglob("*.py"))
        if path.name != "errors.py"
    ],
    ids=lambda path: str(path.relative_to(ROOT)),
)
def test_that_every_sentence_is_a_template_with_its_values(path):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    assert list(wrong_sentences(tree)) == []


@pytest.mark.parametrize(
    "code",
    [
        "raise FormatError(f'{path} is not there')",
        "raise FormatError('{path} is not there')",
        "raise FormatError('{path} is not there', file=path)",
        "raise FormatError('it is not there', path=path)",
        "raise FormatError('it is ' + reason)",
        "raise FormatError(reason)",
        "yield Sentence(f'{path} is not there')",
    ],
)
def test_that_a_sentence_that_cannot_be_translated_is_found(code):
    assert len(list(wrong_sentences(ast.parse(code)))) == 1
