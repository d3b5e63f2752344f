"""Export: which format, which frames and targets, what will be lost, and the proof afterwards."""

from html import escape
from pathlib import Path

from PySide6.QtCore import Qt, QUrl, Slot
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialog,
    QFileDialog,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QTextBrowser,
    QVBoxLayout,
    QWidget,
)

from tarvis_app.dialogs.export_texts import capability_text, look_html, result_html
from tarvis_app.document.document import Document
from tarvis_app.exchange.exchange import Exchange
from tarvis_app.exchange.exchange_jobs import ExportJob, ExportLook, ExportResult
from tarvis_app.panels.busy_bar import BusyBar
from tarvis_app.settings import Settings
from tarvis_app.translated import translated
from tarvis_app.view_state import ViewState
from tarvis_core.annotation.formats.format_list import FORMATS, format_by_id
from tarvis_core.annotation.target import TargetId
from tarvis_core.sentence import Sentence

FORMAT_ROLE = Qt.ItemDataRole.UserRole + 1


class ExportDialog(QDialog):
    """Asks what to export, shows what to expect, and reports what came of it."""

    def __init__(
        self,
        document: Document,
        view_state: ViewState,
        exchange: Exchange,
        settings: Settings,
        parent: QWidget,
    ) -> None:
        super().__init__(parent)
        self._document = document
        self._view_state = view_state
        self._exchange = exchange
        self._settings = settings
        self.setWindowTitle(self.tr("Export"))
        self.resize(880, 560)
        self.formats = QListWidget(self)
        self._holds = QLabel(self)
        self.folder = QLineEdit(self)
        self._browse = QPushButton(self.tr("Choose…"), self)
        self._frames = QComboBox(self)
        self._targets = QComboBox(self)
        self._images = QCheckBox(self.tr("Export the frames' images too"), self)
        self._checks = QCheckBox(self.tr("Read back and compare"), self)
        self.report = QTextBrowser(self)
        self._bar = BusyBar(self)
        self._stop = QPushButton(self.tr("Stop"), self)
        self._show = QPushButton(self.tr("Show folder"), self)
        self.start_button = QPushButton(self.tr("Export"), self)
        self._close = QPushButton(self.tr("Close"), self)
        self._is_busy = False
        self._fill()
        self._explain()
        self._place()
        self._connect()
        self._be_busy(is_busy=False)

    def _fill(self) -> None:
        video = QListWidgetItem(self.tr("Video with masks over it (MP4)"))
        video.setData(FORMAT_ROLE, None)
        self.formats.addItem(video)
        for known in sorted(FORMATS, key=lambda known: known.title.casefold()):
            item = QListWidgetItem(translated(Sentence(known.title)))
            item.setData(FORMAT_ROLE, known.id)
            self.formats.addItem(item)
        self.formats.setAccessibleName(self.tr("Formats"))
        self._frames.addItems([self.tr("Frames: the range"), self.tr("Frames: the whole video")])
        self._targets.addItems([self.tr("Targets: all"), self.tr("Targets: the selected ones")])
        self._checks.setChecked(True)
        self._frames.setAccessibleName(self.tr("Frames to export"))
        self._targets.setAccessibleName(self.tr("Targets to export"))
        self.folder.setAccessibleName(self.tr("Folder"))
        self._holds.setWordWrap(True)
        self._holds.setProperty("faint", True)  # noqa: FBT003 -- Qt's own signature
        self.report.setOpenLinks(False)
        self.report.setAccessibleName(self.tr("What to expect, and what came of it"))
        self._bar.setAccessibleName(self.tr("Progress of the export"))
        self.start_button.setProperty("primary", True)  # noqa: FBT003 -- Qt's own signature
        self.start_button.setDefault(True)

    def _explain(self) -> None:
        for widget, text in (
            (self.formats, self.tr("The format to write; the arrow keys go through them")),
            (self.folder, self.tr("The export gets a folder of its own in this one")),
            (self._browse, self.tr("Choose the folder to export into")),
            (self._frames, self.tr("Which frames are exported")),
            (self._targets, self.tr("Which targets are exported")),
            (self._images, self.tr("Write the pictures of the frames beside the masks")),
            (self._stop, self.tr("End the export; what was written so far stays")),
            (self._show, self.tr("Open the folder with what was written")),
            (self.start_button, self.tr("Write the files (Enter)")),
            (self._close, self.tr("Close; an export that goes on is not stopped (Esc)")),
        ):
            widget.setToolTip(text)
        self._offer_checks(is_video=False)

    def _offer_checks(self, *, is_video: bool) -> None:
        """Let be ticked what the chosen format can have, and say what it is, or why not."""
        for box in (self._images, self._checks):
            box.setEnabled(not is_video)
        reading = self.tr("Read what was written and compare it with the project, mask by mask")
        looking = self.tr("A video is only looked at: no masks can be read back from it")
        self._checks.setToolTip(looking if is_video else reading)

    def _place(self) -> None:
        right = QGridLayout()
        right.setVerticalSpacing(8)
        right.addWidget(self._holds, 0, 0, 1, 2)
        right.addWidget(self.folder, 1, 0)
        right.addWidget(self._browse, 1, 1)
        options = QHBoxLayout()
        options.setSpacing(8)
        options.addWidget(self._frames, stretch=1)
        options.addWidget(self._targets, stretch=1)
        right.addLayout(options, 2, 0, 1, 2)
        checks = QHBoxLayout()
        checks.addWidget(self._images)
        checks.addSpacing(14)
        checks.addWidget(self._checks)
        checks.addStretch(1)
        right.addLayout(checks, 3, 0, 1, 2)
        right.addWidget(self.report, 4, 0, 1, 2)
        right.setRowStretch(4, 1)
        columns = QHBoxLayout()
        columns.addWidget(self.formats, stretch=2)
        columns.addLayout(right, stretch=3)
        buttons = QHBoxLayout()
        buttons.addWidget(self._bar, stretch=1)
        buttons.addWidget(self._stop)
        buttons.addStretch(1)
        for button in (self._show, self.start_button, self._close):
            buttons.addWidget(button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(14, 14, 14, 14)
        layout.setSpacing(10)
        layout.addLayout(columns, stretch=1)
        layout.addLayout(buttons)

    def _connect(self) -> None:
        self.formats.currentItemChanged.connect(self._look)
        self._frames.currentIndexChanged.connect(self._look)
        self._targets.currentIndexChanged.connect(self._look)
        self._browse.clicked.connect(self._choose_folder)
        self._stop.clicked.connect(self._exchange.stop_export)
        self._show.clicked.connect(self._show_folder)
        self.start_button.clicked.connect(self.start)
        self._close.clicked.connect(self.accept)
        self._exchange.looked.connect(self._show_look)
        self._exchange.progressed.connect(self._bar.show_part)
        self._exchange.exported.connect(self._show_result)
        self._exchange.failed.connect(self._show_failure)
        self._view_state.video_changed.connect(self._follow_project)

    @Slot()
    def ask(self) -> None:
        """Open the dialog for the project as it is now."""
        if self.formats.currentRow() < 0:
            self.choose_format("coco")
        if not self.folder.text():
            self.folder.setText(str(self._settings.export_folder))
        self._begin()
        self.show()
        self.raise_()

    @Slot()
    def _follow_project(self) -> None:
        """Say of the project that is open now what to expect."""
        if self.isVisible():
            self._begin()

    def _begin(self) -> None:
        """Ask anew, for the project as it is; an export that goes on is shown on."""
        if not self._is_busy:
            self._be_busy(is_busy=False)
            self._targets.setCurrentIndex(0)
            self._show.setEnabled(False)
            self._look()

    def choose_format(self, format_id: str | None) -> None:
        """Choose a format by its id; None for the video with masks."""
        for row in range(self.formats.count()):
            if self.formats.item(row).data(FORMAT_ROLE) == format_id:
                self.formats.setCurrentRow(row)

    @property
    def format_id(self) -> str | None:
        """The chosen format; None for the video with masks."""
        item = self.formats.currentItem()
        return None if item is None else item.data(FORMAT_ROLE)

    def _limits(self) -> tuple[int, int]:
        if self._frames.currentIndex() == 0:
            return self._view_state.range
        return (0, self._view_state.num_frames - 1)

    def _chosen_targets(self) -> frozenset[TargetId] | None:
        wants_selected = self._targets.currentIndex() == 1
        return frozenset(self._view_state.selection) if wants_selected else None

    @Slot()
    def _look(self) -> None:
        """Say what the format holds and what the project lacks for it."""
        format_id = self.format_id
        if self._document.project is None or self._is_busy:
            return
        is_video = format_id is None
        capabilities = None if format_id is None else format_by_id(format_id).capabilities
        self._holds.setText(
            self.tr("The frames as an MP4 video, with the visible targets drawn over them.")
            if capabilities is None
            else capability_text(capabilities)
        )
        self._offer_checks(is_video=is_video)
        self.report.setHtml(f"<p>{self.tr('Looking…')}</p>")
        self._exchange.look(self._job())

    @Slot(object, object)
    def _show_look(self, _job: ExportJob, look: ExportLook) -> None:
        self.report.setHtml(look_html(look))

    @Slot()
    def _choose_folder(self) -> None:
        name = QFileDialog.getExistingDirectory(self, self.tr("Export into"), self.folder.text())
        if name:
            self.folder.setText(name)

    @Slot()
    def start(self) -> None:
        """Export as chosen."""
        if self._document.project is None:
            return
        self._settings.export_folder = Path(self.folder.text()).expanduser()
        self._be_busy(is_busy=True)
        self._exchange.export(self._job())

    def _job(self) -> ExportJob:
        """What is chosen; the project's file is filled in by the exchange."""
        folder, format_id = Path(self.folder.text()).expanduser(), self.format_id
        name = Path(self._document.opened.video.path).stem
        first, last = self._limits()
        return ExportJob(
            Path(),
            format_id,
            folder / (f"{name}-masks.mp4" if format_id is None else f"{name}-{format_id}"),
            first,
            last,
            self._chosen_targets(),
            self._images.isChecked(),
            self._checks.isChecked(),
        )

    def _be_busy(self, *, is_busy: bool) -> None:
        self._is_busy = is_busy
        for widget in (self.formats, self._frames, self.folder, self._browse):
            widget.setDisabled(is_busy)
        self._targets.setDisabled(is_busy or not self._view_state.selection)
        self._bar.setVisible(is_busy)
        self._stop.setVisible(is_busy)
        self.start_button.setEnabled(not is_busy)
        self._bar.show_busy()

    @Slot(object)
    def _show_result(self, result: ExportResult) -> None:
        self._be_busy(is_busy=False)
        self._show.setEnabled(True)
        self.report.setHtml(result_html(result))

    @Slot(str)
    def _show_failure(self, message: str) -> None:
        self._be_busy(is_busy=False)
        text = message or self.tr("Stopped. What was written so far was left as it is.")
        self.report.setHtml(f"<p>✗ {escape(text)}</p>")

    @Slot()
    def _show_folder(self) -> None:
        QDesktopServices.openUrl(QUrl.fromLocalFile(self.folder.text()))
