"""Any sequence of edits, taken back, leaves the project and its file byte for byte as they were."""

import tempfile
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
)

from tarvis_core.annotation import (
    identity_operations,
    painting,
    reassigning,
    target_operations,
    track_operations,
)
from tarvis_core.annotation.exemplar import BoxExemplar, MaskExemplar, PointExemplar
from tarvis_core.annotation.label_set import load_label_set
from tarvis_core.annotation.mask import Mask
from tarvis_core.annotation.project import Project
from tarvis_core.annotation.project_changes import (
    LabelSetChange,
    VideoChange,
    reversed_changes,
)
from tarvis_core.annotation.project_file import ProjectFile
from tarvis_core.annotation.segmentation import ClipMasks, PredictedMask
from tarvis_core.annotation.segmentation_changes import changes_from_clip, spans
from tarvis_core.annotation.target import CategoryId, TargetKind
from tarvis_core.annotation.track import FrameState, MaskSource
from tarvis_core.errors import AnnotationError
from tests.fakes.projects import FARM, content, dump, video_identity

SIZE = (12, 16)
NUM_FRAMES = 8
FRAMES = st.integers(0, NUM_FRAMES - 1)


@st.composite
def masks(draw):
    """A mask of a few rectangles; sometimes empty."""
    pixels = np.zeros(SIZE, dtype=np.bool_)
    for _ in range(draw(st.integers(0, 3))):
        y, x = draw(st.integers(0, 10)), draw(st.integers(0, 14))
        pixels[y : y + draw(st.integers(1, 6)), x : x + draw(st.integers(1, 6))] = True
    return Mask.from_array(pixels)


class EditedProject(RuleBasedStateMachine):
    """A person who tries everything, and takes it back."""

    def __init__(self):
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.path = Path(self.folder.name) / "farm.tarvis"
        project = Project(video_identity(NUM_FRAMES, SIZE), FARM)
        self.file = ProjectFile.create(self.path, project)
        self.project = self.file.project
        self.done = []
        self.undone = []
        self.states = [self.state()]

    def teardown(self):
        held = content(self.project)
        with ProjectFile.open(self.path, read_only=True) as reopened:
            assert content(reopened.project) == held
        while self.done:
            self.undo()
        assert self.file.problems() == ()
        self.file.close()
        self.folder.cleanup()

    def state(self):
        return content(self.project), dump(self.path)

    def edit(self, changes):
        """Apply an edit."""
        if not changes:
            return
        self.project.apply(changes)
        self.done.append(tuple(changes))
        self.undone.clear()
        self.states.append(self.state())

    def attempt(self, operation, *arguments, **named):
        """Apply what an operation returns, unless it says why it cannot be done."""
        try:
            changes = operation(*arguments, **named)
        except AnnotationError:
            return
        self.edit(changes)

    def target(self, data):
        return data.draw(st.sampled_from(sorted(self.project.targets)))

    @initialize()
    def start_with_two_targets(self):
        for name in ("Berta", None):
            _, changes = target_operations.create_target(self.project, name)
            self.edit(changes)

    @rule(data=st.data(), kind=st.sampled_from([None, *TargetKind]))
    def create(self, data, kind):
        category = data.draw(
            st.sampled_from([None, *(c.id for c in self.project.label_set.things)])
        )
        position = data.draw(st.integers(0, len(self.project.targets)))
        number, changes = target_operations.create_target(
            self.project, None, category, kind, position
        )
        assert all(number not in (t.id for t in s[0][2]) for s in self.states)
        self.edit(changes)

    @precondition(lambda self: self.project.targets)
    @rule(data=st.data(), number=st.integers(0, 9))
    def alter(self, data, number):
        target = self.target(data)
        operation, value = data.draw(
            st.sampled_from(
                [
                    (target_operations.rename, f"cow {number}"),
                    (target_operations.recolour, (number, 2, 3)),
                    (target_operations.set_category, CategoryId(number)),
                    (target_operations.set_category, None),
                    (target_operations.move_target, number),
                ]
            )
        )
        self.attempt(operation, self.project, target, value)

    @precondition(lambda self: self.project.targets)
    @rule(data=st.data(), on=st.booleans())
    def hide_or_lock(self, data, on):
        targets = data.draw(st.lists(st.sampled_from(sorted(self.project.targets)), unique=True))
        if data.draw(st.booleans()):
            self.attempt(target_operations.set_visible, self.project, targets, is_visible=on)
        elif data.draw(st.booleans()):
            self.attempt(target_operations.set_locked, self.project, targets, is_locked=on)
        else:
            self.attempt(target_operations.show_only, self.project, targets)

    @precondition(lambda self: self.project.targets)
    @rule(data=st.data())
    def delete(self, data):
        targets = data.draw(st.sets(st.sampled_from(sorted(self.project.targets)), max_size=2))
        self.attempt(target_operations.delete_targets, self.project, targets)

    @precondition(lambda self: self.project.targets)
    @rule(data=st.data(), frame=FRAMES, stroke=masks(), is_exclusive=st.booleans())
    def draw(self, data, frame, stroke, is_exclusive):
        operation = data.draw(st.sampled_from([painting.paint, painting.put_mask]))
        source = MaskSource("brush", made_at=time.time())
        self.attempt(
            operation,
            self.project,
            self.target(data),
            frame,
            stroke,
            source,
            is_exclusive=is_exclusive,
        )

    @precondition(lambda self: self.project.targets)
    @rule(data=st.data(), frame=FRAMES, stroke=masks())
    def erase(self, data, frame, stroke):
        self.attempt(painting.erase, self.project, self.target(data), frame, stroke)

    @precondition(lambda self: self.project.targets)
    @rule(data=st.data(), area=st.integers(0, 9), frame=FRAMES, state=st.sampled_from(FrameState))
    def tidy(self, data, area, frame, state):
        target, frames = self.target(data), range(NUM_FRAMES)
        operation, *arguments = data.draw(
            st.sampled_from(
                [
                    (painting.fill_holes_on, target, frames, area or None),
                    (painting.remove_specks_on, target, frames, area),
                    (painting.set_state, target, frames[frame:], state),
                    (painting.verify, (target,), frame),
                    (painting.make_exclusive, frame),
                ]
            )
        )
        self.attempt(operation, self.project, *arguments)

    @precondition(lambda self: self.project.targets)
    @rule(data=st.data(), frame=FRAMES, mask=masks())
    def give_exemplars(self, data, frame, mask):
        target = self.target(data)
        given = [
            PointExemplar(frame, target, 3.5, 1 / 3, is_positive=False),
            BoxExemplar(frame, target, (0.1, 0.2, 5.0, 6.0)),
            MaskExemplar(frame, target, mask),
        ]
        chosen = data.draw(st.lists(st.sampled_from(given), max_size=3))
        self.attempt(painting.set_exemplars, self.project, target, frame, chosen)

    @precondition(lambda self: self.project.targets)
    @rule(data=st.data(), frame=FRAMES, last=FRAMES)
    def change_track(self, data, frame, last):
        target, other = self.target(data), self.target(data)
        operation, *arguments = data.draw(
            st.sampled_from(
                [
                    (track_operations.delete_from, target, frame),
                    (track_operations.delete_range, target, frame, last),
                    (identity_operations.merge, target, other),
                    (identity_operations.swap_from, target, other, frame),
                    (identity_operations.swap_from, target, other, frame, last),
                    (track_operations.mark_absent_from, target, frame),
                    (track_operations.copy_to_frames, target, frame, range(last)),
                    (track_operations.interpolate, target, frame),
                ]
            )
        )
        self.attempt(operation, self.project, *arguments)

    @precondition(lambda self: self.project.targets)
    @rule(data=st.data(), frame=FRAMES, region=masks(), goes_on=st.booleans())
    def give_region(self, data, frame, region, goes_on):
        giver, receiver = self.target(data), self.target(data)
        give = reassigning.give_region_from if goes_on else reassigning.give_region
        source = MaskSource("reassign", made_at=time.time())
        self.attempt(give, self.project, giver, receiver, frame, region, source)

    @precondition(lambda self: self.project.targets)
    @rule(data=st.data(), frame=FRAMES)
    def split(self, data, frame):
        target = self.target(data)
        self.attempt(lambda: identity_operations.split_at(self.project, target, frame)[1])

    @precondition(lambda self: self.project.targets)
    @rule(data=st.data(), first=FRAMES, mask=masks(), score=st.floats(0, 1))
    def run(self, data, first, mask, score):
        targets = data.draw(st.sets(st.sampled_from(sorted(self.project.targets)), min_size=1))
        frames = tuple(range(first, min(first + 4, NUM_FRAMES)))
        predicted = PredictedMask(mask, score, score)
        answer = ClipMasks(frames, {t: dict.fromkeys(frames[:-1], predicted) for t in targets})
        tracks = self.project.masks.track
        wanted = {t: spans(tracks(t), 0, NUM_FRAMES - 1) for t in targets}
        self.edit(changes_from_clip(self.project, answer, wanted, MaskSource("track", "r50", 7.5)))

    @rule(name=st.sampled_from(["youtube_vis", "kitti_step", "davis"]))
    def choose_label_set(self, name):
        self.edit([LabelSetChange(self.project.label_set, load_label_set(name))])

    @rule(number=st.integers(0, 9))
    def relink(self, number):
        video = self.project.video
        self.edit([VideoChange(video, replace(video, path=f"/videos/{number}.mp4"))])

    @precondition(lambda self: self.done)
    @rule()
    def undo(self):
        changes = self.done.pop()
        self.project.apply(reversed_changes(changes))
        self.undone.append(changes)
        self.states.pop()
        assert self.state() == self.states[-1]

    @precondition(lambda self: self.undone)
    @rule()
    def redo(self):
        changes = self.undone.pop()
        self.project.apply(changes)
        self.done.append(changes)
        self.states.append(self.state())

    @rule()
    def compact(self):
        before = self.state()
        self.file.compact()
        assert self.state() == before

    @rule()
    def reopen(self):
        before = self.state()
        self.file.close()
        self.file = ProjectFile.open(self.path)
        self.project = self.file.project
        assert self.state() == before

    @invariant()
    def masks_belong_to_targets(self):
        assert set(self.project.masks.tracks) <= set(self.project.targets)


EditedProject.TestCase.settings = settings(
    max_examples=15,
    stateful_step_count=25,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
test_that_edits_taken_back_leave_no_trace = EditedProject.TestCase
