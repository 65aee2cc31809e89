"""The catalogues of translations: complete, with the gaps of the original, and in the manner of their language."""

from __future__ import annotations

import ast
import io
import re
from functools import cache
from pathlib import Path
from string import Formatter

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from app import i18n
from tests.architecture.sources import ROOT, files, parsed, place

# Those of `make texts`, and how many texts they take.
KEYWORDS = {"_": 1, "N_": 1, "ngettext": 2}
LANGUAGES = [name for name in i18n.LANGUAGES if name != "en"]

HAN = "\u3400-\u9fff"
PERCENT_GAP = re.compile(r"%(?:\(\w+\))?[sdr]")
ASCII_AFTER_HAN = re.compile(rf"[{HAN}”}}][,;:!?](?!\d)|[{HAN}”][.](?!\w)|[,.;:!?]$")
STRAIGHT_QUOTES = re.compile(rf"[{HAN}]\s?[\"']|[\"']\s?[{HAN}]")
GLUED = re.compile(rf"[{HAN}][A-Za-z0-9]|[A-Za-z0-9][{HAN}]")
SPACE_IN_CHINESE = re.compile(rf"[{HAN}，。：；？！（）] [{HAN}，。：；？！（）]")


@cache
def texts() -> dict[str | tuple[str, ...], str]:
    """Every text in the code that is shown to people, with the place where it stands first."""
    found: dict[str | tuple[str, ...], str] = {}
    for path in files("app", "ui", "sync"):
        for node in ast.walk(parsed(path)):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in KEYWORDS:
                given = tuple(_text(it) for it in node.args[: KEYWORDS[node.func.id]])
                if all(given):  # else a call without a text in it, such as _(field.label)
                    found.setdefault(given if len(given) > 1 else given[0], place(path, node.lineno))
    return found


def _text(node: ast.expr) -> str:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""


def po(language: str) -> Path:
    return ROOT / "resources" / "locale" / language / "LC_MESSAGES" / "provender.po"


@cache
def catalogue(language: str) -> Catalog:
    with po(language).open("rb") as file:
        return read_po(file, locale=language, abort_invalid=True)


def messages(language: str) -> list[Message]:
    return [message for message in catalogue(language) if message.id]


def originals(message: Message) -> tuple[str, ...]:
    return tuple(message.id) if isinstance(message.id, tuple | list) else (message.id,)


def translations(message: Message) -> tuple[str, ...]:
    string = message.string
    forms = tuple(string) if isinstance(string, tuple | list) else (string or "",)
    return forms if all(forms) else ()  # not translated yet, which one test says and the others need not


def gaps(text: str) -> set[str]:
    """What is filled in, with its format: `{n}`, `{mb:.1f}`, `%(name)s`."""
    if found := PERCENT_GAP.findall(text):
        return set(found)
    named = Formatter().parse(text)
    return {f"{{{name}!{turn}:{form}}}" for _before, name, form, turn in named if name is not None}


def gap_troubles(message: Message) -> list[str]:
    """A plural's forms may differ in gaps, such as "One row" and "{n} rows": a translation keeps to one of them."""
    allowed = [gaps(text) for text in originals(message)]
    return [text for text in translations(message) if gaps(text) not in allowed]


def chinese_troubles(text: str) -> list[str]:
    """What a Chinese editor would mark: half-width signs, straight quotes, missing or stray spaces, 您."""
    plain = re.sub(r"“[^”{}]*[A-Za-z][^”{}]*”", "“”", text)  # commands and keys are quoted as they are typed
    rules = {
        "half-width punctuation": ASCII_AFTER_HAN.search(plain) if re.search(f"[{HAN}]", plain) else None,
        "straight quotes": STRAIGHT_QUOTES.search(plain),
        "no space between Chinese and Latin": GLUED.search(plain),
        "a space between Chinese signs": SPACE_IN_CHINESE.search(plain),
        "您 or 你": re.search("[您你]", plain),
    }
    return [rule for rule, found in rules.items() if found]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_text_is_translated(language: str) -> None:
    """`make texts` brings what is new into the catalogues; the manner of a language is in GLOSSARY.md."""
    translated = {message.id for message in messages(language) if translations(message)}
    waiting = sorted(f"{where}: {text!r}" for text, where in texts().items() if text not in translated)
    assert not waiting, "\n".join(("`make texts`, then translate:", *waiting))


@pytest.mark.parametrize("language", LANGUAGES)
def test_translations_keep_the_gaps(language: str) -> None:
    assert [found for message in messages(language) if (found := gap_troubles(message))] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_nothing_is_fuzzy_or_left_over(language: str) -> None:
    assert [message.id for message in messages(language) if message.fuzzy] == []
    assert list(catalogue(language).obsolete) == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_plurals_have_the_forms_of_the_language(language: str) -> None:
    count = catalogue(language).num_plurals
    plurals = [(m.id, translations(m)) for m in messages(language) if isinstance(m.id, tuple)]
    wrong = [text for text, forms in plurals if forms and len(forms) != count]
    assert wrong == []


def test_chinese_has_one_plural_form() -> None:
    assert catalogue("zh_CN").num_plurals == 1


@pytest.mark.parametrize("language", LANGUAGES)
def test_catalogues_name_no_places(language: str) -> None:
    """Places in the code change with every line that is added, and would drown what a diff has to say."""
    lines = po(language).read_text(encoding="utf-8").splitlines()
    assert [line for line in lines if line.startswith("#:")] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_compiled_catalogue_speaks(language: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert [str(error) for _message, errors in catalogue(language).check() for error in errors] == []
    compiled = io.BytesIO()
    write_mo(compiled, catalogue(language))
    there = tmp_path / language / "LC_MESSAGES"
    there.mkdir(parents=True)
    (there / "provender.mo").write_bytes(compiled.getvalue())
    monkeypatch.setattr(i18n, "LOCALE", tmp_path)
    try:
        i18n.use(language)
        assert i18n._("Cancel") != "Cancel"
        assert i18n.ngettext("{n} row", "{n} rows", 2) != "{n} rows"
        i18n.use("en")
        assert i18n._("Cancel") == "Cancel"
    finally:
        i18n.use("en")


def test_chinese_is_written_as_chinese() -> None:
    troubles = [
        f"{text!r}: {', '.join(found)}"
        for message in messages("zh_CN")
        for text in translations(message)
        if (found := chinese_troubles(text))
    ]
    assert not troubles, "\n".join(troubles)


def test_chinese_sentences_end_where_the_original_does() -> None:
    """A full stop here and none there is a label that became a sentence, or the other way round."""
    english, chinese = re.compile(r"[.?!][”)]?$"), re.compile(r"[。？！][”）]?$")
    uneven = [
        text
        for message in messages("zh_CN")
        for text in translations(message)
        if not originals(message)[-1].endswith("}")
        and not text.endswith("}")
        and bool(english.search(originals(message)[-1])) != bool(chinese.search(text))
    ]
    assert not uneven, "\n".join(uneven)


@pytest.mark.parametrize(
    ("text", "trouble"),
    [
        ("已保存.", "half-width punctuation"),
        ("客户: {name}", "half-width punctuation"),
        ('打开"{name}"。', "straight quotes"),
        ("导出CSV。", "no space between Chinese and Latin"),
        ("请 重试。", "a space between Chinese signs"),
        ("请输入您的密码。", "您 or 你"),
    ],
)
def test_bad_manners_are_seen(text: str, trouble: str) -> None:
    assert chinese_troubles(text) == [trouble]


def test_a_lost_gap_is_seen() -> None:
    assert gap_troubles(Message("{n} of {all}", "{n}/{total}"))
    assert gap_troubles(Message("{mb:.1f} MB", "{mb} MB"))
    assert not gap_troubles(Message(("One row", "{n} rows"), ("{n} 行",)))
