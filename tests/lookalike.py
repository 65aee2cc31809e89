"""Files that are as awkward as the real ones in ../shared/data, generated with a seed: no foreign data.

For runs where that folder is not there, and for what the real files lack (euro signs, dashes, Chinese).
"""

from __future__ import annotations

import csv
import io
import random
from pathlib import Path

REAL = Path(__file__).resolve().parents[2] / "shared" / "data"

FIRST = (
    "GOLDEN",
    "LUCKY",
    "HARBOR",
    "OLD TOWN",
    "MISSION",
    "SUNSET",
    "BAY",
    "GREEN",
    "LITTLE",
    "ROYAL",
    "BLUE",
)
SECOND = (
    "DRAGON",
    "SPOON",
    "GATE",
    "GARDEN",
    "KITCHEN",
    "OVEN",
    "LANTERN",
    "TABLE",
    "BOWL",
    "PEPPER",
    "OLIVE",
)
THIRD = ("CAFE", "GRILL", "BAKERY", "DELI", "PIZZA", "SUSHI", "MARKET", "RESTAURANT", "TAQUERIA", "BISTRO")
CHAINS = ("MORNINGSTAR COFFEE", "NOODLE BROTHERS", "PAPA’S PIZZA – TO GO")
STREETS = (
    "MARKET ST",
    "VALENCIA ST",
    "GEARY BLVD",
    "IRVING ST",
    "CLEMENT ST",
    "3RD ST",
    "PIER 39",
    "POLK ST",
)
ACCENTED = (
    "CAFÉ DÉJÀ VU",
    "CRÈME & CO",
    "EL NIÑO’S",
    "SMØRREBRØD – BAR",
    "ALL YOU CAN EAT €9",
    "CAFÉ “ROSE”",
)
HEADING = (
    "business_id", "name", "address", "city", "state", "postal_code", "latitude", "longitude", "phone_number",
)  # fmt: skip


def restaurants(count: int = 800, seed: int = 11) -> list[tuple[str, ...]]:
    """Rows like those of sf-restaurants.csv: chains, shared phones, trailing blanks, "CA" as postal code."""
    rng = random.Random(seed)
    rows: list[tuple[str, ...]] = []
    shared = "+14155550100"
    for number in range(count):
        name = f"{rng.choice(FIRST)} {rng.choice(SECOND)} {rng.choice(THIRD)}"
        if rng.random() < 0.1:
            name = rng.choice(CHAINS)
        if number % 97 == 3:
            name = ACCENTED[number // 97 % len(ACCENTED)]
        street = f"{rng.randint(1, 3999)} {rng.choice(STREETS)}" + rng.choice((" ", "", ", 2ND  FLOOR"))
        postcode = (
            f"941{rng.randint(2, 34):02}" if rng.random() > 0.04 else rng.choice(("", "CA", "94105-1420"))
        )
        lat = lon = ""
        if rng.random() > 0.45:
            lat, lon = (
                f"37.{rng.randint(70, 80)}{rng.randint(0, 9999):04}",
                f"-122.{rng.randint(380, 510)}123",
            )
        phone = f"+1415{rng.randint(2000000, 9999999)}"
        if rng.random() < 0.1:
            phone = ""
        elif rng.random() < 0.03:
            phone = shared
        rows.append((str(19 + 7 * number), name, street, "San Francisco", "CA", postcode, lat, lon, phone))
        if number % 200 == 50:
            # The same place under two codes, once trimmed and case-folded.
            rows.append((str(20 + 7 * number), name.title(), street + " ", *rows[-1][3:]))
    rows.append((str(19 + 7 * count), "NO FIXED ABODE", "", "San Francisco", "CA", "", "", "", shared))
    return rows


def restaurants_csv(rows: list[tuple[str, ...]] | None = None, encoding: str = "windows-1252") -> bytes:
    """Those rows as a file: everything quoted but the number, CRLF."""
    text = io.StringIO()
    text.write(",".join(f'"{name}"' for name in HEADING) + "\r\n")
    for code, *rest in rows if rows is not None else restaurants():
        text.write(f"{code}," + ",".join('"' + cell.replace('"', '""') + '"' for cell in rest) + "\r\n")
    return text.getvalue().encode(encoding)


SUPPLIED = (
    "customerID", "companyName", "contactName", "contactTitle", "address", "city", "region", "postalCode",
    "country", "phone", "fax",
)  # fmt: skip
PEOPLE = ("María Andersson", "José Pereira", "Anaïs Lefèvre", "Björn Åkerlund", "Zoë Müller", "Łukasz Nowak")
TITLES = ("Owner", "Sales Manager", "Order Administrator", "Marketing Assistant")
PLACES = (
    ("Obere Str.", "Berlin", "NULL", "12209", "Germany", "030-00743{n:02}"),
    ("rue Royale", "Nantes", "NULL", "44000", "France", "40.32.21.{n:02}"),
    ("Av. Brasil", "Campinas", "SP", "04876-786", "Brazil", "(11) 555-94{n:02}"),
    ("Hanover Sq.", "London", "NULL", "WA1 1DP", "UK", "(171) 555-77{n:02}"),
)


def suppliers_csv(count: int = 60, seed: int = 5) -> bytes:
    """Rows like those of northwind-customers.csv: NULL for nothing, accents, a comma too many in some streets."""
    rng = random.Random(seed)
    lines = [",".join(SUPPLIED)]
    for number in range(count):
        street, city, region, postcode, country, phone = PLACES[number % len(PLACES)]
        house = f"{rng.randint(1, 300)}"
        comma = country in ("France", "Brazil") and number % 3 == 0
        address = f"{house}, {street}" if comma else f"{street} {house}"
        fax = "NULL" if number % 4 else phone.format(n=(number + 1) % 100)
        lines.append(
            ",".join(
                (
                    f"C{number:04}", f"Épicerie {number} & Söhne", PEOPLE[number % len(PEOPLE)],
                    TITLES[number % len(TITLES)], address, city, region, postcode, country,
                    phone.format(n=number % 100), fax,
                )
            )
        )  # fmt: skip
    return ("\n".join(lines) + "\n").encode("utf-8")


def as_csv(rows: list[tuple[str, ...]], **options: str) -> str:
    """Rows as RFC 4180 text."""
    text = io.StringIO()
    csv.writer(text, **options).writerows(rows)  # type: ignore[arg-type]
    return text.getvalue()
