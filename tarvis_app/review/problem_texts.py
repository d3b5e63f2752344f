"""Problems in words."""

from collections.abc import Mapping

from PySide6.QtCore import QCoreApplication

from tarvis_app.counting import counted
from tarvis_app.review.problems import Finding, Problem, Reason
from tarvis_core.annotation.target import Target, TargetId

CONTEXT = "Problem"


Targets = Mapping[TargetId, Target]


def called(targets: Targets, number: TargetId) -> str:
    """What a target is called; one that is gone by its number."""
    return targets[number].name if number in targets else f"#{number}"


def reasons_text(problem: Problem, targets: Targets) -> str:
    """Why a frame is listed, in a few words: all that was found, the worst first."""
    return ", ".join(_text(finding, targets) for finding in problem.findings)


def _other(targets: Targets, number: TargetId) -> str:
    """Another target, as the list of targets numbers and names it."""
    name, sign = called(targets, number), f"#{number}"
    return name if name == sign or name.split()[-1:] == [str(number)] else f"{sign} {name}"


def _text(finding: Finding, targets: Targets) -> str:
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
            count = round(value)
            several = translate(CONTEXT, "gone for {count} frames", None, count)
            return counted(count, one, several)
        case Reason.SCORE:
            return translate(CONTEXT, "score {value:.0f} %").format(value=100 * value)
        case Reason.CONTACT:
            other = _other(targets, TargetId(round(value)))
            return translate(CONTEXT, "touches {target}").format(target=other)
        case Reason.BORDER:
            return translate(CONTEXT, "comes to the frame's edge")
