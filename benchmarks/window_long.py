"""Times the window during a run through a long video, beside targets that a person verified.

The network is one that answers at once with prepared masks after `CLIP_S`, so that all that is
measured is the window's own work: writing clips, sparing others, the time left, the panels.
"""

from functools import partial
from pathlib import Path

from PySide6.QtWidgets import QApplication

from benchmarks.window_figures import Row, timed
from benchmarks.window_layers import blobs
from benchmarks.window_session import (
    DELAY_TARGET_MS,
    after,
    delay_rows,
    delays,
    show_video,
    wait_until,
)
from tarvis_app.application import Application
from tarvis_app.document.edit_commands import EditCommand
from tarvis_app.document.edits import Edit
from tarvis_app.garbage import GarbageTimer
from tarvis_app.panels.step_pictures import StepPictures
from tarvis_app.segmentation.requests import ClipAnswer, RequestNumber, RunRequest, TrackStep
from tarvis_app.segmentation.speed_meter import SpeedMeter
from tarvis_app.settings import Folders, Settings
from tarvis_core.annotation.label_set import LabelSet
from tarvis_core.annotation.mask import Mask
from tarvis_core.annotation.mask_store import MaskChange, MaskStore
from tarvis_core.annotation.palette import target_colour
from tarvis_core.annotation.project import Project
from tarvis_core.annotation.segmentation import ClipMasks, Direction, PredictedMask, TrackRequest
from tarvis_core.annotation.target import Target, TargetId
from tarvis_core.annotation.track import FrameState, TrackFrame
from tarvis_core.annotation.video_identity import VideoIdentity
from tarvis_core.video.clip import ClipGrid
from tarvis_core.video.encoding_work import KeptFeatures
from tarvis_core.video.sample_clip import sample_clip_path
from tests.fakes.fake_engine import FakeEngine

SIZE = (1080, 1920)
NUM_TARGETS, NUM_VERIFIED, NUM_FORETOLD = 10, 5, 50
CLIP_S = 0.2
REST_S = 3.0
"""Until what a large project lets the window do once is done."""
RUN_FRAMES = 240
NUM_KEPT = 100
"""Clips whose features are there already."""


class LongEngine(FakeEngine):
    """A network that finds every target where it always is, in a video of any length."""

    def __init__(self, num_frames: int, masks: dict[TargetId, Mask]) -> None:
        super().__init__(delay_s=CLIP_S)
        self._num_frames = num_frames
        self._masks = masks

    def kept(self, video: object) -> KeptFeatures:
        """Of a cache that is half full."""
        clips = tuple(range(0, 4 * NUM_KEPT, 4))
        frames = tuple(range(4 * NUM_KEPT))
        room = (2 * NUM_KEPT, len(frames))
        return KeptFeatures(ClipGrid(8, 4), self._num_frames, SIZE, SIZE, clips, frames, *room)

    def _predict(
        self, _size: object, _given: object, target: TargetId, _frame: int
    ) -> PredictedMask:
        return PredictedMask(self._masks[target], 0.9)


def measure_long(folder: Path, num_frames: int, repeats: int) -> list[Row]:
    """A run of five targets beside five that are verified on every frame."""
    masks = dict(blobs(SIZE, NUM_TARGETS))
    settings = Settings(Folders(folder / "config", folder / "projects", folder / "logs"))
    settings.has_seen_tour = True
    engine = LongEngine(num_frames, masks)
    app = Application(
        QApplication.instance(), settings, lambda _: (engine, Path("none.safetensors"))
    )
    garbage = GarbageTimer(app)
    garbage.start()
    app.document.project_opened.connect(garbage.pass_over)
    app.window.resize(1600, 900)
    app.window.show()
    show_video(app, sample_clip_path())
    _show_project(app, num_frames, masks)
    wait_until(after(REST_S))
    app.runs.track_forward()
    during = delays(app, lambda: not app.runs.is_running or _has_gone(app, RUN_FRAMES))
    app.runs.stop()
    wait_until(lambda: not app.runs.is_running)
    name = f"run, {NUM_VERIFIED} × {num_frames:,} verified"
    rows = [
        *delay_rows(name, during, DELAY_TARGET_MS),
        _telling_row(app, num_frames, repeats),
        Row.of(f"runs foretold, {num_frames:,} frames", *timed(app.forecast.forecast, repeats)),
        _picture_row(masks, num_frames, repeats),
    ]
    app.window.close()
    garbage.stop()
    return rows


def _has_gone(app: Application, num_frames: int) -> bool:
    return app.runs.progress.frames_done >= num_frames


def _show_project(app: Application, num_frames: int, masks: dict[TargetId, Mask]) -> None:
    """Show a project of so many frames, kept in memory only, and select whom a run is to carry."""
    store = MaskStore(SIZE)
    for place, (target, mask) in enumerate(masks.items()):
        is_verified = place < NUM_VERIFIED
        held = TrackFrame(mask, FrameState.VERIFIED if is_verified else FrameState.KEYFRAME)
        frames = range(num_frames if is_verified else 1)
        store.apply_in_memory([MaskChange(target, frame, None, held) for frame in frames])
    identity = VideoIdentity("long.mp4", 1, "", "", num_frames, SIZE)
    targets = [Target(target, f"Target {target}") for target in masks]
    app.document.open(Project(identity, LabelSet("", ()), targets, [], store))
    app.view_state.show_video(num_frames)
    app.view_state.select(*list(masks)[NUM_VERIFIED:])


def _telling_row(app: Application, num_frames: int, repeats: int) -> Row:
    """How long telling the time left takes at each clip, with many targets."""
    targets = [TargetId(number) for number in range(1, NUM_FORETOLD + 1)]
    wanted = dict.fromkeys(targets, ((0, num_frames - 1),))
    request = TrackRequest((), 0, num_frames - 1, Direction.BOTH, wanted)
    job = RunRequest(RequestNumber(1), (TrackStep(request, ()),))
    answer = ClipAnswer(job, 0, ClipMasks(tuple(range(8, 12)), {}), "none")
    meter = SpeedMeter(app.runs, app.service, app.settings)
    name = f"time left told, {num_frames:,} frames × {NUM_FORETOLD} targets"
    return Row.of(name, *timed(partial(meter.follow, answer), repeats))


def _picture_row(masks: dict[TargetId, Mask], num_frames: int, repeats: int) -> Row:
    """How long the picture of a run's step takes, which is painted anew at every clip."""
    held = {target: TrackFrame(mask, FrameState.PREDICTED) for target, mask in masks.items()}
    changes = (
        MaskChange(target, frame, None, held[target])
        for target in masks
        for frame in range(num_frames)
    )
    command = EditCommand(lambda *_: True, Edit("Track", tuple(changes), 0, 1))
    colours = {target: target_colour(target) for target in masks}
    pictures = StepPictures()

    def paint() -> None:
        pictures.of(tuple(command.on_frame(0).changes.values()), colours)

    name = f"run's step in the history, {num_frames:,} × {len(masks)}"
    return Row.of(name, *timed(paint, repeats))
