"""The models dialog: size, memory and licence of each set of weights, on a small screen too."""

import dataclasses

import pytest
from PySide6.QtWidgets import QWidget

from tarvis_app.dialogs.models_dialog import ModelsDialog
from tarvis_app.dialogs.weights_table import WeightsTable, memory_details
from tarvis_app.segmentation.model_library import ModelLibrary
from tarvis_app.segmentation.requests import MemoryNeed, ModelState, ModelStatus, WeightsInfo
from tarvis_app.segmentation.weights_worker import WeightsWorker

SMALL_SCREEN = 1280
GB = 2**30
NEED = MemoryNeed(GB // 2, GB // 4, 2 * GB, 8, (480, 896))
STARTER = WeightsInfo(
    "starter",
    "Starter",
    "bundled",
    "tracks what you click or paint",
    "MIT, trunk Apache-2.0; learned partly from pictures with academic terms (see starter.md)",
    None,
    18_352_096,
    None,
    NEED,
)
LARGE = WeightsInfo(
    "large", "TarViS Swin-L, pre-trained", "released", "", "MIT (code)", None, None, 228.5, NEED
)
UNKNOWN = WeightsInfo("mine", "Mine", "installed", "", "", None, 5_000_000, None, None)


@pytest.fixture
def table(qtbot, theme):
    table = WeightsTable()
    qtbot.addWidget(table)
    table.show_weights([STARTER, LARGE, UNKNOWN], None)
    return table


def row(table, number):
    return [table.item(number, column).text() for column in range(table.columnCount())]


def test_that_each_row_says_size_memory_and_licence(table):
    assert row(table, 0)[2:] == ["18 MB", "≈ 2.8 GB", STARTER.licence]
    assert row(table, 1)[2:] == ["≈ 914 MB", "≈ 2.8 GB", "MIT (code)"]
    assert row(table, 2)[2:] == ["5 MB", "not known", "not stated"]


def test_that_nothing_is_cut_off_on_a_small_screen(table):
    table.resize(980, 300)
    assert not table.grab().isNull()
    assert table.horizontalHeader().length() <= table.viewport().width()
    metrics = table.fontMetrics()
    for number in range(table.rowCount()):
        for column, text in enumerate(row(table, number)):
            lines = table.rowHeight(number) // metrics.lineSpacing()
            room = table.columnWidth(column) - 16
            assert metrics.horizontalAdvance(text) <= room * lines, text
    assert table.rowHeight(0) >= table.rowHeight(1)


def test_that_the_details_say_what_the_memory_is_made_of():
    text = memory_details(NEED)
    for part in ("0.5 GB", "0.2 GB", "2.0 GB", "8 frames", "896×480"):
        assert part in text
    assert "not known" in memory_details(None)


def test_that_the_dialog_fits_and_says_what_the_chosen_weights_need(qtbot, theme, settings):
    window = QWidget()
    qtbot.addWidget(window)
    library = ModelLibrary(settings, window)
    dialog = ModelsDialog(library, settings, window)
    assert dialog.width() <= SMALL_SCREEN - 40
    assert dialog.height() <= 680
    library.weights = (STARTER, LARGE)
    library.listed.emit(library.weights)
    dialog.table.selectRow(1)
    assert dialog._download.isEnabled()
    assert not dialog._use.isEnabled()
    assert "2.0 GB" in dialog._details.text()
    library.listed.emit((STARTER, dataclasses.replace(LARGE, licence="other")))
    assert dialog.table.selected.licence == "other"


def test_that_the_weights_in_use_are_marked_though_nobody_chose_them(
    qtbot, theme, settings, tmp_path
):
    window = QWidget()
    qtbot.addWidget(window)
    library = ModelLibrary(settings, window)
    dialog = ModelsDialog(library, settings, window)
    path = tmp_path / "starter.safetensors"
    library.weights = (LARGE, dataclasses.replace(STARTER, path=path))
    library.listed.emit(library.weights)
    assert row(dialog.table, 1)[0] == "Starter"
    dialog.follow_model(ModelStatus(ModelState.LOADING))
    dialog.follow_model(ModelStatus(ModelState.READY, path, "cpu"))
    assert row(dialog.table, 1)[0] == "Starter  (in use)"
    assert row(dialog.table, 0)[0] == LARGE.title


def test_that_weights_are_offered_for_use_unless_they_are_ready(qtbot, theme, settings, tmp_path):
    window = QWidget()
    qtbot.addWidget(window)
    library = ModelLibrary(settings, window)
    dialog = ModelsDialog(library, settings, window)
    path, other = tmp_path / "starter.safetensors", tmp_path / "mine.safetensors"
    library.weights = tuple(
        dataclasses.replace(info, path=at) for info, at in ((STARTER, path), (UNKNOWN, other))
    )
    library.listed.emit(library.weights)
    dialog.table.selectRow(0)
    assert dialog._use.isEnabled()
    dialog.follow_model(ModelStatus(ModelState.READY, path, "cpu"))
    assert not dialog._use.isEnabled()
    dialog.table.selectRow(1)
    assert dialog._use.isEnabled()
    dialog.table.selectRow(0)
    dialog.follow_model(ModelStatus(ModelState.FAILED, path))
    assert dialog._use.isEnabled(), "to try again"


def test_that_the_worker_asks_for_the_memory_of_the_open_video(qapp):
    listed = []
    worker = WeightsWorker(None)
    worker.weights_listed.connect(listed.append)
    worker.list_for((288, 512), 0)
    worker.list_for((2160, 3840), 1)
    small, large = ({w.name: w.memory for w in weights} for weights in listed)
    name = "resnet50-finetune"
    assert small[name].input_size == (512, 896)
    assert large[name].input_size == (512, 896)
    assert large[name].num_frames < small[name].num_frames
    assert small["starter"].total_bytes < small[name].total_bytes
    assert small[name].clip_bytes > GB // 2
