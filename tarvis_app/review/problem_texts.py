"""Problems in words."""

from PySide6.QtCore import QCoreApplication

from tarvis_app.counting import counted
from tarvis_app.review.problems import Problem, Reason

CONTEXT = "Problem"


def reason_text(problem: Problem) -> str:
    """Why a frame is listed, in a few words."""
    value = problem.value
    translate = QCoreApplication.translate
    match problem.reason:
        case Reason.DISAGREEMENT:
            text = translate(CONTEXT, "clips disagree, IoU {value:.2f}")
            return text.format(value=1 - value)
        case Reason.AREA:
            return translate(CONTEXT, "area {value:+.0f} %").format(value=100 * value)
        case Reason.MOTION:
            return translate(CONTEXT, "jumps {value:.0f} px").format(value=value)
        case Reason.FLICKER:
            one = translate(CONTEXT, "gone for 1 frame")
            return counted(round(value), one, translate(CONTEXT, "gone for {count} frames"))
        case Reason.SCORE:
            return translate(CONTEXT, "score {value:.0f} %").format(value=100 * value)
        case Reason.CONTACT:
            return translate(CONTEXT, "touches #{value:.0f}").format(value=value)
        case Reason.BORDER:
            return translate(CONTEXT, "comes to the frame's edge")
