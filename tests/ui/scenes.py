"""What a person comes to inside the screens: a customer's tabs, the steps of an import, sheets, questions."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QApplication, QLineEdit, QWidget

from app.features import records
from app.store.reader import Order
from tests.lookalike import restaurants, restaurants_csv
from ui.screens.customer import CustomerPage
from ui.screens.importing import ImportScreen
from ui.screens.settings.screen import SECTIONS, SettingsScreen
from ui.widgets.record_list import RecordList
from ui.window import Workspace

Settle = Callable[[], None]
Scene = Callable[[Workspace, Settle], Callable[[], None] | None]
"""What it returns puts things back when the picture is taken."""


def scenes(scratch: Path) -> Iterator[tuple[str, Scene]]:
    """Name of the picture, and how one gets there in a workspace over the demonstration's book."""
    for tab in ("timeline", "contacts", "sites", "history"):
        yield f"customer-{tab}", partial(_tab, tab)
    yield "customer-edited", _edited
    yield "customer-delete", _delete
    for section in SECTIONS:
        yield f"settings-{section.name}", partial(_settings, section.name)
    for step in ("file", "columns", "rehearsal", "done"):
        yield f"import-{step}", partial(_import, step, scratch)
    for text in ("wang", "jiali wang", "> theme", "nothing like this"):
        yield f"search-{text.replace(' ', '-').replace('>', 'commands')}", partial(_search, text)
    yield "list-filter", _filter
    yield "list-columns", _columns
    yield "list-many", _many
    yield "list-export", _export


def _tab(tab: str, workspace: Workspace, settle: Settle) -> None:
    _customer(tab, workspace, settle)


def _customer(tab: str, workspace: Workspace, settle: Settle) -> CustomerPage:
    session = workspace.desk.session
    rows = session.ask(records.ids, "customer", None, (Order("name"),))
    found = session.ask(records.rows, "customer", [rows[7]], ["id"])
    workspace.go("customer", {"kind": "customer", "id": found[rows[7]][0], "among": rows, "at": 7})
    settle()
    page = workspace.shown
    assert isinstance(page, CustomerPage)
    page.side.setCurrentIndex(("timeline", "contacts", "sites", "history").index(tab))
    settle()
    return page


def _edited(workspace: Workspace, settle: Settle) -> Callable[[], None]:
    page = _customer("timeline", workspace, settle)
    assert page.form.form is not None
    for field, text in (("email", "nobody at nowhere"), ("assigned_to", "Wang Jiali")):
        editor = page.form.form.editor(field)
        editor.setFocus()
        line = editor.inner()
        assert isinstance(line, QLineEdit)
        line.selectAll()
        _type(text, line)
    page.save()
    return page.discard


def _delete(workspace: Workspace, settle: Settle) -> None:
    _customer("timeline", workspace, settle).delete()


def _settings(section: str, workspace: Workspace, settle: Settle) -> None:
    workspace.go("settings", {"section": section})
    settle()
    assert isinstance(workspace.shown, SettingsScreen)


def _import(step: str, scratch: Path, workspace: Workspace, settle: Settle) -> Callable[[], None]:
    file = scratch / "restaurants.csv"
    if not file.exists():
        rows = restaurants(300)
        file.write_bytes(restaurants_csv([*rows, ("", "", "1 NOWHERE ST", "", "", "", "", "", "")]))
    workspace.go("import", {"kind": "customer"})
    settle()
    screen = workspace.shown
    assert isinstance(screen, ImportScreen)
    screen.work.start_over()
    screen.work.begin_with(str(file))
    for place in ("file", "columns", "rehearsal", "done"):
        settle()
        if place == step:
            break
        screen.next()
    return (lambda: workspace.desk.undo(workspace)) if step == "done" else screen.work.start_over


def _search(text: str, workspace: Workspace, settle: Settle) -> None:
    workspace.actions_here.run("search")
    workspace.search.setText(text)
    settle()


def _list(workspace: Workspace, settle: Settle) -> RecordList:
    workspace.go("customers", {})
    settle()
    assert isinstance(workspace.shown, RecordList)
    return workspace.shown


def _filter(workspace: Workspace, settle: Settle) -> None:
    of = _list(workspace, settle)
    of.actions_here.run("list.filter")
    settle()


def _columns(workspace: Workspace, settle: Settle) -> None:
    _list(workspace, settle).actions_here.run("list.columns")
    settle()


def _many(workspace: Workspace, settle: Settle) -> None:
    of = _list(workspace, settle)
    for row in (1, 3, 4):
        index = of.model.index(row, 0)
        flags = of.table.selectionModel().SelectionFlag
        of.table.selectionModel().select(index, flags.Select | flags.Rows)
    settle()


def _export(workspace: Workspace, settle: Settle) -> None:
    _list(workspace, settle).export_button.click()
    settle()


def _type(text: str, into: QWidget) -> None:
    """Letters, as the keyboard sends them."""
    for letter in text:
        for kind in (QEvent.Type.KeyPress, QEvent.Type.KeyRelease):
            QApplication.sendEvent(into, QKeyEvent(kind, 0, Qt.KeyboardModifier.NoModifier, letter))
