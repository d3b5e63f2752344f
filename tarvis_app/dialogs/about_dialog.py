"""What this program is, and where it keeps things."""

from importlib.metadata import version

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QMessageBox, QWidget

from tarvis_app.settings import Folders

CONTEXT = "About"


def show_about(folders: Folders, parent: QWidget) -> None:
    """Show name, version and folders."""
    box = QMessageBox(parent)
    box.setWindowTitle(QCoreApplication.translate(CONTEXT, "About TarViS Studio"))
    box.setText(f"TarViS Studio {version('tarvis-studio')}")
    box.setInformativeText(
        QCoreApplication.translate(
            CONTEXT,
            "Label video: click an object, it is tracked; correct a mask, the correction holds.\n\n"
            "Projects: {projects}\nSettings: {config}\nLogs: {logs}\n\nMIT licence.",
        ).format(projects=folders.projects, config=folders.config, logs=folders.logs)
    )
    box.open()
