"""The one search box: customers, contacts, sites, activities and everything that can be done, as one list."""

from ui.palette.commands import SETTINGS
from ui.palette.hits import record_rows
from ui.palette.search import RECENT, SearchPalette

__all__ = ["RECENT", "SETTINGS", "SearchPalette", "record_rows"]
