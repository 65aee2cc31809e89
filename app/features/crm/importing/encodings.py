"""Which encoding a text file has, and its text in blocks of bounded size with every fault named by place."""

from __future__ import annotations

import codecs
import io
import re
from collections.abc import Iterator

from app.errors import Unreadable
from app.features.crm.importing.source import BLOCK, Source
from app.i18n import N_, _, listed

ENCODINGS: dict[str, str] = {
    "utf-8": N_("Unicode (UTF-8)"),
    "utf-16-le": N_("Unicode (UTF-16, little end first)"),
    "utf-16-be": N_("Unicode (UTF-16, big end first)"),
    "utf-32-le": N_("Unicode (UTF-32, little end first)"),
    "utf-32-be": N_("Unicode (UTF-32, big end first)"),
    "windows-1252": N_("Western European (Windows-1252)"),
    "gb18030": N_("Chinese, simplified (GB18030, GBK)"),
    "big5": N_("Chinese, traditional (Big5)"),
    "windows-1250": N_("Central European (Windows-1250)"),
    "windows-1251": N_("Cyrillic (Windows-1251)"),
    "windows-1254": N_("Turkish (Windows-1254)"),
    "windows-1258": N_("Vietnamese (Windows-1258)"),
    "shift_jis": N_("Japanese (Shift JIS)"),
    "mac-roman": N_("Western European (old Macintosh)"),
}
"""What can be chosen, best known names first."""

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # begins like the mark of UTF-16, so it is asked first
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)

SCANNED = 128 << 20
"""A file up to this size is looked at whole: one accent near the end decides, and it costs 0.1 s."""
_WINDOWS = 64


def guess(source: Source) -> str:
    """The most likely encoding, a key of ENCODINGS. Leaves the source at its beginning."""
    source.seek(0)
    head = source.read(BLOCK)
    for mark, name in _MARKS:
        if head.startswith(mark):
            source.seek(0)
            return name
    found = _wide(head) or _narrow(source)
    source.seek(0)
    return found


def _wide(head: bytes) -> str | None:
    """UTF-32 or UTF-16 without a mark, told by where the zero bytes lie."""
    even = head[: len(head) // 4 * 4]
    if len(even) < 8 or b"\0" not in even:
        return None
    for name, codec_ in (("utf-32-le", "utf_32_le"), ("utf-32-be", "utf_32_be")):
        try:
            if "\0" not in even.decode(codec_):
                return name
        except UnicodeDecodeError:
            pass
    # A text file with a few stray zero bytes is not UTF-16: there, every ASCII character has one.
    zeros = (even[0::2].count(0), even[1::2].count(0))
    ascii_share = sum(1 for byte in even[:4096] if 0 < byte < 0x80) / min(len(even), 4096)
    if ascii_share > 0.8:
        return None
    for name, mine, other in (("utf-16-le", zeros[1], zeros[0]), ("utf-16-be", zeros[0], zeros[1])):
        if mine > 20 * other:
            try:
                text = codecs.getincrementaldecoder(name)().decode(even)
            except UnicodeDecodeError:
                continue
            if "\0" not in text:
                return name
    return None


def _narrow(source: Source) -> str:
    """UTF-8, GB18030 or Windows-1252, judged by the lines that are not plain ASCII."""
    good, bad, odd, odd_bytes = 0, 0, [], 0
    for piece in _pieces(source):
        if piece.isascii():
            continue
        for line in piece.split(b"\n"):
            if line.isascii():
                continue
            try:
                line.decode("utf-8")
                good += 1
            except UnicodeDecodeError:
                bad += 1
                if odd_bytes < BLOCK:
                    odd.append(line)
                    odd_bytes += len(line)
    # A single bad byte does not make a UTF-8 file Windows-1252: its line is reported when it is read.
    if good >= bad:
        return "utf-8"
    return "gb18030" if _is_chinese(b"\n".join(odd)[: 2 * BLOCK]) else "windows-1252"


def _pieces(source: Source) -> Iterator[bytes]:
    """Whole lines: of the whole file, or of windows all over it."""
    step = max(BLOCK, source.size // _WINDOWS if source.size > SCANNED else 0)
    position = 0
    rest = b""
    while position < source.size:
        source.seek(position)
        piece = source.read(BLOCK)
        if not piece:
            return
        if step > BLOCK:
            # Cut at line ends: neither UTF-8 nor GB18030 has a line feed inside a character.
            start = piece.find(b"\n") + 1 if position else 0
            yield piece[start : piece.rfind(b"\n") + 1]
        else:
            piece = rest + piece
            end = piece.rfind(b"\n") + 1
            if not end and len(piece) < 16 * BLOCK:
                rest = piece
            else:
                end = end or len(piece)
                rest = piece[end:]
                yield piece[:end]
        position += step
    if rest:
        yield rest


_HANZI = re.compile(rb"[\xa1-\xa9\xb0-\xf7][\xa1-\xfe]")
_ODD_PAIR = re.compile(rb"[\x81-\xfe][\x40-\x7e\x80-\xa0]|[\xaa-\xaf\xf8-\xfe][\xa1-\xfe]")


def _is_chinese(sample: bytes) -> bool:
    """Whether bytes above 0x7F form characters of GB 2312 rather than lone accented letters."""
    try:
        sample.decode("gb18030")
    except UnicodeDecodeError as error:
        if error.start < len(sample) - 4:
            return False
    rest = _HANZI.sub(b" ", sample)
    usual = len(sample) - len(rest)
    return usual > 2 * len(_ODD_PAIR.findall(rest)) if usual else False


def blocks(source: Source, encoding: str) -> Iterator[str]:
    """The whole text, with every kind of line end made `\\n`.

    Raises Unreadable at the first byte that is not of this encoding, and at a NUL.
    """
    try:
        decoder = io.IncrementalNewlineDecoder(codecs.getincrementaldecoder(encoding)("strict"), True)
    except LookupError:
        raise Unreadable(
            _("“{encoding}” is not an encoding that is known here. Choose one of: {names}.").format(
                encoding=encoding[:40], names=listed(ENCODINGS)
            )
        ) from None
    source.seek(0)
    lines = 0
    is_first = True
    while True:
        start = source.position
        raw = source.read(BLOCK)
        try:
            text = decoder.decode(raw, final=not raw)
        except UnicodeDecodeError as error:
            before = len(error.object) - len(raw)
            readable = error.object[: error.start].decode(encoding, "replace")
            raise Unreadable(
                _(
                    "“{name}” is not in the encoding {encoding}: line {line}, byte {byte} of the file. "
                    "Choose another encoding, or export the file again as UTF-8."
                ).format(
                    name=source.name,
                    encoding=encoding,
                    line=lines + len(re.findall(r"\r\n|\r|\n", readable)) + 1,
                    byte=start - before + error.start + 1,
                )
            ) from None
        if is_first:
            text = text.removeprefix("\ufeff")
            is_first = not raw
        if "\0" in text:
            raise Unreadable(
                _(
                    "“{name}” has a NUL character in line {line}: it is not a text file, or it was damaged. "
                    "Choose another encoding, or export the file again."
                ).format(name=source.name, line=lines + text.count("\n", 0, text.index("\0")) + 1)
            )
        lines += text.count("\n")
        if text:
            yield text
        if not raw:
            return
