"""Exchange: the GUI's side of exports and imports."""

import tempfile
import threading
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QObject, Signal, Slot

from tarvis_app.document.document import Document
from tarvis_app.document.edits import Edit
from tarvis_app.exchange.exchange_jobs import ExportJob, ImportJob, ImportLook
from tarvis_app.exchange.exchange_worker import ExchangeWorker
from tarvis_app.opening import Opening
from tarvis_app.worker_thread import WorkerThread
from tarvis_core.annotation.project_file import SUFFIX, ProjectFile


class Exchange(QObject):
    """Starts exports and imports, one at a time; the person works on meanwhile.

    Signals:
        looked: Arguments: the `ExportJob` that was looked at, and what was found.
        progressed: Argument: part done, 0…1.
        exported: Argument: `ExportResult`.
        failed: An export was given up. Argument: the message; empty if it was stopped.
        import_progressed: Argument: part of the look into files done, 0…1.
        import_looked: Argument: `ImportLook`; nothing was changed yet.
        imported: Argument: the `ImportLook` that was added, as one step of the history.
        import_failed: Argument: the message; empty if it was stopped.
    """

    looked = Signal(object, object)
    progressed = Signal(float)
    exported = Signal(object)
    failed = Signal(str)
    import_progressed = Signal(float)
    import_looked = Signal(object)
    imported = Signal(object)
    import_failed = Signal(str)
    _look_wanted = Signal(object)
    _export_wanted = Signal(object)
    _look_into_wanted = Signal(object)

    def __init__(self, document: Document, opening: Opening) -> None:
        super().__init__(document)
        self._document = document
        self._opening = opening
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        stop = threading.Event()
        self._worker = ExchangeWorker(stop)
        self._thread = WorkerThread(self._worker, "exchange", self, stop)
        self._look_wanted.connect(self._worker.look)
        self._worker.looked.connect(self._note_look)
        self._export_wanted.connect(self._worker.export)
        self._look_into_wanted.connect(self._worker.look_into)
        self._worker.progressed.connect(self.progressed)
        self._worker.exported.connect(self._note_export)
        self._worker.import_progressed.connect(self.import_progressed)
        self._worker.import_looked.connect(self._note_import_look)
        self._worker.import_failed.connect(self._note_import_failure)
        self._worker.failed.connect(self._note_failure)

    def look(self, job: ExportJob) -> None:
        """Look for what a person should know before this export; `looked` follows.

        A look that is asked for while another goes on takes its place.
        """
        self._thread.begin()
        complete = replace(job, project=self._snapshot())
        self._worker.newest_look = complete
        self._look_wanted.emit(complete)

    def export(self, job: ExportJob) -> None:
        """Export the open project; `exported` or `failed` follows."""
        self._thread.begin()
        self._worker.newest_look = None
        self._export_wanted.emit(replace(job, project=self._snapshot()))

    def look_into(self, source: Path) -> None:
        """Work out what importing a file would do; `import_looked` or `import_failed` follows."""
        self._thread.begin()
        self._look_into_wanted.emit(ImportJob(self._snapshot(), source))

    @Slot()
    def stop(self) -> None:
        """Stop after the frame at hand."""
        self._thread.stop()

    def shut_down(self) -> None:
        """Stop everything and end the thread."""
        self._thread.shut_down()
        self._drop_folder()

    def _snapshot(self) -> Path:
        """The project as a file that the other thread may read."""
        if self._opening.file is not None:
            return self._opening.file.path
        self._drop_folder()
        self._folder = tempfile.TemporaryDirectory(prefix="tarvis-")
        path = Path(self._folder.name) / f"project{SUFFIX}"
        ProjectFile.create(path, self._document.opened).close()
        return path

    def _drop_folder(self) -> None:
        if self._folder is not None:
            self._folder.cleanup()
            self._folder = None

    @Slot(object, object)
    def _note_look(self, job: ExportJob, found: tuple[str, ...]) -> None:
        if job is self._worker.newest_look:
            self.looked.emit(job, found)

    @Slot(object)
    def _note_export(self, result: object) -> None:
        self._drop_folder()
        self.exported.emit(result)

    def add(self, look: ImportLook) -> None:
        """Add what was looked at to the open project; `imported` or `import_failed` follows."""
        try:
            self._document.edit(Edit(self.tr("Import"), look.changes))
        except ValueError:  # the project was edited between looking and adding
            self.import_failed.emit(self.tr("The project was changed meanwhile; look again."))
        else:
            self.imported.emit(look)

    @Slot(object)
    def _note_import_look(self, look: ImportLook) -> None:
        self._drop_folder()
        self.import_looked.emit(look)

    @Slot(str)
    def _note_import_failure(self, message: str) -> None:
        self._drop_folder()
        self.import_failed.emit(message)

    @Slot(str)
    def _note_failure(self, message: str) -> None:
        self._drop_folder()
        self.failed.emit(message)
