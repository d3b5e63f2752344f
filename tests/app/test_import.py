"""Imports: what is wrong, lost or doubled is seen before anything is changed, and can be left."""

import json
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtWidgets import QWidget

from tarvis_app.conduct.import_conduct import ImportNotices
from tarvis_app.dialogs.import_dialog import ImportDialog
from tarvis_app.dialogs.import_texts import look_html
from tarvis_app.document.edits import Edit
from tarvis_app.exchange.exchange_jobs import ExportJob, ImportJob, ImportLook
from tarvis_app.exchange.exchange_worker import ExchangeWorker
from tarvis_app.exchange.import_check import check, look_into
from tarvis_core.annotation import target_operations
from tarvis_core.annotation.formats.format_list import FORMATS
from tarvis_core.annotation.formats.project_conversion import import_changes, project_to_video
from tarvis_core.annotation.mask import Mask
from tarvis_core.annotation.mask_store import MaskChange
from tarvis_core.annotation.project import Project
from tarvis_core.annotation.project_changes import LabelSetChange, VideoChange
from tarvis_core.annotation.project_file import ProjectFile
from tarvis_core.annotation.track import FrameState, MaskSource
from tarvis_core.errors import AnnotationError, FormatError
from tests.fakes.projects import COW, SIZE, content, sample_project

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support", extend=True)
"""What the offscreen platform says of itself when a dialog opens."""


def exported(file, folder, format_id):
    worker = ExchangeWorker()
    worker._export(ExportJob(file.path, format_id, folder, 0, 11))
    return folder


def ignore(_part):
    """Be told how far it is."""


def coco_file(folder):
    return next(path for path in folder.rglob("*.json"))


def test_that_annotations_of_a_longer_video_are_refused(file, tmp_path):
    """A file of SA-V is about every fourth frame, unless it says otherwise, as ours do."""
    source = coco_file(exported(file, tmp_path / "out", "sa_v"))
    content = json.loads(source.read_text())
    assert content.pop("frame_numbers") == list(range(7))
    source.write_text(json.dumps(content))
    with pytest.raises(AnnotationError, match="has 12 frames"):
        look_into(ImportJob(file.path, source), ignore)


COUNTED_FROM_0 = ("cityscapes_vps", "mots", "cvat_video")
"""Of what these formats hold, nothing says which frames of the video it is about."""


@pytest.mark.parametrize("known", FORMATS, ids=lambda known: known.id)
def test_that_a_part_of_the_video_comes_back_to_its_frames_whichever_file_is_chosen(
    file, tmp_path, known
):
    job = ExportJob(file.path, known.id, tmp_path / "out", 2, 4)
    written = ExchangeWorker()._export(job).files
    for chosen in {written[0], written[-1], tmp_path / "out"}:
        look = look_into(ImportJob(file.path, chosen), ignore)
        assert look.format_title == known.title
        expected = (0, 1, 2) if known.id in COUNTED_FROM_0 else (2, 3, 4)
        assert look.frames == expected
        assert f"3 frames ({expected[0]} to {expected[-1]})" in look_html(look)


@pytest.mark.parametrize("known", FORMATS, ids=lambda known: known.id)
def test_that_odd_names_of_videos_and_classes_come_back(file, tmp_path, known):
    project = file.project
    odd = replace(project.video, path="/videos/Ein Kühe & <Gras> #1.%d.mp4")
    words = tuple(replace(c, name=f'a & "b"\t<ü>/{c.id}') for c in project.label_set.categories)
    label_set = replace(project.label_set, categories=words)
    changes = (VideoChange(project.video, odd), LabelSetChange(project.label_set, label_set))
    project.apply((*changes, *target_operations.rename(project, COW, "Bert\"a\n<&>'ü")))
    result = ExchangeWorker()._export(ExportJob(file.path, known.id, tmp_path / "o ü#", 0, 11))
    assert result.differences == ()

    look = look_into(ImportJob(file.path, result.files[0]), ignore)

    assert look.format_title == known.title
    assert look.num_masks in (6, 7), "with the grass, or without"
    assert look.differences == ()


def test_that_a_file_that_is_of_no_data_set_is_refused_in_words_that_help(file, tmp_path):
    odd = tmp_path / "a" / "b" / "c" / "d" / "odd.png"
    odd.parent.mkdir(parents=True)
    odd.write_bytes(b"")
    with pytest.raises(FormatError, match=r"odd\.png is in no known .* choose another file"):
        look_into(ImportJob(file.path, odd), ignore)
    with pytest.raises(FormatError, match="is not there"):
        look_into(ImportJob(file.path, tmp_path / "gone.png"), ignore)


@pytest.mark.parametrize("format_id", [known.id for known in FORMATS])
def test_that_a_trial_gives_every_format_back_as_it_was_read(file, tmp_path, format_id):
    folder = exported(file, tmp_path / "out", format_id)
    parts = []
    look = look_into(ImportJob(file.path, folder), parts.append)
    assert look.differences == ()
    assert look.num_targets > 0
    assert parts == sorted(parts)
    assert parts[-1] <= 1


def test_that_what_is_there_already_and_what_is_odd_is_said(file, tmp_path):
    source = coco_file(exported(file, tmp_path / "out", "coco"))
    look = look_into(ImportJob(file.path, source), ignore)
    text = " ".join(map(str, look.warnings))
    assert "in the project already" in text
    content = json.loads(source.read_text())
    for row in content["annotations"]:
        row["iscrowd"] = 1
    source.write_text(json.dumps(content))
    look = look_into(ImportJob(file.path, source), ignore)
    assert "kept as ordinary masks" in " ".join(map(str, look.losses))


def test_that_a_trial_finds_what_would_not_come_back(file):
    video = project_to_video(file.project)
    source = changes_of(file, video)
    broken = tuple(
        replace(change, after=replace(change.after, mask=Mask.empty(*SIZE)))
        if isinstance(change, MaskChange) and index == last_mask(source)
        else change
        for index, change in enumerate(source)
    )
    assert check(file, video, source) == ()
    assert any("missing" in str(said) for said in check(file, video, broken))


def test_that_what_comes_back_has_no_law_where_there_is_no_mask(file, tmp_path):
    source = coco_file(exported(file, tmp_path / "out", "coco"))
    look = look_into(ImportJob(file.path, source), ignore)
    written = [change for change in look.changes if isinstance(change, MaskChange)]
    assert written
    assert not [c for c in written if c.after.mask.is_empty and c.after.state.is_law]


def davis_folder(file, tmp_path):
    """The project's masks, of which it confirmed one, in a format that does not say so."""
    return exported(file, tmp_path / "out", "davis")


def test_that_masks_of_which_no_file_says_who_made_them_are_nobodys_word(file, tmp_path):
    look = look_into(ImportJob(file.path, davis_folder(file, tmp_path)), ignore)
    assert look.num_masks == look.num_unsaid == 6
    assert look.num_law == 0
    written = [change.after for change in look.changes if isinstance(change, MaskChange)]
    assert {held.state for held in written} == {FrameState.PREDICTED}


def test_that_they_are_law_where_the_person_says_that_they_are_right(file, tmp_path):
    job = ImportJob(file.path, davis_folder(file, tmp_path), are_checked=True)
    look = look_into(job, ignore)
    assert look.num_law == look.num_masks == look.num_unsaid == 6
    assert look.differences == ()


def test_that_what_files_say_themselves_is_not_asked(file, tmp_path):
    for format_id in ("coco", "burst"):
        folder = exported(file, tmp_path / format_id, format_id)
        look = look_into(ImportJob(file.path, folder), ignore)
        assert look.num_unsaid == 0
        assert 0 < look.num_law < look.num_masks


def changes_of(file, video):
    return import_changes(file.project, video, source=MaskSource("import test"))


def last_mask(changes):
    """Position of the last change that writes a mask with pixels."""
    written = [
        index
        for index, change in enumerate(changes)
        if isinstance(change, MaskChange) and not change.after.mask.is_empty
    ]
    return written[-1]


@pytest.fixture
def window(qtbot):
    window = QWidget()
    qtbot.addWidget(window)
    return window


@pytest.fixture
def dialog(window, document, exchange, settings, theme):
    return ImportDialog(document, exchange, settings, window)


def test_that_nothing_is_changed_before_the_person_says_so(
    qtbot, dialog, exchange, document, file, tmp_path
):
    source = coco_file(exported(file, tmp_path / "out", "coco"))
    before = tuple(document.opened.targets)
    with qtbot.waitSignal(exchange.import_looked, timeout=10000):
        dialog.look_into(source)
        assert not dialog.import_button.isEnabled()
    assert "will be added" in dialog.report.toPlainText()
    assert "the same to the pixel" in dialog.report.toPlainText()
    assert dialog.import_button.isEnabled()
    assert tuple(document.opened.targets) == before
    dialog.back_button.click()
    assert tuple(document.opened.targets) == before
    with qtbot.waitSignal(exchange.imported, timeout=10000):
        dialog.import_button.click()
    assert len(document.opened.targets) == 2 * len(before)
    assert not dialog.import_button.isEnabled()


def test_that_undo_is_offered_until_another_step_is_made(
    qtbot, dialog, exchange, document, notifications, file, tmp_path
):
    notices = ImportNotices(exchange, dialog, document, notifications)
    with qtbot.waitSignal(exchange.import_looked, timeout=10000):
        dialog.look_into(coco_file(exported(file, tmp_path / "out", "coco")))
    before = tuple(document.opened.targets)
    with qtbot.waitSignal(exchange.imported, timeout=10000):
        dialog.import_button.click()
    (undo,) = notifications.current.remedies
    document.edit(Edit("New target", target_operations.create_target(document.opened, "Cat")[1]))
    assert notifications.current is None, "it would take the new target back"
    document.undo()
    notices.tell_import(ImportLook(Path(), (), "COCO", 2, ()))
    undo.call()
    assert tuple(document.opened.targets) == before
    assert notifications.current is None


def test_that_the_person_is_asked_whether_masks_are_right(
    qtbot, dialog, exchange, document, file, tmp_path
):
    dialog.show()
    with qtbot.waitSignal(exchange.import_looked, timeout=10000):
        dialog.look_into(davis_folder(file, tmp_path))
        assert not dialog.question.isVisible()
    assert "6 masks" in dialog.question.text()
    assert dialog.unchecked_button.isChecked()
    assert "No mask counts as checked" in dialog.report.toPlainText()
    with qtbot.waitSignal(exchange.import_looked, timeout=10000):
        dialog.checked_button.click()
        assert not dialog.import_button.isEnabled()
    assert "Every mask counts as a person's" in dialog.report.toPlainText()
    known = set(document.opened.targets)
    with qtbot.waitSignal(exchange.imported, timeout=10000):
        dialog.import_button.click()
    added = [document.opened.masks.track(t) for t in document.opened.targets if t not in known]
    assert sum(len(track.law_frames) for track in added) == 6

    with qtbot.waitSignal(exchange.import_looked, timeout=10000):
        dialog.look_into(coco_file(exported(file, tmp_path / "coco", "coco")))
    assert not dialog.question.isVisible(), "that file says it"
    with qtbot.waitSignal(exchange.import_looked, timeout=10000):
        dialog.look_into(davis_folder(file, tmp_path / "again"))
    assert dialog.unchecked_button.isChecked(), "asked anew of every file"


def other_file(folder, size):
    """A project of another video, with frames of a size."""
    video = replace(sample_project().video, path="/videos/other.mp4", frame_size=size)
    return ProjectFile.create(folder / "other.tarvis", Project(video, sample_project().label_set))


@pytest.mark.parametrize("size", [SIZE, (90, 160)])
def test_that_files_are_read_again_for_a_project_that_is_opened_behind_the_dialog(
    qtbot, dialog, exchange, document, file, tmp_path, size
):
    source = coco_file(exported(file, tmp_path / "out", "coco"))
    dialog.show()
    with qtbot.waitSignal(exchange.import_looked):
        dialog.look_into(source)
    assert "in the project already" in dialog.report.toPlainText()
    ended = exchange.import_looked if size == SIZE else exchange.import_failed
    with closing(other_file(tmp_path, size)) as other, qtbot.waitSignal(ended):
        document.open(None)
        assert not dialog.import_button.isEnabled()
        exchange._opening.file = other
        document.open(other.project)
        dialog.import_button.click()
        assert not other.project.targets, "nothing unchecked comes into it"
    text = dialog.report.toPlainText()
    assert "Another project was opened" in text
    assert "other" in text
    if size != SIZE:
        assert "the annotations are for frames of" in text
        assert not dialog.import_button.isEnabled()
        return
    assert "in the project already" not in text
    assert "2 targets on 7 frames" in text


def test_that_a_look_that_another_project_ends_is_not_heard_of(
    qtbot, dialog, exchange, document, file, tmp_path
):
    dialog.look_into(coco_file(exported(file, tmp_path / "out", "coco")))
    job = exchange._looking_into
    document.open(sample_project())
    assert job.stop.is_set()
    assert not dialog.import_button.isEnabled()
    assert dialog.stop_button.isHidden()


def test_that_files_are_read_again_where_the_project_was_changed_meanwhile(
    qtbot, dialog, exchange, document, file, tmp_path
):
    dialog.show()
    with qtbot.waitSignal(exchange.import_looked):
        dialog.look_into(coco_file(exported(file, tmp_path / "out", "coco")))
    document.edit(Edit("New target", target_operations.create_target(document.opened, "Cat")[1]))
    before = content(document.opened)
    with qtbot.waitSignal(exchange.import_looked):
        dialog.import_button.click()
        assert content(document.opened) == before
        assert document.undo_stack.count() == 1, "what was not made cannot be taken back"
    assert "was changed since the files were read" in dialog.report.toPlainText()
    with qtbot.waitSignal(exchange.imported):
        dialog.import_button.click()
    document.undo()
    assert content(document.opened) == before


def test_that_what_does_not_fit_is_said_and_cannot_be_imported(qtbot, dialog, exchange, tmp_path):
    odd = tmp_path / "odd.json"
    odd.write_text("{}")
    with qtbot.waitSignal(exchange.import_failed, timeout=5000):
        dialog.look_into(odd)
    assert "odd.json" in dialog.report.toPlainText()
    assert not dialog.import_button.isEnabled()


def test_that_files_without_a_mask_are_not_imported(
    qtbot, dialog, exchange, document, file, tmp_path
):
    document.opened.apply(target_operations.set_category(document.opened, COW, None))
    source = exported(file, tmp_path / "out", "mots_png")  # which leaves out what has no class
    with qtbot.waitSignal(exchange.import_looked, timeout=10000):
        dialog.look_into(source)
    assert "There is nothing to import" in dialog.report.toPlainText()
    assert "will be added" not in dialog.report.toPlainText()
    assert not dialog.import_button.isEnabled()


def test_that_a_look_can_be_stopped(qtbot, dialog, exchange, file, tmp_path):
    source = coco_file(exported(file, tmp_path / "out", "coco"))
    dialog.show()
    with qtbot.waitSignal(exchange.import_failed, timeout=5000) as failed:
        dialog.look_into(source)
        dialog.stop_button.click()
    assert failed.args == [""]
    assert "Stopped" in dialog.report.toPlainText()
    assert not dialog.stop_button.isVisible()
    dialog.look_into(source)
    job = exchange._looking_into
    dialog.back_button.click()
    assert job.stop.is_set()


def test_that_differences_are_listed_in_place_of_the_all_clear(file, tmp_path):
    source = coco_file(exported(file, tmp_path / "out", "coco"))
    look = look_into(ImportJob(file.path, source), ignore)
    html = look_html(look)
    assert "✗" not in html
    assert html.index("the same to the pixel") < html.index("Look at this"), "all is well first"
    html = look_html(replace(look, differences=("frame 3 <b> differs",)))
    assert "✗ frame 3 &lt;b&gt; differs" in html
    assert "the same to the pixel" not in html


@pytest.mark.parametrize(
    ("count", "end"), [(2, "c0, c1."), (12, "c10, c11."), (15, "c10, c11 and 3 more.")]
)
def test_that_of_many_new_classes_the_first_are_named_and_the_rest_counted(count, end):
    names = tuple(f"c{number}" for number in range(count))
    look = ImportLook(Path("x.json"), (), "COCO", 1, (0,), 1, new_classes=names)
    html = look_html(look)
    assert f"{end}</p>" in html
    assert "…" not in html
    assert ".." not in html
