"""The dialog that chooses weights shows what it knows of them."""

from pathlib import Path

import pytest

from tarvis_app.dialogs.models_dialog import ModelsDialog
from tarvis_app.segmentation.model_library import ModelLibrary
from tarvis_app.segmentation.requests import WeightsInfo

LICENCE = "MIT, trunk Apache-2.0; learned partly from pictures with academic terms (read the card)"


@pytest.fixture
def dialog(qtbot, qapp, settings):
    made = ModelsDialog(ModelLibrary(qapp), settings, None)
    qtbot.addWidget(made)
    return made


def test_that_all_columns_are_seen_and_the_whole_licence_is_told(qtbot, dialog):
    info = WeightsInfo(
        "starter", "Starter", "bundled", "tracks", LICENCE, Path("starter"), 18_000_000, 9.1
    )

    dialog.show()
    dialog._library.weights = (info,)
    dialog._library.listed.emit((info,))
    dialog.table.selectRow(0)

    assert dialog.table.horizontalHeader().length() <= dialog.table.viewport().width()
    assert LICENCE in dialog._details.text()
