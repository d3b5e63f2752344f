"""What tests of the window share: a small project, its document, and a video with numbers."""

import gc
from functools import partialmethod

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from tarvis_app.canvas.area_tools import LassoTool, PolygonTool
from tarvis_app.canvas.box_tool import BoxTool
from tarvis_app.canvas.brush_tool import BrushTool
from tarvis_app.canvas.canvas_presenter import CanvasPresenter
from tarvis_app.canvas.canvas_view import CanvasView
from tarvis_app.canvas.eraser_tool import EraserTool
from tarvis_app.canvas.point_tool import PointTool
from tarvis_app.canvas.reassign_tool import ReassignTool
from tarvis_app.canvas.select_tool import SelectTool
from tarvis_app.canvas.tool import ToolContext
from tarvis_app.document.document import Document
from tarvis_app.document.drawing import Drawing
from tarvis_app.document.editor import Editor
from tarvis_app.document.keyframe_editing import KeyframeEditing
from tarvis_app.document.target_editing import TargetEditing
from tarvis_app.exchange.exchange import Exchange
from tarvis_app.notifications import Notifications
from tarvis_app.playback.frame_cache import frame_image
from tarvis_app.settings import Folders, Settings
from tarvis_app.theme import Theme
from tarvis_app.view_state import ViewState
from tarvis_app.window_run import delete_now
from tarvis_core.annotation.project_file import ProjectFile
from tests.fakes.numbered_video import Recipe, write_numbered_video
from tests.fakes.open_file import OpenFile
from tests.fakes.projects import SIZE, sample_project

LONGEST_WAIT_MS = 30_000


@pytest.fixture(autouse=True)
def _garbage_is_collected_here():
    """Objects of Qt belong to this thread; Python's search for garbage may begin in any.

    A test's timers and widgets hold each other in circles. Found by a worker of a later test,
    they were deleted in its thread, and the process crashed.
    """
    gc.disable()
    yield
    gc.collect(1)
    gc.enable()


@pytest.fixture(autouse=True)
def _waits_are_generous(monkeypatch):
    """A test waits for a condition; how long that takes says more about the machine's other work.

    Only where nothing comes does it matter how long is waited.
    """
    for name in ("waitSignal", "waitSignals", "waitUntil"):
        method = partialmethod(getattr(QtBot, name), timeout=LONGEST_WAIT_MS)
        monkeypatch.setattr(QtBot, name, method)


@pytest.fixture
def folders(tmp_path):
    return Folders(tmp_path / "config", tmp_path / "projects", tmp_path / "logs")


@pytest.fixture
def settings(qapp, folders):
    return Settings(folders)


@pytest.fixture
def theme(qapp):
    theme = Theme(qapp, "dark")
    yield theme
    theme.deleteLater()


@pytest.fixture
def project():
    return sample_project()


@pytest.fixture
def document(qapp, project):
    document = Document()
    document.open(project)
    yield document
    delete_now(document)


@pytest.fixture
def view_state(qapp, project):
    state = ViewState()
    state.show_video(project.video.num_frames)
    return state


@pytest.fixture
def notifications(qapp):
    return Notifications()


@pytest.fixture
def editor(document, view_state, notifications):
    return Editor(document, view_state, notifications)


@pytest.fixture
def drawing(editor):
    return Drawing(editor)


@pytest.fixture
def targets(editor):
    return TargetEditing(editor)


@pytest.fixture
def keyframes(editor):
    return KeyframeEditing(editor)


@pytest.fixture
def file(tmp_path):
    """The file of a project like the small one."""
    file = ProjectFile.create(tmp_path / "cow.tarvis", sample_project())
    yield file
    file.close()


@pytest.fixture
def exchange(qtbot, document, file):
    """Exports and imports of that file's project, which is open."""
    document.open(file.project)
    exchange = Exchange(document, OpenFile(file))
    yield exchange
    exchange.shut_down()


@pytest.fixture
def canvas(qtbot, document, drawing, view_state):
    """The canvas with all tools, showing frame 2 of the small project, black."""
    view = CanvasView(view_state)
    qtbot.addWidget(view)
    context = ToolContext(document, drawing, view_state, view.scene(), view.overlay_item)
    makers = (
        SelectTool,
        PointTool,
        BoxTool,
        BrushTool,
        EraserTool,
        PolygonTool,
        LassoTool,
        ReassignTool,
    )
    tools = [make(context) for make in makers]
    view.set_tools({tool.id: tool for tool in tools})
    view.presenter = CanvasPresenter(view, document, view_state, tools)
    view.resize(400, 300)
    view.show()
    view.show_size(SIZE)
    view.presenter.show_image(frame_image(2, np.zeros((*SIZE, 3), dtype=np.uint8)))
    return view


@pytest.fixture(scope="session")
def numbered_video(tmp_path_factory):
    """Forty small frames, each with its number as a bar code."""
    return write_numbered_video(
        tmp_path_factory.mktemp("video"), Recipe("numbered.mp4", num_frames=40)
    )
