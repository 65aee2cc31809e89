"""Field paths: `customer.phone`, `contact.birthday`, `customer.x:…` and the parts of composite fields."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from app.errors import Invalid
from app.features.crm.contacts import Contact
from app.features.crm.customers import Customer
from app.features.crm.exporting.columns import labels
from app.features.crm.importing.headings import normal
from app.i18n import _, listed
from app.model.entity import Entity, entity_of
from app.model.fields import Field

CUSTOMER, CONTACT = "customer", "contact"

ADDRESS_PARTS = ("street", "postcode", "city", "region", "country")
NAME_PARTS = ("before", "given", "middle", "family", "after")
EXTRA_PARTS = {
    "customer.address.district": "customer.address",
    "customer.position.lat": "customer.position",
    "customer.position.lon": "customer.position",
    **{f"customer.address.{part}": "customer.address" for part in ADDRESS_PARTS},
    **{f"contact.name.{part}": "contact.name" for part in NAME_PARTS},
}
"""Parts that have columns of their own, and the field that they make up."""

IDS = ("customer.id", "contact.id")

Fields = Mapping[str, Field]


def kind_of(name: str) -> str:
    """`customer` or `contact`, from what the command line calls them. Raises Invalid."""
    kind = {"customers": CUSTOMER, "customer": CUSTOMER, "contacts": CONTACT, "contact": CONTACT}.get(
        name.casefold()
    )
    if kind is None:
        raise Invalid(
            "as", _("“{name}” cannot be imported. Import customers or contacts.").format(name=name[:40])
        )
    return kind


def fields(custom: Mapping[str, Iterable[Field]] | None = None) -> Fields:
    """All fields that an import can fill, by path. `custom`: the company's own fields by kind."""
    found: dict[str, Field] = {}
    for entity in _entities():
        for field in (*entity.fields, *(custom or {}).get(entity.name, ())):
            if not field.hidden and field.kind not in ("link", "links"):
                found[f"{entity.name}.{field.name}"] = field
    return found


def _entities() -> tuple[Entity, ...]:
    return entity_of(Customer), entity_of(Contact)


def is_path(path: str, known: Fields) -> bool:
    """Whether a column can be mapped to this path."""
    return path in known or path in EXTRA_PARTS or path in IDS


def filled_by(targets: Iterable[str], known: Fields) -> Fields:
    """The fields that columns with these targets can fill: their own, names, and notes for what is left over."""
    wanted = {EXTRA_PARTS.get(target, target) for target in targets}
    wanted |= {"customer.name", "customer.notes", "contact.name", "contact.notes"}
    return {path: field for path, field in known.items() if path in wanted}


def path_of(name: str, kind: str, known: Fields) -> str:
    """The path that a person or a script means by `name`. Raises Invalid.

    A path, a field's own name (of `kind` first), a part of a composite field (`lat`, `city`), a custom
    field's label, or a label in any language.
    """
    wanted = name.strip()
    other = CONTACT if kind == CUSTOMER else CUSTOMER
    for path in (wanted, f"{kind}.{wanted}", f"{other}.{wanted}"):
        if is_path(path, known):
            return path
    for path in (*EXTRA_PARTS, *IDS):
        if path.rpartition(".")[2] == wanted:
            return path
    by_label = labelled(known)
    for entity in (kind, other):
        if found := by_label.get((entity, normal(wanted))):
            return found
    raise Invalid(
        "map",
        _("There is no field “{name}”. There are: {names}.").format(
            name=wanted[:60], names=listed((*known, *EXTRA_PARTS))
        ),
    )


def labelled(known: Fields) -> dict[tuple[str, str], str]:
    """(kind, normalised label in any language) → path."""
    found: dict[tuple[str, str], str] = {}
    for path, field in known.items():
        kind = path.partition(".")[0]
        for part, label in labels(field):
            found.setdefault((kind, normal(label)), f"{path}.{part}" if part else path)
    return found
