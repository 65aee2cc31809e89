"""What a command answers, and how it is printed: one JSON document, or lines for people."""

from __future__ import annotations

import json
import re
import sys
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, TextIO

from app.errors import AppError

# Control characters, line and paragraph separators, and marks that turn the direction of what follows: in a
# customer's name they would rewrite the terminal or the line.
_UNSEEN: Final = re.compile(
    "[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff]"
)


@dataclass(frozen=True, slots=True)
class Answer:
    """`document` is printed under --json, `text` otherwise. With a `failure` the command ends with status 1."""

    document: Mapping[str, Any]
    text: str = ""
    failure: AppError | None = None


def show(answer: Answer, *, as_json: bool) -> None:
    """Print an answer."""
    if as_json:
        document = dict(answer.document)
        if answer.failure:
            document["error"] = error_document(answer.failure.code, answer.failure.text)
        show_document(document)
    elif answer.text:
        print(answer.text)
    if answer.failure:
        print(plain(answer.failure.text), file=sys.stderr)


def show_document(document: Mapping[str, Any]) -> None:
    """Print the one JSON document of a command. Its texts come back exactly; none of them acts on a terminal."""
    text = json.dumps(document, ensure_ascii=False, indent=1)
    # Outside of its strings JSON has no such character but the line end, which `indent` wrote.
    print(_UNSEEN.sub(lambda found: "\n" if found[0] == "\n" else _escaped(found), text))


def error_document(code: str, message: str) -> dict[str, str]:
    """What stands under "error"."""
    return {"code": code, "message": message}


def plain(text: str) -> str:
    """A text from outside as it may stand in one line on a terminal."""
    return _UNSEEN.sub(_escaped, text)


def table(rows: Sequence[Sequence[str]], *, gap: int = 2) -> str:
    """Rows in columns, each text plain; the last column is not padded."""
    cells = [[plain(cell) for cell in row] for row in rows]
    widths = (
        [max((_width(row[at]) for row in cells), default=0) for at in range(len(cells[0]) - 1)]
        if cells
        else []
    )
    return "\n".join(
        "".join(cell + " " * (width - _width(cell) + gap) for cell, width in zip(row, [*widths, 0], strict=True))
        .rstrip()
        for row in cells
    )  # fmt: skip


def is_terminal(stream: TextIO | None) -> bool:
    """Whether a person sits at this stream."""
    return stream is not None and stream.isatty()


def _width(text: str) -> int:
    """Columns that a terminal gives the text: two for a Chinese character."""
    return sum(
        0 if unicodedata.combining(sign) else 2 if unicodedata.east_asian_width(sign) in "WF" else 1
        for sign in text
    )


def _escaped(found: re.Match[str]) -> str:
    return f"\\u{ord(found[0]):04x}"
