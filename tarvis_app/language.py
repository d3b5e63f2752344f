"""The person's language: a translation beside the program's resources, where there is one."""

from importlib.resources import files
from pathlib import Path
from string import Formatter

from PySide6.QtCore import QCoreApplication, QLibraryInfo, QLocale, QObject, QTranslator
from typing_extensions import override

SYSTEM = "system"
"""In place of a language's name: the operating system's."""
ENGLISH = "en"


class Translation(QTranslator):
    """A translation file whose texts name no value that their English text lacks.

    A text that does is left out: the English one is shown instead, and nothing fails.
    """

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._is_sound: dict[tuple[str, str], bool] = {}

    @override
    def translate(
        self, context: str, sourceText: str, disambiguation: str | None = None, n: int = -1
    ) -> str | None:
        """The translation; None where there is none, or one that cannot be filled."""
        text = super().translate(context, sourceText, disambiguation, n)
        if not text:
            return None
        pair = (sourceText, text)
        if pair not in self._is_sound:
            self._is_sound[pair] = _can_be_filled(*pair)
        return text if self._is_sound[pair] else None


def install_translation(
    qt: QCoreApplication, language: str, folder: Path | None = None
) -> Translation | None:
    """Have every text translated from here on; widgets that are there already stay as they are.

    Args:
        qt: The program.
        language: A language, such as "de" or "pt_BR"; `SYSTEM` for the operating system's, whose
            first choice is taken that there is a translation for, or that is English.
        folder: Where `tarvis_<language>.qm` lies; None for the program's resources.

    Returns:
        The translation; None where the window stays English.
    """
    locale = QLocale.system() if language == SYSTEM else QLocale(language)
    translation = Translation(qt)
    for name in locale.uiLanguages():
        if name.partition("-")[0] == ENGLISH:
            break
        path = (folder or _folder()) / f"tarvis_{name.replace('-', '_')}.qm"
        if path.is_file() and translation.load(str(path)):
            _install_texts_of_qt(qt, QLocale(name))
            qt.installTranslator(translation)
            return translation
    translation.deleteLater()
    return None


def _folder() -> Path:
    return Path(str(files("resources"))) / "translations"


def _install_texts_of_qt(qt: QCoreApplication, locale: QLocale) -> None:
    texts = QTranslator(qt)
    place = QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath)
    if texts.load(locale, "qtbase", "_", place):
        qt.installTranslator(texts)


def _can_be_filled(source: str, text: str) -> bool:
    """Whether the values of the English text fill the translation too."""
    try:
        known = list(_fields(source))
    except ValueError:  # it is no template: nothing is filled in
        return True
    try:
        return not known or all(_is_known(field, known) for field in _fields(text))
    except ValueError:
        return False


def _fields(template: str) -> list[tuple[str, str, str]]:
    """Name, format and conversion of each field.

    Raises:
        ValueError: A brace is left open.
    """
    return [
        (name, form or "", conversion or "")
        for _, name, form, conversion in Formatter().parse(template)
        if name is not None
    ]


def _is_known(field: tuple[str, str, str], known: list[tuple[str, str, str]]) -> bool:
    """Whether the English text has the field, as it is or shown plainly here."""
    return field in known or (field[0] in {name for name, *_ in known} and field[1:] == ("", ""))
