"""Lists of any length: eight bytes per row, and only the rows in sight are fetched and drawn."""

from __future__ import annotations

from ui.table.columns import Column, Order, Pill, columns_of
from ui.table.rows import Rows, RowsModel, Source
from ui.table.view import Table

__all__ = ["Column", "Order", "Pill", "Rows", "RowsModel", "Source", "Table", "columns_of"]
