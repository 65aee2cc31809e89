"""What a business card says about a customer and a contact, as one row of named columns."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date

from app.features.crm.contacts import LANGUAGES
from app.features.crm.importing.cards import Card, Property, cards
from app.features.crm.importing.layout import Row
from app.features.crm.importing.source import BLOCK, Source
from app.i18n import _

COLUMNS = (
    "customer.name",
    "customer.phone",
    "customer.email",
    "customer.web",
    "customer.address.street",
    "customer.address.postcode",
    "customer.address.city",
    "customer.address.region",
    "customer.address.country",
    "customer.position.lat",
    "customer.position.lon",
    "customer.tags",
    "customer.notes",
    "contact.name",
    "contact.role",
    "contact.phone",
    "contact.mobile",
    "contact.email",
    "contact.wechat",
    "contact.language",
    "contact.birthday",
    "contact.notes",
)
OWN = "X-PROVENDER"
"""Property of our own exports: `X-PROVENDER;FIELD=customer.stage:active`."""

_FIELD = re.compile(rb"X-PROVENDER;FIELD=([A-Za-z0-9_.:-]{1,80})[:;]", re.IGNORECASE)
_LANGUAGES = frozenset(value for value, _label in LANGUAGES)


def columns(source: Source) -> tuple[str, ...]:
    """The columns of this file: the usual ones, and those that our own export has added."""
    source.seek(0)
    head = source.read(BLOCK)
    extra: dict[str, None] = {}
    if b"X-PROVENDER" in head.upper():
        source.seek(0)
        rest = b""
        while block := source.read():
            block = rest + block
            for name in _FIELD.findall(block):
                extra[name.decode("ascii").rstrip(":")] = None
            rest = block[-200:]
    return COLUMNS + tuple(name for name in extra if name not in COLUMNS)


def records(source: Source, encoding: str, names: tuple[str, ...]) -> Iterator[Row]:
    """A row for each card, in the order of `names`."""
    for card in cards(source, encoding):
        values = _values(card)
        yield Row(card.number, card.line, tuple([values.get(name, "") for name in names]))


def _values(card: Card) -> dict[str, str]:  # noqa: PLR0912, PLR0915 - one case for each property
    values: dict[str, str] = {}
    further: list[str] = []
    is_company = is_person = False
    person = company = name = ""
    labels = {p.group: p.text() for p in card.properties if p.name == "X-ABLABEL" and p.group}
    omitted_year = ""
    for prop in card.properties:
        text = prop.text().strip()
        if not text:
            continue
        match prop.name:
            case "FN":
                name = name or text
            case "N":
                person = person or _person(prop)
            case "NICKNAME" | "X-PHONETIC-FIRST-NAME":
                pass
            case "KIND" | "X-ADDRESSBOOKSERVER-KIND":
                is_company = is_company or text.casefold() == "org"
                is_person = text.casefold() == "individual"
            case "X-ABSHOWAS":
                is_company = is_company or text.casefold() == "company"
            case "ORG":
                unit = [part.strip() for part in prop.parts() if part.strip()]
                company = company or (unit[0] if unit else "")
                if len(unit) > 1:
                    further.append(", ".join(unit[1:]))
            case "TITLE" | "ROLE":
                if values.setdefault("contact.role", text) != text:
                    further.append(text)
            case "TEL":
                _phone(values, further, prop, text)
            case "EMAIL":
                if values.setdefault("contact.email", text) != text:
                    further.append(text)
            case "ADR":
                _address(values, further, prop)
            case "URL":
                if values.setdefault("customer.web", text) != text:
                    further.append(text)
            case "GEO":
                _position(values, text)
            case "BDAY":
                values["contact.birthday"] = text
                omitted_year = prop.params.get("X-APPLE-OMIT-YEAR", "")
            case "NOTE":
                further.insert(0, text)
            case "CATEGORIES":
                tags = [part.strip().replace(";", ",") for part in prop.parts(",")]
                # Each ends with its own semicolon: a single tag may have a comma in it.
                values["customer.tags"] = values.get("customer.tags", "") + "".join(
                    tag + "; " for tag in tags
                )
            case "LANG":
                values.setdefault("contact.language", _language(text))
            case "X-WECHAT" | "X-WEIXIN":
                values.setdefault("contact.wechat", text)
            case "IMPP" | "X-SOCIALPROFILE":
                _messenger(values, further, prop, text, labels.get(prop.group, ""))
            case name_ if name_ == OWN and (path := prop.params.get("FIELD")):
                values[path] = text
    if not is_person and not person and company and (name or company).casefold() == company.casefold():
        is_company = True
    return _arranged(values, further, is_company, name or person, company, omitted_year)


def _arranged(
    values: dict[str, str],
    further: list[str],
    is_company: bool,
    name: str,
    company: str,
    omitted_year: str,
) -> dict[str, str]:
    """Decide what belongs to the customer and what to the person."""
    if birthday := values.pop("contact.birthday", ""):
        day = _birthday(birthday, omitted_year)
        if day:
            values["contact.birthday"] = day
        else:
            shown = birthday.removeprefix(omitted_year).lstrip("-") if omitted_year else birthday
            further.append(_("birthday {day}").format(day=shown))
    notes = "contact.notes"
    if is_company:
        notes = "customer.notes"
        values["customer.name"] = name or company
        phone = values.pop("contact.phone", "")
        mobile = values.pop("contact.mobile", "")
        values["customer.phone"] = phone or mobile
        if phone and mobile:
            further.append(mobile)
        values["customer.email"] = values.pop("contact.email", "")
        for left in ("contact.role", "contact.wechat", "contact.birthday"):
            if value := values.pop(left, ""):
                further.append(value)
        values.pop("contact.language", None)
    else:
        values["contact.name"] = name
        values["customer.name"] = company
    texts = [" / ".join(text.split("\n")) for text in dict.fromkeys(further)]
    if texts:
        values[notes] = "; ".join(texts)
    return values


def _person(prop: Property) -> str:
    family, given, middle, before, after = (prop.parts() + [""] * 5)[:5]
    return joined_name(before, given, middle, family, after)


_CJK = re.compile("[\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]")


def joined_name(before: str, given: str, middle: str, family: str, after: str) -> str:
    """A person's name as it is said: family name first and unspaced for Chinese."""
    before, given, middle, family, after = (part.strip() for part in (before, given, middle, family, after))
    if _CJK.search(family + given):
        return family + middle + given
    return " ".join(part for part in (before, given, middle, family, after) if part)


def _phone(values: dict[str, str], further: list[str], prop: Property, text: str) -> None:
    text = re.sub(r"(?i)^tel:", "", text)
    types = prop.types
    if types & {"FAX", "PAGER", "BBS", "MODEM"}:
        further.append(_("fax {number}").format(number=text) if "FAX" in types else text)
    elif types & {"CELL", "IPHONE", "MOBILE"} and not values.get("contact.mobile"):
        values["contact.mobile"] = text
    elif values.setdefault("contact.phone", text) != text:
        if "WORK" in types and "PREF" in types:
            further.append(values["contact.phone"])
            values["contact.phone"] = text
        elif values.setdefault("contact.mobile", text) != text:
            further.append(text)


def _address(values: dict[str, str], further: list[str], prop: Property) -> None:
    box, extra, street, city, region, postcode, country = (
        ", ".join(part.strip() for part in text.split("\n") if part.strip())
        for text in (prop.parts() + [""] * 7)[:7]
    )
    street = ", ".join(part for part in (street, extra, box) if part)
    found = {"street": street, "postcode": postcode, "city": city, "region": region, "country": country}
    has_one = any(values.get("customer.address." + part) for part in found)
    if has_one and "WORK" not in prop.types:
        further.append(", ".join(filter(None, found.values())))
        return
    if has_one:
        further.append(", ".join(filter(None, (values.get("customer.address." + part) for part in found))))
    for part, text in found.items():
        values["customer.address." + part] = text


def _position(values: dict[str, str], text: str) -> None:
    found = re.match(r"(?i)(?:geo:)?\s*([-+]?[\d.]+)\s*[,;]\s*([-+]?[\d.]+)", text)
    if found:
        values["customer.position.lat"], values["customer.position.lon"] = found[1], found[2]


def _messenger(values: dict[str, str], further: list[str], prop: Property, text: str, label: str) -> None:
    scheme, _colon, rest = text.partition(":")
    service = " ".join((scheme, *prop.types, prop.params.get("X-SERVICE-TYPE", ""), label)).casefold()
    if any(word in service for word in ("wechat", "weixin", "微信")):
        values.setdefault("contact.wechat", rest.removeprefix("//") or text)
    else:
        further.append(text)


def _language(text: str) -> str:
    tag = re.split(r"[-_]", text.casefold())[0]
    return tag if tag in _LANGUAGES else "other"


def _birthday(text: str, omitted_year: str) -> str:
    """The day as 1985-04-12, or nothing if the card does not know the year (--0412)."""
    found = re.match(r"(\d{4})-?(\d\d)-?(\d\d)(?:T|\s|$)", text)
    if not found or found[1] == omitted_year:
        return ""
    try:
        return date(int(found[1]), int(found[2]), int(found[3])).isoformat()
    except ValueError:
        return ""
