"""Claims about how Chinese is read and typed."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.model.pinyin import fits, opens, readings, spelled, ways


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("王佳丽", "wang jia li"),
        ("单田芳", "shan tian fang"),
        ("重庆火锅", "chong qing huo guo"),
        ("重量", "zhong liang"),
        ("成都", "cheng du"),
        ("长沙", "chang sha"),
        ("院长", "yuan zhang"),
        ("银行", "yin hang"),
        ("厦门", "xia men"),
        ("大厦", "da sha"),
        ("仇英", "qiu ying"),
        ("解放路", "jie fang lu"),
        ("曾国藩", "zeng guo fan"),
        ("翟天临", "zhai tian lin"),
        ("调味品", "tiao wei pin"),
        ("音乐厅", "yin yue ting"),
        ("快乐", "kuai le"),
        ("吕梁", "lv liang"),
    ],
)
def test_the_likeliest_reading(written: str, read: str) -> None:
    assert " ".join(readings(written)[0]) == read


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("单田芳", "dan tian fang"),
        ("解小东", "xie xiao dong"),
        ("吕布", "lu bu"),
        ("区志航", "ou zhi hang"),
        ("尉迟恭", "yu chi gong"),
        ("乐嘉", "yue jia"),
    ],
)
def test_other_ways_to_read_it_are_known_too(written: str, read: str) -> None:
    assert tuple(read.split()) in readings(written)


def test_every_reading_has_a_syllable_for_every_character() -> None:
    for run in ("重庆朝阳长乐", "\u3400王", "单", "王" * 200):
        assert all(len(read) == len(run) for read in readings(run))


def test_the_table_agrees_with_pypinyin_on_common_phrases() -> None:
    lazy_pinyin = pytest.importorskip("pypinyin").lazy_pinyin
    for phrase in (
        "四川火锅",
        "牛肉面馆",
        "绿色蔬菜",
        "海鲜批发市场",
        "学校食堂",
        "中国银行",
        "长江大桥",
        "首都机场",
    ):
        assert list(readings(phrase)[0]) == lazy_pinyin(phrase)


@pytest.mark.parametrize(
    ("typed", "cut"),
    [
        ("wangjiali", ("wang", "jia", "li")),
        ("wangjial", ("wang", "jia", "l")),
        ("wjlx", ("w", "j", "l", "x")),
        ("xianren", ("xi", "an", "ren")),
    ],
)
def test_letters_are_cut_into_syllables(typed: str, cut: tuple[str, ...]) -> None:
    assert cut in ways(typed)


def test_initials_may_follow_syllables_when_taken_loosely() -> None:
    assert ("wang", "j", "l") in ways("wangjl", loose=True)
    assert ways("wangjl") == []


def test_english_words_are_seldom_taken_for_pinyin() -> None:
    assert [
        word for word in ("restaurant", "coffee", "quote", "meeting", "market", "bistro") if ways(word)
    ] == []


@given(st.text(max_size=300))
@settings(max_examples=200)
def test_any_text_is_cut_in_bounded_ways(text: str) -> None:
    for loose in (False, True):
        assert len(ways(text, loose=loose)) <= 9


def test_long_ambiguous_text_is_cut_quickly() -> None:
    assert len(ways("xian" * 15, loose=True)) <= 9
    assert len(ways("nana" * 15)) <= 9


def test_the_whole_the_start_and_neither() -> None:
    assert opens("王佳丽", "wangjiali") == "whole"
    assert opens("王佳丽", "wangj") == "start"
    assert opens("王佳丽", "wj") == "start"
    assert opens("王佳丽", "jiali") == ""
    assert opens("wang", "wang") == ""


def test_begun_syllables_fit_only_where_they_may() -> None:
    read = ("wang", "jia", "li")
    assert fits(("wang", "jia", "l"), read, 0)
    assert fits(("j", "l"), read, 1)
    assert not fits(("wang", "li"), read, 0)
    assert not fits(("jia", "li", "x"), read, 1)


def test_mixed_text_is_spelled_out() -> None:
    assert spelled("7天连锁酒店 (成都)") == "7 tian lian suo jiu dian ( cheng du )"
