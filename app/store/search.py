"""The search index: one search over everything, answered while it is typed.

Every beginning of a word is a term, so a question is a few look-ups in term lists that are ordered by
when a record was last touched. Nothing is ever sorted or counted, which keeps a book of a million
records as quick as one of ten thousand.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from itertools import islice
from typing import Final

from app.model import pinyin
from app.model.asking import Question, Word, forgiven, loosened, understand
from app.model.folding import fold
from app.model.marking import Match, excerpt, has, mark
from app.model.terms import (
    LONGEST_BEGINNING,
    LONGEST_EXACT,
    NAME,
    PHONE,
    TEXT,
    digits_of,
    squeezed,
    unpack,
)
from app.store.database import Connection
from app.store.search_index import (
    clear,
    index,
    index_many,
    is_sound,
    purge,
    rebuild,
    remove,
    tidy,
    touch,
)

__all__ = [
    "Hit", "Match", "clear", "find", "index", "index_many", "is_sound", "purge", "rebuild", "remove", "tidy", "touch",
]  # fmt: skip

MOST_CANDIDATES: Final = 2000
"""How many records a question may have looked at, where terms alone do not decide."""

_FETCH: Final = (
    "SELECT entry.kind, entry.row, entry.book, entry.title, entry.texts, entry.touch "
    "FROM search_term CROSS JOIN search_entry AS entry ON entry.touch = search_term.rowid "
    "WHERE search_term MATCH ? ORDER BY search_term.rowid DESC LIMIT ?"
)
_ANY: Final = "SELECT 1 FROM search_term WHERE search_term MATCH ? LIMIT 1"

Row = tuple[int, int, int, str, str, int]


class Hit:
    """A record that was found."""

    __slots__ = ("_match", "_packed", "_question", "book", "kind", "row", "title")

    def __init__(self, found: tuple[int, int, int, str, str, int], question: Question) -> None:
        self.kind, self.row, self.book, self.title, self._packed, _ = found
        self._question = question
        self._match: Match | None = None

    @property
    def match(self) -> Match:
        """Where the match lies; worked out when asked for, since a list shows few of its hits at a time."""
        if self._match is None:
            self._match = mark(self._question, self.title, unpack(self.title, self._packed))
        return self._match

    @property
    def subtitle(self) -> str:
        """The text that matched where the title does not tell, else the first that is not a name."""
        if self.match.text:
            return self.match.text
        others = [text for kind, text in unpack(self.title, self._packed) if kind != NAME]
        return excerpt(others[0], [])[0] if others else ""

    def __repr__(self) -> str:
        return f"Hit(kind={self.kind}, row={self.row})"


def find(
    connection: Connection,
    text: str,
    *,
    kinds: Collection[int] | None = None,
    books: Collection[int] | None = None,
    limit: int = 50,
    forgiving: bool = True,
) -> list[Hit]:
    """The records that have every word of `text`: named so, then beginning so, then last touched first.

    Words match where a word begins, in any order; a number also anywhere in a phone number; Chinese by
    characters, pinyin and initials. Where nothing is found, one typing error is forgiven, unless `forgiving`
    is off. `kinds` and `books` narrow what may be found; None is everything. Any text is a valid question.
    """
    question = understand(text)
    if (
        question is None
        or limit < 1
        or (kinds is not None and not kinds)
        or (books is not None and not books)
    ):
        return []
    within = _one_of("#k", kinds) + _one_of("#b", books)
    found = _ranked(connection, question, within, limit)
    if not found and forgiving:
        for other in _second_thoughts(connection, question, within):
            if found := _ranked(connection, other, within, limit):
                break
    return found


def rows(connection: Connection, text: str, kind: int) -> set[int]:
    """Local rows of all records of a kind that have every word of `text`, however many: to narrow a list."""
    question = understand(text)
    if question is None:
        return set()
    within = _one_of("#k", (kind,))
    found = _rows(connection, question, within)
    if not found:
        for other in _second_thoughts(connection, question, within):
            if found := _rows(connection, other, within):
                break
    return found


def _rows(connection: Connection, question: Question, within: str) -> set[int]:
    expression, whole = _expression(question), question.whole
    if whole and len(whole) <= LONGEST_BEGINNING:
        expression = f'({expression} OR "^{whole}")'
    return {row[1] for row in _answers(connection, question, expression + within, -1, candidates=-1)}


def _ranked(connection: Connection, question: Question, within: str, limit: int) -> list[Hit]:
    """Equal names, then names that begin so, then the rest, each last touched first.

    Where everything found is fewer than the limit, it is put in order here; otherwise equal names and
    names that begin so are asked for, for they may have been touched long ago.
    """
    whole = question.whole
    expression = _expression(question)
    if not whole:
        return [Hit(row, question) for row in _answers(connection, question, expression + within, limit)]
    opening = f'"^{whole[:LONGEST_BEGINNING]}"'
    is_long = len(whole) > LONGEST_BEGINNING
    widened = (expression if is_long else f"({expression} OR {opening})") + within
    rows: list[Row] = []
    if len(whole) > 2:
        rows = list(_answers(connection, question, widened, limit))
        if len(rows) < limit:
            rows.sort(key=lambda row: _rank(whole, row))
            return [Hit(row, question) for row in rows]
    found = {row[5]: row for row in connection.execute(_FETCH, (f'"={whole}"{within}', limit))}
    if len(found) < limit:
        begun = connection.execute(_FETCH, (opening + within, MOST_CANDIDATES if is_long else limit))
        for row in islice((row for row in begun if not is_long or _rank(whole, row) < 2), limit):
            found[row[5]] = row
    if len(found) < limit:
        for row in rows or _answers(connection, question, widened, limit):
            found[row[5]] = row
    return [Hit(row, question) for row in list(found.values())[:limit]]


def _answers(
    connection: Connection, question: Question, expression: str, limit: int, candidates: int = MOST_CANDIDATES
) -> Iterable[Row]:
    """At most `limit` records (-1: all), last touched first; where terms do not decide, the texts do."""
    alternatives = question.alternatives
    if not any(word.is_loose for words in alternatives for word in words):
        return connection.execute(_FETCH, (expression, limit))
    if len(alternatives) == 1:
        alternatives = (tuple(word for word in alternatives[0] if word.is_loose),)
    whole = question.whole
    rows = connection.execute(_FETCH, (expression, candidates))
    answers = (row for row in rows if _holds(alternatives, row) or (whole and _rank(whole, row) < 2))
    return answers if limit < 0 else islice(answers, limit)


def _holds(alternatives: tuple[tuple[Word, ...], ...], row: Row) -> bool:
    return any(all(has(word, row[3], row[4]) for word in words) for words in alternatives)


def _rank(whole: str, row: Row) -> int:
    """0 where a name or code is what was typed, 1 where one begins so, 2 otherwise."""
    best = 2
    for kind, text in unpack(row[3], row[4]):
        if kind != TEXT:
            key = (digits_of(text) if kind == PHONE else squeezed(fold(text)))[:LONGEST_EXACT]
            if key == whole:
                return 0
            if kind == NAME:
                if key.startswith(whole):
                    best = 1
                elif whole.isascii() and not key.isascii() and (by_sound := pinyin.opens(key, whole)):
                    if by_sound == "whole":
                        return 0
                    best = 1
    return best


def _expression(question: Question) -> str:
    """The question as the index reads it."""
    alternatives = [" AND ".join([_word(word) for word in words]) for words in question.alternatives]
    if len(alternatives) == 1:
        return alternatives[0]
    return "(" + " OR ".join([f"({alternative})" for alternative in alternatives]) + ")"


def _word(word: Word) -> str:
    first, *others = word.options
    options = [f'"{first[0]}"*' if word.is_begun else _all_of(first)]
    options += [_all_of(option) for option in others]
    return options[0] if len(options) == 1 else "(" + " OR ".join(options) + ")"


def _all_of(option: tuple[str, ...]) -> str:
    if len(option) == 1:
        return f'"{option[0]}"'
    return "(" + " AND ".join([f'"{term}"' for term in option]) + ")"


def _one_of(mark: str, numbers: Collection[int] | None) -> str:
    if numbers is None:
        return ""
    return " AND (" + " OR ".join([f'"{mark}{number:d}"' for number in sorted(set(numbers))]) + ")"


def _second_thoughts(connection: Connection, question: Question, within: str) -> Iterator[Question]:
    """Where nothing was found: words taken less strictly, then one typing error in one of them."""
    words = question.alternatives[0]
    loose = [loosened(word) for word in words]
    if any(loose):
        taken = tuple(other or word for other, word in zip(loose, words, strict=True))
        yield Question((taken,), "")
    unknown = [word for word in words if not connection.execute(_ANY, (_word(word) + within,)).fetchone()]
    for word in (unknown or words) if len(unknown) < 2 else ():
        if other := forgiven(word):
            yield Question((tuple(other if one is word else one for one in words),), "")
    if len(question.alternatives) > 1 and (other := forgiven(question.alternatives[1][0])):
        yield Question(((other,),), "")
