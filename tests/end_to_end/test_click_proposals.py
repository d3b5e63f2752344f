"""Where to click next in the real window: what another thing claims of a mask is clicked away."""

import numpy as np
import pytest
from PySide6.QtCore import Qt

from tarvis_app.document.edits import Edit
from tarvis_core.annotation.mask import Mask
from tarvis_core.annotation.track import FrameState, TrackFrame
from tests.fakes.fake_engine import CLIP_LENGTH, FakeEngine, disc, loader
from tests.fakes.hand import FIRST

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support", extend=True)

HERE = 3
STRIP = np.ones((4, 60), dtype=np.bool_)


def test_that_a_second_press_clicks_away_what_the_network_claims_for_another(run, video):
    """The network sees discs; a strip that hangs on one is none, and asked, leads away from it."""

    def work(hand):
        hand.wait_for_video()
        hand.click(30, 40)
        hand.wait(lambda: len(hand.masks.track(FIRST)) == CLIP_LENGTH)
        hand.go_to(HERE)
        size = hand.masks.get(FIRST, HERE).mask.size
        x, y = 20, 32
        strip = Mask.from_crop(*size, (x, y - 2), STRIP)
        torn = disc(size, x, y, size[0] / 10).union(strip)
        held = TrackFrame(torn, FrameState.PREDICTED)
        hand.app.document.edit(Edit("strip", (hand.masks.change_to(FIRST, HERE, held),)))
        advice = hand.app.click_advice
        hand.press(Qt.Key.Key_P)
        hand.wait(lambda: advice.proposal is not None)
        proposal = advice.proposal
        assert not proposal.is_positive
        assert advice.item.isVisible()
        assert "perhaps too much" in hand.app.review_panel._advice.text()
        assert "a guess" in hand.app.notifications.current.text
        assert strip.to_array()[int(proposal.y), int(proposal.x)]
        hand.press(Qt.Key.Key_P)
        hand.wait(lambda: hand.masks.get(FIRST, HERE).mask != torn)
        after = hand.masks.get(FIRST, HERE).mask.to_array()
        assert not after[int(proposal.y), int(proposal.x)]
        assert after[y, x]

    assert run(video, work, loader(FakeEngine())) == 0
