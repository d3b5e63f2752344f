"""Desk: a small project with all that answers clicks and runs, and an engine that can be held."""

import threading

from tarvis_app.document.document import Document
from tarvis_app.document.drawing import Drawing
from tarvis_app.document.editor import Editor
from tarvis_app.document.edits import Edit
from tarvis_app.document.target_editing import TargetEditing
from tarvis_app.segmentation.click_answers import ClickAnswers
from tarvis_app.segmentation.clip_filling import ClipFilling
from tarvis_app.segmentation.runs import Runs
from tarvis_app.segmentation.segmentation_service import SegmentationService
from tarvis_app.view_state import ViewState
from tarvis_core.annotation.mask_store import MaskStore
from tarvis_core.annotation.project import Project
from tarvis_core.annotation.target import Target, TargetKind
from tests.fakes.fake_engine import FakeEngine
from tests.fakes.projects import COW, FARM, GRASS, video_identity

NUM_FRAMES, SIZE = 40, (64, 96)
AT = 10
"""The frame that is clicked on."""


class Gate:
    """Holds the network before each clip while it is shut."""

    def __init__(self):
        self._is_open = threading.Event()
        self._is_open.set()
        self.reached = threading.Event()

    def __call__(self, frames):
        self.reached.set()
        assert self._is_open.wait(20)

    def shut(self):
        self.reached.clear()
        self._is_open.clear()

    def open(self):
        self._is_open.set()


class Desk:
    """A cow and grass in a video of forty frames, and what answers clicks on them."""

    def __init__(self, video, notifications):
        targets = [Target(GRASS, "Grass", None, TargetKind.THING, (0, 158, 115))]
        targets += [Target(COW, "Berta", None, TargetKind.THING, (230, 159, 0))]
        self.project = Project(video_identity(NUM_FRAMES, SIZE), FARM, targets, [], MaskStore(SIZE))
        self.document = Document()
        self.document.open(self.project)
        self.view_state = ViewState()
        self.view_state.show_video(NUM_FRAMES)
        self.view_state.select(COW)
        self.gate = Gate()
        self.engine = FakeEngine(before_clip=self.gate)
        self.service = SegmentationService(load=lambda _: (self.engine, video))
        self.service.set_video(video)
        editor = Editor(self.document, self.view_state, notifications)
        self.drawing, self.targets = Drawing(editor), TargetEditing(editor)
        self.runs = Runs(self.document, self.view_state, self.service)
        self.targets.identified.connect(self.runs.end_for)
        self.clicks = ClickAnswers(self.document, self.view_state, self.service)
        self.filling = ClipFilling(self.document, self.view_state, self.service)
        self.drawing.exemplar_given.connect(self.clicks.ask)
        self.drawing.mask_drawn.connect(self.filling.fill)
        self.clicks.answered.connect(self.filling.fill)

    def put(self, target, frame, held):
        self.document.edit(Edit("Put", (self.project.masks.change_to(target, frame, held),), frame))

    def click(self, x=40.5, *, is_positive=True):
        self.drawing.add_point(AT, (x, 30.5), is_positive=is_positive)

    def frames(self, target=COW):
        return self.project.masks.track(target).frames

    def tool(self, frame):
        return self.project.masks.get(COW, frame).source.tool
