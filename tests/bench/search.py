"""The search box against the bare FTS5 query, at ten thousand, a hundred thousand and a million records.

python -m tests.bench.search [--sizes 10000,100000,1000000] [--repeats 5] [--queries 400]
"""

# ruff: noqa: SIM905 - lists of words read best as sentences
from __future__ import annotations

import argparse
import random
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from app.crypto.keys import SecretKey
from app.model.asking import understand
from app.model.terms import CODE, NAME, PHONE, TEXT, Entry, terms
from app.store import search
from app.store.database import Connection, Database
from app.store.migrate import available, statements
from tests.bench.floors import SEARCH, SEARCH_FLAT
from tests.bench.report import Line, median, percentile, show

SIZES = (10_000, 100_000, 1_000_000)
BARE = (
    "SELECT entry.kind, entry.row, entry.book, entry.title, entry.texts, entry.touch "
    "FROM search_term CROSS JOIN search_entry AS entry ON entry.touch = search_term.rowid "
    "WHERE search_term MATCH ? LIMIT 50"
)

SURNAMES = (
    "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎"
)
GIVEN = "伟芳娜秀英敏静丽强磊军洋勇艳杰娟涛明超兰霞平刚桂文辉玲红建华国志海波春梅云飞雪晓东宇浩然子轩欣怡佳琪思远嘉诚俊凯"
SHOP = [
    "锦绣",
    "蜀香",
    "川江",
    "老码头",
    "天府",
    "望江",
    "宽巷",
    "芙蓉",
    "青羊",
    "玉林",
    "盐道",
    "春熙",
    "文殊",
    "浣花",
    "九眼桥",
]
TRADE = [
    "川菜馆",
    "火锅店",
    "面馆",
    "饺子馆",
    "烧烤",
    "茶楼",
    "小吃店",
    "食堂",
    "酒家",
    "烘焙坊",
    "超市",
    "便利店",
]
STREET = [
    "人民南路",
    "春熙路",
    "科华北路",
    "玉林西路",
    "建设路",
    "蜀都大道",
    "一环路",
    "琴台路",
    "武侯大道",
    "锦里西路",
]
SAID = [
    "已送样品，等客户确认",
    "下周三上门，带新报价单",
    "要求开增值税发票",
    "对到货时间不满意",
    "老客户介绍，意向强",
    "改为月结三十天",
]
FIRST = "Anna Lukas Marie Jonas Claire Hugo Ines Paul Greta Omar Leila Nils Chloé Élodie Jürgen Søren Zoë Marta Ivo Tilda".split()
LAST = "Meyer Dubois Rossi Novak Lindqvist Schröder Petit Moreau Keller Hansen Weiß Garnier Lefèvre Brandt Olsen Klein Berger".split()
PLACE = "Golden Harbour Old Blue Green Little Grand Corner Royal Sunny Silver Market River Station Garden Castle".split()
SORT = "Restaurant Café Bistro Bakery Kitchen Grill Deli Market Canteen Brasserie Trattoria Tavern Hotel Pizzeria".split()
ROAD = "Lindenallee Hafenstraße Hauptstraße Rue Centrale Quai Neuf Marktplatz Kirchweg Avenue Victor Bahnhofstraße".split()
TOLD = "order delivery invoice sample quote meeting price discount pallet cold truck frozen fresh tomato flour butter fish late early".split()


def entries(count: int, seed: int = 5) -> Iterator[Entry]:
    """Customers, contacts, sites and activities as a book has them; half Chinese, half European."""
    rng = random.Random(seed)
    pick = rng.choice
    for row in range(1, count + 1):
        chinese = rng.random() < 0.5
        share = rng.random()
        number = (
            f"+86 1{rng.randrange(30, 99)} {rng.randrange(10**4):04} {rng.randrange(10**4):04}"
            if chinese
            else (f"+49 40 {rng.randrange(10**7):07}")
        )
        address = (
            f"成都市{pick(STREET)}{rng.randrange(1, 900)}号"
            if chinese
            else (f"{pick(ROAD)} {rng.randrange(1, 300)}, {rng.randrange(20000, 22999)} Hamburg")
        )
        shop = (
            pick(SHOP) + pick(GIVEN) + pick(TRADE) if chinese else f"{pick(PLACE)} {pick(LAST)} {pick(SORT)}"
        )
        person = pick(SURNAMES) + pick(GIVEN) + pick(GIVEN) if chinese else f"{pick(FIRST)} {pick(LAST)}"
        if share < 0.25:
            yield Entry(
                1,
                row,
                1 + row % 4,
                shop,
                ((NAME, shop), (CODE, f"C-{row:06}"), (TEXT, address), (PHONE, number)),
            )
        elif share < 0.5:
            mail = f"{pick(LAST).lower()}{row}@example.com"
            yield Entry(2, row, 1 + row % 4, person, ((NAME, person), (TEXT, mail), (PHONE, number)))
        elif share < 0.55:
            yield Entry(3, row, 1 + row % 4, shop, ((NAME, shop), (TEXT, address)))
        else:
            said = "，".join(rng.sample(SAID, 2)) if chinese else " ".join(pick(TOLD) for _ in range(12))
            yield Entry(4, row, 1 + row % 4, said[:40], ((TEXT, said),))


def questions(sample: Sequence[Entry], count: int, seed: int = 9) -> list[str]:
    """What people would type to find these records, letter by letter among it; each finds something."""
    rng = random.Random(seed)
    asked: list[str] = []
    while len(asked) < count:
        entry = rng.choice(sample)
        kind, text = rng.choice(entry.texts)
        if kind == PHONE:
            digits = "".join(filter(str.isdigit, text))
            length = rng.randrange(3, len(digits) + 1)
            start = rng.randrange(len(digits) - length + 1)
            asked.append(digits[start : start + length])
        elif text[0] < "⺀":
            words = text.split()
            word = rng.choice(words)
            if rng.random() < 0.4:
                asked.append(f"{word} {rng.choice(words)[: rng.randrange(1, 6)]}")
            else:
                asked.append(word[: rng.randrange(1, len(word) + 1)])
        else:
            start = rng.randrange(len(text))
            asked.append(text[start : start + rng.randrange(1, 5)])
            if kind == NAME and rng.random() < 0.6:
                spoken = terms(Entry(0, 0, 0, "", ((NAME, text),))).split()
                asked.append(
                    rng.choice([term for term in spoken if term.isascii() and term.isalpha()] or ["a"])
                )
    return [question for question in asked[:count] if understand(question)]


def run(sizes: Sequence[int] = SIZES, repeats: int = 5, queries: int = 400) -> list[Line]:
    """Measure; every question is asked `repeats` times, and its median counts."""
    lines: list[Line] = []
    p99: dict[int, tuple[float, float]] = {}
    for size in sizes:
        with tempfile.TemporaryDirectory() as folder, _book(Path(folder) / "data.db") as database:
            lines += _measure(database, size, repeats, queries, p99)
    if len(p99) > 1:
        (ours, bare), (ours_large, bare_large) = p99[min(p99)], p99[max(p99)]
        what = f"search p99, growth from {min(p99):,} to {max(p99):,} records"
        lines.append(Line(what, ours_large / ours, "times", bare_large / bare, SEARCH_FLAT))
    return lines


def _book(path: Path) -> Database:
    database = Database.open(path, SecretKey.fresh(), create=True)
    with database.transaction() as connection:
        for number, script in available():
            if number == 2:
                for statement in statements(script):
                    connection.execute(statement)
    return database


def _measure(
    database: Database, size: int, repeats: int, queries: int, p99: dict[int, tuple[float, float]]
) -> list[Line]:
    start = time.perf_counter()
    made = list(entries(size))
    print(f"  {size:,} records made in {time.perf_counter() - start:.1f} s", flush=True)
    start = time.perf_counter()
    with database.transaction() as connection:
        search.index_many(connection, made)
    built = time.perf_counter() - start
    start = time.perf_counter()
    tokenised = sum(len(terms(entry)) > 0 for entry in made[:50_000])
    tokenising = time.perf_counter() - start
    sample = random.Random(1).sample(made, min(size, 2000))
    asked = questions(sample, queries)
    saves = _saves(database, sample[:200])
    idle = 0.0
    more = True
    while more:
        start = time.perf_counter()
        with database.transaction() as connection:
            more = search.tidy(connection)
        idle = max(idle, time.perf_counter() - start)
    database.checkpoint()
    bytes_each = database.path.stat().st_size / size
    del made
    label = f"{size:,} records"
    with database.reader() as connection:
        segments = connection.execute("SELECT count(DISTINCT segid) FROM search_term_idx").fetchone()
        timings = [_times(connection, asked) for _ in range(repeats)]
        typos = [
            _one(connection, _mistyped(question))
            for question in asked
            if len(question) > 5 and question.isalpha()
        ]
    # Each question's own median first: a computer shared with others would otherwise fill the last percent.
    each = [[median(times) for times in zip(*runs, strict=True)] for runs in zip(*timings, strict=True)]
    bare99, ours99, marked99 = (percentile(times, 0.99) for times in zip(*each, strict=True))
    bare50, ours50, _ = (percentile(times, 0.5) for times in zip(*each, strict=True))
    p99[size] = ours99, bare99
    print(f"  segments: {segments[0] if segments else 0}", flush=True)
    return [
        Line(f"search p99, 50 hits, {label}", ours99, "ms", bare99, SEARCH, "term lists and rows off the page cache"),
        Line(f"search p50, {label}", ours50, "ms", bare50, None, "three queries for the three ranks"),
        Line(f"search p99 with ten matches marked, {label}", marked99, "ms", bare99, None, "Python over texts"),
        Line(f"search p99 with one typing error, {label}", percentile(typos, 0.99) if typos else 0, "ms", None, None, "some 500 look-ups"),
        Line(f"index {label}, whole", size / built, "rows/s", tokenised / tokenising, None, "floor: making the terms alone"),
        Line(f"index one saved record, {label}", median(saves), "ms", None, None, "before its commit"),
        Line(f"tidying in an idle moment, longest step, {label}", idle * 1e3, "ms"),
        Line(f"index, {label}", bytes_each, "bytes/row"),
    ]  # fmt: skip


def _times(connection: Connection, asked: Sequence[str]) -> list[tuple[float, float, float]]:
    """Milliseconds of the bare query, of ours, and of ours with the marks of a screenful of hits."""
    found = []
    for question in asked:
        understood = understand(question)
        assert understood is not None
        expression = search._expression(understood)
        start = time.perf_counter()
        connection.execute(BARE, (expression,)).fetchall()
        bare = time.perf_counter()
        hits = search.find(connection, question)
        ours = time.perf_counter()
        for hit in hits[:10]:
            hit.match  # noqa: B018 - worked out when asked for
        marked = time.perf_counter()
        assert hits, question
        found.append(((bare - start) * 1e3, (ours - bare) * 1e3, (marked - bare) * 1e3))
    return found


def _one(connection: Connection, question: str) -> float:
    start = time.perf_counter()
    search.find(connection, question)
    return (time.perf_counter() - start) * 1e3


def _mistyped(question: str) -> str:
    middle = len(question) // 2
    return question[:middle] + "q" + question[middle + 1 :]


def _saves(database: Database, sample: Sequence[Entry]) -> list[float]:
    """Milliseconds of taking one changed record into the index."""
    taken = []
    for entry in sample:
        with database.transaction() as connection:
            start = time.perf_counter()
            search.index(connection, entry)
            taken.append((time.perf_counter() - start) * 1e3)
    return taken


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--sizes", default=",".join(map(str, SIZES)))
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--queries", type=int, default=400)
    given = parser.parse_args()
    print(show(run([int(size) for size in given.sizes.split(",")], given.repeats, given.queries)))


if __name__ == "__main__":
    main()
