"""The tables that the declarations ask for. Migrations are written by hand; a test holds them against this."""

from __future__ import annotations

from app.model.entity import FIELD_TIER, OFFICE_TIER, Entity
from app.model.fields import Field


def table_name(entity: Entity, tier: int = FIELD_TIER) -> str:
    """Restricted fields lie in a table of their own, since they travel in a stream of their own."""
    return f"{entity.name}_office" if tier == OFFICE_TIER else entity.name


def columns(field: Field) -> list[tuple[str, str]]:
    """Column names and SQL types of a field, its sort key last."""
    made = [(field.name + suffix, sql) for suffix, sql in field.sql]
    if field.sort:
        made.append((f"{field.name}_sort", "TEXT NOT NULL DEFAULT ''"))
    return made


HOUSEKEEPING = (
    ("row", "INTEGER PRIMARY KEY"),  # eight bytes that lists hold; local to this device
    ("id", "BLOB NOT NULL UNIQUE"),
    ("book", "INTEGER NOT NULL"),
    ("gone", "INTEGER NOT NULL DEFAULT 0"),  # a tombstone keeps its values
    ("marks", "INTEGER NOT NULL DEFAULT 0"),  # fields with several values to decide between
    ("touched", "INTEGER NOT NULL"),  # when this device last wrote or received something for it, ms
    ("subject", "BLOB"),  # the record's own key for its personal values
    ("versions", "BLOB NOT NULL"),  # see versions.py
    ("extra", "TEXT NOT NULL DEFAULT ''"),  # custom and not yet known fields, JSON
)


def declared_table(entity: Entity, tier: int) -> str:
    """The CREATE TABLE statement of one tier of a record kind."""
    made = list(HOUSEKEEPING)
    for field in entity.tier(tier):
        made.extend(columns(field))
    body = ",\n".join(f'    "{name}" {sql}' for name, sql in made)
    return f"CREATE TABLE {table_name(entity, tier)} (\n{body}\n);"


def declared_indexes(entity: Entity) -> list[str]:
    """Indexes that every kind has: what waits for a decision, children by their parent, names by their sort key."""
    made = [f"CREATE INDEX {entity.name}_undecided ON {entity.name} (row) WHERE marks > 0;"]
    if entity.parent is not None:
        name = entity.parent.name
        made.append(f'CREATE INDEX {entity.name}_by_{name} ON {entity.name} ("{name}") WHERE gone = 0;')
    for field in entity.fields:
        if field.sort and not field.restricted:
            made.append(
                f"CREATE INDEX {entity.name}_by_{field.name} ON {entity.name} ({field.name}_sort) WHERE gone = 0;"
            )
    return made


def declared(entity: Entity) -> str:
    """All statements of a record kind, as a migration would hold them."""
    tiers = [FIELD_TIER] + ([OFFICE_TIER] if entity.has_office else [])
    return "\n".join([declared_table(entity, tier) for tier in tiers] + declared_indexes(entity)) + "\n"
