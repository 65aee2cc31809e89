"""Which column fills which field: guessed from headings, then from what the cells look like."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from collections.abc import Mapping as MappingOf
from dataclasses import dataclass, replace

from app.errors import Invalid
from app.features.crm.importing import headings, paths
from app.features.crm.importing.layout import REASON, Row
from app.features.crm.importing.paths import CONTACT, CUSTOMER
from app.i18n import _, listed

BY_OWN, BY_NAME, BY_CONTENT, BY_HAND = "own", "name", "content", "hand"
"""How a target was found, strongest first: our own heading, another program's, the cells, a person."""


@dataclass(frozen=True, slots=True)
class Mapping:
    """What becomes of each column. An empty target means that the column is not taken."""

    kind: str
    columns: tuple[str, ...]
    targets: tuple[str, ...]
    by: tuple[str, ...]
    empty_words: frozenset[str] = headings.EMPTY_WORDS
    empty_signs: frozenset[str] = headings.EMPTY_SIGNS
    day_first: bool = False
    currency: str = ""
    is_own: bool = False

    def column_of(self, path: str) -> str:
        """Heading of the first column that fills `path`, or part of it; the path if there is none."""
        for column, target in zip(self.columns, self.targets, strict=True):
            if target == path or (target.startswith(path + ".") and path.count(".") == 1):
                return column
        return path

    def mapped(self, column: str, path: str, known: paths.Fields) -> Mapping:
        """This mapping with one column decided by a person; an empty path leaves the column out.

        A path that another column filled moves over. Raises Invalid for unknown columns and fields.
        """
        index = self._index(column)
        target = paths.path_of(path, self.kind, known) if path.strip() else ""
        targets = ["" if target and old == target and target not in JOINED else old for old in self.targets]
        targets[index] = target
        by = [old if new else "" for old, new in zip(self.by, targets, strict=True)]
        by[index] = BY_HAND
        return replace(self, targets=tuple(targets), by=tuple(by))

    def _index(self, column: str) -> int:
        if column in self.columns:
            return self.columns.index(column)
        wanted = headings.normal(column)
        for index, name in enumerate(self.columns):
            if headings.normal(name) == wanted:
                return index
        raise Invalid(
            "map",
            _("There is no column “{name}”. There are: {names}.").format(
                name=column[:60], names=listed(self.columns)[:2000]
            ),
        )


JOINED = frozenset(
    {
        "customer.address.street",
        "customer.address.district",
        "customer.notes",
        "contact.notes",
        "customer.tags",
    }
)
"""Several columns may fill these together."""


def guess(
    columns: Sequence[str], samples: Iterable[Row], kind: str = CUSTOMER, known: paths.Fields | None = None
) -> Mapping:
    """The likely mapping of a file's columns for an import of customers or contacts."""
    known = known or paths.fields()
    kind = paths.kind_of(kind)
    rows = list(samples)
    cells = [[row.cells[i].strip() for row in rows if i < len(row.cells)] for i in range(len(columns))]
    is_own = any(column in paths.IDS for column in columns)
    targets, by = _own(columns, kind, known, is_own)
    _by_name(columns, kind, cells, targets, by)
    _by_content(cells, kind, columns, targets, by)
    _need_names(kind, targets)
    return Mapping(
        kind,
        tuple(columns),
        tuple(targets),
        tuple(how if target else "" for how, target in zip(by, targets, strict=True)),
        day_first=_day_first(cells, targets),
        is_own=is_own,
    )


def _own(columns: Sequence[str], kind: str, known: paths.Fields, is_own: bool) -> tuple[list[str], list[str]]:
    """Headings of our own exports: paths, and labels in any language if the id column shows the origin."""
    targets, by = [""] * len(columns), [""] * len(columns)
    by_label = paths.labelled(known) if is_own else {}
    if is_own:
        kind = CONTACT if "contact.id" in columns else CUSTOMER
    for i, column in enumerate(columns):
        path = column if headings.OWN.fullmatch(column) and paths.is_path(column, known) else ""
        path = path or by_label.get((kind, headings.normal(column)), "")
        if path and path not in targets:
            # Business cards of other programs use our paths as columns, but not our way of writing.
            targets[i], by[i] = path, BY_OWN if is_own else BY_NAME
    return targets, by


_FAMILIES: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("billing", re.compile("bill|账单|开单|开票")),
    ("mailing", re.compile("mailing")),
    ("work", re.compile("business|work|office|primary|company|location|address1|商务|公司|办公|单位|企业")),
    ("delivery", re.compile("ship|deliver|发货|送货|收货|配送|邮寄")),
    ("other", re.compile("other|alt|address2(?=street|city|region|country|postal)|其他")),
    ("home", re.compile("home|住宅|家庭|注册")),
)


def _family(heading: str) -> str:
    """The address of which a heading is a part: "" for plain "City"."""
    text = headings.normal(heading)
    if text in ("address1", "address2"):
        return ""
    return next((name for name, pattern in _FAMILIES if pattern.search(text)), "")


def _by_name(
    columns: Sequence[str], kind: str, cells: list[list[str]], targets: list[str], by: list[str]
) -> None:
    table = headings.table()
    found: dict[int, tuple[str, int]] = {}
    for i, column in enumerate(columns):
        entry = table.get(headings.normal(column))
        if entry and not targets[i] and column != REASON:
            found[i] = entry
    taken = set(targets)
    is_person = kind == CONTACT or any(
        path in ("contact.name.given", "contact.name.family") for path, _rank in found.values()
    )
    has_company = any(path == "customer.name" for path, _rank in found.values())
    addresses = {i: path for i, (path, _rank) in found.items() if path.startswith("customer.address")}
    for i in _address(columns, addresses, cells):
        targets[i], by[i] = addresses[i], BY_NAME
    # The best ranked heading of a path gets it; the next one may fall to the other side.
    for i, (path, _rank) in sorted(found.items(), key=lambda item: (item[1][1], item[0])):
        if path == "-" or path.startswith("customer.address"):
            continue
        if path == "customer.position" and not _mostly(_POSITION, cells[i]):
            continue
        for choice in _sides(path, is_person, has_company, kind):
            if choice not in taken or choice in JOINED:
                targets[i], by[i] = choice, BY_NAME
                taken.add(choice)
                break


def _sides(path: str, is_person: bool, has_company: bool, kind: str) -> tuple[str, ...]:
    """What an ambiguous heading may mean in this file, best first."""
    match path:
        case "@name":
            return ("contact.name",) if kind == CONTACT or has_company else ("customer.name",)
        case "@id":
            return () if is_person else ("customer.code",)
        case "@phone":
            return ("contact.phone",) if is_person else ("customer.phone", "contact.phone")
        case "@email":
            return ("contact.email",) if is_person else ("customer.email", "contact.email")
        case "@notes":
            return ("contact.notes",) if kind == CONTACT else ("customer.notes",)
        case _:
            return (path,)


def _address(columns: Sequence[str], found: MappingOf[int, str], cells: list[list[str]]) -> list[int]:
    """The columns of one address: of the best family that has anything in it, filled up by plain ones."""
    family = {i: _family(columns[i]) for i in found}
    order = [name for name, _pattern in _FAMILIES]

    def is_filled(name: str) -> bool:
        return any(any(cells[i]) or not cells[i] for i in found if family[i] == name)

    streets = {
        family[i] for i, path in found.items() if path in ("customer.address.street", "customer.address")
    }
    named = [name for name in order if name in streets] + [name for name in order if name in family.values()]
    # Plain columns come after billing and before deliveries: "City" of a shop beats "Ship-to City".
    if "" in streets:
        named.insert(next((n for n, name in enumerate(named) if order.index(name) > 2), len(named)), "")
    named.append("")
    best = next((name for name in named if name in family.values() and is_filled(name)), "")
    chosen = [i for i in found if family[i] == best]
    have = {found[i] for i in chosen}
    chosen += [i for i in found if best and family[i] == "" and found[i] not in have]
    seen: set[str] = set()
    result = []
    for i in sorted(chosen):
        if found[i] in JOINED or found[i] not in seen:
            result.append(i)
            seen.add(found[i])
    return result


_EMAIL = re.compile(r"[^@\s;,]+@[^@\s;,]+\.[^@\s;,]{2,}")
_PHONE = re.compile(r"\+?[\d(][\d\s()./-]{5,20}\d")
_WEB = re.compile(r"(?:https?://|www\.)\S+", re.IGNORECASE)
_POSITION = re.compile(r"\(?\s*[-+]?\d{1,2}[.,]\d+\s*[,;\s]\s*[-+]?\d{1,3}[.,]\d+\s*\)?")


def _mostly(pattern: re.Pattern[str], cells: Sequence[str]) -> bool:
    filled = [cell for cell in cells if cell and cell.casefold() not in headings.EMPTY_WORDS]
    return bool(filled) and sum(pattern.fullmatch(cell) is not None for cell in filled) > 0.6 * len(filled)


def _by_content(
    cells: list[list[str]], kind: str, columns: Sequence[str], targets: list[str], by: list[str]
) -> None:
    """The weaker guess, for headings that nobody knows."""
    is_person = kind == CONTACT
    shapes: tuple[tuple[re.Pattern[str], Callable[[Sequence[str]], bool], str], ...] = (
        (_EMAIL, bool, "contact.email" if is_person else "customer.email"),
        (_WEB, bool, "customer.web"),
        (_POSITION, bool, "customer.position"),
        (_PHONE, _varies, "contact.phone" if is_person else "customer.phone"),
    )
    table = headings.table()
    for i, column in enumerate(columns):
        if targets[i] or column == REASON or headings.normal(column) in table:
            continue
        for pattern, test, path in shapes:
            if path not in targets and _mostly(pattern, cells[i]) and test(cells[i]):
                targets[i], by[i] = path, BY_CONTENT
                break
    needed = "contact.name" if is_person else "customer.name"
    if not any(target == needed or target.startswith("contact.name.") for target in targets):
        for i, column in enumerate(columns):
            is_new = not targets[i] and column != REASON and headings.normal(column) not in table
            if is_new and _looks_like_names(cells[i]):
                targets[i], by[i] = needed, BY_CONTENT
                return


def _varies(cells: Sequence[str]) -> bool:
    """Phone numbers differ in most rows and are not counts, dates or positions."""
    filled = [cell for cell in cells if cell]
    digits = [len(re.sub(r"\D", "", cell)) for cell in filled]
    return len(set(filled)) > len(filled) / 2 and min(digits) >= 7 and "." not in "".join(filled)


def _looks_like_names(cells: Sequence[str]) -> bool:
    filled = [cell for cell in cells if cell]
    letters = [cell for cell in filled if any(char.isalpha() for char in cell) and len(cell) <= 200]
    return len(letters) > 0.8 * len(cells) and len(set(filled)) > 0.6 * len(filled) if filled else False


def _need_names(kind: str, targets: list[str]) -> None:
    """Without a name there is no person: then the mobile is the customer's own number, if that is free."""
    if kind == CUSTOMER and not any(target.startswith("contact.name") for target in targets):
        for old, new in (
            ("contact.mobile", "customer.phone"),
            ("contact.phone", "customer.phone"),
            ("contact.email", "customer.email"),
            ("contact.notes", "customer.notes"),
        ):
            if old in targets and new not in targets:
                targets[targets.index(old)] = new


def _day_first(cells: list[list[str]], targets: Sequence[str]) -> bool:
    """Whether 03/04/2020 is in April: told by a day above 12 anywhere among the samples."""
    for i, target in enumerate(targets):
        if target == "contact.birthday":
            for cell in cells[i]:
                found = re.match(r"(\d{1,2})[/-](\d{1,2})[/-]\d{4}", cell)
                if found and int(found[1]) > 12:
                    return True
    return False
