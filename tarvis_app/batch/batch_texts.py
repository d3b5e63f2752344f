"""How a batch and each of its videos are told in words."""

from PySide6.QtCore import QCoreApplication

from tarvis_app.batch.batch import Batch
from tarvis_app.batch.batch_plan import VideoState

MANY = 3
"""So many failed videos are named; of more, the first."""


def _tr(text: str) -> str:
    return QCoreApplication.translate("Batch", text)


def outcome_text(batch: Batch) -> str:
    """How many videos failed, first of all, and how many have a project."""
    total = 0 if batch.plan is None else len(batch.plan.videos)
    failed = len(batch.failed)
    if failed:
        text = _tr("Failed: {failed} of {total} videos. With a project: {done}.")
    else:
        text = _tr("{done} of {total} videos of the batch have a project.")
    return text.format(failed=failed, total=total, done=batch.num_done)


def failures_text(batch: Batch) -> str:
    """Each failed video on a line of its own, with the whole reason."""
    plan = batch.plan
    if plan is None:
        return ""
    return "\n".join(f"{plan.videos[each.index].name}: {each.message}" for each in batch.failed)


def short_failures_text(batch: Batch) -> str:
    """The reason of a single failed video, else the names of some."""
    plan, failed = batch.plan, batch.failed
    if plan is None or not failed:
        return ""
    if len(failed) == 1:
        return failures_text(batch)
    names = ", ".join(plan.videos[each.index].name for each in failed[:MANY])
    return f"{names}, …" if len(failed) > MANY else names


def video_text(batch: Batch, index: int) -> str:
    """How far a video is."""
    result, progress = batch.results.get(index), batch.progress
    percent = 0.0
    if progress is not None and progress.frames_total:
        percent = 100 * progress.frames_done / progress.frames_total
    return {
        VideoState.WAITING: _tr("waiting"),
        VideoState.RUNNING: _tr("{percent:.0f} %").format(percent=percent),
        VideoState.DONE: _tr("done, targets: {count}").format(
            count=0 if result is None else result.num_targets
        ),
        VideoState.KEPT: _tr("has a project already"),
        VideoState.STOPPED: _tr("stopped"),
        VideoState.FAILED: _tr("failed: {message}").format(
            message="" if result is None else result.message
        ),
    }[batch.state(index)]
