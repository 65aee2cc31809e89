"""Claims about colours, type and icons."""

from __future__ import annotations

import re

import pytest
from PySide6.QtWidgets import QApplication, QPushButton

from ui.theme import NAMES, SCALES, Tokens, contrast, look, set_icon
from ui.theme.icons import ICONS, pixmap
from ui.theme.style import sheet
from ui.theme.tokens import PAIRS, THEMES


@pytest.mark.parametrize("name", NAMES)
def test_every_pair_of_colours_is_readable(name: str) -> None:
    tokens = Tokens(name)
    poor = [
        f"{over} on {under}: {contrast(tokens[over], tokens[under]):.2f} < {least}"
        for over, under, least in PAIRS
        if contrast(tokens[over], tokens[under]) < least
    ]
    poor += [f"hue {over} on {under}" for under, over in tokens.hues if contrast(over, under) < 4.5]
    assert not poor


def test_high_contrast_text_reaches_seven_to_one() -> None:
    tokens = Tokens("contrast")
    low = [
        (over, under)
        for over, under, least in PAIRS
        if least > 3 and contrast(tokens[over], tokens[under]) < 7
    ]
    assert not low


def test_the_themes_name_the_same_colours() -> None:
    assert len({frozenset(Tokens(name).colors) for name in NAMES}) == 1


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("scale", SCALES)
def test_the_sheet_has_no_gap_left(name: str, scale: int) -> None:
    text = sheet(Tokens(name, scale))
    assert "@" not in text
    for picture in re.findall(r"url\(theme:([^)]+)\)", text):
        assert (THEMES / name / picture).is_file()


@pytest.mark.parametrize("name", NAMES)
def test_the_small_pictures_of_the_sheet_wear_the_colours_of_the_theme(name: str) -> None:
    tokens = Tokens(name)
    for picture, color in (
        ("check", "on_accent"),
        ("dash", "on_accent"),
        ("up", "text_soft"),
        ("down", "text_soft"),
    ):
        assert tokens[color] in (THEMES / name / f"{picture}.svg").read_text("utf-8")


def test_icons_are_drawn_on_one_grid() -> None:
    files = sorted(ICONS.glob("*.svg"))
    assert len(files) > 60
    for file in files:
        text = file.read_text("utf-8")
        assert text.startswith('<svg xmlns="http://www.w3.org/2000/svg" width="20" height="20"'), file.name
        assert 'stroke="currentColor" stroke-width="1.5"' in text, file.name


def test_icons_take_the_colour_of_the_theme_and_follow_its_change(qapp: QApplication) -> None:
    look().use("light")
    button = QPushButton()
    set_icon(button, "search", "text")
    light = button.icon().cacheKey()
    look().use("dark")
    assert button.icon().cacheKey() != light
    image = pixmap("minus", "text", 20).toImage()
    drawn, wanted = image.pixelColor(10, 10), look().color("text")
    assert abs(drawn.red() - wanted.red()) <= 2  # premultiplied pixels round
    look().use("light")


@pytest.mark.parametrize("scale", [80, 100, 200])
def test_text_grows_with_the_scale(qapp: QApplication, scale: int) -> None:
    look().use("light", scale)
    try:
        assert QApplication.font().pixelSize() == round(13 * scale / 100)
    finally:
        look().use("light", 100)
