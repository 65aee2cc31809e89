"""Texts as other programs write them, made into our values; what cannot be is said, not guessed.

Each conversion takes the cell's text and a `Warn`, and returns a value that the field accepts, or None for
"leave it out". Fields of our own exports are not converted but parsed exactly.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from app.errors import Invalid
from app.i18n import N_
from app.model.fields import Field
from app.model.values import Position

Warn = Callable[[str, str], None]
"""Takes the kind of warning, a key of WARNINGS, and the text that caused it."""

Convert = Callable[[str, Warn], Any]

WARNINGS: dict[str, str] = {
    "no_address": N_("No address"),
    "odd_postcode": N_("Postcode without a digit, kept as it is"),
    "odd_position": N_("Position that is not on earth, left out"),
    "unknown_choice": N_("Word that fits no choice, left out"),
    "odd_day": N_("Date that cannot be read, kept in the notes"),
    "year_unknown": N_("Birthday without a year, kept in the notes"),
    "no_currency": N_("Amount without a currency, left out"),
    "damaged_number": N_("Number that a spreadsheet has damaged, such as 8.6E+12"),
    "further_email": N_("More than one e-mail address, the others kept in the notes"),
    "odd_web": N_("Web address that cannot be one, kept in the notes"),
    "named_after": N_("Person without a company: the customer has the person's name"),
    "repeated": N_("Repeats an earlier row of this file, which it only fills in"),
    "same_phone": N_("Shares its phone number with another customer"),
    "read_as_empty": N_("Word read as empty"),
    "too_long": N_("Text too long for its field, shortened"),
    "joined": N_("One separator too many: two cells were put together"),
}

_SPACE = re.compile(r"\s*[\r\n]+\s*")

KIND_WORDS: dict[str, str] = {
    "restaurant": "restaurant food&beverage foodbeverage diner bistro pizzeria grill gasthaus 餐厅 餐饮 饭店 酒楼 中餐 西餐 "
    "火锅 烧烤 快餐 面馆 酒家 食府 菜馆 小吃",
    "cafe": "café cafe coffee coffeehouse tea teahouse bar 咖啡 咖啡厅 咖啡馆 奶茶 茶馆 茶饮 甜品",
    "bakery": "bakery baker konditorei bäckerei patisserie 面包 面包店 烘焙 糕点 蛋糕",
    "hotel": "hotel hospitality motel inn 酒店 宾馆 旅馆 民宿",
    "canteen": "canteen cafeteria school hospital kantine 食堂 学校 医院 单位食堂 工厂",
    "caterer": "caterer catering 团餐 宴会 外烩",
    "retailer": "retailer retail grocery supermarket shop store 零售 超市 便利店 商店 生鲜 水果店 菜市场",
    "wholesaler": "wholesaler wholesale distributor reseller 批发 批发商 经销商 分销商 代理商",
    "other": "other others 其他 其它",
}
STAGE_WORDS: dict[str, str] = {
    "lead": "lead leads prospect subscriber new open opportunity marketingqualifiedlead salesqualifiedlead "
    "attemptedtocontact inprogress connected 潜在 潜在客户 线索 意向 意向客户 新客户 初步接触 未成交 跟进中",
    "trial": "trial sample pilot 试用 试单 样品 试订",
    "active": "active customer client current evangelist won closedwon 成交 已成交 成交客户 合作 合作中 正式 正式客户 "
    "活跃 老客户 正常 客户 顾客",
    "at_risk": "atrisk risk onhold 风险 预警 流失预警",
    "lapsed": "lapsed inactive dormant formercustomer 休眠 沉睡 停用 暂停 暂停合作",
    "lost": "lost churned closedlost unqualified badfit dead closed 流失 已流失 无效 丢失 终止 停止合作 关闭",
}
TERMS_WORDS: dict[str, str] = {
    "prepaid": "prepaid prepayment advance cashinadvance vorkasse 预付 预付款 先款后货 款到发货",
    "on_delivery": "ondelivery cashondelivery cod cash immediate immediatepayment dueonreceipt 货到付款 现结 现金 现付 现款",
    "net7": "net7 7days 周结 七天",
    "net14": "net14 14days 两周 半月结",
    "net30": "net30 30days monthly endofmonth 月结 月结30天",
    "net60": "net60 60days 月结60天",
}
LANGUAGE_WORDS: dict[str, str] = {
    "zh": "chinese mandarin cantonese 中文 汉语 普通话 简体中文 繁体中文 chinesisch",
    "en": "english englisch 英语 英文",
    "de": "german deutsch 德语",
    "fr": "french français französisch 法语",
    "it": "italian italiano italienisch 意大利语",
    "es": "spanish español spanisch 西班牙语",
    "tr": "turkish türkçe türkisch 土耳其语",
    "vi": "vietnamese tiếngviệt vietnamesisch 越南语",
}


def key(text: str) -> str:
    """A word without case, spaces and punctuation."""
    return "".join(c for c in unicodedata.normalize("NFKC", text).casefold() if c.isalnum() or c == "&")


def choice(field: Field, words: Mapping[str, str]) -> Convert:
    """One of the field's options: by its own value or label, by a known word, by part of the text."""
    known = {word: value for value, listed in words.items() for word in map(key, listed.split())}
    kept: dict[str, str | None] = {}

    def convert(text: str, warn: Warn) -> str | None:
        if text not in kept and len(kept) < 1000:
            kept[text] = find(text)
        found = kept[text] if text in kept else find(text)
        if found is None:
            warn("unknown_choice", text)
        return found

    def find(text: str) -> str | None:
        try:
            return str(field.parse(text))
        except Invalid:
            pass
        wanted = key(text)
        if wanted in known:
            return known[wanted]
        inside = [value for word, value in known.items() if len(word) > 1 and word in wanted]
        return inside[0] if len(set(inside)) == 1 else None

    return convert


def language(field: Field) -> Convert:
    """A language by its code (`zh_CN`), its own name or its English, German or Chinese one."""
    by_word = choice(field, LANGUAGE_WORDS)
    options = {value for value, _label in getattr(field, "options", ())}

    def convert(text: str, warn: Warn) -> str | None:
        code = re.match(r"([a-z]{2})(?:[-_][A-Za-z]{2,4})?\Z", text)
        if code:
            return code[1] if code[1] in options else "other"
        found: str | None = by_word(text, lambda _kind, _text: None)
        return found or "other"

    return convert


def terms(field: Field) -> Convert:
    """Payment terms by words or by their number of days."""
    by_word = choice(field, TERMS_WORDS)

    def convert(text: str, warn: Warn) -> str | None:
        days = re.search(r"(\d{1,3})\s*(?:days|tage|天|日)|net\s*(\d{1,3})", text.casefold())
        if days and (value := {"7": "net7", "14": "net14", "30": "net30", "60": "net60"}.get(
            days[1] or days[2]
        )):  # fmt: skip
            return value
        found: str | None = by_word(text, warn)
        return found

    return convert


def line(field: Field) -> Convert:
    """One line; line breaks become commas."""

    def convert(text: str, warn: Warn) -> Any:
        if "\n" in text or "\r" in text:
            text = _SPACE.sub(", ", text.strip())
        return field.parse(text)

    return convert


def phone(field: Field) -> Convert:
    """A phone number as people wrote it; full-width digits and a `tel:` are put right."""

    def convert(text: str, warn: Warn) -> Any:
        if not text.isascii():
            text = unicodedata.normalize("NFKC", text)
        if "E+" in text and re.fullmatch(r"\s*\d[.,]\d+E\+\d+\s*", text):
            warn("damaged_number", text)
        return field.parse(text.removeprefix("tel:"))

    return convert


def email(field: Field, further: Callable[[str], None]) -> Convert:
    """The first of several addresses; the others are handed to `further`."""

    def convert(text: str, warn: Warn) -> Any:
        text = text.strip().removeprefix("mailto:")
        if re.search(r"[;,，；\s]", text):
            named = re.fullmatch(r'"?[^<>"]*"?\s*<([^<>\s]+)>', text)
            found = [named[1]] if named else [part for part in re.split(r"[;,，；\s]+", text) if "@" in part]
            if len(found) > 1:
                warn("further_email", text)
                for other in found[1:]:
                    further(other)
            text = found[0] if found else text
        return field.parse(text)

    return convert


def web(field: Field, further: Callable[[str], None]) -> Convert:
    """A web address; what cannot be one is kept in the notes."""

    def convert(text: str, warn: Warn) -> Any:
        try:
            return field.parse(text)
        except Invalid:
            warn("odd_web", text)
            further(text)
            return None

    return convert


def day(field: Field, further: Callable[[str], None], *, day_first: bool) -> Convert:
    """A date in any usual order; `day_first` decides 03/04/2020."""

    def convert(text: str, warn: Warn) -> Any:
        text = text.strip()
        try:
            return field.parse(text)
        except Invalid:
            pass
        if re.fullmatch(r"-{0,2}\d{1,2}[-/.月]?\d{1,2}日?", text):
            warn("year_unknown", text)
            further(text)
            return None
        found = re.fullmatch(r"(\d{1,2})[./-](\d{1,2})[./-](\d{4})(?:[ T].*)?", text)
        if found:
            first, second, year = int(found[1]), int(found[2]), int(found[3])
            if "." in text or (day_first and second <= 12) or first > 12:
                first, second = second, first
            try:
                return field.clean(date(year, first, second))
            except (ValueError, Invalid):
                pass
        warn("odd_day", text)
        further(text)
        return None

    return convert


def money(field: Field, currency: str) -> Convert:
    """An amount; without a currency of its own it has the one of the file, if that was named."""
    signs = {"€": "EUR", "$": "USD", "£": "GBP", "¥": "CNY", "￥": "CNY", "元": "CNY"}

    def convert(text: str, warn: Warn) -> Any:
        plain = text.strip()
        for sign, code in signs.items():
            if sign in plain:
                plain = (
                    plain.replace(sign, "").strip() + " " + (currency if sign == "$" and currency else code)
                )
        # 1.234,50 as in German; everything else has its comma for thousands.
        if re.search(r"\d\.\d{3},\d{1,2}\b", plain) or re.search(r"^\D*\d+,\d{1,2}\D*$", plain):
            plain = plain.replace(".", "").replace(",", ".")
        if not re.search(r"[A-Za-z]{3}", plain):
            if not currency:
                warn("no_currency", text)
                return None
            plain = f"{plain} {currency}"
        return field.parse(plain)

    return convert


_TAGS = re.compile(r"\s*(?::::|[;；\n])\s*")
_COMMAS = re.compile(r"\s*[,，、|]\s*")


def tags(field: Field) -> Convert:
    """Tags however they are strung together; Google marks its own group with an asterisk."""

    def convert(text: str, warn: Warn) -> Any:
        parts = _TAGS.split(text)
        if len(parts) == 1:
            parts = _COMMAS.split(text)
        return field.clean([part.removeprefix("* ").strip() for part in parts])

    return convert


def position(lat: str, lon: str, warn: Warn) -> Position | None:
    """A position from two texts in degrees, with a point or a comma as decimal mark."""
    try:
        place = Position(
            round(float(lat.replace(",", ".")) * 1_000_000), round(float(lon.replace(",", ".")) * 1_000_000)
        )
    except (ValueError, OverflowError):
        warn("odd_position", f"{lat}, {lon}")
        return None
    if abs(place.lat_e6) > 90_000_000 or abs(place.lon_e6) > 180_000_000 or place == (0, 0):
        warn("odd_position", f"{lat}, {lon}")
        return None
    return place
