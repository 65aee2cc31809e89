"""The window seen and used from outside, through the accessibility tree; no code of ours in its process.

    window = program.window("Provender")
    window.find("field", "Search").type("nrgize")
    window.table("Customers").wait_for_row("NRGIZE").click()

Reading goes through AT-SPI; clicking and typing are a real mouse and a real keyboard (`hands.py`).
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, TypeVar

from tests.e2e.atspi import gone
from tests.e2e.hands import Hands

PATIENCE_S = 10.0
POLL_S = 0.03
# How long a field may take to show what was typed, before it is believed to have made something else of it.
CONVERTED_S = 5.0
# A list of 100,000 rows has that many children: looking for a button must not walk through them.
MANY_CHILDREN = 500
# One name here for what AT-SPI calls differently from version to version or shade to shade.
ROLES = {
    "button": ("push button", "button", "toggle button"),
    "field": ("text", "password text", "entry", "spin button", "combo box"),
    "item": ("list item", "menu item", "check menu item", "radio menu item", "tree item", "table cell"),
    "table": ("table", "tree table"),
    "window": ("frame", "dialog", "alert", "window"),
}

Name = str | re.Pattern[str] | None
T = TypeVar("T")


class NotSeen(AssertionError):
    """Something that a person would wait for did not appear in time."""


def wait_until(seen: Callable[[], T | None], what: str, timeout_s: float = PATIENCE_S) -> T:
    """The first true answer of `seen`; raises `NotSeen` naming `what` when it takes too long.

    A widget that vanishes while being read counts as not seen yet.
    """
    deadline = time.monotonic() + timeout_s
    while True:
        with suppress(gone()):
            if answer := seen():
                return answer
        if time.monotonic() >= deadline:
            raise NotSeen(f"{what}: not seen within {timeout_s:g} s")
        time.sleep(POLL_S)


@dataclass(frozen=True, slots=True)
class Widget:
    """One node of the accessibility tree; reads afresh at every question, keeps nothing."""

    node: Any
    hands: Hands

    # --- reading

    @property
    def name(self) -> str:
        """The accessible name, which for labels and buttons is their text."""
        return str(self.node.get_name() or "")

    @property
    def role(self) -> str:
        """The role as AT-SPI calls it: "push button", "text", "table", "frame", …"""
        return str(self.node.get_role_name())

    @property
    def label(self) -> str:
        """The words of the label that belongs to it (`QLabel.setBuddy`), or nothing."""
        for relation in self.node.get_relation_set():
            if relation.get_relation_type().value_nick == "labelled-by":
                return str(relation.get_target(0).get_name() or "")
        return ""

    @property
    def text(self) -> str:
        """What stands in it: a field's content, a label's or button's words."""
        reader = self.node.get_text_iface()
        return str(reader.get_text(0, -1)) if reader else self.name

    @property
    def description(self) -> str:
        """The accessible description, such as what is wrong with a field."""
        return str(self.node.get_description() or "")

    @property
    def states(self) -> frozenset[str]:
        """Its states: "showing", "enabled", "focused", "checked", "selected", "editable", …"""
        return frozenset(
            state.value_nick.replace("-", " ") for state in self.node.get_state_set().get_states()
        )

    @property
    def is_showing(self) -> bool:
        """Is it on the screen now (not merely built)?"""
        return "showing" in self.states

    @property
    def box(self) -> tuple[int, int, int, int]:
        """Left, top, width, height in pixels of the screen."""
        box = self.node.get_extents(_SCREEN)
        return box.x, box.y, box.width, box.height

    @property
    def center(self) -> tuple[int, int]:
        """The middle of it, in pixels of the screen."""
        left, top, width, height = self.box
        return left + width // 2, top + height // 2

    def parent(self) -> Widget | None:
        """What it lies in."""
        node = self.node.get_parent()
        return Widget(node, self.hands) if node is not None else None

    def children(self) -> Iterator[Widget]:
        """Direct children, in order."""
        for index in range(self.node.get_child_count()):
            if child := self.node.get_child_at_index(index):
                yield Widget(child, self.hands)

    def walk(self) -> Iterator[Widget]:
        """Itself and everything inside, from the top down, without the cells of long lists."""
        yield self
        with suppress(gone()):
            if self.node.get_child_count() <= MANY_CHILDREN:
                for child in self.children():
                    yield from child.walk()

    # --- finding

    def all(self, role: str | None = None, name: Name = None, *, showing: bool = True) -> list[Widget]:
        """Everything inside that fits, now. `role` is AT-SPI's, or one of ROLES; a string must equal the name."""
        found = [self] if self.fits(role, name, showing=showing) else []
        with suppress(gone()):
            # Each question is a call over the bus: do not ask in pages that are hidden, nor for buttons in tables.
            if (showing and not self.is_showing) or (role in _NOT_IN_TABLES and self.role in ROLES["table"]):
                return found
            if self.node.get_child_count() <= MANY_CHILDREN:
                for child in self.children():
                    found += child.all(role, name, showing=showing)
        return found

    def find(
        self,
        role: str | None = None,
        name: Name = None,
        *,
        timeout_s: float = PATIENCE_S,
        showing: bool = True,
    ) -> Widget:
        """The one thing inside that fits, waiting for it. Several are a mistake of the test: `AssertionError`."""
        what = f"{role or 'anything'} named {name!r}"
        found = wait_until(lambda: self.all(role, name, showing=showing), what, timeout_s)
        assert len(found) == 1, f"{what}: there are {len(found)}\n" + "\n".join(map(str, found))
        return found[0]

    def fits(self, role: str | None, name: Name, *, showing: bool = True) -> bool:
        """Is it such a thing? False where it is gone meanwhile."""
        try:
            if role is not None and self.role not in ROLES.get(role, (role,)):
                return False
            if not is_called(self, name):
                return False
            return not showing or self.is_showing
        except gone():
            return False

    def has(self, role: str | None = None, name: Name = None) -> bool:
        """Is such a thing showing now? Does not wait."""
        return bool(self.all(role, name))

    def wait_gone(self, role: str | None = None, name: Name = None, timeout_s: float = PATIENCE_S) -> None:
        """Wait until nothing inside fits any more."""
        wait_until(lambda: not self.has(role, name), f"the end of {role} named {name!r}", timeout_s)

    def table(self, name: Name = None, timeout_s: float = PATIENCE_S) -> Table:
        """The table or tree inside, waiting for it."""
        found = self.find("table", name, timeout_s=timeout_s)
        return Table(found.node, found.hands)

    # --- acting, as a person would

    def click(self, *, button: int = 1, times: int = 1) -> None:
        """Click its middle, once it can be clicked."""
        wait_until(lambda: {"showing", "enabled"} <= self.states, f"{self} to be clickable")
        wait_until(self._lies_still, f"{self} to lie still")
        self.hands.click(*self.center, button=button, times=times)

    def double_click(self) -> None:
        """Click twice, quickly."""
        self.click(times=2)

    def type(self, text: str, *, replace: bool = True) -> None:
        """Click into it, select what stands there unless `replace` is off, and type."""
        self.click()
        wait_until(lambda: "focused" in self.states, f"focus in {self}")
        if replace:
            self.hands.press("ctrl+a")
            if not text:
                self.hands.press("Delete")
        self.hands.type(text)
        # Qt asks the accessibility registry about each letter, but about no shortcut: one that is pressed while
        # the registry is slow overtakes the letters, and they land where it leads.
        with suppress(NotSeen):  # a field may make something else of it, such as a chip
            wait_until(lambda: self.holds(text), f"{text!r} in {self}", CONVERTED_S)

    def holds(self, typed: str) -> bool:
        """Does it end with what was typed, written in the field's own way (grouped, or as bullets)?"""
        text = self.text
        if not typed:
            return not text
        is_hidden = len(text) == len(typed) and set(text) <= set("●•*")
        return is_hidden or _bare(text).endswith(_bare(typed))

    def wait_text(self, text: str, timeout_s: float = PATIENCE_S) -> None:
        """Wait until exactly this stands in it."""
        try:
            wait_until(lambda: self.text == text, f"{text!r} in {self}", timeout_s)
        except NotSeen as error:
            raise NotSeen(f"{error}; there stands {self.text!r}") from None

    def choose(self, option: str) -> None:
        """Open this combo box and click one of its options; waits until it is chosen."""
        self.click()
        self.find("list item", option).click()
        wait_until(lambda: self.name == option, f"{option!r} chosen in {self}")

    def do(self, action: str = "Press") -> None:
        """Do an action by its accessible name: "Press", "Toggle", "ShowMenu". For what no mouse can reach."""
        reach = self.node.get_action_iface()
        names = [reach.get_action_name(index) for index in range(reach.get_n_actions())] if reach else []
        assert action in names, f"{self} offers {names}"
        reach.do_action(names.index(action))

    def _lies_still(self) -> bool:
        # A window that has just opened is moved by the window manager, and its layout settles after that.
        before = self.box
        time.sleep(POLL_S)
        return before == self.box

    # --- showing

    def __str__(self) -> str:
        try:
            return f"{self.role} {self.name!r}"
        except gone():
            return "a widget that is gone"

    def tree(self) -> str:
        """Everything inside as an indented text, for a person who looks for what went wrong."""
        return "\n".join(_describe(self, 0))


class Table(Widget):
    """A table or tree, read cell by cell; as quick with 100,000 rows as with ten."""

    __slots__ = ()

    @property
    def row_count(self) -> int:
        """How many rows it says to have."""
        return int(self.node.get_table_iface().get_n_rows())

    @property
    def headers(self) -> list[str]:
        """The words above its columns."""
        reader = self.node.get_table_iface()
        return [str(reader.get_column_description(column)) for column in range(reader.get_n_columns())]

    def header(self, column: int | str) -> Widget:
        """What stands above a column, to be clicked."""
        index = self.headers.index(column) if isinstance(column, str) else column
        return Widget(self.node.get_table_iface().get_column_header(index), self.hands)

    @property
    def headers_in_sight(self) -> list[str]:
        """The words above the columns that are shown, from left to right."""
        heads = [self.header(index) for index in range(len(self.headers))]
        shown = [(head.box[0], head.name) for head in heads if head.box[2] > 0]
        return [name for _left, name in sorted(shown)]

    def cell(self, row: int, column: int | str) -> Widget:
        """A cell by row, and by column or its header. Raises `IndexError` where there is none."""
        index = self.headers.index(column) if isinstance(column, str) else column
        node = self.node.get_table_iface().get_accessible_at(row, index)
        if node is None:
            raise IndexError(f"{self} has no cell at row {row}, column {column}")
        return Widget(node, self.hands)

    def row(self, row: int) -> list[str]:
        """The texts of one row."""
        return [self.cell(row, column).text for column in range(self.node.get_table_iface().get_n_columns())]

    def rows(self, limit: int = 50) -> list[list[str]]:
        """The texts of the first rows."""
        return [self.row(row) for row in range(min(limit, self.row_count))]

    def column(self, column: int | str, limit: int = 50) -> list[str]:
        """The texts of one column in the first rows."""
        index = self.headers.index(column) if isinstance(column, str) else column
        return [self.cell(row, index).text for row in range(min(limit, self.row_count))]

    def wait_for_row(self, text: str, column: int | str = 0, timeout_s: float = PATIENCE_S) -> Widget:
        """The cell with exactly this text among the first 50 of a column, waiting for it."""

        def seen() -> Widget | None:
            for row in range(min(50, self.row_count)):
                cell = self.cell(row, column)
                if cell.text == text:
                    return cell
            return None

        return wait_until(seen, f"{text!r} in column {column!r} of {self}", timeout_s)

    def wait_for_count(self, count: int, timeout_s: float = PATIENCE_S) -> None:
        """Wait until it has so many rows."""
        try:
            wait_until(lambda: self.row_count == count, f"{count} rows in {self}", timeout_s)
        except NotSeen as error:
            raise NotSeen(f"{error}; it has {self.row_count}") from None


_NOT_IN_TABLES = frozenset({"button", "field", "label", "combo box", "check box", "list", "table", "window"})
_SCREEN = 0  # Atspi.CoordType.SCREEN


def _bare(text: str) -> str:
    return "".join(filter(str.isalnum, text.casefold())) or text


def is_called(widget: Widget, name: Name) -> bool:
    if name is None:
        return True
    # On Linux Qt names a combo box after its choice, and leaves its meaning to the label beside it.
    called = widget.label if widget.role == "combo box" else widget.name
    return called == name if isinstance(name, str) else bool(name.search(called))


def _describe(widget: Widget, depth: int) -> Iterator[str]:
    try:
        marks = widget.states & {"showing", "focused", "checked", "selected", "editable", "enabled"}
        text = widget.text
        content = f" = {text[:80]!r}" if text and text != widget.name else ""
        content += f" labelled {widget.label!r}" if widget.role == "combo box" else ""
        yield f"{'  ' * depth}{widget}{content} {widget.box} {' '.join(sorted(marks))}"
        count = widget.node.get_child_count()
        if count > MANY_CHILDREN:
            yield f"{'  ' * (depth + 1)}… {count} children"
            return
        for child in widget.children():
            yield from _describe(child, depth + 1)
    except gone():
        yield f"{'  ' * depth}gone"
