"""Kinds of field: how each is checked, read from text, written to text, to the wire and to the row."""

from __future__ import annotations

from collections.abc import Mapping

from app.model.fields.declared import Field, named
from app.model.fields.links import Link, Links
from app.model.fields.places import Place, Postal
from app.model.fields.quantities import Amount, Number, YesNo
from app.model.fields.sets import DAYS, Choices, Elements, Listed, Tags, Windows
from app.model.fields.texts import Choice, Email, LongText, Phone, Text, Web
from app.model.fields.times import Day, Moment

__all__ = [
    "DAYS",
    "KINDS",
    "Amount",
    "Choice",
    "Choices",
    "Day",
    "Elements",
    "Email",
    "Field",
    "Link",
    "Links",
    "Listed",
    "LongText",
    "Moment",
    "Number",
    "Phone",
    "Place",
    "Postal",
    "Tags",
    "Text",
    "Web",
    "Windows",
    "YesNo",
    "named",
]

KINDS: Mapping[str, type[Field]] = {
    cls.kind: cls
    for cls in (
        Text, LongText, Choice, Choices, Phone, Email, Web, Postal, Day, Moment, Amount, Number, YesNo,
        Link, Links, Elements, Tags, Windows, Place,
    )
}  # fmt: skip
