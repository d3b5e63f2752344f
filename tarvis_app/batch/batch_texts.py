"""How a batch and each of its videos are told in words."""

from PySide6.QtCore import QCoreApplication

from tarvis_app.batch.batch import Batch
from tarvis_app.batch.batch_plan import BatchProgress, VideoState
from tarvis_app.counting import counted
from tarvis_app.panels.minutes import minutes_text
from tarvis_app.segmentation.run_progress import Preparation

MANY = 3
"""So many failed videos are named; of more, the first."""


def _tr(text: str, count: int = -1) -> str:
    return QCoreApplication.translate("Batch", text, None, count)


def outcome_text(batch: Batch) -> str:
    """How many videos failed, first of all, and how many have a project."""
    total = 0 if batch.plan is None else len(batch.plan.videos)
    failed = len(batch.failed)
    if failed:
        text = _tr("Failed: {failed} of {total} videos. With a project: {done}.")
    elif batch.was_stopped:
        text = _tr("The batch was stopped: {done} of {total} videos have a project.")
    else:
        text = _tr("{done} of {total} videos of the batch have a project.")
    return text.format(failed=failed, total=total, done=batch.num_done)


def short_text(batch: Batch) -> str:
    """How far the batch is that goes on, in a few words."""
    if batch.is_stopping:
        return _tr("Batch: stopping…")
    if batch.is_loading:
        return _tr("Batch: loading the model…")
    share = 0.0 if batch.progress is None else batch.progress.share
    text = _tr("Batch: video {number} of {total}, {percent:.0f} %").format(
        number=batch.number, total=batch.num_wanted, percent=100 * share
    )
    if not batch.failed:
        return text
    return _tr("{text}, failed: {failed}").format(text=text, failed=len(batch.failed))


def progress_text(batch: Batch) -> str:
    """How far the batch is that goes on, for the dialog."""
    clock = minutes_text(batch.elapsed_s)
    if batch.is_stopping:
        return _tr("Stopping… What is finished is kept.")
    if batch.is_loading:
        return _tr("Loading the model… · {clock}").format(clock=clock)
    parts = [_tr("Video {number} of {total}").format(number=batch.number, total=batch.num_wanted)]
    if batch.frames_done:
        parts.append(_tr("{speed:.1f} frames/s").format(speed=batch.frames_per_second))
    parts.append(clock)
    close = _tr("You may close this window: the batch goes on, and the status bar tells how far.")
    return f"{' · '.join(parts)}. {close}"


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
    result = batch.results.get(index)
    state = batch.state(index)
    if state is VideoState.RUNNING:
        return _running_text(batch.progress)
    if state is VideoState.DONE:
        count = 0 if result is None else result.num_targets
        found = counted(count, _tr("1 target"), _tr("{count} targets", count))
        return _tr("done: {targets}").format(targets=found)
    return {
        VideoState.WAITING: _tr("waiting"),
        VideoState.KEPT: kept_text(),
        VideoState.STOPPED: _tr("stopped"),
        VideoState.FAILED: _tr("failed: {message}").format(
            message="" if result is None else result.message
        ),
    }[state]


def kept_text() -> str:
    """What is said of a video that has a project."""
    return _tr("has a project already, stays as it is")


def _running_text(progress: BatchProgress | None) -> str:
    step = None if progress is None else progress.step
    if progress is None or (step is not None and step.what is Preparation.MODEL):
        return _tr("waits for the model")
    if step is not None and step.what is Preparation.VIDEO:
        return _tr("its frames are being counted")
    text = _tr("{percent:.0f} %").format(percent=100 * progress.share)
    if step is None or step.clip is None:
        return text
    clip = step.clip
    looking = _tr("looking at frames {first}–{last}: {done} of {total}").format(
        first=clip.first_frame, last=clip.last_frame, done=clip.num_seen, total=clip.num_frames
    )
    return f"{text} · {looking}"
