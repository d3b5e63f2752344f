"""Where to click next, of either sign: what is missing first, else what is too much."""

import numpy as np
import pytest

from tarvis_app.canvas.canvas_view import CanvasView
from tarvis_app.document.drawing import Given
from tarvis_app.document.edits import Edit
from tarvis_app.notifications import Remedy
from tarvis_app.playback.frame_motion import measure_motion, shrunk, small_picture
from tarvis_app.review.click_advice import ClickAdvice
from tarvis_app.review.problems import Finding, Problem, Reason
from tarvis_app.review.proposal_item import ADD, TAKE, ProposalItem
from tarvis_app.segmentation.claims import ClaimAnswer, ClaimRequest
from tarvis_app.segmentation.requests import RequestNumber
from tarvis_core.annotation import track_operations
from tarvis_core.annotation.mask import Mask
from tarvis_core.annotation.track import FrameState, TrackFrame
from tests.fakes.projects import COW, GRASS, SIZE, rectangle

BODY, SHADOW = rectangle(10, 8, 14, 12), rectangle(24, 12, 8, 8)
GROWN = BODY.union(SHADOW)
GROUND = rectangle(24, 0, 16, 30)
HERE = 5


class Network:
    """Is asked for claims and answers when the test wants it to."""

    def __init__(self, advice):
        self.advice = advice
        self.asked = []
        self.num_answered = 0
        self.num_forgotten = 0
        advice.surplus.wanted.connect(self.ask)
        advice.surplus.unwanted.connect(self.forget)

    def ask(self, frame, places, size):
        self.asked.append(ClaimRequest(RequestNumber(len(self.asked)), frame, places, size))

    def forget(self):
        self.num_forgotten += 1

    def answer(self, *things):
        """Whatever is clicked on is the thing that lies there, of these."""
        while self.num_answered < len(self.asked):
            request = self.asked[self.num_answered]
            self.num_answered += 1
            pixels = [thing.to_array() for thing in things]
            at = [[each for each in pixels if each[int(y), int(x)]] for x, y in request.places]
            claims = [shrunk(Mask.from_array(each[0]), request.size) > 0.5 for each in at]
            self.advice.surplus.take(ClaimAnswer(request, np.stack(claims)))


@pytest.fixture
def advice(qtbot, document, view_state, drawing, notifications):
    for target in (COW, GRASS):
        document.edit(Edit("clear", track_operations.delete_from(document.opened, target, 0)))
    canvas = CanvasView(view_state)
    qtbot.addWidget(canvas)
    advice = ClickAdvice(canvas, document, view_state, drawing, notifications)
    scene = np.random.default_rng(3).integers(0, 256, (*SIZE, 3), dtype=np.uint8)
    advice.motion_wanted.connect(
        lambda frame, others: advice.take_motion(
            measure_motion(frame, SIZE, dict.fromkeys((frame, *others), small_picture(scene)))
        )
    )
    yield advice
    canvas.close()


@pytest.fixture
def network(advice):
    return Network(advice)


@pytest.fixture
def go(document, view_state, advice):
    """Writes masks of the cow, goes to a frame of them, and asks for a click there."""

    def write(frames):
        states = {True: FrameState.ABSENT, False: FrameState.PREDICTED}
        masks = document.opened.masks
        changes = [
            masks.change_to(COW, frame, TrackFrame(mask, states[mask.is_empty]))
            for frame, mask in frames.items()
        ]
        document.edit(Edit("track", tuple(changes)))

    def go(frames, frame=HERE):
        write(frames)
        view_state.select(COW)
        view_state.show_frame(frame)
        view_state.note_shown_frame(frame)
        advice.propose_or_click()

    go.write = write
    return go


def test_that_what_the_network_claims_for_nothing_is_clicked_away(document, advice, network, go):
    go({HERE: GROWN})
    assert advice.proposal is None
    network.answer(BODY, GROUND)
    proposal = advice.proposal
    assert (proposal.target, proposal.frame, proposal.is_positive) == (COW, HERE, False)
    assert SHADOW.to_array()[int(proposal.y), int(proposal.x)]
    assert advice.item.isVisible()
    advice.propose_or_click()
    shown, point = document.opened.exemplars_at(COW, HERE)
    assert shown.mask == GROWN
    assert (point.x, point.y, point.is_positive) == (proposal.x, proposal.y, False)


def test_that_what_is_missing_comes_first_and_the_network_is_not_asked(advice, network, go):
    torn = GROWN.difference(rectangle(10, 8, 14, 6))
    go({**dict.fromkeys(range(12), GROWN), HERE: torn})
    assert advice.proposal.is_positive
    assert network.asked == []


def test_that_the_network_is_asked_where_the_frames_beside_agree(advice, network, go):
    go(dict.fromkeys(range(12), GROWN))
    network.answer(BODY, GROUND)
    assert not advice.proposal.is_positive


def test_that_a_person_who_waits_is_told_so_and_then_what_came_out(
    advice, network, go, notifications
):
    go({HERE: GROWN})
    assert notifications.current.text.startswith("The frames beside this one show nothing")
    assert "the network is asked" in notifications.current.text
    network.answer(BODY, GROUND)
    assert "Perhaps this is too much" in notifications.current.text
    advice.clear()
    go({HERE: BODY}, HERE)
    network.answer(GROWN)
    assert advice.proposal is None
    assert "No click stands out" in notifications.current.text


def test_that_nobody_guesses_for_a_person_who_did_not_ask(
    advice, network, go, view_state, document
):
    """Neither on the frame of a problem, nor again after a click."""
    go.write({HERE: GROWN})
    view_state.show_frame(HERE)
    view_state.note_shown_frame(HERE)
    advice.advise(Problem((Finding(COW, HERE, Reason.AREA, 0.9, -0.5),)))
    assert network.asked == []
    view_state.select(COW)
    advice.propose_or_click()
    network.answer(BODY, GROUND)
    num_asked = len(network.asked)
    advice.propose_or_click()
    go.write({HERE: GROWN.union(rectangle(2, 2, 6, 6))})
    assert len(network.asked) == num_asked
    assert advice.proposal is None


def test_that_a_network_that_cannot_be_asked_is_waited_for_no_longer(
    advice, network, go, notifications
):
    go({HERE: GROWN})
    advice.surplus.take(ClaimAnswer(network.asked[-1], None))
    assert advice.proposal is None
    assert "No click stands out" in notifications.current.text


def test_that_nobody_wants_the_answer_elsewhere(advice, network, go, view_state, notifications):
    go({HERE: GROWN, 8: GROWN})
    view_state.show_frame(8)
    view_state.note_shown_frame(8)
    assert network.num_forgotten == 1
    assert notifications.current is None
    network.answer(BODY, GROUND)
    assert advice.proposal is None
    assert len(network.asked) == 1
    advice.propose_or_click()
    assert "the network is asked" in notifications.current.text


def test_that_the_same_question_is_asked_once_and_a_new_mask_anew(advice, network, go):
    go({HERE: GROWN})
    network.answer(BODY, GROUND)
    num_asked = len(network.asked)
    go.write({9: BODY})
    assert len(network.asked) == num_asked
    assert not advice.proposal.is_positive
    go.write({HERE: GROWN.union(rectangle(2, 2, 6, 6))})
    assert advice.proposal is None
    assert len(network.asked) == num_asked + 1
    network.answer(GROWN, rectangle(0, 0, 10, 30))
    assert advice.proposal.x < 10


def test_that_an_empty_mask_has_nothing_too_much(advice, network, go, notifications):
    go({HERE: Mask.empty(*SIZE)})
    assert network.asked == []
    assert "No click stands out" in notifications.current.text


def test_that_the_ring_says_by_sign_and_colour_what_the_click_does(qtbot, view_state):
    canvas = CanvasView(view_state)
    qtbot.addWidget(canvas)
    item = ProposalItem()
    canvas.scene().addItem(item)
    canvas.resize(200, 200)
    canvas.show()
    seen = {}
    for is_positive in (True, False):
        item.show_at(50, 50, is_positive=is_positive)
        item.set_phase(0.5)
        picture = canvas.grab().toImage()
        middle = canvas.mapFromScene(50, 50)
        seen[is_positive] = [
            picture.pixelColor(middle.x() + x, middle.y() + y).name()
            for x, y in ((0, 0), (0, 4), (4, 0))
        ]
    assert seen[True] == [ADD.name()] * 3
    assert [seen[False][0], seen[False][2]] == [TAKE.name()] * 2
    assert seen[False][1] != TAKE.name()
    canvas.close()


@pytest.fixture
def torn(go):
    """A mask that lacks what the frames beside it have, and a click proposed there."""
    mask = GROWN.difference(rectangle(10, 8, 14, 6))
    go({**dict.fromkeys(range(12), GROWN), HERE: mask})
    return mask


def test_that_a_proposed_click_that_changes_nothing_is_told_and_not_proposed_again(
    advice, network, go, drawing, torn, notifications
):
    drawing.exemplar_given.connect(advice.note_answer)  # answered at once, with what was there
    assert advice.proposal.is_positive
    advice.propose_or_click()
    assert advice.proposal is None
    assert "The click changed nothing" in notifications.current.text
    advice.propose_or_click()
    assert advice.proposal is None
    network.answer(GROWN)
    assert "No click stands out" in notifications.current.text
    go.write({HERE: torn.difference(rectangle(24, 12, 2, 2))})
    assert advice.proposal is not None, "it is another mask"


def test_that_a_message_that_helps_stays_where_a_click_changes_nothing(advice, torn, notifications):
    step = notifications.inform("First steps", [Remedy("Next", lambda: None)])
    advice.propose_or_click()
    assert notifications.current is step
    advice.note_answer(Given(HERE, COW, 0))
    assert "The click changed nothing" in notifications.current.text, "the step was there before"
    advice._forget()
    advice.propose_or_click()
    advice.propose_or_click()
    offer = notifications.warn("This place belongs to Dora.", [Remedy("Let it", lambda: None)])
    advice.note_answer(Given(HERE, COW, 0))
    assert notifications.current is offer


def test_that_a_proposed_click_that_helps_is_followed_by_the_next(advice, go, torn, notifications):
    advice.propose_or_click()
    go.write({HERE: torn.union(rectangle(10, 8, 14, 2))})
    advice.note_answer(Given(HERE, COW, 0))
    assert notifications.current is None
    assert advice.proposal is not None
