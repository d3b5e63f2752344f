"""Exports and imports from the window: what is said before, and what is proved after."""

from dataclasses import replace

import numpy as np
import pytest

from tarvis_app.exchange.exchange import Exchange
from tarvis_app.exchange.exchange_jobs import ExportJob
from tarvis_core.annotation import painting, target_operations
from tarvis_core.annotation.formats.format_list import FORMATS
from tarvis_core.annotation.project_changes import VideoChange
from tarvis_core.annotation.project_file import ProjectFile
from tarvis_core.video.video_reader import VideoReader
from tests.fakes.numbered_video import Recipe, write_numbered_video
from tests.fakes.projects import COW, GRASS, SIZE, sample_project

LIMITS = (0, 11)


def look_into(qtbot, exchange, source):
    with qtbot.waitSignal(exchange.import_looked, timeout=10000) as looked:
        exchange.look_into(source)
    return looked.args[0]


class OpenFile:
    """In place of `Opening`: a project's file and nothing else."""

    def __init__(self, file):
        self.file = file


@pytest.fixture
def exchange(qtbot, document, tmp_path):
    file = ProjectFile.create(tmp_path / "cow.tarvis", sample_project())
    document.open(file.project)
    exchange = Exchange(document, OpenFile(file))
    yield exchange
    exchange.shut_down()
    file.close()


def job(tmp_path, format_id, **changed):
    return ExportJob(tmp_path, format_id, tmp_path / "out", *LIMITS, **changed)


@pytest.mark.parametrize("format_id", [known.id for known in FORMATS])
def test_that_every_format_is_written_and_read_back_the_same(qtbot, exchange, tmp_path, format_id):
    with qtbot.waitSignal(exchange.exported, timeout=10000) as exported:
        exchange.export(job(tmp_path, format_id))
    result = exported.args[0]
    assert result.is_checked
    assert result.differences == ()
    assert result.files
    assert all(path.is_file() for path in result.files)


def test_that_an_export_of_selected_targets_holds_those_only(qtbot, exchange, document, tmp_path):
    with qtbot.waitSignal(exchange.exported, timeout=10000):
        exchange.export(job(tmp_path, "coco", targets=frozenset({COW})))
    assert look_into(qtbot, exchange, next((tmp_path / "out").glob("*.json"))).num_targets == 1


def test_that_a_video_with_the_masks_over_it_is_written(qtbot, exchange, document, tmp_path):
    recipe = Recipe("cow.mp4", num_frames=12, size=SIZE)
    path = write_numbered_video(tmp_path, recipe, lambda *_: np.full((*SIZE, 3), 90, np.uint8))
    with VideoReader(path) as video:
        document.opened.apply((VideoChange(document.opened.video, video.identity()),))
    film = replace(
        job(tmp_path, None), destination=tmp_path / "out.mp4", first_frame=2, last_frame=5
    )
    with qtbot.waitSignal(exchange.exported, timeout=10000) as exported:
        exchange.export(film)
    assert exported.args[0].files == (film.destination,)
    colour = document.opened.target(COW).colour
    with VideoReader(film.destination) as drawn, VideoReader(path) as plain:
        assert drawn.num_frames == 4
        cow = document.opened.masks.get(COW, 3).mask.to_array()
        before, after = plain.frame(3)[cow].mean(axis=0), drawn.frame(1)[cow].mean(axis=0)
        assert np.abs(after - colour).sum() < np.abs(before - colour).sum()


def test_that_an_import_is_one_step_that_can_be_undone(qtbot, exchange, document, tmp_path):
    with qtbot.waitSignal(exchange.exported, timeout=10000):
        exchange.export(job(tmp_path, "coco"))
    before = tuple(document.opened.targets)
    look = look_into(qtbot, exchange, next((tmp_path / "out").rglob("*.json")))
    assert look.num_targets == len(before)
    assert tuple(document.opened.targets) == before
    with qtbot.waitSignal(exchange.imported, timeout=10000):
        exchange.add(look)
    assert len(document.opened.targets) == 2 * len(before)
    assert document.undo_stack.count() == 1
    document.undo()
    assert tuple(document.opened.targets) == before


def test_that_what_cannot_be_read_is_told(qtbot, exchange, tmp_path):
    odd = tmp_path / "odd.json"
    odd.write_text("{}")
    with qtbot.waitSignal(exchange.import_failed, timeout=5000) as failed:
        exchange.look_into(odd)
    assert "odd.json" in failed.args[0]


def test_that_an_export_can_be_stopped(qtbot, exchange, tmp_path):
    exchange.progressed.connect(exchange.stop)
    with qtbot.waitSignal(exchange.failed, timeout=5000) as failed:
        exchange._thread.begin()
        exchange._thread.stop()
        exchange._export_wanted.emit(
            ExportJob(exchange._snapshot(), "davis", tmp_path / "out", *LIMITS)
        )
    assert failed.args == [""]


def test_that_a_project_without_a_file_is_exported_from_a_copy(qtbot, document, tmp_path):
    document.open(sample_project())
    exchange = Exchange(document, OpenFile(None))
    with qtbot.waitSignal(exchange.exported, timeout=10000) as exported:
        exchange.export(job(tmp_path, "coco"))
    assert exported.args[0].differences == ()
    exchange.shut_down()


def test_that_a_look_says_beforehand_what_is_missing_for_a_format(
    qtbot, exchange, document, tmp_path
):
    project = document.opened
    project.apply(target_operations.set_category(project, COW, None))
    project.apply(painting.put_mask(project, GRASS, 0, project.masks.get(COW, 0).mask))

    def found(format_id):
        with qtbot.waitSignal(exchange.looked, timeout=5000) as looked:
            exchange.look(job(tmp_path, format_id))
        return " ".join(looked.args[1])

    coco, davis, video = found("coco"), found("davis"), found(None)
    assert "has no class" in coco
    assert "nobody has looked at" in coco
    assert "under others" not in coco
    assert "lies under others" in davis
    assert "class" not in video


def test_that_only_the_newest_look_is_answered(qtbot, exchange, tmp_path):
    answered, failures = [], []
    exchange.failed.connect(failures.append)
    exchange.looked.connect(lambda looked, found: answered.append(looked.format_id))
    for format_id in ("coco", "burst", "davis"):
        exchange.look(job(tmp_path, format_id))
    qtbot.waitUntil(lambda: bool(answered), timeout=5000)
    qtbot.wait(50)
    assert answered == ["davis"]
    assert failures == []
