"""The loop as a person goes through it: click, track, correct, track again, undo, export.

One set of steps for every engine; what differs is the `Loop`: which video, and where in it.
"""

from dataclasses import dataclass

from pycocotools.coco import COCO
from PySide6.QtCore import Qt

from tarvis_core.annotation.mask import Mask
from tarvis_core.annotation.track import FrameState
from tests.fakes.hand import FIRST

KEY, CONTROL = Qt.Key, Qt.KeyboardModifier.ControlModifier


@dataclass(frozen=True)
class Loop:
    """What is clicked and corrected in a video; points are (x, y) in frame pixels."""

    num_frames: int
    click: tuple[float, float]
    """On the target, in the first frame."""
    painted: int
    """The frame that is corrected with the brush."""
    stroke: tuple[tuple[float, float], ...]
    accepted: int
    """A later frame, accepted as it is."""
    near: tuple[int, ...]
    """Frames beside the painted one whose masks the correction changes for certain."""

    @property
    def law(self):
        return (0, self.painted, self.accepted)

    @property
    def spans(self):
        """The frames between the painted one and the keyframes beside it."""
        return {*range(1, self.painted), *range(self.painted + 1, self.accepted)}

    def go_through(self, hand, folder):
        """Everything from the first click to the exported file; returns the masks at the end."""
        hand.wait_for_video()
        self.click_and_track(hand)
        self.correct_two_frames(hand)
        before = hand.content()
        hand.go_to(self.painted)
        hand.press(KEY.Key_T)
        hand.wait_for_end()
        after = hand.content()
        self.check_only_spans_beside_changed(before, after)
        hand.press(KEY.Key_Z, CONTROL)
        assert hand.content() == before
        hand.press(KEY.Key_Y, CONTROL)
        assert hand.content() == after
        export(hand, folder)
        return after

    def click_and_track(self, hand):
        """A click, accepted, then carried to the end; the keyframe stays as it was accepted."""
        hand.click(*self.click)
        hand.wait(lambda: hand.masks.get(FIRST, 0) is not None)
        assert hand.masks.get(FIRST, 0).state is FrameState.PREDICTED, "a draft until accepted"
        hand.press(KEY.Key_Return)
        accepted = hand.masks.get(FIRST, 0)
        assert accepted.state is FrameState.KEYFRAME
        hand.press(KEY.Key_F)
        hand.wait_for_end()
        assert hand.masks.track(FIRST).frames == tuple(range(self.num_frames))
        assert hand.masks.get(FIRST, 0) == accepted

    def track_neighbour(self, hand, place):
        """A second target, clicked at a place of the first frame and carried to the end."""
        hand.go_to(0)
        hand.press(KEY.Key_N)
        hand.click(*place)
        hand.wait(lambda: len(hand.app.document.opened.targets) == 2)
        second = hand.app.view_state.active_target
        hand.wait(lambda: hand.masks.get(second, 0) is not None)
        hand.press(KEY.Key_Return)
        hand.press(KEY.Key_F)
        hand.wait_for_end()
        assert hand.masks.track(second).frames == tuple(range(self.num_frames))
        return second

    def correct_two_frames(self, hand):
        """One frame is painted, another accepted as it is."""
        hand.go_to(self.painted)
        hand.press(KEY.Key_A)
        hand.drag(*self.stroke)
        assert hand.masks.get(FIRST, self.painted).state is FrameState.KEYFRAME
        hand.go_to(self.accepted)
        hand.press(KEY.Key_Return)

    def check_only_spans_beside_changed(self, before, after):
        """Keyframes are bit-identical, and nothing beyond the neighbouring ones changed."""
        assert [after[frame] for frame in self.law] == [before[frame] for frame in self.law]
        assert {frame for frame in after if after[frame] != before[frame]} <= self.spans
        assert all(after[frame].mask != before[frame].mask for frame in self.near)

    def look_again(self, hand, content):
        """All is there again: frame, selection, masks."""
        hand.wait_for_video()
        hand.wait(lambda: hand.app.presenter.frame == self.painted)
        assert hand.content() == content
        assert hand.app.view_state.selection == (FIRST,)


def export(hand, folder):
    """Through the dialog, as COCO; the program's own check must find no difference."""
    hand.app.actions["file.export"].trigger()
    dialog = hand.app.export_dialog
    dialog.choose_format("coco")
    dialog.folder.setText(str(folder))
    with hand.qtbot.waitSignal(hand.app.exchange.exported, timeout=20000) as exported:
        dialog.start_button.click()
    assert exported.args[0].differences == ()
    dialog.close()


def exported_masks(folder):
    """The masks of the exported file as pycocotools reads them, in order of frames."""
    (path,) = folder.glob("*-coco/instances_train.json")
    coco = COCO(str(path))
    annotations = sorted(coco.loadAnns(coco.getAnnIds()), key=lambda row: row["image_id"])
    return [Mask.from_coco_rle(row["segmentation"]) for row in annotations]


def drawn_masks(content):
    """The masks that an export holds of a target: those with pixels, in order of frames."""
    return [held.mask for _, held in sorted(content.items()) if not held.mask.is_empty]
