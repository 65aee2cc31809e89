"""Documents as PDF: private, whole in every language, honest about fonts."""

from __future__ import annotations

import os
import re
import zlib
from pathlib import Path

import pytest

from app import i18n
from app.errors import AppError
from app.reports import pdf
from app.reports.pdf import Document

CODE = "7K2M-QX4T"


def content(path: Path) -> bytes:
    """What the page draws."""
    raw = path.read_bytes()
    assert raw.startswith(b"%PDF-")
    streams = re.findall(rb"stream\r?\n(.*?)\r?\nendstream", raw, re.DOTALL)
    return b"\n".join(zlib.decompress(stream) if stream[:1] == b"x" else stream for stream in streams)


def document(company: str = "Golden Wok") -> Document:
    sheet = Document("A sheet")
    sheet.add("title", i18n._("Company"))
    sheet.add("text", f"Company: {company}")
    sheet.add("rule")
    sheet.add("code", CODE)
    sheet.add("point", "The end")
    return sheet


def write(path: Path, company: str = "Golden Wok") -> tuple[str, ...]:
    return document(company).save(path)


def test_every_piece_stands_on_the_sheet(tmp_path: Path) -> None:
    assert write(tmp_path / "sheet.pdf") == ()
    drawn = content(tmp_path / "sheet.pdf")
    assert CODE.encode() in drawn and b"Golden Wok" in drawn and b"The end" in drawn


def test_the_file_is_private_and_the_only_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path / "temporary"))
    (tmp_path / "temporary").mkdir()
    (tmp_path / "sheet.pdf").write_bytes(b"an older sheet")
    (tmp_path / "sheet.pdf").chmod(0o644)
    write(tmp_path / "sheet.pdf")
    assert sorted(entry.name for entry in tmp_path.rglob("*")) == ["sheet.pdf", "temporary"]
    if os.name != "nt":
        assert (tmp_path / "sheet.pdf").stat().st_mode & 0o777 == 0o600


def test_a_chinese_name_is_printed_or_missed_honestly(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    missing = write(tmp_path / "sheet.pdf", "金锅贸易")
    assert missing in ((), tuple(sorted("金锅贸易")))
    monkeypatch.setattr(pdf, "_installed", dict)
    assert write(tmp_path / "without.pdf", "金锅贸易") == tuple(sorted("金锅贸易"))
    drawn = content(tmp_path / "without.pdf")
    assert b"????" in drawn
    assert b"no font for some characters" in drawn
    assert CODE.encode() in drawn


def test_typographic_signs_need_no_font(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pdf, "_installed", lambda: pytest.fail("looked for a font"))
    assert write(tmp_path / "sheet.pdf", "Jane’s “Café” – Zürich…") == ()
    assert b"Jane's \"Caf" in content(tmp_path / "sheet.pdf")


def test_control_and_direction_marks_do_not_reach_the_paper() -> None:
    sheet = document("a\u202eb\nc\x00d\u200b")
    assert sheet.pieces[1].text == "Company: ab cd"


def test_the_sheet_is_whole_in_every_language(tmp_path: Path) -> None:
    try:
        for language in i18n.LANGUAGES:
            i18n.use(language)
            write(tmp_path / f"{language}.pdf")
            assert CODE.encode() in content(tmp_path / f"{language}.pdf")
    finally:
        i18n.use("en")


def test_a_place_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    with pytest.raises(AppError, match="Choose another place"):
        write(tmp_path / "nowhere" / "sheet.pdf")
    with pytest.raises(AppError, match="Choose another place"):
        write(tmp_path)
