"""Qt's own words (Cancel, Save as) in the present language."""

from __future__ import annotations

from app import i18n


def qt_speaks() -> None:
    """Let Qt speak the language that the program speaks."""
    from PySide6.QtCore import QLibraryInfo, QTranslator
    from PySide6.QtWidgets import QApplication

    app = QApplication.instance()
    if app is None:
        return
    for old in app.findChildren(QTranslator):
        app.removeTranslator(old)
        old.deleteLater()
    if i18n.language() != "en":
        translator = QTranslator(app)
        folder = QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath)
        if translator.load(f"qtbase_{i18n.language()}", folder):
            app.installTranslator(translator)
