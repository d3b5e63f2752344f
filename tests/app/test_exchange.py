"""Exports and imports from the window: what is said before, and what is proved after."""

import threading
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt

from tarvis_app.exchange.exchange import Exchange
from tarvis_app.exchange.exchange_jobs import ExportJob
from tarvis_core.annotation import painting, target_operations
from tarvis_core.annotation.formats.format_list import FORMATS
from tarvis_core.annotation.formats.loss import LossKind
from tarvis_core.annotation.project_changes import VideoChange
from tarvis_core.annotation.track import MaskSource
from tarvis_core.video.video_reader import VideoReader
from tests.fakes.numbered_video import Recipe, write_numbered_video
from tests.fakes.open_file import OpenFile
from tests.fakes.projects import COW, GRASS, SIZE, keyframe, rectangle, sample_project

LIMITS = (0, 11)


def look_into(qtbot, exchange, source):
    with qtbot.waitSignal(exchange.import_looked, timeout=10000) as looked:
        exchange.look_into(source)
    return looked.args[0]


def job(tmp_path, format_id, **changed):
    return replace(ExportJob(tmp_path, format_id, tmp_path / "out", *LIMITS), **changed)


@pytest.mark.parametrize("format_id", [known.id for known in FORMATS])
def test_that_every_format_is_written_and_read_back_the_same(qtbot, exchange, tmp_path, format_id):
    with qtbot.waitSignal(exchange.exported, timeout=10000) as exported:
        exchange.export(job(tmp_path, format_id))
    result = exported.args[0]
    assert result.is_checked
    assert result.differences == ()
    assert result.files
    assert all(path.is_file() for path in result.files)


def test_that_what_an_earlier_export_left_is_told(qtbot, exchange, tmp_path):
    def export(last):
        with qtbot.waitSignal(exchange.exported, timeout=10000) as exported:
            exchange.export(job(tmp_path, "davis", last_frame=last))
        return exported.args[0].strays

    assert export(11) == ()
    assert export(11) == (), "all of it was written anew"
    assert [path.name for path in export(4)] == ["00005.png", "00006.png"]


def test_that_an_export_of_selected_targets_holds_those_only(qtbot, exchange, document, tmp_path):
    with qtbot.waitSignal(exchange.exported, timeout=10000):
        exchange.export(job(tmp_path, "coco", targets=frozenset({COW})))
    assert look_into(qtbot, exchange, next((tmp_path / "out").glob("*.json"))).num_targets == 1


def give_video(document, tmp_path):
    """A grey video of the project's frames, which it takes for its own."""
    recipe = Recipe("cow.mp4", num_frames=12, size=SIZE)
    path = write_numbered_video(tmp_path, recipe, lambda *_: np.full((*SIZE, 3), 90, np.uint8))
    with VideoReader(path) as video:
        document.opened.apply((VideoChange(document.opened.video, video.identity()),))
    return path


def test_that_a_video_with_the_masks_over_it_is_written(qtbot, exchange, document, tmp_path):
    path = give_video(document, tmp_path)
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
    with qtbot.waitSignal(exchange.failed, timeout=5000) as failed:
        exchange.export(job(tmp_path, "davis"))
        exchange.stop_export()
    assert failed.args == [""]


class HeldJob:
    """Holds the exchange's thread up at the first frame that is exported, until it is let go."""

    def __init__(self, exchange):
        self.begun, self._go_on = threading.Event(), threading.Event()
        exchange._worker.progressed.connect(self.hold, Qt.ConnectionType.DirectConnection)

    def hold(self, _part):
        self.begun.set()
        self._go_on.wait(10)

    def let_go(self):
        self._go_on.set()


def test_that_stopping_an_import_does_not_stop_the_export(qtbot, exchange, tmp_path):
    held = HeldJob(exchange)
    exchange.export(job(tmp_path, "coco"))
    assert held.begun.wait(10)
    exchange.look_into(tmp_path / "masks.json")
    with qtbot.waitSignal(exchange.import_failed, timeout=1000) as failed:
        exchange.stop_import()  # it waits for the export, and is stopped nevertheless
    assert failed.args == [""]
    with qtbot.waitSignal(exchange.exported, timeout=10000) as exported:
        held.let_go()
    assert exported.args[0].differences == ()


def test_that_an_import_does_not_take_back_that_the_export_was_stopped(qtbot, exchange, tmp_path):
    held = HeldJob(exchange)
    exchange.export(job(tmp_path, "coco"))
    assert held.begun.wait(10)
    exchange.stop_export()
    with qtbot.waitSignal(exchange.failed, timeout=10000) as failed:
        exchange.look_into(tmp_path / "masks.json")
        held.let_go()
    assert failed.args == [""]


def test_that_a_look_into_files_gives_way_to_the_next_one(qtbot, exchange, tmp_path):
    told = []
    exchange.import_failed.connect(told.append)
    names = ("first.json", "second.json")
    for name in names:
        (tmp_path / name).write_text("{}")
    with qtbot.waitSignal(exchange.import_failed, timeout=10000):
        for name in names:
            exchange.look_into(tmp_path / name)
    assert ["second.json" in message for message in told] == [True]


def test_that_a_stopped_video_is_not_called_exported(qtbot, exchange, document, tmp_path):
    give_video(document, tmp_path)
    held = HeldJob(exchange)
    with qtbot.waitSignal(exchange.failed, timeout=10000) as failed:
        exchange.export(replace(job(tmp_path, None), destination=tmp_path / "out.mp4"))
        assert held.begun.wait(10)
        exchange.stop_export()
        held.let_go()
    assert failed.args == [""]


def test_that_a_project_without_a_file_is_exported_from_a_copy(qtbot, document, tmp_path):
    document.open(sample_project())
    exchange = Exchange(document, OpenFile(None))
    with qtbot.waitSignal(exchange.exported, timeout=10000) as exported:
        exchange.export(job(tmp_path, "coco"))
        exchange.look_into(tmp_path / "masks.json")  # which takes a copy of its own
    assert exported.args[0].differences == ()
    copies = [Path(folder.name) for folder in exchange._copies.values()]
    exchange.shut_down()
    assert not any(folder.exists() for folder in copies)


def test_that_a_look_says_beforehand_what_is_missing_for_a_format(
    qtbot, exchange, document, tmp_path
):
    project = document.opened
    project.apply(target_operations.set_category(project, COW, None))
    project.apply(painting.put_mask(project, GRASS, 0, project.masks.get(COW, 0).mask))

    def found(format_id):
        with qtbot.waitSignal(exchange.looked, timeout=5000) as looked:
            exchange.look(job(tmp_path, format_id))
        return " ".join(map(str, looked.args[1].findings))

    coco, davis, video = found("coco"), found("davis"), found(None)
    assert "has no class" in coco
    assert "nobody has looked at" in coco
    assert "under others" not in coco
    assert "lies under others" in davis
    assert "class" not in video


@pytest.mark.parametrize("format_id", ["kitti_step", "davis", "coco", "burst", None])
def test_that_a_look_tells_of_losses_before_they_happen(
    qtbot, exchange, document, tmp_path, format_id
):
    document.opened.apply(target_operations.set_category(document.opened, COW, None))
    with qtbot.waitSignal(exchange.looked, timeout=5000) as looked:
        exchange.look(job(tmp_path, format_id))
    told = {loss.kind: loss.count for loss in looked.args[1].losses}
    assert not any(tmp_path.glob("out*")), "nothing was written"
    if format_id is None:
        assert told == {}, "what is drawn is all there"
        return
    with qtbot.waitSignal(exchange.exported, timeout=10000) as exported:
        exchange.export(job(tmp_path, format_id))
    happened = {loss.kind: loss.count for loss in exported.args[0].losses}
    assert told
    assert told.items() <= happened.items()
    assert (LossKind.UNMAPPED_CLASSES in told) == (format_id == "kitti_step")
    lint_says = {LossKind.NO_CLASS, LossKind.EMPTY_TARGETS}
    assert set(happened) - set(told) <= {LossKind.NAMES_CHANGED, *lint_says}


def test_that_a_look_tells_of_masks_older_than_a_correction(qtbot, exchange, document, tmp_path):
    project = document.opened
    held = replace(keyframe(rectangle(8, 4, 10, 8)), source=MaskSource("brush", made_at=60.0))
    project.apply([project.masks.change_to(COW, 5, held)])

    def found(**changed):
        with qtbot.waitSignal(exchange.looked, timeout=5000) as looked:
            exchange.look(replace(job(tmp_path, "coco"), **changed))
        return [
            said for said in map(str, looked.args[1].findings) if "older than a correction" in said
        ]

    (sentence,) = found()
    assert "5 masks are older" in sentence
    assert "first: target 1, frame 1" in sentence
    assert found(targets=frozenset({GRASS})) == []
    (sentence,) = found(first_frame=6)
    assert "1 mask is older than a correction beside it" in sentence


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
