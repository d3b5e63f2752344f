"""Clicks on a frame: what is given for a target once another click is.

Clicks on a frame without a mask say what the target is. On a frame that shows a mask they correct
it, so the first click keeps the shown mask beside itself: all clicks together start from that one,
and give the same again when a click is taken back or the frame is asked anew.
"""

from tarvis_core.annotation.exemplar import Exemplar, PointExemplar, ShownMask
from tarvis_core.annotation.project import Project


def exemplars_with_click(project: Project, click: PointExemplar) -> tuple[Exemplar, ...]:
    """What is given for the click's target on its frame together with the click.

    A mask that a person stands behind replaces what was given before, and is corrected itself.

    Args:
        project: The project; it need not know the target yet.
        click: The new click.
    """
    target, frame = click.target, click.frame
    given = project.exemplars_at(target, frame)
    summary = project.masks.track(target).summary(frame)
    is_law = summary is not None and summary.state.is_law
    if given and not is_law:
        return (*given, click)
    held = None if summary is None or summary.is_empty else project.masks.get(target, frame)
    if held is None:
        return (click,)
    shown = ShownMask(frame, target, held.mask)
    if shown in given:  # the answer to the clicks before is still to come
        return (*given, click)
    return (shown, click)
