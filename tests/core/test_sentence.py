"""Sentences of the core keep their values until they are shown."""

import copy
import pickle
from pathlib import Path

import pytest

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
