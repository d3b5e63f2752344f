"""Makes the pictures of the user guide: the window on the sample clip, with its true masks.

    python docs/make_pictures.py

The masks in the pictures are the clip's own (they come with it), handed out by an engine that knows
them, so that the pictures show the window and not the quality of some weights.
"""

import os
import shutil
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
sys.path.insert(0, str(Path(__file__).parents[1]))

from picture_camera import PICTURES, Camera
from picture_engine import TORN_FRAMES, KnowingEngine
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication

from tarvis_app.application import Application
from tarvis_app.panels.target_filter import Narrowing, Shown
from tarvis_app.settings import Folders, Settings
from tarvis_app.view_state import ToolId
from tarvis_core.annotation.target import CategoryId, TargetId
from tarvis_core.inference.weights_catalog import default_weights
from tarvis_core.video.sample_clip import SAMPLE_TARGETS, sample_clip_path

SIZE = (1280, 780)
DIALOG_SIZES = {"export": (880, 560), "models": (1040, 520), "batch": (880, 560)}
"""As on a person's screen; that of the offscreen platform is smaller."""


def annotate(camera: Camera) -> None:
    """Click three targets, name them, track them."""
    app = camera.app
    camera.wait_until(lambda: app.presenter.frame is not None)
    camera.wait(1.0)
    camera.shoot("open")
    camera.click(2, 0)
    camera.wait(0.4)
    camera.click(4, 0, is_new=False)
    camera.wait(0.4)
    camera.shoot("stray")
    app.stray_clicks.make_new_target()
    camera.wait(0.4)
    camera.click(1, 0)
    camera.wait(0.4)
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
    app.suggestions.choice.choose(app.suggestions.waiting[0].number)
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
    camera.wait_until(lambda: app.pending_run.is_offered)
    camera.shoot("difference")
    app.pending_run.discard()


def correct_and_review(camera: Camera) -> None:
    """Paint on a frame, look at the queue."""
    app = camera.app
    camera.go_to(20)
    app.view_state.select(TargetId(1))
    camera.wait(0.5)
    camera.shoot("window")
    narrow_targets(camera)
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


def narrow_targets(camera: Camera) -> None:
    """Search, funnel and what is left of the list."""
    app = camera.app
    camera.wait_until(lambda: app.review_queue.is_settled)
    app.target_panel.finder.narrow(Narrowing(Shown.TO_REVIEW, CategoryId(16), 95))
    camera.wait(0.2)
    camera.shoot("filter", app.target_panel)
    app.target_panel.finder.narrow(Narrowing())


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
    app.view_state.use_tool(ToolId.BRUSH)
    camera.paint((330, 215), (340, 222))
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
    app.notifications.clear()


def dialogs(camera: Camera, folder: Path) -> None:
    """Export, import, models, the video, shortcuts."""
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
    about_video(camera)
    app.shortcuts_dialog.show()
    camera.wait(0.3)
    camera.shoot("shortcuts", app.shortcuts_dialog)
    app.shortcuts_dialog.close()
    app.settings.theme = "light"
    camera.go_to(60)
    camera.shoot("light")


def about_video(camera: Camera) -> None:
    """The sheet about the video, with what the bundled weights need on it."""
    app = camera.app
    video, model = app.provider.video, app.service.model
    assert video is not None, "it was opened at the start"
    app.service.model = replace(model, weights=default_weights())
    app.video_dialog.show_video(replace(video, path=Path.home() / video.path.name))
    app.video_dialog.ask()
    camera.wait(0.5)
    camera.shoot("video", app.video_dialog)
    app.video_dialog.close()
    app.service.model = model


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
        for name, size in DIALOG_SIZES.items():
            getattr(application, f"{name}_dialog").resize(*size)
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
