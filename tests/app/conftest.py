"""What tests of the window share: a small project, its document, and a video with numbers."""

import pytest

from tarvis_app.document.document import Document
from tarvis_app.document.drawing import Drawing
from tarvis_app.document.editor import Editor
from tarvis_app.document.keyframe_editing import KeyframeEditing
from tarvis_app.document.target_editing import TargetEditing
from tarvis_app.notifications import Notifications
from tarvis_app.settings import Folders, Settings
from tarvis_app.theme import Theme
from tarvis_app.view_state import ViewState
from tests.fakes.numbered_video import Recipe, write_numbered_video
from tests.fakes.projects import sample_project


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
    return document


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


@pytest.fixture(scope="session")
def numbered_video(tmp_path_factory):
    """Forty small frames, each with its number as a bar code."""
    return write_numbered_video(
        tmp_path_factory.mktemp("video"), Recipe("numbered.mp4", num_frames=40)
    )
