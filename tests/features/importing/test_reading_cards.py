"""Business cards of every version and habit."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest

from app.errors import Unreadable
from app.features.crm.importing.people import COLUMNS
from app.features.crm.importing.reading import inspect, rows
from tests.features.importing.files import drafts, put


def card(path: Path) -> list[dict[str, str]]:
    with rows(path) as reading:
        return [
            {name: cell for name, cell in zip(reading.columns, row.cells, strict=True) if cell}
            for row in reading
        ]


APPLE = """BEGIN:VCARD
VERSION:3.0
N:Trujillo;Ana;María;;
FN:Ana María Trujillo
ORG:Emparedados y helados;Kitchen;
TITLE:Owner
item1.EMAIL;type=INTERNET;type=pref:ana@example.com
item1.X-ABLabel:_$!<Work>!$_
TEL;type=CELL;type=VOICE;type=pref:+52 55 1234
TEL;type=WORK;type=VOICE:(5) 555-4729
TEL;type=WORK;type=FAX:(5) 555-3745
item2.ADR;type=WORK;type=pref:;;Avda. de la Constitución 2222;México D.F.;;05021;Mexico
item2.X-ABADR:mx
item3.URL;type=pref:www.example.com
BDAY;X-APPLE-OMIT-YEAR=1604:1604-04-12
NOTE:Likes olives\\, cheese\\; and\\nbread
CATEGORIES:Key\\, accounts,South
GEO:19.4326;-99.1332
PHOTO;ENCODING=b;TYPE=JPEG:{photo}
END:VCARD
"""


def test_an_apple_card(tmp_path: Path) -> None:
    photo = "\n ".join(
        base64.b64encode(bytes(range(256)) * 40).decode()[i : i + 70] for i in range(0, 13_000, 70)
    )
    found = card(put(tmp_path, APPLE.format(photo=photo).replace("\n", "\r\n"), "list.vcf"))
    assert found == [
        {
            "customer.name": "Emparedados y helados",
            "customer.web": "www.example.com",
            "customer.address.street": "Avda. de la Constitución 2222",
            "customer.address.city": "México D.F.",
            "customer.address.postcode": "05021",
            "customer.address.country": "Mexico",
            "customer.position.lat": "19.4326",
            "customer.position.lon": "-99.1332",
            "customer.tags": "Key, accounts; South; ",
            "contact.name": "Ana María Trujillo",
            "contact.role": "Owner",
            "contact.mobile": "+52 55 1234",
            "contact.phone": "(5) 555-4729",
            "contact.email": "ana@example.com",
            "contact.notes": "Likes olives, cheese; and / bread; Kitchen; fax (5) 555-3745; birthday 04-12",
        }
    ]


def test_an_old_card_with_quoted_printable_and_bare_types(tmp_path: Path) -> None:
    name = "王佳丽".encode()
    quoted = "".join(f"={byte:02X}" for byte in name)
    text = (
        "BEGIN:VCARD\r\nVERSION:2.1\r\n"
        f"N;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:{quoted[:18]}=\r\n{quoted[18:]};;;;\r\n"
        f"FN;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:{quoted}\r\n"
        "TEL;CELL:13800138000\r\nTEL;WORK;VOICE:010-65551234\r\n"
        "ADR;WORK;CHARSET=GB18030;ENCODING=QUOTED-PRINTABLE:;;"
        + "".join(f"={byte:02X}" for byte in "世纪大道1号".encode("gb18030"))
        + ";;;200120;\r\n"
        "NOTE;ENCODING=QUOTED-PRINTABLE:first=0D=0Asecond =\r\nline\r\n"
        "PHOTO;JPEG;BASE64:/9j/4AAQSkZJRgABAQ\r\nAAAQABAAD/2wBDAAgGBgcGBQgHBwcJCQ\r\n\r\n"
        "X-WECHAT:jiali_w\r\nBDAY:19850412\r\nEND:VCARD\r\n"
    )
    (found,) = card(put(tmp_path, text, "old.vcf"))
    assert found["contact.name"] == "王佳丽"
    assert found["contact.mobile"] == "13800138000" and found["contact.phone"] == "010-65551234"
    assert (
        found["customer.address.street"] == "世纪大道1号" and found["customer.address.postcode"] == "200120"
    )
    assert found["contact.notes"] == "first / second line"
    assert found["contact.wechat"] == "jiali_w" and found["contact.birthday"] == "1985-04-12"


def test_a_card_of_version_four(tmp_path: Path) -> None:
    text = (
        'BEGIN:VCARD\nVERSION:4.0\nKIND:org\nFN:Golden Bakery\nTEL;TYPE="work,voice";VALUE=uri:tel:+49-30-1\n'
        "EMAIL;PREF=1:info@example.com\nGEO:geo:52.5,13.4\nLANG;TYPE=work:de-DE\n"
        'ADR;LABEL="Unter den Linden: 1; Berlin":;;Unter den Linden 1;Berlin;;10117;Germany\nEND:VCARD\n'
    )
    (found,) = card(put(tmp_path, text, "four.vcf"))
    assert found == {
        "customer.name": "Golden Bakery",
        "customer.phone": "+49-30-1",
        "customer.email": "info@example.com",
        "customer.position.lat": "52.5",
        "customer.position.lon": "13.4",
        "customer.address.street": "Unter den Linden 1",
        "customer.address.city": "Berlin",
        "customer.address.postcode": "10117",
        "customer.address.country": "Germany",
    }


def test_folded_lines_are_joined_where_they_were_cut(tmp_path: Path) -> None:
    text = "BEGIN:VCARD\nVERSION:3.0\nFN:Ana\nNOTE:one t\n wo\n\tthree\nEND:VCARD\n"
    (found,) = card(put(tmp_path, text, "x.vcf"))
    assert found["contact.notes"] == "one twothree"


def test_a_person_without_company_gives_the_customer_its_name(tmp_path: Path) -> None:
    text = "BEGIN:VCARD\nVERSION:3.0\nN:Wang;Jiali;;;\nTEL:138\nEND:VCARD\n"
    (draft,) = drafts(put(tmp_path, text, "x.vcf"))
    assert draft.customer["name"] == draft.contact["name"] == "Jiali Wang"  # type: ignore[index]
    assert [kind for kind, _column, _text in draft.warnings if kind == "named_after"] == ["named_after"]


def test_birthdays_without_year_go_to_the_notes(tmp_path: Path) -> None:
    text = "BEGIN:VCARD\nVERSION:4.0\nFN:Ana\nBDAY:--0412\nEND:VCARD\n"
    assert card(put(tmp_path, text, "x.vcf"))[0]["contact.notes"] == "birthday --0412"


def test_nested_cards_are_left_out_and_endless_nesting_is_refused(tmp_path: Path) -> None:
    nested = "BEGIN:VCARD\nFN:Boss\nAGENT:\nBEGIN:VCARD\nFN:Agent\nEND:VCARD\nTEL:1\nEND:VCARD\n"
    assert card(put(tmp_path, nested, "x.vcf")) == [{"contact.name": "Boss", "contact.phone": "1"}]
    with pytest.raises(Unreadable, match="line 9: cards are nested"):
        inspect(put(tmp_path, "BEGIN:VCARD\n" * 100_000 + "END:VCARD\n" * 100_000, "deep.vcf"))


def test_endless_groups_are_refused(tmp_path: Path) -> None:
    deep = "BEGIN:VCARD\nFN:A\n" + "a." * 100_000 + "TEL:1\nEND:VCARD\n"
    with pytest.raises(Unreadable, match="line 3: groups are nested"):
        inspect(put(tmp_path, deep, "deep.vcf"))


def test_cards_without_end_and_stray_text_are_named(tmp_path: Path) -> None:
    with pytest.raises(Unreadable, match="begins in line 4 has no end"):
        inspect(put(tmp_path, "BEGIN:VCARD\nFN:A\nEND:VCARD\nBEGIN:VCARD\nFN:B\n", "cut.vcf"))
    with pytest.raises(Unreadable, match="line 4: this does not belong"):
        inspect(put(tmp_path, "BEGIN:VCARD\nFN:A\nEND:VCARD\nhello\n", "stray.vcf"))


def test_an_entry_of_ten_megabytes_is_refused_but_a_picture_is_skipped(tmp_path: Path) -> None:
    with pytest.raises(Unreadable, match="entry that begins in line 3"):
        inspect(put(tmp_path, "BEGIN:VCARD\nFN:A\nNOTE:" + "x" * 10_000_000 + "\nEND:VCARD\n", "x.vcf"))
    picture = "BEGIN:VCARD\nFN:A\nPHOTO;ENCODING=b:" + "A" * 10_000_000 + "\nTEL:1\nEND:VCARD\n"
    assert card(put(tmp_path, picture, "x.vcf")) == [{"contact.name": "A", "contact.phone": "1"}]


def test_many_cards_stream(tmp_path: Path) -> None:
    text = "".join(f"BEGIN:VCARD\nVERSION:3.0\nFN:Person {n}\nTEL:{n}\nEND:VCARD\n" for n in range(20_000))
    path = put(tmp_path, text, "many.vcf")
    preview = inspect(path)
    assert preview.columns == COLUMNS
    assert abs(preview.estimated_rows - 20_000) < 1_000
    with rows(path) as reading:
        assert sum(1 for _row in reading) == 20_000


@pytest.mark.parametrize(
    "charset", ["idna", "punycode", "undefined", "hex", "unicode_escape", "rot13", "x" * 9_000]
)
def test_a_charset_that_is_none_falls_back(tmp_path: Path, charset: str) -> None:
    long = "=C3=A9" * 2_000 + "-" + "zz" * 100_000
    text = (
        "BEGIN:VCARD\r\nVERSION:2.1\r\nFN:Ana\r\n"
        f"NOTE;CHARSET={charset};ENCODING=QUOTED-PRINTABLE:=C3=A9{{0}}\r\nEND:VCARD\r\n"
    )
    assert card(put(tmp_path, text.format(""), "a.vcf"))[0]["contact.notes"] == "é"
    assert card(put(tmp_path, text.format(long), "b.vcf"))
