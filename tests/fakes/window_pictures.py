"""The window on the sample clip at one scale of the screen: pictures, and what is sharp in them.

    QT_SCALE_FACTOR=1.25 python -m tests.fakes.window_pictures FOLDER

Prints one JSON object; run as a process of its own, because the scale is fixed when Qt starts.
"""

import json
import sys
import tempfile
from pathlib import Path

import numpy as np
from PySide6.QtCore import QEventLoop, Qt, QTimer
from PySide6.QtGui import QGuiApplication, QImage
from PySide6.QtWidgets import QApplication

from tarvis_app.application import Application
from tarvis_app.document.edits import Edit
from tarvis_app.overlay_state import OverlayStyle
from tarvis_app.settings import Folders, Settings
from tarvis_app.window_run import delete_now
from tarvis_core.annotation import painting, target_operations
from tarvis_core.annotation.mask import Mask
from tarvis_core.annotation.target import TargetId
from tarvis_core.video.sample_clip import SAMPLE_TARGETS, sample_clip_path, sample_label_map
from tests.fakes.fake_engine import load_fake

SIZE = (1280, 720)
FRAME = 20
COLOUR = (230, 159, 0)


def wait(milliseconds):
    loop = QEventLoop()
    QTimer.singleShot(milliseconds, loop.quit)
    loop.exec()


def wait_for_frame(app, frame):
    app.view_state.show_frame(frame)
    for _ in range(2400):
        if app.presenter.frame == frame:
            return
        wait(25)
    raise TimeoutError(f"frame {frame} was not shown")


def pixels_of(image):
    """Array (H, W, 3) of uint8, RGB, in pixels of the device."""
    image = image.convertToFormat(QImage.Format.Format_RGB888)
    rows = np.frombuffer(image.constBits(), dtype=np.uint8)
    rows = rows.reshape(image.height(), image.bytesPerLine())
    return rows[:, : 3 * image.width()].reshape(image.height(), image.width(), 3).copy()


def annotate(app):
    """Three targets with the clip's own masks, one of them a keyframe of the shown frame."""
    for label in (2, 4, 1):
        project = app.document.opened
        number, changes = target_operations.create_target(project, SAMPLE_TARGETS[label - 1])
        app.document.edit(Edit("new", changes))
        for frame in (0, FRAME):
            mask = Mask.from_array(sample_label_map(frame) == label)
            app.document.edit(Edit("mask", painting.put_mask(project, number, frame, mask)))


def canvas_at(app, device_scale):
    """The canvas in device pixels, so many of them per pixel of the frame."""
    app.canvas.zoom_to(device_scale / app.canvas.devicePixelRatioF())
    app.canvas.centerOn(256, 144)
    wait(250)
    return pixels_of(app.canvas.viewport().grab().toImage())


def holds_exactly(picture, wanted):
    """Whether a picture holds another one, pixel by pixel, somewhere near its middle."""
    height, width = wanted.shape[:2]
    top, left = (picture.shape[0] - height) // 2, (picture.shape[1] - width) // 2
    for dy in range(-9, 10):
        for dx in range(-9, 10):
            part = picture[top + dy : top + dy + height, left + dx : left + dx + width]
            if part.shape == wanted.shape and (part == wanted).all():
                return True
    return False


def sharpness(app):
    """Whether frame and masks are shown pixel by pixel at 100 % and in squares at 400 %."""
    app.view_state.select()
    wait_for_frame(app, FRAME)
    shown = app.provider.cache.get(FRAME).pixels[..., 2::-1]
    middle = (slice(114, 174), slice(216, 296))
    app.view_state.overlay.hide_masks()
    frame_at_1, frame_at_4 = canvas_at(app, 1.0), canvas_at(app, 4.0)
    app.view_state.overlay.set_style(OverlayStyle(opacity=1.0))
    project = app.document.opened
    app.targets.set_colour(TargetId(1), COLOUR)
    mask_at_4 = (canvas_at(app, 4.0) == COLOUR).all(axis=2)
    mask = project.masks.get(TargetId(1), FRAME).mask.to_array()[middle]
    squares = np.kron(shown[middle], np.ones((4, 4, 1), dtype=np.uint8))
    return {
        "frame at 100 %": holds_exactly(frame_at_1, shown[middle]),
        "frame at 400 %": holds_exactly(frame_at_4, squares),
        "mask at 400 %": holds_exactly(mask_at_4, np.kron(mask, np.ones((4, 4), dtype=bool))),
    }


def shoot(app, folder, theme):
    """Two pictures: the whole window, and the canvas near."""
    app.settings.theme = theme
    app.view_state.overlay.set_style(OverlayStyle())
    app.view_state.select(TargetId(1))
    app.canvas.fit()
    wait(400)
    scale = f"{app.window.devicePixelRatioF():g}"
    path = folder / f"window_{theme}_{scale}.png"
    app.window.grab().save(str(path))
    return str(path)


def main():
    folder = Path(sys.argv[1])
    QGuiApplication.setHighDpiScaleFactorRoundingPolicy(
        Qt.HighDpiScaleFactorRoundingPolicy.PassThrough
    )
    qt = QApplication([])
    with tempfile.TemporaryDirectory() as place:
        root = Path(place)
        settings = Settings(Folders(root / "config", root / "projects", root / "logs"))
        settings.has_seen_tour = True
        app = Application(qt, settings, load_fake)
        app.window.resize(*SIZE)
        app.window.show()
        app.open(sample_clip_path())
        wait_for_frame(app, 0)
        annotate(app)
        wait_for_frame(app, FRAME)
        pictures = [shoot(app, folder, theme) for theme in ("dark", "light")]
        found = {
            "scale": app.window.devicePixelRatioF(),
            "pictures": pictures,
            "sharp": sharpness(app),
        }
        app.window.close()
        delete_now(app.window)
        delete_now(app)
    sys.stdout.write(json.dumps(found) + "\n")


if __name__ == "__main__":
    main()
