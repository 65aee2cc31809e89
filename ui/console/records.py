"""`find`, `show`, `set`, `undo`, `redo`: single records from a terminal or a script."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from app import ids
from app.errors import NotFound
from app.features import records
from app.features.crm import custom_fields
from app.features.crm.finding import find as find_query
from app.features.trust import moving
from app.gateway.command import COMMANDS as EVERYTHING
from app.gateway.session import Session
from app.gateway.undo import Undone
from app.i18n import _, listed, ngettext
from app.ids import Id
from app.model.entity import CUSTOM, Entity, Record, entities, entity_named
from app.model.fields import Field
from app.model.values import Address
from ui.console.answer import Answer, plain, table
from ui.console.call import Call
from ui.console.grammar import WrongUsage
from ui.console.waiting import showing


def find(call: Call) -> Answer:
    """What has every word of the text."""
    limit = call.options.limit
    kinds: tuple[str, ...] = ()
    if limit < 1:
        raise WrongUsage(_("--limit takes a number from 1 on."))
    if call.options.kind is not None:
        kinds = (kind_called(call.options.kind, among=searched()).name,)
    with call.opened() as opened:
        hits = opened.session.ask(find_query, " ".join(call.options.text), kinds, limit)
    document = {
        "hits": [
            {
                "kind": hit.kind,
                "id": ids.show(hit.id),
                "title": hit.title,
                "match": hit.match.text or hit.title,
                "of": hit.of,
            }
            for hit in hits
        ]
    }
    rows = [(hit.kind, ids.show(hit.id), hit.title, hit.of or hit.subtitle) for hit in hits]
    return Answer(document, table(rows) if rows else _("Nothing was found."))


def show(call: Call) -> Answer:
    """A record with all fields that this person may see. The look at restricted ones is audited."""
    entity = kind_called(call.options.kind)
    id_ = ids.parse(call.options.id)
    with call.opened() as opened:
        session = opened.session
        fields = all_fields(session, entity)
        id_ = _now_at(session, entity, id_)
        seen = session.ask(records.open_one, entity.name, id_)
        restricted = session.ask(records.restricted, entity.name, id_) if seen.restricted_allowed else {}
        of_linked = titles(session, entity, seen.record)
    texts = dict(_texts(fields, seen.record, restricted))
    title = texts.get(entity.title_field, "")
    document = {
        "kind": entity.name,
        "id": ids.show(id_),
        "title": title,
        "fields": texts,
        "labels": {name: _(fields[name].label) for name in texts},
        "undecided": seen.undecided,
    }
    lines = [f"{_(entity.label)} {ids.show(id_)}"]
    filled = [(name, text) for name, text in texts.items() if text]
    lines.append(
        table(
            [
                ("" if nth else _(fields[name].label), line)
                for name, text in filled
                for nth, line in enumerate(_for_people(of_linked, fields[name], text).split("\n"))
            ]
        )
    )
    if seen.undecided:
        lines.append(
            ngettext(
                "{n} field has several values to decide between.",
                "{n} fields have several values to decide between.",
                seen.undecided,
            ).format(n=seen.undecided)
        )
    return Answer(document, "\n".join(lines))


def set_(call: Call) -> Answer:
    """Change fields of one record; one undoable step."""
    entity = kind_called(call.options.kind)
    id_ = ids.parse(call.options.id)
    wanted = [_pair(text) for text in call.options.values]
    with call.opened() as opened:
        session = opened.session
        fields = all_fields(session, entity)
        id_ = _now_at(session, entity, id_)
        record = session.ask(records.open_one, entity.name, id_).record
        values: dict[str, Any] = {}
        for name, text in wanted:
            field, part = field_called(entity, fields, name)
            if part:
                values[field.name] = _with_part(
                    values.get(field.name, getattr(record, field.name)), part, text
                )
            else:
                values[field.name] = field.parse(text)
        # A field of several values changes once per value; people count fields.
        differing = sum(getattr(record, name) != value for name, value in values.items())
        changed = differing if session.do(EVERYTHING[f"{entity.name}.edit"], id_, values) else 0
    document = {"kind": entity.name, "id": ids.show(id_), "changed": changed}
    text = ngettext("{n} field was changed.", "{n} fields were changed.", changed).format(n=changed)
    return Answer(
        document, text if changed else _("Everything had these values already. Nothing was changed.")
    )


def undo(call: Call) -> Answer:
    """Take back the last step."""
    with call.opened() as opened, showing(_("Undoing…")):
        return _undone(opened.session, opened.session.undo(), _("Undone: {step}."))


def redo(call: Call) -> Answer:
    """Do the last undone step again."""
    with call.opened() as opened, showing(_("Doing it again…")):
        return _undone(opened.session, opened.session.redo(), _("Done again: {step}."))


COMMANDS: Final = {"find": find, "show": show, "set": set_, "undo": undo, "redo": redo}


# ---- names of kinds and fields


def kind_called(name: str, among: Sequence[str] = ()) -> Entity:
    """The kind that a person means, in singular or plural. Raises NotFound, naming all there are."""
    wanted = name.strip().casefold()
    names = among or tuple(entity.name for entity in entities() if f"{entity.name}.edit" in EVERYTHING)
    for known in names:
        entity = entity_named(known)
        called = (entity.name, entity.label, entity.plural, _(entity.label), _(entity.plural))
        if wanted in (text.casefold() for text in called):
            return entity
    raise NotFound(
        _("There is no kind of record called “{name}”. There are: {names}.").format(
            name=name[:40], names=listed(names)
        )
    )


def searched() -> tuple[str, ...]:
    """The kinds that one can search for."""
    return tuple(entity.name for entity in entities() if entity.searched and not entity.company)


def all_fields(session: Session, entity: Entity) -> dict[str, Field]:
    """Fields by name, the company's own among them."""
    own = session.ask(custom_fields.declared, entity.name)
    return {field.name: field for field in (*entity.fields, *own)}


def field_called(entity: Entity, fields: Mapping[str, Field], name: str) -> tuple[Field, str]:
    """The field that a person means, by name or label, and the part of an address. Raises NotFound."""
    wanted = name.strip()
    base, _dot, part = wanted.partition(".")
    found = fields.get(wanted) or fields.get(base)
    if found is None:
        folded = wanted.casefold()
        found = next(
            (f for f in fields.values() if folded in (f.label.casefold(), _(f.label).casefold())), None
        )
        part = ""
    if found is not None and (not part or (found.kind == "address" and part in Address._fields)):
        return found, part
    known = [
        f"{field.name} ({field.label})" if field.name.startswith(CUSTOM) else field.name
        for field in fields.values()
    ]
    raise NotFound(
        _("{kind} has no field “{name}”. It has: {names}.").format(
            kind=_(entity.label), name=name[:40], names=listed(known)
        )
    )


def titles(session: Session, entity: Entity, record: Record) -> dict[str, str]:
    """What the linked records are called, by the name of the link."""
    found = {}
    for field in entity.fields:
        if field.kind == "link" and (target := getattr(record, field.name)):
            found[field.name] = title_of(session, getattr(field, "to", ""), target)
    return found


def title_of(session: Session, kind: str, id_: Id) -> str:
    """What a record is called; empty where it is gone."""
    entity = entity_named(kind)
    try:
        record = session.ask(records.open_one, kind, id_).record
    except NotFound:
        return ""
    return entity.field(entity.title_field).text(getattr(record, entity.title_field))


# ---- parts


def _now_at(session: Session, entity: Entity, id_: Id) -> Id:
    """Where a record is now: an id that was written down before a customer moved to another book leads on."""
    return session.ask(moving.where, id_) if entity.name == "customer" else id_


def _pair(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals or not name.strip():
        raise WrongUsage(_("“{text}” is not of the form FIELD=VALUE.").format(text=text[:40]))
    return name, value


def _with_part(address: Address, part: str, text: str) -> Address:
    return address._replace(**{part: text})


def _texts(
    fields: Mapping[str, Field], record: Record, restricted: Mapping[str, Any]
) -> Iterator[tuple[str, str]]:
    """Each field that may be seen as the text that `set` takes."""
    own = custom_fields.values_of(
        record, [field for name, field in fields.items() if name.startswith(CUSTOM)]
    )
    for name, field in fields.items():
        if name.startswith(CUSTOM):
            yield name, field.text(own[name])
        elif not field.restricted:
            yield name, field.text(getattr(record, name))
        elif name in restricted:
            yield name, field.text(restricted[name])


def _for_people(of_linked: Mapping[str, str], field: Field, text: str) -> str:
    if of_linked.get(field.name):
        return f"{of_linked[field.name]} ({text})"
    if field.kind == "yes_no":
        return _("Yes") if field.parse(text) else _("No")
    labels = {value: _(label) for value, label in getattr(field, "options", ())}
    return "; ".join(labels.get(part, part) for part in text.split("; ")) if labels else text


def _undone(session: Session, undone: Undone, sentence: str) -> Answer:
    kept = [
        {
            "kind": one.kind,
            "id": ids.show(one.id),
            "field": one.field,
            "title": title_of(session, one.kind, Id(one.id)),
        }
        for one in undone.kept
    ]
    document = {
        "step": undone.label,
        "restored": undone.restored,
        "kept": kept,
        "kept_count": undone.kept_count,
    }
    lines = [sentence.format(step=plain(undone.label))]
    if undone.kept_count:
        lines.append(
            ngettext(
                "{n} thing was changed since and was left as it is:",
                "{n} things were changed since and were left as they are:",
                undone.kept_count,
            ).format(n=undone.kept_count)
        )
        lines.append(table([(one["kind"], one["id"], one["title"], one["field"]) for one in kept]))
    return Answer(document, "\n".join(lines))
