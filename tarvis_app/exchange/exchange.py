"""Exchange: the GUI's side of exports and imports."""

import tempfile
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QObject, Signal, Slot

from tarvis_app.document.document import Document
from tarvis_app.document.edits import Edit
from tarvis_app.exchange.exchange_jobs import ExportJob, ExportLook, ImportJob, ImportLook
from tarvis_app.exchange.exchange_worker import ExchangeWorker
from tarvis_app.opening import Opening
from tarvis_app.worker_thread import WorkerThread
from tarvis_core.annotation.project_file import SUFFIX, ProjectFile


class Exchange(QObject):
    """Starts exports and looks into files, one at a time; the person works on meanwhile.

    Each is stopped for itself: what a person says to one means nothing to the other.

    Signals:
        looked: Arguments: the `ExportJob` that was looked at, and its `ExportLook`.
        progressed: Argument: part done, 0…1.
        exported: Argument: `ExportResult`.
        failed: An export was given up. Argument: the message; empty if it was stopped.
        import_progressed: Argument: part of the look into files done, 0…1.
        import_looked: Argument: `ImportLook`; nothing was changed yet.
        imported: Argument: the `ImportLook` that was added, as one step of the history.
        import_outdated: A look says nothing more of the project, which was changed since, or is
            another: nothing is added.
        import_failed: Argument: the message; empty if it was stopped.
    """

    looked = Signal(object, object)
    progressed = Signal(float)
    exported = Signal(object)
    failed = Signal(str)
    import_progressed = Signal(float)
    import_looked = Signal(object)
    imported = Signal(object)
    import_outdated = Signal()
    import_failed = Signal(str)
    _look_wanted = Signal(object)
    _export_wanted = Signal(object)
    _look_into_wanted = Signal(object)

    def __init__(self, document: Document, opening: Opening) -> None:
        super().__init__(document)
        self._document = document
        self._opening = opening
        self._copies: dict[Path, tempfile.TemporaryDirectory[str]] = {}
        self._exporting: ExportJob | None = None
        self._looking_into: ImportJob | None = None
        self._worker = ExchangeWorker()
        self._thread = WorkerThread(self._worker, "exchange", self)
        document.project_opened.connect(self._give_import_up)
        self._look_wanted.connect(self._worker.look)
        self._worker.looked.connect(self._note_look)
        self._export_wanted.connect(self._worker.export)
        self._look_into_wanted.connect(self._worker.look_into)
        self._worker.progressed.connect(self.progressed)
        self._worker.exported.connect(self._note_export)
        self._worker.import_progressed.connect(self._note_import_progress)
        self._worker.import_looked.connect(self._note_import_look)
        self._worker.import_failed.connect(self._note_import_failure)
        self._worker.failed.connect(self._note_failure)

    def look(self, job: ExportJob) -> None:
        """Look for what a person should know before this export; `looked` follows.

        A look that is asked for while another goes on takes its place.
        """
        self._thread.start()
        self._give_look_up()
        complete = replace(job, project=self._snapshot())
        self._worker.newest_look = complete
        self._look_wanted.emit(complete)

    def _give_look_up(self) -> None:
        look, self._worker.newest_look = self._worker.newest_look, None
        if look is not None:
            self._drop_copy(look.project)

    def export(self, job: ExportJob) -> None:
        """Export the open project; `exported` or `failed` follows."""
        self._thread.start()
        self._give_look_up()
        self._exporting = replace(job, project=self._snapshot())
        self._export_wanted.emit(self._exporting)

    @Slot()
    def stop_export(self) -> None:
        """Stop the export after the frame at hand; `failed` follows."""
        if self._exporting is not None:
            self._exporting.stop.set()

    def look_into(self, source: Path, *, are_checked: bool = False) -> None:
        """Work out what importing a file would do; `import_looked` or `import_failed` follows.

        A look that is asked for while another goes on takes its place.

        Args:
            source: The file or folder.
            are_checked: Whether masks of which it does not say so are a person's.
        """
        self._thread.start()
        self._give_import_up()
        self._looking_into = ImportJob(self._snapshot(), source, are_checked)
        self._look_into_wanted.emit(self._looking_into)

    @Slot()
    def stop_import(self) -> None:
        """Stop the look into files, also one that waits for an export to end."""
        if self._give_import_up():
            self.import_failed.emit("")

    @Slot()
    def _give_import_up(self) -> bool:
        """Stop the look into files, and hear no more of it; whether there was one."""
        job, self._looking_into = self._looking_into, None
        if job is not None:
            job.stop.set()
        return job is not None

    def add(self, look: ImportLook) -> None:
        """Add what was looked at to the open project; `imported` or `import_outdated` follows."""
        try:
            self._document.edit(Edit(self.tr("Import"), look.changes))
        except ValueError:
            self.import_outdated.emit()
        else:
            self.imported.emit(look)

    def shut_down(self) -> None:
        """Stop everything and end the thread."""
        self.stop_export()
        self._give_import_up()
        self._give_look_up()
        self._thread.shut_down()
        for path in tuple(self._copies):
            self._drop_copy(path)

    def _snapshot(self) -> Path:
        """The project as a file that the other thread may read."""
        if self._opening.file is not None:
            return self._opening.file.path
        folder = tempfile.TemporaryDirectory(prefix="tarvis-", ignore_cleanup_errors=True)
        path = Path(folder.name) / f"project{SUFFIX}"
        ProjectFile.create(path, self._document.opened).close()
        self._copies[path] = folder
        return path

    def _drop_copy(self, path: Path) -> None:
        """Remove a project's file if it is a copy that was made for one job."""
        folder = self._copies.pop(path, None)
        if folder is not None:
            folder.cleanup()

    @Slot(object, object)
    def _note_look(self, job: ExportJob, look: ExportLook) -> None:
        if job is self._worker.newest_look:
            self._give_look_up()
            self.looked.emit(job, look)

    @Slot(object)
    def _note_export(self, result: object) -> None:
        self._end_export()
        self.exported.emit(result)

    @Slot(str)
    def _note_failure(self, message: str) -> None:
        self._end_export()
        self.failed.emit(message)

    def _end_export(self) -> None:
        job, self._exporting = self._exporting, None
        if job is not None:
            self._drop_copy(job.project)

    @Slot(object, float)
    def _note_import_progress(self, job: ImportJob, part: float) -> None:
        if job is self._looking_into:
            self.import_progressed.emit(part)

    @Slot(object, object)
    def _note_import_look(self, job: ImportJob, look: ImportLook) -> None:
        if self._end_import(job):
            self.import_looked.emit(look)

    @Slot(object, str)
    def _note_import_failure(self, job: ImportJob, message: str) -> None:
        if self._end_import(job):
            self.import_failed.emit(message)

    def _end_import(self, job: ImportJob) -> bool:
        """Be done with a look into files; whether its end is still waited for."""
        self._drop_copy(job.project)
        is_awaited = job is self._looking_into
        if is_awaited:
            self._looking_into = None
        return is_awaited
