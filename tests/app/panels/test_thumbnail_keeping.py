"""A target has the same picture when its project is opened again, on whatever frame."""

import numpy as np
import pytest
from PySide6.QtCore import QObject, Signal

from tarvis_app.panels.thumbnail_keeping import ThumbnailKeeping, from_text, to_text
from tarvis_app.panels.thumbnails import Thumbnails
from tarvis_app.playback.frame_cache import frame_image
from tarvis_core.annotation.mask import Mask
from tarvis_core.annotation.project_file import ProjectFile
from tests.fakes.projects import COW, SIZE, predicted, sample_project


class FakeOpening(QObject):
    """A project's file that is open."""

    opened = Signal(object)

    def __init__(self, file):
        super().__init__()
        self.file = file


@pytest.fixture
def file(tmp_path):
    file = ProjectFile.create(tmp_path / "cow.tarvis", sample_project())
    yield file
    file.close()


def opened(document, file):
    """Thumbnails of the project as a window just started has them."""
    document.open(file.project)
    thumbnails, opening = Thumbnails(document), FakeOpening(file)
    keeping = ThumbnailKeeping(thumbnails, opening)
    opening.opened.emit(None)
    return thumbnails, keeping, opening


def show(qtbot, thumbnails, frame, colour):
    pixels = np.empty((*SIZE, 3), dtype=np.uint8)
    pixels[:] = colour
    thumbnails.show_image(frame_image(frame, pixels))
    qtbot.waitUntil(lambda: thumbnails.of(COW) is not None)


def test_that_a_picture_is_the_same_when_the_project_is_opened_again(qtbot, document, file):
    thumbnails, keeping, _opening = opened(document, file)
    show(qtbot, thumbnails, 3, (200, 90, 10))
    before = thumbnails.of(COW).toImage()
    keeping.save_at_last()

    thumbnails, _keeping, _opening = opened(document, file)
    assert thumbnails.of(COW).toImage() == before
    show(qtbot, thumbnails, 1, (0, 0, 250))
    assert thumbnails.of(COW).toImage() == before


def test_that_a_kept_picture_follows_its_mask(qtbot, document, file):
    thumbnails, keeping, _opening = opened(document, file)
    show(qtbot, thumbnails, 3, (200, 90, 10))
    before = thumbnails.of(COW).toImage()
    keeping.save()

    thumbnails, keeping, _opening = opened(document, file)
    show(qtbot, thumbnails, 3, (200, 90, 10))
    pixels = np.zeros(SIZE, dtype=np.bool_)
    pixels[2:28, 2:6] = True
    change = file.project.masks.change_to(COW, 3, predicted(Mask.from_array(pixels)))
    with qtbot.waitSignal(thumbnails.changed):
        file.project.apply([change])
        document.masks_changed.emit((change,))
    after = thumbnails.of(COW).toImage()
    assert after != before
    keeping.save()
    thumbnails, _keeping, _opening = opened(document, file)
    assert thumbnails.of(COW).toImage() == after


def test_that_a_damaged_picture_is_left_out(qtbot, document, file):
    file.set_view_settings({f"picture/{COW}": [3, "no picture"], "picture/9": [1, ""]})
    thumbnails, _keeping, _opening = opened(document, file)
    assert thumbnails.of(COW) is None
    show(qtbot, thumbnails, 3, (200, 90, 10))
    assert from_text(to_text(thumbnails.of(COW))).toImage() == thumbnails.of(COW).toImage()
    assert from_text("AAAA") is None


def test_that_a_project_open_to_look_at_is_not_written(qtbot, document, file):
    path = file.path
    file.close()
    looked_at = ProjectFile.open(path, read_only=True)
    thumbnails, keeping, _opening = opened(document, looked_at)
    show(qtbot, thumbnails, 3, (200, 90, 10))
    keeping.save()
    assert f"picture/{COW}" not in looked_at.view_settings
    looked_at.close()
