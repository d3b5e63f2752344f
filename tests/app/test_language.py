"""A translation beside the program is loaded; one with mistakes does no harm."""

import subprocess
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
from PySide6.QtCore import QCoreApplication, QLocale, QTimer, QTranslator

from resources.translations.source_texts import SourceText, source_texts
from resources.translations.update import main, tool
from tarvis_app import language
from tarvis_app.application import Application
from tarvis_app.counting import counted as counted_by_window
from tarvis_app.language import SYSTEM, install_translation
from tarvis_app.settings import Settings
from tarvis_app.translated import CONTEXT, translated
from tarvis_app.window_run import delete_now, run_window
from tarvis_core.annotation.wording import counted
from tarvis_core.errors import FormatError, VideoError
from tests.fakes.fake_engine import load_fake

pytestmark = [
    pytest.mark.qt_log_ignore("This plugin does not support", extend=True),
    pytest.mark.skipif(
        not Path(tool("pyside6-lrelease")).exists(), reason="PySide's tools are not installed"
    ),
]

RUSSIAN = {
    ("Actions", "&File"): "&Файл",
    ("VideoDialog", "1 frame"): "1 кадр",
    ("VideoDialog", "{count} frames"): ["{count} кадр", "{count} кадра", "{count} кадров"],
    (CONTEXT, "there is no file or folder {path}"): "нет ни файла, ни папки {path}",
    (CONTEXT, "{place}: {error}"): "{error} ({place})",
    (CONTEXT, "{count} scores left out"): ["{count} оценка", "{count} оценки", "{count} оценок"],
    (CONTEXT, "{path} has no list of videos"): "в {file} нет видео",
    (CONTEXT, "{folder} holds no PNG files"): "в {folder нет PNG",
    (CONTEXT, "{place}: {text!r:.40} is no number"): "{place}: {text:.2f} не число",
    (CONTEXT, "{place} lacks the field {name!r}"): "{place}: нет {name}",
}


@pytest.fixture(scope="session")
def russian(tmp_path_factory):
    """A folder with a translation of a few texts, made as translators make one."""
    folder = tmp_path_factory.mktemp("translations")
    assert main(["ru", "--folder", str(folder)]) == 0
    path = folder / "tarvis_ru.ts"
    tree = ET.parse(path)
    num_done = 0
    for context in tree.iter("context"):
        for message in context.iter("message"):
            key = (context.findtext("name"), message.findtext("source"))
            if key in RUSSIAN:
                _translate(message.find("translation"), RUSSIAN[key])
                num_done += 1
    tree.write(path, encoding="utf-8", xml_declaration=True)
    command = [tool("pyside6-lrelease"), str(path), "-silent"]
    subprocess.run(command, check=True)
    assert num_done == len(RUSSIAN)
    return folder


def _translate(element, text):
    del element.attrib["type"]
    if isinstance(text, str):
        element.text = text
        return
    for form, translation in zip(element.iter("numerusform"), text, strict=True):
        form.text = translation


@pytest.fixture
def english_after(qapp):
    yield
    for translator in qapp.findChildren(QTranslator):
        qapp.removeTranslator(translator)
        translator.deleteLater()


@pytest.fixture
def translation(qapp, english_after, russian):
    return install_translation(qapp, "ru", russian)


def test_that_a_translation_holds_every_text_once(russian):
    tree = ET.parse(russian / "tarvis_ru.ts")
    found = [
        SourceText(
            context.findtext("name"), message.findtext("source"), "numerus" in message.attrib
        )
        for context in tree.iter("context")
        for message in context.iter("message")
    ]
    assert sorted(found) == source_texts()


def test_that_a_second_update_keeps_what_is_translated(russian):
    path = russian / "tarvis_ru.ts"
    before = path.read_text(encoding="utf-8")
    assert main(["ru", "--folder", str(russian)]) == 0
    assert "нет ни файла, ни папки {path}" in path.read_text(encoding="utf-8")
    assert path.read_text(encoding="utf-8").count("unfinished") == before.count("unfinished")


def test_that_the_window_and_the_core_speak_the_persons_language(
    qapp, qtbot, folders, translation, tmp_path
):
    application = Application(qapp, Settings(folders), load_fake)
    bar = application.window.menuBar().actions()
    assert [action.text() for action in bar[:2]] == ["&Файл", "&Edit"]
    application.opening.open(tmp_path / "{path}.mp4")
    notices = application.notifications
    qtbot.waitUntil(lambda: notices.current is not None, timeout=30000)
    assert notices.current.text == f"нет ни файла, ни папки {tmp_path / '{path}.mp4'}"
    application.window.close()
    delete_now(application.window)
    delete_now(application)


@pytest.mark.parametrize(
    ("count", "text"),
    [(1, "1 оценка"), (2, "2 оценки"), (5, "5 оценок"), (21, "21 оценка")],
)
def test_that_numbers_are_inflected_as_the_language_does(translation, count, text):
    assert translated(counted(count, "scores left out")) == text


def test_that_the_windows_own_numbers_are_inflected_too(translation):
    def said(count):
        one = QCoreApplication.translate("VideoDialog", "1 frame")
        several = QCoreApplication.translate("VideoDialog", "{count} frames", None, count)
        return counted_by_window(count, one, several)

    assert [said(count) for count in (1, 3, 7, 31)] == ["1 кадр", "3 кадра", "7 кадров", "31 кадр"]


def test_that_what_an_error_was_caused_by_is_translated_in_its_place(translation):
    inner = VideoError("there is no file or folder {path}", path="a.mp4")
    outer = FormatError("{place}: {error}", place="x.json", error=inner)
    assert translated(outer) == "нет ни файла, ни папки a.mp4 (x.json)"
    assert str(outer) == "x.json: there is no file or folder a.mp4"


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (FormatError("{path} has no list of videos", path="a"), "a has no list of videos"),
        (FormatError("{folder} holds no PNG files", folder="a"), "a holds no PNG files"),
        (
            FormatError("{place}: {text!r:.40} is no number", place="a", text="b"),
            "a: 'b' is no number",
        ),
        (FormatError("{place} lacks the field {name!r}", place="a", name="b"), "a: нет b"),
    ],
)
def test_that_a_translators_mistake_leaves_the_english_text(translation, error, text):
    assert translated(error) == text


def test_that_what_is_not_translated_stays_english(translation):
    assert translated(FormatError("{path} is cut off", path="a")) == "a is cut off"
    assert translated(counted(1, "frames left out")) == "1 frame left out"


def test_that_qt_speaks_the_same_language(translation):
    assert QCoreApplication.translate("QShortcut", "Space") == "Пробел"


def test_that_the_first_language_that_there_is_counts(qapp, russian, english_after, monkeypatch):
    def found(*languages):
        monkeypatch.setattr(QLocale, "uiLanguages", lambda _: list(languages))
        return install_translation(qapp, SYSTEM, russian) is not None

    assert found("ru-RU", "ru", "en")
    assert found("de-DE", "de", "ru")
    assert not found("en-GB", "en", "ru"), "English is the program's own"
    assert not found("de-DE", "de")


def test_that_the_window_takes_the_language_of_the_settings(
    qapp, folders, russian, english_after, numbered_video, monkeypatch
):
    settings = Settings(folders)
    settings.language = "ru"
    settings.sync()
    monkeypatch.setattr(language, "_folder", lambda: russian)
    titles = []

    def look_and_close():
        application = qapp.findChildren(Application)[-1]
        titles.extend(action.text() for action in application.window.menuBar().actions())
        application.window.close()

    QTimer.singleShot(0, look_and_close)
    assert run_window(numbered_video, load_fake, folders) == 0
    assert titles[:2] == ["&Файл", "&Edit"]


def test_that_no_translation_is_shipped(qapp):
    for name in ("de", "fr_CA", "zh_CN", "en_US", "C"):
        assert install_translation(qapp, name) is None
