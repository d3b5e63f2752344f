"""Makes the pictures of the user guide: the window on the sample clip, with its true masks.

    python docs/make_pictures.py

The masks in the pictures are the clip's own (they come with it), handed out by an engine that knows
them, so that the pictures show the window and not the quality of some weights. A few masks are torn
on purpose: the review needs something to find.
"""

import os
import shutil
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
sys.path.insert(0, str(Path(__file__).parents[1]))

from PIL import Image
from PySide6.QtCore import QEvent, QEventLoop, QPointF, Qt, QTimer
from PySide6.QtGui import QMouseEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from tarvis_app.application import Application
from tarvis_app.settings import Folders, Settings
from tarvis_app.view_state import ToolId
from tarvis_core.annotation.exemplar import BoxExemplar, Exemplar, MaskExemplar, PointExemplar
from tarvis_core.annotation.mask import Mask
from tarvis_core.annotation.segmentation import (
    ClassRequest,
    ClipMasks,
    Direction,
    FoundTarget,
    PredictedMask,
    TrackRequest,
)
from tarvis_core.annotation.target import CategoryId, TargetId, TargetKind
from tarvis_core.errors import DeviceMemoryError
from tarvis_core.video.clip import ClipGrid
from tarvis_core.video.sample_clip import SAMPLE_TARGETS, sample_clip_path, sample_label_map
from tarvis_core.video.video_reader import VideoReader

PICTURES = Path(os.environ.get("TARVIS_GUIDE_PICTURES", Path(__file__).parent / "pictures"))
SIZE = (1280, 780)
CLIP_LENGTH = 6
TORN_LABEL, TORN_FRAMES = 4, range(38, 42)
"""Here the duck's mask lacks its left half, so that the review has something to find."""
COLOURS_IN_PICTURES = 256
"""Pictures are stored with a palette: they are small, and nobody sees the difference."""


FOUND_CLASSES = {1: (37, 0.94), 2: (3, 0.91), 3: (84, 0.38), 4: (16, 0.62), 5: (16, 0.83)}
"""What class search finds: label of the sample clip, class of COCO, score."""


class KnowingEngine:
    """Knows the true masks of the sample clip; says which target an exemplar means by overlap."""

    pause: Callable[[], None] | None = None
    """Called between the parts of a clip."""
    label_sets = ("coco", "youtube_vis")
    device = "cpu"
    has_quick_preview = False
    clip_grid = ClipGrid(CLIP_LENGTH, CLIP_LENGTH // 2)

    def __init__(self) -> None:
        self.lag = 0
        """By how many frames tracked masks come late, for a picture of a run that went wrong."""
        self.is_out_of_memory = False
        """Whether tracking fails, for a picture of what helps."""

    def fill(self, video: VideoReader, frame: int, stop: threading.Event) -> Iterator[int]:
        """Nothing is computed ahead."""
        return iter(())

    def preview(
        self,
        video: VideoReader,
        frame: int,
        exemplars: Sequence[Exemplar],
        *,
        is_quick: bool = False,
    ) -> Mapping[TargetId, PredictedMask]:
        """The true masks of what the exemplars lie on."""
        meant = meanings(exemplars)
        return {t: predicted(frame, label, 0.97, None) for t, label in meant.items()}

    def track(
        self, video: VideoReader, request: TrackRequest, stop: threading.Event | None = None
    ) -> Iterator[ClipMasks]:
        """The true masks, with a little doubt where targets hide each other."""
        if self.is_out_of_memory:
            raise DeviceMemoryError(
                f"{self.device} has too little memory even for clips of 2 small frames; close "
                "other programs, choose a smaller network or another device"
            )
        meant = meanings(request.exemplars)
        frames = list(range(request.first_frame, request.last_frame + 1))
        if request.direction is Direction.BACKWARD:
            frames.reverse()
        for start in range(0, len(frames), CLIP_LENGTH):
            clip = tuple(frames[start : start + CLIP_LENGTH])
            masks = {
                target: {
                    f: predicted(max(0, f - self.lag), label, 0.94, doubt(f, label)) for f in clip
                }
                for target, label in meant.items()
            }
            yield ClipMasks(clip, masks, (), start + len(clip), len(frames))

    def find_classes(
        self, video: VideoReader, request: ClassRequest, stop: threading.Event | None = None
    ) -> Iterator[ClipMasks]:
        """The true masks of all five targets, the later ones with less certainty."""
        frames = range(request.first_frame, request.last_frame + 1)
        found = tuple(
            FoundTarget(TargetId(label), CategoryId(category), TargetKind.THING, score)
            for label, (category, score) in FOUND_CLASSES.items()
        )
        for start in range(0, len(frames), CLIP_LENGTH):
            clip = tuple(frames[start : start + CLIP_LENGTH])
            masks = {
                TargetId(label): {f: predicted(f, label, 0.9, None) for f in clip}
                for label in FOUND_CLASSES
            }
            yield ClipMasks(clip, masks, found, start + len(clip), len(frames))


def meanings(exemplars: Sequence[Exemplar]) -> dict[TargetId, int]:
    """For each target the label of the sample clip that its exemplars lie on."""
    meant: dict[TargetId, int] = {}
    for exemplar in exemplars:
        labels = sample_label_map(exemplar.frame)
        match exemplar:
            case PointExemplar(is_positive=True):
                label = labels[int(exemplar.y), int(exemplar.x)]
            case BoxExemplar():
                x_min, y_min, x_max, y_max = exemplar.box
                label = labels[int((y_min + y_max) / 2), int((x_min + x_max) / 2)]
            case MaskExemplar():
                inside = labels[exemplar.mask.to_array()]
                label = max(range(1, 6), key=lambda value: (inside == value).sum())
            case _:
                continue
        meant.setdefault(exemplar.target, int(label))
    return meant


def predicted(frame: int, label: int, score: float, disagreement: float | None) -> PredictedMask:
    """One true mask as the network would hand it out."""
    pixels = sample_label_map(frame) == label
    if label == TORN_LABEL and frame in TORN_FRAMES:
        pixels[:, : int(pixels.any(axis=0).nonzero()[0].mean())] = False
        disagreement = 0.5
    return PredictedMask(Mask.from_array(pixels), score, disagreement)


def doubt(frame: int, label: int) -> float:
    """More where a target is small or hidden."""
    area = int((sample_label_map(frame) == label).sum())
    if area == 0:
        return 0.0
    return 0.6 if area < 150 else min(0.45, 60 / area**0.75 + (frame % 31 == 0) * 0.3)


class Camera:
    """A person at the window, and the camera that looks over the shoulder."""

    def __init__(self, application: Application, engine: KnowingEngine) -> None:
        self.app = application
        self.engine = engine

    def wait(self, seconds: float) -> None:
        """Let Qt work for a while."""
        loop = QEventLoop()
        QTimer.singleShot(int(seconds * 1000), loop.quit)
        loop.exec()

    def wait_until(self, condition: Callable[[], bool]) -> None:
        """Let Qt work until something is so, ten seconds at most."""
        for _ in range(200):
            if condition():
                return
            self.wait(0.05)

    def go_to(self, frame: int) -> None:
        """Show a frame."""
        self.app.view_state.show_frame(frame)
        self.wait_until(lambda: self.app.presenter.frame == frame)
        self.wait(0.3)

    def click(self, label: int, frame: int) -> None:
        """Click the middle of a target of the sample clip, as a new target."""
        self.app.actions["target.new"].trigger()
        rows, columns = (sample_label_map(frame) == label).nonzero()
        order = abs(rows - rows.mean()) + abs(columns - columns.mean())
        nearest = order.argmin()
        place = self.app.canvas.mapFromScene(QPointF(columns[nearest] + 0.5, rows[nearest] + 0.5))
        before = self.app.document.opened.masks.num_masks
        QTest.mouseClick(self.app.canvas.viewport(), Qt.MouseButton.LeftButton, pos=place)
        self.wait_until(lambda: self.app.document.opened.masks.num_masks > before)

    def paint(self, *points: tuple[float, float]) -> None:
        """Draw a stroke with the mouse."""
        viewport, left = self.app.canvas.viewport(), Qt.MouseButton.LeftButton
        places = [self.app.canvas.mapFromScene(QPointF(*point)) for point in points]
        QTest.mousePress(viewport, left, pos=places[0])
        for place in places:
            position = QPointF(place)
            event = QMouseEvent(
                QEvent.Type.MouseMove,
                position,
                viewport.mapToGlobal(position),
                Qt.MouseButton.NoButton,
                left,
                Qt.KeyboardModifier.NoModifier,
            )
            QApplication.sendEvent(viewport, event)
        QTest.mouseRelease(viewport, left, pos=places[-1])

    def shoot(self, name: str, widget: QWidget | None = None) -> None:
        """Save a picture."""
        image = (widget or self.app.window).grab().toImage()
        image.save(str(PICTURES / f"{name}.png"))
        shrink(PICTURES / f"{name}.png")


def shrink(path: Path) -> None:
    """Store a picture with a palette."""
    with Image.open(path) as image:
        small = image.convert("RGB").quantize(COLOURS_IN_PICTURES, dither=Image.Dither.NONE)
    small.save(path, optimize=True)


def annotate(camera: Camera) -> None:
    """Click three targets, name them, track them."""
    app = camera.app
    camera.wait_until(lambda: app.presenter.frame is not None)
    camera.wait(1.0)
    camera.shoot("open")
    for label in (2, 4, 1):
        camera.click(label, 0)
    camera.shoot("click")
    run_out_of_memory(camera)
    names = {1: SAMPLE_TARGETS[1], 2: SAMPLE_TARGETS[3], 3: SAMPLE_TARGETS[0]}
    classes = {1: 3, 2: 16, 3: 37}
    for number, name in names.items():
        app.targets.rename(TargetId(number), name.capitalize())
        app.targets.set_category([TargetId(number)], CategoryId(classes[number]))
    app.keyframes.confirm_all()
    app.view_state.select()
    app.runs.track_forward()
    camera.wait_until(lambda: not app.runs.is_running)


def run_out_of_memory(camera: Camera) -> None:
    """What is said and offered when memory runs out."""
    app = camera.app
    camera.engine.is_out_of_memory = True
    app.view_state.select()
    app.runs.track_forward()
    camera.wait_until(lambda: not app.runs.is_running)
    camera.wait(0.2)
    camera.shoot("memory")
    camera.engine.is_out_of_memory = False
    app.notifications.clear()


def suggest_and_compare(camera: Camera) -> None:
    """Look for classes; run again over masks that are there."""
    app = camera.app
    camera.go_to(20)
    app.class_search.start()
    camera.wait_until(lambda: not (app.runs.is_running or app.class_search.is_waiting))
    app.suggestions.set_current(app.suggestions.waiting[0].number)
    app.notifications.clear()
    app.task_panel.pages.setCurrentIndex(1)
    camera.wait(0.3)
    camera.shoot("suggestions")
    app.task_panel.pages.setCurrentIndex(0)
    app.suggestions.reject_all()
    app.view_state.select(TargetId(1))
    app.keyframes.confirm()
    camera.engine.lag = 3
    app.runs.track_both()
    camera.wait_until(lambda: not app.runs.is_running)
    camera.engine.lag = 0
    camera.go_to(26)
    camera.shoot("difference")
    app.pending_run.discard()


def correct_and_review(camera: Camera) -> None:
    """Paint on a frame, look at the queue."""
    app = camera.app
    camera.go_to(20)
    app.view_state.select(TargetId(1))
    camera.wait(0.5)
    camera.shoot("window")
    app.view_state.use_tool(ToolId.BRUSH)
    app.keyframes.confirm()
    app.view_state.overlay.set_onion_skin(True)
    camera.paint((330, 150), (345, 160), (352, 172))
    camera.wait(0.3)
    camera.shoot("correct")
    app.document.undo()
    app.view_state.overlay.set_onion_skin(False)
    app.window.show_history()
    camera.wait(0.3)
    camera.shoot("history")
    camera.wait_until(lambda: app.review_queue.is_settled)
    app.window.docks["review"].raise_()
    app.view_state.use_tool(ToolId.POINT)
    go_to_proposal(camera)
    camera.wait(0.8)
    camera.shoot("review")
    app.window.docks["targets"].raise_()


def go_to_proposal(camera: Camera) -> None:
    """Go through the problems until one proposes a click."""
    app = camera.app
    for _ in app.review_queue.problems:
        app.review_panel.go_to_next()
        camera.wait_until(lambda: app.presenter.frame == app.view_state.frame)
        camera.wait(0.2)
        proposal = app.click_advice.proposal
        if proposal is not None and proposal.frame in TORN_FRAMES:
            return


def timeline(camera: Camera) -> None:
    """Rows in every state: stale, locked, open, running."""
    app = camera.app
    camera.go_to(48)
    app.view_state.select(TargetId(1))
    app.keyframes.confirm()
    app.view_state.select(TargetId(2))
    app.targets.toggle_locked()
    app.view_state.use_tool(ToolId.POINT)
    camera.click(3, 48)
    app.view_state.select(TargetId(3))
    camera.go_to(30)
    app.runs.track_forward()
    camera.wait_until(lambda: app.runs.progress.frames_done > 0)
    app.runs.stop()
    camera.wait_until(lambda: not app.runs.is_running)
    docks = [app.window.docks["timeline"]]
    app.window.resizeDocks(docks, [230], Qt.Orientation.Vertical)
    camera.wait(0.3)
    camera.shoot("timeline", app.timeline)
    app.document.undo()
    app.view_state.select(TargetId(4))
    app.targets.remove_selected()
    app.window.resizeDocks(docks, [176], Qt.Orientation.Vertical)


def batch(camera: Camera, folder: Path) -> None:
    """The dialog in the middle of a folder of videos."""
    app = camera.app
    for name in ("kitchen", "nursery", "street", "zoo"):
        shutil.copy(sample_clip_path(), folder / f"{name}.mp4")
    app.batch_dialog.form.folder.setText(str(folder))
    app.batch_dialog.form.follows.setChecked(True)
    app.batch_dialog.ask()
    app.batch_dialog.start_button.click()
    camera.wait_until(lambda: app.batch.num_done >= 2)
    camera.shoot("batch", app.batch_dialog)
    app.batch.stop()
    camera.wait_until(lambda: not app.batch.is_running)
    app.batch_dialog.close()
    app.notifications.clear()


def import_again(camera: Camera, folder: Path) -> None:
    """The look into files before an import: what was exported a moment ago."""
    app = camera.app
    app.export_dialog.folder.setText(str(folder))
    app.export_dialog.choose_format("coco")
    app.export_dialog.start()
    camera.wait_until(lambda: any(folder.rglob("*-coco/**/*.json")))
    camera.wait(1.0)
    app.import_dialog.show()
    app.import_dialog.look_into(next(folder.rglob("*-coco/**/*.json")))
    camera.wait_until(app.import_dialog.import_button.isEnabled)
    camera.wait(0.3)
    camera.shoot("import", app.import_dialog)
    app.import_dialog.close()


def dialogs(camera: Camera, folder: Path) -> None:
    """Export, import, models, shortcuts."""
    app = camera.app
    app.export_dialog.ask()
    app.export_dialog.choose_format("youtube_vis")
    app.export_dialog.folder.setText(str(Path.home() / "masks"))
    camera.wait(0.3)
    camera.shoot("export", app.export_dialog)
    app.export_dialog.close()
    import_again(camera, folder)
    app.models_dialog.show_library()
    camera.wait_until(lambda: bool(app.library.weights))
    camera.wait(0.5)
    camera.shoot("models", app.models_dialog)
    app.models_dialog.close()
    app.shortcuts_dialog.show()
    camera.wait(0.3)
    camera.shoot("shortcuts", app.shortcuts_dialog)
    app.shortcuts_dialog.close()
    app.settings.theme = "light"
    camera.go_to(60)
    camera.shoot("light")


def main() -> None:
    """Make every picture."""
    PICTURES.mkdir(exist_ok=True)
    qt = QApplication([])
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        settings = Settings(Folders(root / "config", root / "projects", root / "logs"))
        settings.theme = "dark"
        settings.has_seen_tour = True
        weights = Path("sample.safetensors")
        engine = KnowingEngine()
        application = Application(qt, settings, lambda _: (engine, weights))
        application.window.resize(*SIZE)
        application.window.show()
        application.open(sample_clip_path())
        camera = Camera(application, engine)
        annotate(camera)
        suggest_and_compare(camera)
        correct_and_review(camera)
        timeline(camera)
        batch(camera, root)
        dialogs(camera, root)
        application.window.close()


if __name__ == "__main__":
    main()
