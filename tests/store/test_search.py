"""Claims about finding: what is found, in which order, how it is marked, and that nothing lingers."""

from __future__ import annotations

import random
import re
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.crypto.keys import SecretKey
from app.model.folding import fold
from app.model.pinyin import readings
from app.model.terms import CODE, NAME, PHONE, TEXT, Entry, terms
from app.store import search
from app.store.database import Connection, Database
from app.store.migrate import available, statements

CUSTOMER, CONTACT, SITE, ACTIVITY = 1, 2, 3, 4

WORDS = st.text(
    st.characters(categories=["L"], include_characters="0123456789", max_codepoint=0x52F),
    min_size=1,
    max_size=20,
)
NAMES = st.lists(WORDS, min_size=1, max_size=5).map(" ".join)
CLEAR = "王李张刘陈杨赵黄周吴徐孙胡高林何郭马罗梁宋郑谢韩唐冯董萧程袁邓许傅沈彭苏蒋蔡贾丁魏薛叶阎佳丽娜静敏强磊军洋勇"
"""Characters that are read in one way only."""

few = settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)


@pytest.fixture
def book(tmp_path: Path) -> Iterator[Database]:
    with Database.open(tmp_path / "data.db", SecretKey.fresh(), create=True) as database:
        with database.transaction() as connection:
            for statement in statements(dict(available())[2]):
                connection.execute(statement)
        yield database


@contextmanager
def holding(book: Database, *entries: Entry) -> Iterator[Connection]:
    """A book with these records, which is empty again afterwards."""
    connection = book.writer
    connection.execute("BEGIN")
    try:
        search.index_many(connection, entries)
        yield connection
    finally:
        connection.execute("ROLLBACK")


def customer(row: int, name: str, *texts: tuple[str, str], book: int = 1) -> Entry:
    return Entry(CUSTOMER, row, book, name, ((NAME, name), *texts))  # type: ignore[arg-type]


def contact(row: int, name: str, *texts: tuple[str, str], book: int = 1) -> Entry:
    return Entry(CONTACT, row, book, name, ((NAME, name), *texts))  # type: ignore[arg-type]


def rows(connection: Connection, text: str, **narrowed: object) -> list[int]:
    return [hit.row for hit in search.find(connection, text, **narrowed)]  # type: ignore[arg-type]


# ---- what is found


@few
@given(name=NAMES, data=st.data())
def test_every_record_is_found_by_the_beginning_of_any_word(
    book: Database, name: str, data: st.DataObject
) -> None:
    plain = "".join(c for c in unicodedata.normalize("NFKD", name) if not unicodedata.combining(c))
    words = re.findall(r"[^\W_]+", plain)
    with holding(book, customer(1, name), customer(2, "Nobody’s Noodles 王")) as connection:
        for word in words:
            begun = word[: data.draw(st.integers(1, len(word)))]
            assert 1 in rows(connection, begun)
            assert 1 in rows(connection, begun.upper())
        shuffled = data.draw(st.permutations(words))
        assert 1 in rows(connection, " ".join(shuffled))


@few
@given(groups=st.lists(st.text("0123456789", min_size=1, max_size=5), min_size=2, max_size=5), data=st.data())
def test_a_phone_is_found_by_any_run_of_its_digits(
    book: Database, groups: list[str], data: st.DataObject
) -> None:
    digits = "".join(groups)
    if len(digits) < 3:
        digits += "000"
        groups.append("000")
    start = data.draw(st.integers(0, len(digits) - 3))
    end = data.draw(st.integers(start + 3, len(digits)))
    written = "+" + data.draw(st.sampled_from([" ", "-", ".", "/", ") ("])).join(groups)
    with holding(
        book, contact(1, "Anna", (PHONE, written)), contact(2, "Ben", (PHONE, "+86 555"))
    ) as connection:
        hits = search.find(connection, digits[start:end])
        assert 1 in [hit.row for hit in hits]
        marked = next(hit.match for hit in hits if hit.row == 1)
        (first, last), *_ = marked.text_spans
        assert digits[start:end] in re.sub(r"\D", "", marked.text[first:last])


@pytest.mark.parametrize(
    "typed",
    [
        "138 1234",
        "1381234",
        "+86 138-1234-5678",
        "(86) 138",
        "13812345678",
        "8613812345678",
        "5678",
        "013812345678",
    ],
)
def test_a_phone_is_found_however_it_is_grouped(book: Database, typed: str) -> None:
    with holding(
        book, contact(1, "Anna", (PHONE, "+86 138 1234 5678")), contact(2, "Ben", (PHONE, "555"))
    ) as connection:
        assert rows(connection, typed) == [1]


def test_digits_that_are_not_in_a_row_are_not_a_phone(book: Database) -> None:
    with holding(book, contact(1, "Anna", (PHONE, "1234 9 2345"))) as connection:
        assert rows(connection, "12345") == []


@few
@given(name=st.text(CLEAR, min_size=2, max_size=8), data=st.data())
def test_a_chinese_name_is_found_by_characters_pinyin_and_initials(
    book: Database, name: str, data: st.DataObject
) -> None:
    read = readings(name)[0]
    start = data.draw(st.integers(0, len(name) - 1))
    end = data.draw(st.integers(start + 1, len(name)))
    spoken = "".join(read[start:end])
    with holding(book, contact(1, name), contact(2, "Nobody")) as connection:
        assert rows(connection, name[start:end]) == [1]
        for length in {1, len(spoken) // 2, len(spoken) - 1, len(spoken)} - {0}:
            assert 1 in rows(connection, spoken[:length]), spoken[:length]
        assert 1 in rows(connection, " ".join(read[start:end]))
        assert 1 in rows(connection, "".join(syllable[0] for syllable in read[start:end]))


@pytest.mark.parametrize(
    "typed",
    ["王", "佳丽", "王佳丽", "wjl", "wj", "jl", "wangjiali", "wang jia li", "wang", "wangj", "wangjl", "jiali", "WangJiaLi",
     "王 jia", "wang 丽", "li wang", "采购", "采购经理", "王佳丽 采购"],
)  # fmt: skip
def test_wang_jiali_is_found_as_people_type_it(book: Database, typed: str) -> None:
    people = (contact(1, "王佳丽", (TEXT, "采购经理")), contact(2, "李明", (TEXT, "老板")))
    with holding(book, *people) as connection:
        assert 1 in rows(connection, typed)
        assert not {2} & set(rows(connection, typed)) or typed == "li wang"


@pytest.mark.parametrize(
    ("name", "typed"),
    [("单田芳", "shantianfang"), ("单田芳", "dan"), ("重庆小面", "chongqing"), ("重庆小面", "cqxm"), ("曾记豆花", "zengji"),
     ("长安食府", "changan"), ("吕家大院", "lvjia"), ("吕家大院", "lujia"), ("成都锦绣餐饮管理有限公司", "jinxiu"),
     ("成都锦绣餐饮管理有限公司", "cdjxcy"), ("成都锦绣餐饮管理有限公司", "管理有限"), ("Café 老码头 Lyon", "laomatou"),
     ("Café 老码头 Lyon", "lyon"), ("Café 老码头 Lyon", "cafe lmt")],
)  # fmt: skip
def test_several_readings_and_mixed_names(book: Database, name: str, typed: str) -> None:
    with holding(book, customer(1, name), customer(2, "Other")) as connection:
        assert rows(connection, typed) == [1]


def test_characters_must_stand_in_a_row(book: Database) -> None:
    with holding(book, customer(1, "佳丽王佳"), customer(2, "王佳丽")) as connection:
        assert rows(connection, "王佳丽") == [2]


def test_a_wrong_character_of_the_same_sound_is_forgiven(book: Database) -> None:
    with holding(book, contact(1, "王佳丽"), contact(2, "王强")) as connection:
        assert rows(connection, "王家丽") == [1]
        assert rows(connection, "望佳莉") == [1]


@pytest.mark.parametrize(
    ("name", "typed"),
    [("L’Étoile d'Or", "etoile"), ("L’Étoile d'Or", "l'etoile"), ("L’Étoile d'Or", "letoile dor"), ("O'Brien’s", "obrien"),
     ("O'Brien’s", "brien"), ("McDonald's", "mcdonalds"), ("Müller & Söhne", "sohne mul"), ("Golden Gate", "goldeng"),
     ("☕ Bar", "☕"), ("Ресторан Ёлка", "елка"), ("한국식당", "한국"), ("すし太郎", "すし"), ("7-Eleven", "7-eleven")],
)  # fmt: skip
def test_names_of_all_kinds(book: Database, name: str, typed: str) -> None:
    with holding(book, customer(1, name), customer(2, "Other")) as connection:
        assert rows(connection, typed) == [1]


@pytest.mark.parametrize("typed", ["C-10023", "c10023", "C 10023", "10023", "c-100", "c100"])
def test_a_code_is_found_with_and_without_its_punctuation(book: Database, typed: str) -> None:
    with holding(
        book, customer(1, "Anna", (CODE, "C-10023")), customer(2, "Ben", (CODE, "D-20023"))
    ) as connection:
        assert rows(connection, typed) == [1]


def test_words_of_one_question_may_lie_in_different_texts(book: Database) -> None:
    with holding(
        book, customer(1, "Golden Gate", (TEXT, "Lindenallee 5"), (PHONE, "+49 40 5551234"))
    ) as connection:
        for typed in ("gate linden", "5551 gold", "allee"):
            assert rows(connection, typed) == ([1] if typed != "allee" else [])


# ---- in which order


def oracle(names: dict[int, str], typed: str) -> list[int]:
    """By the book: equal, then beginning so, then touched last; a record answers that has every word."""

    def squeeze(text: str) -> str:
        return re.sub(r"[\W_]", "", text.lower())

    def answers(name: str) -> bool:
        words = re.findall(r"\w+", name.lower())
        asked = re.findall(r"\w+", typed.lower())
        return all(any(word.startswith(one) for word in words) for one in asked) or squeeze(name).startswith(
            squeeze(typed)
        )

    def rank(row: int) -> tuple[int, int]:
        name = squeeze(names[row])
        return (0 if name == squeeze(typed) else 1 if name.startswith(squeeze(typed)) else 2, -row)

    return sorted((row for row, name in names.items() if answers(name)), key=rank)


@few
@given(
    st.lists(st.lists(st.sampled_from(["bo", "bob", "bobby", "x", "xy"]), min_size=1, max_size=3).map(" ".join), min_size=1, max_size=120),
    st.lists(st.sampled_from(["b", "bo", "bob", "bobb", "x", "xy"]), min_size=1, max_size=2, unique=True).map(" ".join),
    st.integers(1, 20),
)  # fmt: skip
def test_equal_then_beginning_then_touched_last(
    book: Database, names: list[str], typed: str, limit: int
) -> None:
    entries = [customer(row, name) for row, name in enumerate(names, 1)]
    with holding(book, *entries) as connection:
        expected = oracle(dict(enumerate(names, 1)), typed)
        if expected:
            assert rows(connection, typed, limit=limit) == expected[:limit]
            assert rows(connection, typed, limit=1000) == expected


def test_a_name_touched_long_ago_still_comes_first_when_it_is_equal(book: Database) -> None:
    entries = [
        customer(1, "Golden"),
        customer(2, "Golden Gate"),
        *(customer(row, f"Old Golden {row}") for row in range(3, 400)),
    ]
    with holding(book, *entries) as connection:
        assert rows(connection, "golden", limit=10)[:3] == [1, 2, 399]


def test_touching_and_saving_bring_a_record_to_the_front(book: Database) -> None:
    with holding(book, *(customer(row, f"Bar {row}") for row in range(1, 6))) as connection:
        search.touch(connection, CUSTOMER, 2)
        assert rows(connection, "bar") == [2, 5, 4, 3, 1]
        search.index(connection, customer(4, "Bar 4"))
        assert rows(connection, "bar") == [4, 2, 5, 3, 1]
        search.touch(connection, CUSTOMER, 99)
        search.touch(connection, CUSTOMER, 4)
        assert rows(connection, "bar") == [4, 2, 5, 3, 1]


def test_only_the_kinds_and_books_asked_for_are_found(book: Database) -> None:
    entries = (
        customer(1, "Anna", book=1),
        contact(1, "Anna", book=1),
        contact(2, "Anna", book=2),
        contact(3, "Anna", book=3),
    )
    with holding(book, *entries) as connection:
        assert {(hit.kind, hit.row) for hit in search.find(connection, "anna")} == {
            (1, 1),
            (2, 1),
            (2, 2),
            (2, 3),
        }
        assert {(hit.kind, hit.row) for hit in search.find(connection, "anna", kinds=[CONTACT])} == {
            (2, 1),
            (2, 2),
            (2, 3),
        }
        assert {(hit.kind, hit.row) for hit in search.find(connection, "anna", books={1, 3})} == {
            (1, 1),
            (2, 1),
            (2, 3),
        }
        assert rows(connection, "anna", kinds={CUSTOMER}, books={2}) == []
        assert rows(connection, "anna", books=[]) == rows(connection, "anna", kinds=[]) == []
        assert rows(connection, "anma", books=[2]) == [2]


# ---- what is forgiven


@few
@given(st.data())
def test_one_typing_error_is_forgiven(book: Database, data: st.DataObject) -> None:
    word = data.draw(
        st.sampled_from(["restaurant", "brasserie", "lindqvist", "garnier", "hauptstrasse", "пекарня"])
    )
    at = data.draw(st.integers(0, len(word) - 1))
    letter = data.draw(st.sampled_from("abcdefghijklmnopqrstuvwxyz" if word.isascii() else "абвгдежзи"))
    wrong = data.draw(
        st.sampled_from(
            [
                word[:at] + word[at + 1 :],
                word[:at] + letter + word[at + 1 :],
                word[:at] + letter + word[at:],
                word[:at] + word[at : at + 2][::-1] + word[at + 2 :],
            ]
        )
    )
    with holding(book, customer(1, f"Golden {word.title()}"), customer(2, "Other Place")) as connection:
        assert rows(connection, wrong) == [1]
        assert rows(connection, f"golden {wrong}") == [1]
        (hit,) = search.find(connection, wrong)
        assert hit.match.title


def test_a_mistake_is_forgiven_only_when_nothing_else_is_found(book: Database) -> None:
    with holding(book, customer(1, "Garnier"), customer(2, "Garniet")) as connection:
        assert rows(connection, "garnier") == [1]
        assert sorted(rows(connection, "garniex")) == [1, 2]


def test_two_mistakes_are_not_forgiven(book: Database) -> None:
    with holding(book, customer(1, "Golden Restaurant")) as connection:
        assert rows(connection, "goldan restaurent") == []
        assert rows(connection, "rxstaurxnt") == []


def test_a_wrong_digit_is_forgiven_in_a_long_number(book: Database) -> None:
    with holding(
        book, contact(1, "Anna", (PHONE, "+49 40 5551234")), contact(2, "Ben", (PHONE, "+49 40 9876543"))
    ) as connection:
        for wrong in ("405551235", "40555134", "4055512334", "5551243", "40 5551 235"):
            assert rows(connection, wrong) == [1], wrong
        assert rows(connection, "999") == []


# ---- marks


@few
@given(NAMES, st.data())
def test_marks_show_what_was_typed_in_the_text_as_written(
    book: Database, name: str, data: st.DataObject
) -> None:
    word = data.draw(st.sampled_from(name.split(" ")))
    typed = word[: data.draw(st.integers(1, len(word)))]
    with holding(book, customer(1, name)) as connection:
        for hit in search.find(connection, typed):
            for start, end in hit.match.title:
                assert 0 <= start < end <= len(name)
            if hit.match.title and fold(typed).isalnum():
                assert any(fold(name[start:end]).startswith(fold(typed)) for start, end in hit.match.title)


def test_the_text_that_matched_is_shown(book: Database) -> None:
    note = (
        "Bringt morgen Ware. " * 8
        + "Dann noch zwei Paletten Weißkohl, sonst wie immer. "
        + "Gute Laune. " * 9
    )
    entry = customer(1, "Golden Gate", (TEXT, "Lindenallee 5"), (TEXT, note), (PHONE, "+49 (40) 555-1234"))
    with holding(book, entry) as connection:
        (hit,) = search.find(connection, "weisskohl")
        assert len(hit.match.text) < 100
        assert [hit.match.text[start:end] for start, end in hit.match.text_spans] == ["Weißkohl"]
        (hit,) = search.find(connection, "405551")
        assert [hit.match.text[start:end] for start, end in hit.match.text_spans] == ["40) 555-1"]
        assert hit.subtitle == "+49 (40) 555-1234"
        (hit,) = search.find(connection, "gate")
        assert (hit.match.title, hit.match.text, hit.subtitle) == (((7, 11),), "", "Lindenallee 5")


def test_pinyin_marks_the_characters_that_are_read_so(book: Database) -> None:
    with holding(book, contact(1, "采购王佳丽")) as connection:
        for typed in ("wjl", "wangjiali", "wangjl", "wangjia", "jiali"):
            (hit,) = search.find(connection, typed)
            ((start, end),) = hit.match.title
            assert "采购王佳丽"[start:end] in ("王佳丽", "王佳", "佳丽")


# ---- nothing lingers


def index_of(connection: Connection) -> dict[str, int]:
    """How many records each term leads to, read by FTS5's own vocabulary."""
    connection.execute(
        "CREATE VIRTUAL TABLE IF NOT EXISTS temp.vocabulary USING fts5vocab(main, search_term, row)"
    )
    return dict(connection.execute("SELECT term, doc FROM temp.vocabulary").fetchall())


@few
@given(st.lists(st.tuples(st.sampled_from("irtm"), st.integers(1, 4), NAMES), max_size=25), st.booleans())
def test_the_index_follows_every_change(
    book: Database, history: list[tuple[str, int, str]], with_tidy: bool
) -> None:
    state: dict[int, str] = {}
    with holding(book) as connection:
        for what, row, name in history:
            if what == "i":
                search.index(connection, customer(row, name))
                state[row] = name
            elif what == "r":
                search.remove(connection, CUSTOMER, [row])
                state.pop(row, None)
            elif what == "t":
                search.touch(connection, CUSTOMER, row)
            else:
                many = {row: name, row + 1: name.upper()}
                search.index_many(connection, [customer(*item) for item in many.items()])
                state.update(many)
            if with_tidy:
                search.tidy(connection)
        for _, row, name in history:
            found = rows(connection, name)
            if row in state and state[row] == name:
                assert row in found
            assert set(found) <= set(state)
        search.purge(connection)
        assert index_of(connection) == {
            term: sum(term in terms(customer(row, name)).split() for row, name in state.items())
            for term in {term for row, name in state.items() for term in terms(customer(row, name)).split()}
        }


def test_purging_leaves_no_trace_in_the_file(book: Database) -> None:
    secret = "Zwetschgenknoedel"
    with book.transaction() as connection:
        search.index_many(connection, [customer(row, f"Bar {row}") for row in range(300)])
    for name in (f"{secret} Alt", f"{secret} Neu"):
        with book.transaction() as connection:
            search.index(connection, contact(1, name, (TEXT, f"{secret}@example.com")))
    with book.transaction() as connection:
        search.index(connection, contact(1, "Anna"))
        search.purge(connection)
    book.checkpoint()
    plain = fold(secret).encode()
    tables = (
        "search_entry",
        "search_term_data",
        "search_term_idx",
        "search_term_docsize",
        "search_term_config",
    )
    for table in tables:
        for row in book.writer.execute(f"SELECT * FROM {table}").fetchall():
            for value in row:
                held = value if isinstance(value, bytes) else str(value).encode()
                assert plain[:5] not in held.lower(), table
    assert not any(term.startswith("zwet") for term in index_of(book.writer))
    assert rows(book.writer, "zwet") == []


def test_clearing_empties_everything(book: Database) -> None:
    with holding(book, customer(1, "Anna")) as connection:
        search.clear(connection)
        assert rows(connection, "anna") == []
        search.index(connection, customer(1, "Anna"))
        assert rows(connection, "anna") == [1]


def test_the_index_can_be_made_anew_from_what_it_keeps(book: Database) -> None:
    entries = [
        customer(row, f"Bar {row}", (TEXT, "Lindenallee"), (PHONE, f"555 {row:04}")) for row in range(50)
    ]
    with holding(book, *entries) as connection:
        search.touch(connection, CUSTOMER, 7)
        search.remove(connection, CUSTOMER, [8])
        before, found = index_of(connection), rows(connection, "bar", limit=99)
        assert search.is_sound(connection)
        connection.execute("INSERT INTO search_term(search_term) VALUES ('delete-all')")
        assert not search.is_sound(connection)
        assert search.rebuild(connection) == 49
        assert search.is_sound(connection)
        assert rows(connection, "bar", limit=99) == found
        assert {term: before[term] for term in index_of(connection)} == index_of(connection)


def test_a_big_import_over_an_old_one_replaces_it(book: Database) -> None:
    rng = random.Random(3)
    names = [f"{rng.choice(CLEAR)}{rng.choice(CLEAR)} Shop {row}" for row in range(12_000)]
    with book.transaction() as connection:
        assert (
            search.index_many(connection, (customer(row, name) for row, name in enumerate(names))) == 12_000
        )
    with book.transaction() as connection:
        search.index_many(connection, (customer(row, f"New {row}") for row in range(4_000, 11_000)))
    with book.reader() as connection:
        assert rows(connection, "shop 4000") == []
        assert rows(connection, "shop 3999") == [3999]
        assert rows(connection, "new 10999") == [10999]
        assert rows(connection, "shop 11999") == [11999]
        assert len(search.find(connection, "shop", limit=6000)) == 5000


def test_of_a_record_that_comes_twice_the_last_counts(book: Database) -> None:
    many = [
        customer(1, "Anna"),
        customer(2, "Bea"),
        customer(1, "Clara"),
        customer(3, "Dora"),
        customer(3, "Bar"),
    ]
    with holding(book, *many, *many) as connection:
        assert rows(connection, "anna") == rows(connection, "dora") == []
        assert rows(connection, "clara") == [1]
        assert rows(connection, "b") == [3, 2]
        assert search.is_sound(connection)


def test_idle_tidying_comes_to_an_end(book: Database) -> None:
    for row in range(30):
        with book.transaction() as connection:
            search.index(connection, customer(row, f"Bar {row}"))
    for _ in range(100):
        with book.transaction() as connection:
            if not search.tidy(connection):
                break
    else:
        pytest.fail("there is always more to do")
    assert rows(book.writer, "bar", limit=100) == list(range(29, -1, -1))


# ---- nothing breaks it


HOSTILE = ['"', "*", "NEAR(a b)", "a AND", "OR", "NOT a", "terms:x", "^", "=", "#k1", "-", "a*b", "\0", "a\0b", "(", ")", "\\", "'", ";--",
           "x" * 10_000, "王" * 10_000, "1" * 10_000, "a " * 5_000, "\ud800", "ﷺ" * 500, "e\u0301" * 400, "\u202e", "%", "_", "１２３" * 50]  # fmt: skip


@pytest.mark.parametrize("typed", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_questions_are_harmless(book: Database, typed: str) -> None:
    with holding(book, customer(1, "Anna 王 1", (PHONE, "111 111 1111"))) as connection:
        assert len(search.find(connection, typed)) <= 1
        assert len(search.find(connection, f"anna {typed}")) <= 1


@few
@given(st.text(max_size=80))
def test_any_text_is_a_question(book: Database, typed: str) -> None:
    with holding(
        book, customer(1, "Anna"), customer(2, typed.replace("\ud800", "")[:50] or "-")
    ) as connection:
        for hit in search.find(connection, typed):
            assert hit.match is not None
            assert isinstance(hit.subtitle, str)


def test_a_huge_text_takes_bounded_room(book: Database) -> None:
    for text in (
        "word " * 2_000_000,
        "王" * 1_000_000,
        "".join(map(chr, range(33, 60_000))),
        "x" * 3_000_000,
    ):
        for kind in (NAME, TEXT, CODE, PHONE):
            assert len(terms(Entry(1, 1, 1, "t", ((kind, text), (TEXT, text))))) < 400_000
    entry = customer(1, "Anna", (TEXT, "früh " * 700 + "ZIEL " + "spät " * 9_000 + "VERLOREN"))
    with holding(book, entry) as connection:
        assert rows(connection, "ziel") == [1]
        assert rows(connection, "verloren") == []


def test_separators_inside_texts_do_no_harm(book: Database) -> None:
    with holding(
        book, customer(1, "A\x1cnna", (TEXT, "ein\x1fzwei\x1dgrün"), (PHONE, "1\x1e23 4"))
    ) as connection:
        assert rows(connection, "zwei grun") == [1]
        assert search.find(connection, "zwei")[0].match.text == "ein zwei grün"
