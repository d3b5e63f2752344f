"""Exports and imports in a thread of its own, from a snapshot of the project's file."""

import contextlib
import logging
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, Signal, Slot

from tarvis_app.exchange.exchange_jobs import (
    ExportJob,
    ExportLook,
    ExportResult,
    ImportJob,
    ImportLook,
)
from tarvis_app.exchange.import_check import look_into
from tarvis_app.translated import translated
from tarvis_core.annotation.formats.annotated_video import AnnotatedFrame, VideoCollection
from tarvis_core.annotation.formats.fitting import fit_video
from tarvis_core.annotation.formats.format_capabilities import FormatCapabilities
from tarvis_core.annotation.formats.format_list import format_by_id
from tarvis_core.annotation.formats.lint import lint, lint_masks
from tarvis_core.annotation.formats.loss import Loss, LossCounter
from tarvis_core.annotation.formats.project_conversion import (
    known_frames,
    project_to_video,
)
from tarvis_core.annotation.formats.round_trip import read_back
from tarvis_core.annotation.formats.write_job import Progress, WriteOptions
from tarvis_core.annotation.mask import Mask
from tarvis_core.annotation.project import Project
from tarvis_core.annotation.project_file import ProjectFile
from tarvis_core.annotation.target import TargetId
from tarvis_core.errors import FormatError, TarvisError
from tarvis_core.sentence import Sentence
from tarvis_core.video.overlay import OverlayStyle
from tarvis_core.video.overlay_writer import write_overlay
from tarvis_core.video.video_reader import VideoReader, open_video

log = logging.getLogger(__name__)


DRAWN = FormatCapabilities(overlaps=True, stuff=True)
"""What a video with masks over it holds: everything that is seen, and no class."""


WRITING_SHARE = 0.6
"""Part of the progress that writing takes where the files are read back after it."""


class ExchangeStoppedError(TarvisError):
    """The person stopped an export or a look into files."""


class ExchangeWorker(QObject):
    """Does one job at a time; each has a flag of its own that stops it.

    Signals:
        looked: Arguments: the `ExportJob`, and its `ExportLook`.
        progressed: Argument: part done, 0…1.
        exported: Argument: `ExportResult`.
        failed: An export was given up. Argument: the message; empty if it was stopped.
        import_progressed: Arguments: the `ImportJob`, and the part of the look done, 0…1.
        import_looked: Arguments: the `ImportJob`, and its `ImportLook`.
        import_failed: Arguments: the `ImportJob`, and the message; empty if it was stopped.
    """

    looked = Signal(object, object)
    progressed = Signal(float)
    exported = Signal(object)
    failed = Signal(str)
    import_progressed = Signal(object, float)
    import_looked = Signal(object, object)
    import_failed = Signal(object, str)

    def __init__(self) -> None:
        super().__init__()
        self.newest_look: ExportJob | None = None
        """Set by the GUI's thread: a look that is no longer the newest gives up."""

    @Slot(object)
    def look(self, job: ExportJob) -> None:
        """Look for what a person should know before this export."""
        if job is self.newest_look:
            self._attempt_export(lambda: self._answer_look(job))

    def _answer_look(self, job: ExportJob) -> None:
        with contextlib.suppress(ExchangeStoppedError):  # nobody waits for this one any more
            self.looked.emit(job, self._look(job))

    def _look(self, job: ExportJob) -> ExportLook:
        def check(_progress: Progress | None = None) -> None:
            if job is not self.newest_look:
                raise ExchangeStoppedError("another export is being looked at")

        capabilities = DRAWN if job.format_id is None else format_by_id(job.format_id).capabilities
        with ProjectFile.open(job.project, read_only=True) as file:
            dataset = _dataset(job, file.project, None)
            findings = lint(dataset, capabilities, check)
            frames = range(job.first_frame, job.last_frame + 1)
            targets = [target.id for target in dataset[0].targets]
            findings += lint_masks(file.project, frames, targets)
            losses = () if job.format_id is None else _losses(dataset, capabilities, check)
            return ExportLook(tuple(finding.message for finding in findings), losses)

    @Slot(object)
    def export(self, job: ExportJob) -> None:
        """Write files."""
        self._attempt_export(lambda: self.exported.emit(self._export(job)))

    @Slot(object)
    def look_into(self, job: ImportJob) -> None:
        """Read files and work out what importing them would do."""
        message = self._attempt(lambda: self.import_looked.emit(job, self._look_into(job)))
        if message is not None:
            self.import_failed.emit(job, message)

    def _look_into(self, job: ImportJob) -> ImportLook:
        _heed_stop(job)
        return look_into(job, partial(self._tell_import, job))

    def _tell_import(self, job: ImportJob, part: float) -> None:
        _heed_stop(job)
        self.import_progressed.emit(job, part)

    def _attempt(self, work: Callable[[], None]) -> str | None:
        """The outermost frame of a job: whatever happens, its end is told.

        Returns:
            What went wrong, empty if it was stopped; None if nothing did.
        """
        try:
            work()
        except ExchangeStoppedError:
            return ""
        except TarvisError as error:
            return translated(error)
        except OSError as error:
            return f"{error.filename or ''}: {error.strerror or error}"
        except Exception:
            log.exception("export or import failed")
            return self.tr("Something unforeseen went wrong; the log has the details.")
        return None

    def _attempt_export(self, work: Callable[[], None]) -> None:
        message = self._attempt(work)
        if message is not None:
            self.failed.emit(message)

    def _export(self, job: ExportJob) -> ExportResult:
        _heed_stop(job)
        with ProjectFile.open(job.project, read_only=True) as file:
            video = file.find_video()
            if job.format_id is None:
                return self._export_overlay(job, file.project, video)
            if job.has_images and video is not None:
                with open_video(video) as reader:
                    return self._export_format(job, file.project, reader)
            return self._export_format(job, file.project, None)

    def _export_format(
        self, job: ExportJob, project: Project, reader: VideoReader | None
    ) -> ExportResult:
        assert job.format_id is not None, "asked for a format"
        dataset = _dataset(job, project, reader)
        num_frames = dataset[0].num_frames
        if not num_frames:
            raise FormatError("There is nothing to export: no frame of the range has a mask yet.")
        chosen = format_by_id(job.format_id)
        share = WRITING_SHARE if job.is_checked else 1.0
        report_part = partial(self._report, job)
        options = WriteOptions(
            with_images=job.has_images, progress=lambda done: report_part(share * done.fraction)
        )
        report = chosen.write(dataset, job.destination, options)
        differences: tuple[Sentence, ...] = ()
        if job.is_checked:
            watched = _watched(_dataset(job, project, None), report_part)
            differences = read_back(chosen, watched, report, job.destination)
        return ExportResult(
            report.files,
            report.losses,
            differences,
            job.is_checked,
            num_frames,
            _strays(job.destination, report.files),
        )

    def _export_overlay(self, job: ExportJob, project: Project, video: Path | None) -> ExportResult:
        if video is None:
            raise FormatError("The project's video is not where it was; locate it first.")
        style = OverlayStyle(colours={t.id: t.colour for t in project.targets.values()})
        frames = range(job.first_frame, job.last_frame + 1)
        with open_video(video) as reader:
            num_written = write_overlay(
                reader,
                lambda frame: drawn_masks(project, frame, job.targets),
                job.destination,
                frames=self._counted(frames),
                style=style,
                stop=job.stop,
            )
        if num_written < len(frames):
            _heed_stop(job)
        return ExportResult((job.destination,), num_frames=num_written)

    def _counted(self, frames: range) -> Iterator[int]:
        for index, frame in enumerate(frames):
            self.progressed.emit(index / len(frames))
            yield frame

    def _report(self, job: ExportJob, part: float) -> None:
        _heed_stop(job)
        self.progressed.emit(part)


def _heed_stop(job: ExportJob | ImportJob) -> None:
    if job.stop.is_set():
        raise ExchangeStoppedError("stopped by the person")


def _dataset(job: ExportJob, project: Project, reader: VideoReader | None) -> VideoCollection:
    """What a job exports, as formats write it."""
    load_image = None if reader is None else reader.frame
    frames = [f for f in known_frames(project) if job.first_frame <= f <= job.last_frame]
    annotated = project_to_video(project, frames, load_image)
    if job.targets is not None:
        annotated = annotated.only(job.targets)
    return VideoCollection(project.label_set, [annotated])


def _losses(
    dataset: VideoCollection, capabilities: FormatCapabilities, check: Callable[[], None]
) -> tuple[Loss, ...]:
    """What a format will not hold; `check` is called before each frame."""
    counter = LossCounter()
    for video in dataset:
        for _ in fit_video(video, capabilities, counter).frames():
            check()
    return counter.losses


def _strays(folder: Path, written: Collection[Path]) -> tuple[Path, ...]:
    """Files in a folder that were not written now."""
    ours = set(written)
    return tuple(p for p in sorted(folder.rglob("*")) if p.is_file() and p not in ours)


def _watched(dataset: VideoCollection, report: Callable[[float], None]) -> VideoCollection:
    """The same, telling how far it is when its frames are loaded to be compared."""
    (video,) = dataset

    def load(index: int) -> AnnotatedFrame:
        report(WRITING_SHARE + (1 - WRITING_SHARE) * index / video.num_frames)
        return video.load_frame(index)

    return VideoCollection(dataset.label_set, [replace(video, load_frame=load)])


def drawn_masks(
    project: Project, frame: int, targets: frozenset[TargetId] | None
) -> Mapping[TargetId, Mask]:
    """The masks of a frame that are seen, lowest first."""
    masks = project.masks.masks_at(frame)
    return {
        target.id: masks[target.id].mask
        for target in project.targets.values()
        if target.id in masks and target.is_visible and (targets is None or target.id in targets)
    }
