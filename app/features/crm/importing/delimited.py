"""Text tables: separators, quotes and the heading row guessed, rows streamed in bounded memory."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain

from app.errors import Unreadable
from app.features.crm.exporting.formulas import may_be_marked, original
from app.features.crm.importing.encodings import blocks
from app.features.crm.importing.layout import MAX_FIELD, QUOTES, SEPARATORS, Layout, Row
from app.features.crm.importing.source import Source
from app.i18n import _

MAX_LINE = 16 << 20
"""Characters without a line end: the reader must not gather a file that has none."""

_SEP_HINT = re.compile(r'"?sep=(.)"?\s*\n', re.IGNORECASE)

KnownHeading = Callable[[str], bool]


class Table:
    """A text table being read. Every fault is an Unreadable that names the line and the remedy."""

    def __init__(self, source: Source, layout: Layout) -> None:
        self.source = source
        self.layout = layout
        self._marked = False

    def records(self) -> Iterator[Row]:
        """All records, heading and blank ones included; blank records have no cells."""
        csv.field_size_limit(MAX_FIELD)
        quote = self.layout.quote
        reader = csv.reader(
            chain.from_iterable(self._lines()),
            delimiter=self.layout.separator or ",",
            quotechar=quote or None,
            quoting=csv.QUOTE_MINIMAL if quote else csv.QUOTE_NONE,
            skipinitialspace=True,
            strict=True,
        )
        number = line = 0
        try:
            for cells in reader:
                number += 1
                begins, line = line + 1, reader.line_num
                if self._marked:
                    cells = [original(cell) for cell in cells]  # noqa: PLW2901
                yield Row(number, begins, tuple(cells))
        except csv.Error as error:
            raise self._fault(str(error), line + 1, reader.line_num) from None

    def _lines(self) -> Iterator[Iterable[str]]:
        rest = ""
        encoding = self.layout.encoding or "utf-8"
        for number, block in enumerate(blocks(self.source, encoding)):
            text = rest + block
            if number == 0 and (hint := _SEP_HINT.match(text)):
                # Excel's own hint; a blank line keeps the line numbers right.
                text = "\n" + text[hint.end() :]
            end = text.rfind("\n") + 1
            rest = text[end:]
            if len(rest) > MAX_LINE:
                raise Unreadable(
                    _(
                        "“{name}” has a line of more than {size} million characters near byte {byte}. Choose "
                        "another encoding or kind of file, or export it again."
                    ).format(name=self.source.name, size=MAX_LINE >> 20, byte=self.source.position)
                )
            if not self._marked:
                # Sticky: a row may begin in one block and end in the next.
                self._marked = may_be_marked(text)
            # StringIO cuts at \n only, in C; splitlines would also cut at form feeds and U+2028.
            yield io.StringIO(text[:end], newline="\n")
        if rest:
            yield (rest,)

    def _fault(self, error: str, begins: int, ends: int) -> Unreadable:
        name = self.source.name
        if "field larger" in error and begins == ends:
            return Unreadable(
                _(
                    "“{name}”, line {line}: a cell has more than {size} characters. Shorten it, or remove "
                    "the row, and import again."
                ).format(name=name, line=begins, size=MAX_FIELD)
            )
        if "field larger" in error or "unexpected end" in error:
            return Unreadable(
                _(
                    "“{name}”: the quotation mark in the row that begins in line {line} is never closed. "
                    "Close it or remove it, or choose “Quotes: None” (on the command line --quotes none)."
                ).format(name=name, line=begins)
            )
        return Unreadable(
            _(
                "“{name}”: in the row that begins in line {line}, a quotation mark is followed by other "
                "text. Double every quotation mark inside a cell, or choose “Quotes: None” (on the command "
                "line --quotes none)."
            ).format(name=name, line=begins)
        )


def guess(text: str, layout: Layout) -> Layout:
    """The layout with separator and quote filled in from the first lines of the file."""
    lines = [line for line in text.split("\n")[:200] if line.strip()]
    hint = _SEP_HINT.match(text)
    if hint and len(lines) > 1:
        lines = lines[1:]
    quote = layout.quote if layout.quote is not None else _quote(lines)
    separator = layout.separator or (hint[1] if hint and hint[1] in SEPARATORS else _separator(lines, quote))
    return Layout(layout.encoding, separator, quote, layout.header_row, layout.sheet)


def _quote(lines: Sequence[str]) -> str:
    single = sum(1 for line in lines if re.search(r"(?:^|[,;\t|])'[^']*'(?:$|[,;\t|])", line))
    double = sum(1 for line in lines if '"' in line)
    return "'" if single > len(lines) / 2 and not double else next(iter(QUOTES))


def _separator(lines: Sequence[str], quote: str) -> str:
    """The separator that cuts most lines into the same, largest number of cells."""
    best, best_score = ",", 0.0
    for separator in SEPARATORS:
        try:
            counts = Counter(
                len(cells)
                for cells in csv.reader(
                    lines, delimiter=separator, quotechar=quote or None,
                    quoting=csv.QUOTE_MINIMAL if quote else csv.QUOTE_NONE,
                )
                if cells
            )  # fmt: skip
        except csv.Error:
            continue
        width, same = max(counts.items(), key=lambda pair: (pair[1], pair[0]), default=(1, 0))
        if width > 1:
            score = same / counts.total() + min(width, 50) / 1000
            if score > best_score:
                best, best_score = separator, score
    return best


_DATA = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+|[-+]?[\d\s().,/:-]*\d[\d\s().,/:-]*|https?://.*")


def header_row(records: Sequence[Row], known: KnownHeading) -> int:
    """Number of the heading row among the first records, 0 if there is none."""
    filled = [row for row in records if any(cell.strip() for cell in row.cells)][:20]
    if not filled:
        return 0
    width = Counter(len(row.cells) for row in filled).most_common(1)[0][0]
    best, best_share = 0, 0.0
    for row in filled[:10]:
        texts = [cell.strip() for cell in row.cells if cell.strip()]
        share = sum(map(known, texts)) / len(texts)
        if share > best_share and share >= 0.3 and (len(texts) > 1 or width == 1):
            best, best_share = row.number, share
    if best:
        return best
    # No heading that we know: names, all different, none of which looks like a value.
    first = next((row for row in filled if len(row.cells) == width), filled[0])
    texts = [cell.strip() for cell in first.cells if cell.strip()]
    looks_named = (
        len(texts) >= max(1, width * 0.6)
        and len({text.casefold() for text in texts}) == len(texts)
        and not any(_DATA.fullmatch(text) for text in texts)
        and all(len(text) <= 60 for text in texts)
    )
    return first.number if looks_named else 0
