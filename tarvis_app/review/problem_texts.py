"""Problems in words."""

from PySide6.QtCore import QCoreApplication

from tarvis_app.counting import counted
from tarvis_app.review.problems import Finding, Problem, Reason

CONTEXT = "Problem"


def reasons_text(problem: Problem) -> str:
    """Why a frame is listed, in a few words: all that was found, the worst first."""
    return ", ".join(_text(finding) for finding in problem.findings)


def _text(finding: Finding) -> str:
    value = finding.value
    translate = QCoreApplication.translate
    match finding.reason:
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
