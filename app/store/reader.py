"""Questions to the tables: typed expressions in, ids and rows out. Rights narrow every one of them."""

from __future__ import annotations

import json
from array import array
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

from app.errors import NotFound, Refused
from app.i18n import _
from app.ids import Id
from app.model.entity import CUSTOM, OFFICE_TIER, Entity, Record, entity_named
from app.model.fields import Field
from app.model.folding import sort_key
from app.model.moving import MOVED, Place, read_place
from app.store.database import Connection
from app.store.numbers import Numbers
from app.store.rows import HOUSE, RowPlan, plan, quoted, to_record

Operator = Literal[
    "is", "is_not", "less", "most", "more", "least", "contains", "starts", "empty", "filled", "has"
]


@dataclass(frozen=True, slots=True)
class Is:
    """One field compared with a wire value. `field` may name a part (`address.city`), a custom field (`x:<id>`,
    and of it `.number`, `.amount` or `.currency`), or a field of the parent (`customer.name`)."""

    field: str
    operator: Operator
    value: Any = None


@dataclass(frozen=True, slots=True)
class AnyOf:
    """The field is one of these values."""

    field: str
    values: tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class All:
    """Every one of the conditions holds."""

    conditions: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Either:
    """At least one of the conditions holds."""

    conditions: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Not:
    """The condition does not hold."""

    condition: Condition


Condition = Is | AnyOf | All | Either | Not


@dataclass(frozen=True, slots=True)
class Order:
    """Sort by a field, named as in `Is`; `touched` is when it last changed on this device."""

    field: str
    descending: bool = False


@dataclass(frozen=True, slots=True)
class Query:
    """Which records of a kind, in which order."""

    kind: str
    where: Condition | None = None
    order: tuple[Order, ...] = ()
    limit: int = 0


@dataclass(frozen=True, slots=True)
class Scope:
    """What a person may see of a kind: `books` None means all; `hidden` fields do not exist."""

    books: frozenset[bytes] | None = None
    hidden: frozenset[str] = field(default_factory=frozenset)


SIGNS = {"is": "=", "is_not": "<>", "less": "<", "most": "<=", "more": ">", "least": ">="}
EVERYTHING = Scope()
UNWORDED = frozenset({"money", "number", "moment", "yes_no", "position"})
"""Kinds whose columns hold numbers."""


def has_column(kind: str, path: str) -> bool:
    """Whether every list of a kind may be sorted by this path: one from outside may say anything."""
    entity = entity_named(kind)
    hidden = frozenset(field.name for field in entity.fields if field.restricted)
    try:
        _Built(entity, Scope(hidden=hidden), {}).column(path)
    except (NotFound, Refused):
        return False
    return True


class _Chosen(NamedTuple):
    """Fields as SQL: their columns after the row's number, the tables, how many columns make each value and how."""

    columns: str
    tables: str
    reads: tuple[tuple[int, Callable[..., Any] | None], ...]
    are_read: bool


MOST_KEPT = 100
"""Choices of fields whose SQL is kept: columns can be chosen in ever new combinations."""


ALIAS = "same_as"
"""The field that says that a record is the same as another one of its kind."""


class Reader:
    """Answers queries on one connection, within a scope per kind."""

    def __init__(self, connection: Connection, books: Numbers) -> None:
        self._connection, self._books = connection, books
        self._chosen: dict[tuple[str, tuple[str, ...], frozenset[str]], _Chosen] = {}

    def ids(self, query: Query, scope: Scope = EVERYTHING) -> array[int]:
        """Local row numbers in order: eight bytes each, however many there are."""
        found = array("q")
        for (row,) in self._select(("row",), query, scope):
            found.append(row)
        return found

    def count(self, query: Query, scope: Scope = EVERYTHING) -> int:
        """How many records the query finds."""
        built = _Built(entity_named(query.kind), scope, self._books)
        where = built.where(query.where)
        row = self._connection.execute(
            f"SELECT count(*) FROM {built.tables()} WHERE {where}", built.values
        ).fetchone()
        return int(row[0]) if row else 0

    def groups(self, query: Query, by: str, scope: Scope = EVERYTHING) -> list[tuple[Any, int]]:
        """Values of a field and how many records have each, most frequent first."""
        built = _Built(entity_named(query.kind), scope, self._books)
        column, _field = built.column(by)
        where = built.where(query.where)
        rows = self._connection.execute(
            f"SELECT {column}, count(*) FROM {built.tables()} WHERE {where} GROUP BY 1 ORDER BY 2 DESC, 1",
            built.values,
        )
        return [(value, count) for value, count in rows]

    def records(self, query: Query, scope: Scope = EVERYTHING) -> Iterator[Record]:
        """The records themselves, one after the other."""
        row_plan = plan(entity_named(query.kind))
        for row in self._select(_names(row_plan), query, scope):
            yield to_record(row_plan.entity, row, self._books.ids[row[2]])

    def one(self, kind: str, id_: bytes, scope: Scope = EVERYTHING) -> tuple[Any, ...] | None:
        """The row of a living record in scope, as RowPlan.select returns it; None where there is none."""
        row_plan = plan(entity_named(kind))
        row = self._connection.execute(f"{row_plan.select} WHERE id = ? AND gone = 0", (id_,)).fetchone()
        if row is None or (scope.books is not None and self._books.ids[row[2]] not in scope.books):
            return None
        return row

    def has_moved(self, kind: str) -> bool:
        """Whether any record of a kind has moved to another book."""
        found = self._connection.execute(
            f"SELECT 1 FROM {kind} WHERE gone = 1 AND instr(extra, ?) > 0 LIMIT 1", (f'"{MOVED}"',)
        )
        return found.fetchone() is not None

    def moved_to(self, kind: str, id_: bytes) -> Place | None:
        """Where a record has moved; None for one that has not."""
        row = self._connection.execute(
            f"SELECT extra FROM {kind} WHERE id = ? AND gone = 1 AND instr(extra, ?) > 0", (id_, f'"{MOVED}"')
        ).fetchone()
        return read_place(json.loads(row[0]).get(MOVED)) if row else None

    def twins(self, kind: str, id_: bytes) -> list[Id]:
        """The living records that are the same as one, oldest first."""
        if ALIAS not in entity_named(kind).by_name:
            return []
        found = self._connection.execute(
            f"SELECT id FROM {kind} WHERE {ALIAS} = ? AND {ALIAS} IS NOT NULL AND gone = 0 ORDER BY id",
            (id_,),
        )
        return [Id(one) for (one,) in found.fetchall()]

    def office(self, kind: str, id_: bytes) -> tuple[Any, ...] | None:
        """The row of a record's restricted fields."""
        row_plan = plan(entity_named(kind), OFFICE_TIER)
        return self._connection.execute(f"{row_plan.select} WHERE id = ?", (id_,)).fetchone()

    def undecided_office(self, kind: str, scope: Scope = EVERYTHING) -> list[bytes]:
        """The living records of a kind whose restricted fields wait for a decision; none where these are hidden."""
        entity = entity_named(kind)
        if not entity.has_office or scope.hidden:
            return []
        built = _Built(entity, scope, self._books)
        where = built.where(None, twins=True)
        table = plan(entity, OFFICE_TIER).table
        rows = self._connection.execute(
            f"SELECT {kind}.id FROM {table} JOIN {kind} ON {kind}.id = {table}.id "
            f"WHERE {table}.marks > 0 AND {where} ORDER BY {table}.row",
            built.values,
        ).fetchall()
        return [id_ for (id_,) in rows]

    def windows(
        self, kind: str, rows: Iterable[int], fields: Sequence[str], scope: Scope = EVERYTHING
    ) -> dict[int, tuple[Any, ...]]:
        """The Python values of some fields for some local rows; `id` and `marks` may be asked for too."""
        chosen = self._columns(kind, tuple(fields), scope)
        built = _Built(entity_named(kind), scope, self._books)
        where = built.where(None, twins=True)
        numbers = list(rows)
        marks = ", ".join("?" * len(numbers))
        answers = self._connection.execute(
            f"SELECT {chosen.columns} FROM {chosen.tables} WHERE {where} AND {kind}.row IN ({marks})",
            [*built.values, *numbers],
        ).fetchall()
        if not chosen.are_read:
            return {answer[0]: answer[1:] for answer in answers}
        found: dict[int, tuple[Any, ...]] = {}
        for answer in answers:
            at, values = 1, []
            for count, read in chosen.reads:
                values.append(answer[at] if read is None else read(*answer[at : at + count]))
                at += count
            found[answer[0]] = tuple(values)
        return found

    def _columns(self, kind: str, fields: tuple[str, ...], scope: Scope) -> _Chosen:
        """What these fields are in SQL. Kept, since a list asks for the same at every turn of the wheel."""
        key = (kind, fields, scope.hidden)
        known = self._chosen.get(key)
        if known is None:
            built = _Built(entity_named(kind), scope, self._books)
            parts = [built.chosen(name) for name in fields]
            columns = [f"{kind}.row"] + [column for columns, _read in parts for column in columns]
            reads = tuple((len(columns), read) for columns, read in parts)
            known = _Chosen(
                ", ".join(columns), built.tables(), reads, any(read is not None for _count, read in reads)
            )
            if len(self._chosen) >= MOST_KEPT:
                self._chosen.clear()
            self._chosen[key] = known
        return known

    def _select(self, columns: Collection[str], query: Query, scope: Scope) -> Iterator[tuple[Any, ...]]:
        built = _Built(entity_named(query.kind), scope, self._books)
        where = built.where(query.where)
        order = built.order(query.order)
        names = ", ".join(f"{query.kind}.{name}" for name in columns)
        limit = f" LIMIT {query.limit:d}" if query.limit else ""
        cursor = self._connection.execute(
            f"SELECT {names} FROM {built.tables()} WHERE {where} ORDER BY {order}{limit}", built.values
        )
        while chunk := cursor.fetchmany(2000):
            yield from chunk


def _is_about(condition: Condition | None, field: str) -> bool:
    """Whether a question is about this field."""
    match condition:
        case All(conditions=parts) | Either(conditions=parts):
            return any(_is_about(part, field) for part in parts)
        case Not(condition=part):
            return _is_about(part, field)
        case None:
            return False
    return condition.field == field


def _duplicates(table: str) -> str:
    """The rows that are not shown, since they are the same as another one that is.

    There are few of them, found by an index of their own. What two people have said of each other, or of something
    that is gone meanwhile, hides nothing: rather a duplicate too many than a customer too few.
    """
    return (
        f"SELECT twin.row FROM {table} AS twin JOIN {table} AS kept ON kept.id = twin.{ALIAS} "
        f"WHERE twin.{ALIAS} IS NOT NULL AND twin.gone = 0 AND kept.gone = 0 AND kept.{ALIAS} IS NULL"
    )


class _Built:
    """One statement in the making: what it joins and binds."""

    def __init__(self, entity: Entity, scope: Scope, books: Mapping[bytes, int]) -> None:
        self.entity, self.scope, self.books = entity, scope, books
        self.values: list[Any] = []
        self._joins: dict[str, str] = {}

    def tables(self) -> str:
        return " ".join([self.entity.name, *self._joins.values()])

    def where(self, condition: Condition | None, *, twins: bool = False) -> str:
        """`twins`: duplicates too, of rows that were asked for one by one."""
        parts = [f"{self.entity.name}.gone = 0"]
        if self.scope.books is not None:
            numbers = sorted(self.books[book] for book in self.scope.books if book in self.books)
            parts.append(f"{self.entity.name}.book IN ({', '.join(map(str, numbers))})")
        if not twins and ALIAS in self.entity.by_name and not _is_about(condition, ALIAS):
            parts.append(f"{self.entity.name}.row NOT IN ({_duplicates(self.entity.name)})")
        if condition is not None:
            parts.append(self.condition(condition))
        return " AND ".join(parts)

    def condition(self, condition: Condition) -> str:
        match condition:
            case All(conditions=parts):
                return "(" + (" AND ".join(self.condition(part) for part in parts) or "1") + ")"
            case Either(conditions=parts):
                return "(" + (" OR ".join(self.condition(part) for part in parts) or "0") + ")"
            case Not(condition=part):
                return f"NOT coalesce({self.condition(part)}, 0)"
            case AnyOf(field=name, values=values):
                column, _field = self.column(name)
                if name == "row":  # whole selections; more of them than a statement may bind
                    return f"{column} IN ({', '.join(str(int(value)) for value in values)})"
                self.values.extend(values)
                return f"{column} IN ({', '.join('?' * len(values))})"
            case Is():
                return self.comparison(condition)

    def comparison(self, condition: Is) -> str:
        column, declared = self.column(condition.field)
        match condition.operator:
            case "empty":
                return f"NOT {_is_filled(column, declared)}"
            case "filled":
                return _is_filled(column, declared)
            case "has":
                # A set of a declared field lies in lines, one of a custom field in JSON.
                is_custom = condition.field.startswith(CUSTOM)
                element = json.dumps(condition.value, ensure_ascii=False)
                self.values.append(element if is_custom else f"\n{condition.value}\n")
                return f"instr({column}, ?) > 0"
            case "contains" | "starts":
                text = str(condition.value)
                if declared is not None and declared.sort and "." not in condition.field:
                    column, text = f"{self.entity.name}.{quoted(declared.name + '_sort')}", sort_key(text)
                for special in "\\%_":
                    text = text.replace(special, "\\" + special)
                self.values.append(f"{text}%" if condition.operator == "starts" else f"%{text}%")
                return f"{column} LIKE ? ESCAPE '\\'"
            case "more" if condition.field == "marks" and condition.value == 0:
                return f"{column} > 0"  # said so, the index of these few rows serves
            case operator:
                self.values.append(condition.value)
                return f"{column} {SIGNS[operator]} ?"

    def order(self, order: Sequence[Order]) -> str:
        """What people expect of a list: choices in the order in which they are declared, nothing at the end."""
        parts = []
        for one in order:
            column, declared = self.column(one.field)
            if declared is not None and declared.sort:
                table = column.rpartition(".")[0]
                column = f"{table}.{quoted(declared.name + '_sort')}"
            if (declared is None or not declared.required) and one.field not in HOUSE:
                parts.append(f"NOT {_is_filled(column, declared)}")
            if declared is not None and declared.kind == "choice":
                column = _rank(column, declared)
            elif not (declared.sort or declared.kind in UNWORDED if declared else one.field in HOUSE):
                column += " COLLATE NOCASE"
            parts.append(column + (" DESC" if one.descending else ""))
        last = " DESC" if order and order[0].descending else ""
        return ", ".join([*parts, f"{self.entity.name}.row{last}"])

    def column(self, path: str) -> tuple[str, Field | None]:
        """The column of a field path and its declaration, None for housekeeping and custom ones."""
        if path in ("touched", "marks", "row", "id"):
            return f"{self.entity.name}.{path}", None
        if path.startswith(CUSTOM):
            self._check(path)
            name, _dot, part = path.replace('"', "").replace("'", "").partition(".")
            place = {"amount": "[0]", "currency": "[1]"}.get(part, "")
            # An empty text is no JSON, which json_extract refuses.
            value = f"""json_extract(nullif({self.entity.name}.extra, ''), '$."{name}"{place}')"""
            return (f"CAST({value} AS REAL)" if part == "number" else value), None
        base, _dot, part = path.partition(".")
        self._check(base)
        declared = self.entity.field(base)
        if part and declared.kind == "link":
            return self._of_parent(declared, part)
        table = self._office() if declared.restricted else self.entity.name
        names = {suffix.lstrip("_"): declared.name + suffix for suffix, _sql in declared.sql}
        if declared.kind == "number":
            return f"{table}.{quoted(declared.name + '_value')}", declared
        name = names.get(part, names.get("city") or next(iter(names.values())))
        return f"{table}.{quoted(name)}", declared if not part else None

    def chosen(self, name: str) -> tuple[list[str], Any]:
        """The columns of a field to be fetched, and what turns them into its Python value."""
        declared = self.entity.by_name.get(name)
        if name.startswith(CUSTOM):
            self._check(name)
            return [f"{self.entity.name}.extra"], lambda kept: json.loads(kept).get(name) if kept else None
        if declared is None:
            return [self.column(name)[0]], None
        self._check(name)
        table = self._office() if declared.restricted else self.entity.name
        return [f"{table}.{quoted(column)}" for column in declared.columns], (
            None if declared.plain else declared.from_row
        )

    def _check(self, name: str) -> None:
        if name in self.scope.hidden:
            raise Refused(_("You may not see this field. Ask an owner of the company if you need it."))

    def _office(self) -> str:
        table = f"{self.entity.name}_office"
        self._joins.setdefault(table, f"LEFT JOIN {table} ON {table}.id = {self.entity.name}.id")
        return table

    def _of_parent(self, link: Field, part: str) -> tuple[str, Field | None]:
        other = entity_named(getattr(link, "to", ""))
        alias = f"{link.name}_linked"
        joined = f"LEFT JOIN {other.name} AS {alias} ON {alias}.id = {self.entity.name}.{quoted(link.name)}"
        if not other.company:
            # A link may name anything; what lies in another book is not this list's to show.
            joined += f" AND {alias}.book = {self.entity.name}.book"
        self._joins.setdefault(alias, joined)
        declared = other.field(part.partition(".")[0])
        if declared.restricted:
            raise NotFound(_("A list cannot show restricted fields of another kind of record."))
        name, suffix = declared.columns[0], part.partition(".")[2]
        if suffix:
            name = f"{declared.name}_{suffix}"
            if name not in declared.columns:  # it comes from a saved view, and would go into the statement
                other.field(part)  # raises NotFound
        return f"{alias}.{quoted(name)}", declared


def _is_filled(column: str, declared: Field | None) -> str:
    """Whether something stands in a column; NULL counts as nothing."""
    if declared is not None and declared.kind == "yes_no":
        return f"({column} <> 0)"
    if declared is not None and declared.kind in UNWORDED:
        return f"({column} IS NOT NULL)"
    return f"(coalesce({column}, '') <> '')"


def _rank(column: str, declared: Field) -> str:
    """The place of a choice among its options."""
    places = [
        f"WHEN '{value}' THEN {place}"
        for place, (value, _label) in enumerate(getattr(declared, "options", ()))
    ]
    return f"CASE {column} {' '.join(places)} ELSE {len(places)} END" if places else column


def _names(row_plan: RowPlan) -> list[str]:
    return [*HOUSE, *(quoted(name) for name in row_plan.columns)]
