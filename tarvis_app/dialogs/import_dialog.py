"""The import dialog: what is in the files is seen before anything is changed."""

from html import escape
from pathlib import Path

from PySide6.QtCore import Slot
from PySide6.QtWidgets import (
    QDialog,
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QRadioButton,
    QTextBrowser,
    QVBoxLayout,
    QWidget,
)
from typing_extensions import override

from tarvis_app.counting import counted
from tarvis_app.dialogs.import_texts import look_html
from tarvis_app.document.document import Document
from tarvis_app.exchange.exchange import Exchange
from tarvis_app.exchange.exchange_jobs import ImportLook
from tarvis_app.panels.busy_bar import BusyBar
from tarvis_app.settings import Settings


class ImportDialog(QDialog):
    """Looks into files in the background, says what it found, and imports or goes back.

    What it found is for one project as it was: for another, or after an edit that the import does
    not fit to, the files are read again before anything can be added.
    """

    def __init__(
        self, document: Document, exchange: Exchange, settings: Settings, parent: QWidget
    ) -> None:
        super().__init__(parent)
        self._document = document
        self._exchange = exchange
        self._settings = settings
        self._source: Path | None = None
        self._look: ImportLook | None = None
        self._why_again = ""
        self.setWindowTitle(self.tr("Import masks"))
        self.resize(720, 460)
        self._name = QLabel(self)
        self._name.setWordWrap(True)
        self.report = QTextBrowser(self)
        self.report.setOpenLinks(False)
        self.report.setAccessibleName(self.tr("What is in the files"))
        self.question = QLabel(self)
        self.question.setWordWrap(True)
        self.unchecked_button = QRadioButton(
            self.tr("&Nobody checked them: they count as the network's, and runs may change them"),
            self,
        )
        self.checked_button = QRadioButton(
            self.tr("They are &right: they count as verified, and no run changes them"), self
        )
        self.bar = BusyBar(self)
        self.bar.setAccessibleName(self.tr("Progress of the look into the files"))
        self.stop_button = QPushButton(self.tr("Stop"), self)
        self.other_button = QPushButton(self.tr("Choose another file…"), self)
        self.import_button = QPushButton(self.tr("Import"), self)
        self.import_button.setProperty("primary", True)  # noqa: FBT003 -- Qt's own signature
        self.back_button = QPushButton(self.tr("Do not import"), self)
        self._explain()
        self._place()
        self._connect()
        self._be_busy(is_busy=False)

    def _explain(self) -> None:
        for widget, text in (
            (self.unchecked_button, self.tr("Runs may give other masks in their place")),
            (self.checked_button, self.tr("They stay as they are until somebody corrects them")),
            (self.stop_button, self.tr("Give up reading the files (Esc)")),
            (self.other_button, self.tr("Look into another file or folder; nothing is changed")),
            (
                self.import_button,
                self.tr(
                    "Add what was found to the project, as one step that can be undone (Enter)"
                ),
            ),
            (self.back_button, self.tr("Go back; nothing is changed (Esc)")),
        ):
            widget.setToolTip(text)

    def _place(self) -> None:
        progress = QHBoxLayout()
        progress.addWidget(self.bar, stretch=1)
        progress.addWidget(self.stop_button)
        buttons = QHBoxLayout()
        buttons.addWidget(self.other_button)
        buttons.addStretch(1)
        buttons.addWidget(self.import_button)
        buttons.addWidget(self.back_button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(14, 14, 14, 14)
        layout.setSpacing(10)
        layout.addWidget(self._name)
        layout.addWidget(self.report, stretch=1)
        for part in (self.question, self.unchecked_button, self.checked_button):
            layout.addWidget(part)
        layout.addLayout(progress)
        layout.addLayout(buttons)

    def _connect(self) -> None:
        self.stop_button.clicked.connect(self._exchange.stop_import)
        self.other_button.clicked.connect(self.ask)
        self.import_button.clicked.connect(self._import)
        self.checked_button.toggled.connect(self._read)
        self.back_button.clicked.connect(self.reject)
        self._exchange.import_progressed.connect(self.bar.show_part)
        self._exchange.import_looked.connect(self._show_look)
        self._exchange.import_failed.connect(self._show_failure)
        self._exchange.import_outdated.connect(self._follow_edit)
        self._document.project_opened.connect(self._follow_project)

    @Slot()
    def ask(self) -> None:
        """Ask for annotations and look into them."""
        name, _ = QFileDialog.getOpenFileName(
            self.parentWidget(),
            self.tr("Import masks: the file, or any file of the folder"),
            str(self._settings.export_folder),
            self.tr("Annotations (*.json *.txt *.xml *.png *.yaml);;All files (*)"),
        )
        if name:
            self.show()
            self.look_into(Path(name))

    def look_into(self, source: Path) -> None:
        """Read a file or folder and show what importing it would do.

        Masks of which it does not say who made or checked them count as unchecked until the
        person says otherwise.
        """
        self._source = None
        self.unchecked_button.setChecked(True)
        self._ask_who_made(0)
        self._source = source
        self._name.setText(str(source))
        self._why_again = ""
        self._read()

    @Slot()
    def _follow_project(self) -> None:
        """Find out what the files would add to the project that is open now."""
        self._look = None
        self._be_busy(is_busy=False)
        if self.isHidden():
            self._source = None
        if self._document.project is None or self._source is None:
            return
        name = Path(self._document.project.video.path).stem
        text = self.tr("Another project was opened, and the files were read again for it: {name}.")
        self._why_again = text.format(name=name)
        self._read()

    @Slot()
    def _follow_edit(self) -> None:
        """Find out what the files would add to the project as it is now."""
        self._why_again = self.tr(
            "The project was changed since the files were read, so they were read again: nothing "
            "was added yet."
        )
        self._read()

    @Slot()
    def _read(self) -> None:
        if self._source is None:
            return
        self._look = None
        self.report.setHtml(f"<p>{self.tr('Reading…')}</p>")
        self._be_busy(is_busy=True)
        self._exchange.look_into(self._source, are_checked=self.checked_button.isChecked())

    def _ask_who_made(self, num_masks: int) -> None:
        """Ask whether masks of which the files do not say so are right; 0: there are none."""
        one = self.tr("The files do not say who made or checked 1 mask:")
        several = self.tr(
            "The files do not say who made or checked {count} masks:", None, num_masks
        )
        self.question.setText(counted(num_masks, one, several))
        for part in (self.question, self.unchecked_button, self.checked_button):
            part.setVisible(num_masks > 0)

    def _be_busy(self, *, is_busy: bool) -> None:
        self.bar.setVisible(is_busy)
        self.stop_button.setVisible(is_busy)
        self.bar.show_busy()
        self.other_button.setEnabled(not is_busy)
        self.unchecked_button.setEnabled(not is_busy)
        self.checked_button.setEnabled(not is_busy)
        self.import_button.setEnabled(self._look is not None and not is_busy)

    @Slot(object)
    def _show_look(self, look: ImportLook) -> None:
        if look.source != self._source:
            return
        self._look = look if look.num_masks else None
        self._ask_who_made(look.num_unsaid)
        self._be_busy(is_busy=False)
        self.import_button.setDefault(True)
        self.report.setHtml(self._reason() + look_html(look))

    @Slot(str)
    def _show_failure(self, message: str) -> None:
        self._look = None
        self._be_busy(is_busy=False)
        text = message or self.tr("Stopped. Nothing was changed.")
        self.report.setHtml(f"{self._reason()}<p>✗ {escape(text)}</p>")

    def _reason(self) -> str:
        """Why the files were read again."""
        return f"<p><b>{escape(self._why_again)}</b></p>" if self._why_again else ""

    @Slot()
    def _import(self) -> None:
        if self._look is not None:
            look, self._look = self._look, None
            self._be_busy(is_busy=False)
            self._exchange.add(look)

    @override
    def reject(self) -> None:
        """Go back; what is being read is given up."""
        if self.stop_button.isVisible():
            self._exchange.stop_import()
        super().reject()
