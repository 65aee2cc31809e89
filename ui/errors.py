"""The one place where failures become something on screen."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt
from PySide6.QtWidgets import QApplication, QWidget

from app.errors import AppError, Cancelled, Damaged, Invalid, Offline
from app.i18n import _

if TYPE_CHECKING:
    from PySide6.QtWidgets import QMessageBox

ROOT = Path(__file__).resolve().parents[1]


def show(error: BaseException, owner: QObject | None = None) -> None:
    """Tell the person, as near to `owner` as can be, what happened and what to do.

    An ancestor of `owner` may offer `show_invalid(field, text) -> bool`, `show_banner(text, level)` and
    `show_offline(text)`; the nearest one is taken.
    """
    match error:
        case Cancelled():
            return
        case Invalid():
            if not _offer(owner, "show_invalid", error.field, error.text):
                _banner(owner, error.text, "danger")
        case Offline():
            _offer(owner, "show_offline", error.text)  # nobody there: offline is normal, so say nothing
        case Damaged():
            _dialog(owner, _("The data cannot be used as it is"), error.text)
        case AppError():
            _banner(owner, error.text, "warning")
        case _:
            _dialog(owner, _("Something went wrong in Provender"), *_apology(error))


def report(error: BaseException) -> str:
    """What a programmer needs, without personal data: kinds, files and lines; no messages, no values."""
    import platform
    import traceback

    lines = [
        f"Provender {_version()}, Python {platform.python_version()}, {platform.system()} {platform.release()}"
    ]
    part: BaseException | None = error
    while part is not None:
        lines.append(type(part).__module__ + "." + type(part).__qualname__)
        for frame in traceback.extract_tb(part.__traceback__):
            lines.append(f"  {_place(frame.filename)}:{frame.lineno} {frame.name}")
        part = part.__cause__ or part.__context__
    return "\n".join(lines)


def _offer(owner: QObject | None, method: str, *args: str) -> bool:
    place = owner
    while place is not None:
        taker: Callable[..., object] | None = getattr(place, method, None)
        if taker is not None and taker(*args) is not False:
            return True
        place = place.parent()
    return False


def _banner(owner: QObject | None, text: str, level: str) -> None:
    if not _offer(owner, "show_banner", text, level):
        _dialog(owner, "Provender", text)


def _apology(error: BaseException) -> tuple[str, str]:
    return (
        _(
            "This is our mistake, not yours. What you saved is safe. You can go on; if it happens again, "
            "start the program anew and send us the report. It holds no customer data."
        ),
        report(error),
    )


def _dialog(owner: QObject | None, title: str, text: str, details: str = "") -> QMessageBox:
    from PySide6.QtGui import QGuiApplication
    from PySide6.QtWidgets import QMessageBox

    parent = owner if isinstance(owner, QWidget) else QApplication.activeWindow()
    box = QMessageBox(QMessageBox.Icon.NoIcon, title, title, QMessageBox.StandardButton.Close, parent)
    box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    box.setInformativeText(text)
    box.setTextFormat(Qt.TextFormat.PlainText)
    if details:
        box.setDetailedText(details)
        copy = box.addButton(_("Copy the report"), QMessageBox.ButtonRole.ActionRole)
        copy.clicked.disconnect()  # copying leaves the dialog open
        copy.clicked.connect(lambda: QGuiApplication.clipboard().setText(details))
    box.open()
    return box


def _place(filename: str) -> str:
    path = Path(filename)
    # Outside our own tree even the folder could name the person.
    return path.relative_to(ROOT).as_posix() if path.is_relative_to(ROOT) else path.name


def _version() -> str:
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version("provender")
    except PackageNotFoundError:
        return "(not installed)"
