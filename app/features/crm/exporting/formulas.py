"""Keeps a spreadsheet from running what somebody typed into a field, and gives the text back unharmed.

A cell that begins with one of STARTS would be read as a formula (OWASP, "CSV injection"), so it gets an
apostrophe in front. Telephone numbers and plain negative numbers (`+86 10 1234`, `-122.4`) cannot do
anything but be wrong in a spreadsheet, and other programs need them as they are: they stay untouched.
`original(neutral(text)) == text` for every text.
"""

from __future__ import annotations

import re

STARTS = "=+-@\t\r\n＝＋－＠"

_TRIGGERS = frozenset(STARTS + "'")
_HARMLESS = re.compile(r"[+-]\d[\d .()/-]*")
_MARKED = re.compile("'+[" + re.escape(STARTS) + "]")
_MAYBE_MARKED = re.compile("'[" + re.escape(STARTS) + "]")


def neutral(text: str) -> str:
    """The text as it may stand in a cell of a text file that a spreadsheet will open."""
    if not text or text[0] not in _TRIGGERS:
        return text
    if _MARKED.match(text) or (text[0] != "'" and not _HARMLESS.fullmatch(text)):
        return "'" + text
    return text


def original(cell: str) -> str:
    """The text that `neutral` was given."""
    return cell[1:] if cell.startswith("'") and _MARKED.match(cell) else cell


def may_be_marked(block: str) -> bool:
    """Whether any cell in this block of a file may have an apostrophe from `neutral`."""
    return _MAYBE_MARKED.search(block) is not None
