"""Every sentence that a person reads in the window can be translated."""

import ast
import logging
import threading
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication, QMessageBox

import tarvis_app
from resources.translations.source_texts import source_texts
from tarvis_app.application import Application
from tarvis_app.segmentation.weights_worker import WeightsWorker
from tarvis_app.settings import Settings
from tarvis_app.translated import translated
from tarvis_app.window_run import delete_now
from tarvis_core.annotation.label_set import list_label_sets, load_label_set
from tarvis_core.annotation.wording import counted
from tarvis_core.errors import VideoError
from tarvis_core.sentence import Sentence
from tests.fakes import mouse
from tests.fakes.fake_engine import load_fake
from tests.fakes.pseudo_language import PseudoLanguage, texts_of, untranslated

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support", extend=True)
"""What the offscreen platform says of itself when a dialog opens."""

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


def test_that_every_text_is_looked_up_as_it_stands_in_the_code():
    """Or it could not be gathered for translators."""
    odd = [
        f"{path.relative_to(ROOT)}:{call.lineno} {ast.unparse(call)}"
        for path in sorted(ROOT.rglob("*.py"))
        for call in ast.walk(ast.parse(path.read_text()))
        if isinstance(call, ast.Call) and is_odd(call)
    ]
    assert odd == []


def is_odd(call):
    """Whether a text is looked up that is computed, or by an object whose class is not known."""
    if isinstance(call.func, ast.Name):
        return call.func.id == "_tr" and not isinstance(call.args[0], ast.Constant)
    if not isinstance(call.func, ast.Attribute) or call.func.attr != "tr":
        return False
    is_own = ast.unparse(call.func.value) == "self"
    text = call.args[0]
    is_of_table = isinstance(text, ast.Subscript) and ast.unparse(text.value).isupper()
    return not (is_own and (isinstance(text, ast.Constant) or is_of_table))


@pytest.fixture
def pseudo_language(qapp):
    language = PseudoLanguage()
    language.strangers = set(qapp.topLevelWidgets())
    qapp.installTranslator(language)
    yield language
    qapp.removeTranslator(language)


@pytest.fixture
def application(qapp, qtbot, folders, pseudo_language, numbered_video):
    """The window in the pseudo-language, with a target that was clicked and tracked."""
    application = Application(qapp, Settings(folders), load_fake)
    application.strangers = pseudo_language.strangers
    application.window.resize(1400, 900)
    application.window.show()
    application.open(numbered_video)
    qtbot.waitUntil(lambda: application.presenter.frame is not None, timeout=30000)
    yield application
    application.window.close()
    delete_now(application.window)
    delete_now(application)


@pytest.fixture
def names(tmp_path, numbered_video):
    """What is the person's or a data set's own, and has no language."""
    sets = [load_label_set(name) for name in list_label_sets()]
    classes = {words for each in sets for row in each.categories for words in (row.name, row.words)}
    videos = {str(numbered_video), numbered_video.name, numbered_video.stem}
    return {*NAMES, *OWN_NAMES, *OF_QT, *videos, *classes, str(tmp_path)}


OWN_NAMES = {"Target 1", "Target 2", "fake", "YouTube-VIS 2021", "KITTI-STEP", "H.264", "MP4/MOV"}
OF_QT = {"OK"}
"""What Qt says and translates itself."""


def in_english(application, names):
    """What the window shows anywhere that is not translated; not what other tests left behind."""
    return {
        (type(owner).__name__, name, text)
        for window in set(QApplication.topLevelWidgets()) - application.strangers
        for owner, name, text in texts_of(window)
        if untranslated(text, names)
    }


def click_and_track(application, qtbot):
    application.actions["tool.point"].trigger()
    mouse.click(application.canvas, 30, 20, mouse.LEFT)
    qtbot.waitUntil(lambda: bool(application.document.opened.targets), timeout=30000)
    qtbot.wait(300)
    application.actions["edit.accept"].trigger()
    application.actions["track.forward"].trigger()
    runs = application.runs
    qtbot.waitUntil(lambda: not (runs.is_running or runs.is_waiting), timeout=60000)


STEPS = (
    "review.next", "review.verify", "target.split", "target.swap", "target.copy_to_range",
    "target.interpolate", "track.check", "target.lock", "target.split", "edit.undo", "edit.redo",
)  # fmt: skip
"""Done one after the other: they find something to say, or do not."""


def test_that_the_window_at_work_shows_no_text_untranslated(qapp, qtbot, application, names):
    told = []
    application.notifications.notice_shown.connect(told.append)
    assert in_english(application, names) == set()
    click_and_track(application, qtbot)
    assert in_english(application, names) == set()
    runs = application.runs
    for step in STEPS:
        application.actions[step].trigger()
        qtbot.waitUntil(lambda: not (runs.is_running or runs.is_waiting), timeout=60000)
        qtbot.wait(50)
        assert in_english(application, names) == set(), step
    texts = [text for notice in told for text in (notice.text, *(r.text for r in notice.remedies))]
    assert len(texts) > 3
    assert [text for text in texts if untranslated(text, names)] == []


def test_that_suggestions_and_the_tour_show_no_text_untranslated(qapp, qtbot, application, names):
    told = []
    application.notifications.notice_shown.connect(told.append)
    application.task_panel.find_button.click()
    qtbot.waitUntil(lambda: len(application.suggestions.waiting) == 2, timeout=60000)
    assert in_english(application, names) == set()
    application.actions["edit.accept_all"].trigger()
    qtbot.waitUntil(lambda: bool(application.document.opened.targets), timeout=30000)
    qtbot.wait(100)
    assert in_english(application, {*names, *names_of_targets(application)}) == set()
    application.actions["help.tour"].trigger()
    assert in_english(application, {*names, *names_of_targets(application)}) == set()
    assert len(told) > 1
    assert [notice.text for notice in told if untranslated(notice.text, names)] == []


def names_of_targets(application):
    return {target.name for target in application.document.opened.targets.values()}


def test_that_the_dialogs_show_no_text_untranslated(qapp, qtbot, application, names, tmp_path):
    click_and_track(application, qtbot)
    for action in (
        "video.properties",
        "model.choose",
        "help.shortcuts",
        "file.batch",
        "help.about",
    ):
        application.actions[action].trigger()
        qtbot.wait(500)
        assert in_english(application, names) == set(), action
    (box,) = [box for box in qapp.topLevelWidgets() if isinstance(box, QMessageBox)]
    assert "«" in box.informativeText()
    box.close()


def test_that_exports_and_imports_show_no_text_untranslated(
    qapp, qtbot, application, names, tmp_path
):
    click_and_track(application, qtbot)
    dialog = application.export_dialog
    application.actions["file.export"].trigger()
    for row in range(dialog.formats.count()):
        dialog.formats.setCurrentRow(row)
        qtbot.wait(20)
        assert in_english(application, names) == set(), dialog.formats.item(row).text()
    dialog.choose_format("davis")
    dialog.choose_format("coco")
    qtbot.waitUntil(lambda: "no class" in dialog.report.toPlainText(), timeout=30000)
    assert untranslated(dialog.report.toPlainText(), names) == ""
    dialog.folder.setText(str(tmp_path / "out"))
    with qtbot.waitSignal(application.exchange.exported, timeout=30000):
        dialog.start()
    assert in_english(application, names) == set()
    (source,) = (tmp_path / "out").rglob("*.json")
    with qtbot.waitSignal(application.exchange.import_looked, timeout=30000):
        application.dropping.take(source)
    assert in_english(application, names) == set()
    source.write_text("{")
    with qtbot.waitSignal(application.exchange.import_failed, timeout=30000):
        application.dropping.take(source)
    assert in_english(application, names) == set()


def test_that_a_banner_says_the_cores_errors_in_the_persons_language(
    qapp, qtbot, application, names, tmp_path
):
    told = []
    application.notifications.notice_shown.connect(told.append)
    broken = tmp_path / "broken.tarvis"
    broken.write_bytes(b"no project " * 100)
    for path in (tmp_path / "none.mp4", broken):
        application.opening.open(path)
        qtbot.waitUntil(lambda: bool(told), timeout=30000)
        assert untranslated(told.pop().text, names) == ""
        assert in_english(application, names) == set()


def test_that_the_engines_warnings_are_said_in_the_persons_language(qtbot, application):
    log = logging.getLogger("tarvis_core.inference.clip_source")
    log.warning(Sentence("memory ran out on {device}; going on", device="cpu"))
    notices = application.notifications
    qtbot.waitUntil(lambda: notices.current is not None, timeout=30000)
    assert notices.current.text == "«memory ran out on cpu; going on»."
    assert len(notices.current.remedies) == 1


def test_that_every_text_that_was_looked_up_is_one_that_translators_get(
    qtbot, application, pseudo_language
):
    click_and_track(application, qtbot)
    known = {text.text for text in source_texts()}
    asked = {text for _, text in pseudo_language.asked}
    assert len(asked) > 300
    assert asked - known == set()


def test_that_the_catalogue_of_weights_is_translated(qtbot, pseudo_language):
    worker = WeightsWorker(threading.Event())
    with qtbot.waitSignal(worker.weights_listed) as listed:
        worker.list_weights()
    assert listed.args[0]
    for info in listed.args[0]:
        assert [untranslated(text) for text in (info.title, info.purpose, info.licence)] == [""] * 3


def test_that_sentences_within_sentences_are_translated(pseudo_language):
    inner = VideoError("{path} is not there", path="{a}.mp4")
    outer = Sentence("{place}: {error}", place="x.json", error=inner)
    assert translated(outer) == "«x.json: «{a}.mp4 is not there»»"
    assert translated(inner) == "«{a}.mp4 is not there»"
    assert translated(counted(1, "masks left out")) == "«1 masks left out»"
    assert translated("x.json") == "x.json"


def test_that_the_core_speaks_english_where_nothing_is_translated(qapp):
    assert translated(counted(1, "masks left out")) == "1 mask left out"
    assert translated(counted(2, "masks left out")) == "2 masks left out"
    assert translated(VideoError("a {strange} name")) == "a {strange} name"
