"""One file per screen; SCREENS lists them in the order of the navigation. Each is imported when it is shown."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING

from app.i18n import N_

if TYPE_CHECKING:
    from ui.widgets.screen import Screen


@dataclass(frozen=True, slots=True)
class ScreenOf:
    """Where a screen is found and how it is reached."""

    name: str  # desk.show(name)
    label: str
    icon: str
    module: str  # its file in ui/screens
    cls: str
    group: str = ""
    opens: tuple[str, ...] = ()  # kinds of record that desk.open(kind, id) brings here
    in_navigation: bool = True
    shortcut: str = ""
    under: str = ""  # the place in the navigation to which a screen without one belongs

    def load(self) -> type[Screen]:
        """Import the screen. Milliseconds, so done when it is wanted."""
        found: type[Screen] = getattr(import_module(f"ui.screens.{self.module}"), self.cls)
        return found


SCREENS: tuple[ScreenOf, ...] = (
    ScreenOf(
        "customers", N_("Customers"), "customers", "customers", "Customers", group="work", shortcut="Ctrl+1"
    ),
    ScreenOf("contacts", N_("Contacts"), "contacts", "contacts", "Contacts", group="work", shortcut="Ctrl+2"),
    ScreenOf("review", N_("Review"), "inbox", "review", "Review", group="work", shortcut="Ctrl+3"),
    ScreenOf(
        "customer",
        N_("Customer"),
        "customers",
        "customer",
        "CustomerPage",
        group="work",
        opens=("customer", "contact", "site", "activity"),
        in_navigation=False,
        under="customers",
    ),
    ScreenOf(
        "import",
        N_("Import a list…"),
        "import",
        "importing",
        "ImportScreen",
        in_navigation=False,
        shortcut="Ctrl+Shift+I",
    ),
    ScreenOf("members", N_("Members and devices"), "contact", "members", "Members", group="trust"),
    ScreenOf("books", N_("Books"), "book", "books", "Books", group="trust"),
    ScreenOf("sync", N_("Synchronisation"), "sync", "synchronising", "Synchronisation", group="trust"),
    ScreenOf(
        "settings", N_("Settings"), "settings", "settings", "SettingsScreen", group="trust", shortcut="Ctrl+,"
    ),
)

GROUPS = {"": "", "work": N_("Work"), "trust": N_("Company")}
