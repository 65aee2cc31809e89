"""Businesses and people of a made-up Hamburg: streets are invented, districts are where they are.

Telephone numbers come from the ranges that the Bundesnetzagentur keeps free for film and television:
(0)40 66969-000 to -999 and (0)176 040690-00 to -99; extensions behind them stay within the range.
"""

from __future__ import annotations

import calendar
from random import Random

from app.features.crm.demonstration.city import Business, City, Person, Place, Rep, pick
from app.features.crm.demonstration.english import ENGLISH
from app.features.crm.demonstration.german import GERMAN
from app.model.folding import fold
from app.model.pinyin import readings
from app.model.values import Address, Position

DISTRICTS = (
    ("Altstadt", "20095", 53_549_000, 9_998_000), ("St. Pauli", "20359", 53_554_000, 9_962_000),
    ("St. Georg", "20099", 53_556_000, 10_013_000), ("Altona", "22767", 53_551_000, 9_940_000),
    ("Ottensen", "22765", 53_555_000, 9_922_000), ("Eimsbüttel", "20259", 53_575_000, 9_953_000),
    ("Eppendorf", "20249", 53_592_000, 9_985_000), ("Winterhude", "22303", 53_593_000, 10_012_000),
    ("Barmbek", "22305", 53_588_000, 10_042_000), ("Wandsbek", "22041", 53_575_000, 10_083_000),
    ("Bergedorf", "21029", 53_489_000, 10_213_000), ("Harburg", "21073", 53_462_000, 9_982_000),
)  # fmt: skip
STREET_HEADS = (
    "Kranich", "Linden", "Eulen", "Möwen", "Kapitäns", "Reeder", "Tauwerk", "Segelmacher", "Fischer", "Korn", "Ahorn",
    "Birken", "Kaffee", "Pfeffer", "Zimt", "Anker", "Lotsen", "Leuchtturm", "Heide", "Müller", "Gerber", "Weber",
    "Kastanien", "Hopfen", "Salz", "Torf", "Schwanen", "Holunder",
)  # fmt: skip
STREET_TAILS = (
    "straße",
    "straße",
    "weg",
    "allee",
    "damm",
    "stieg",
    "twiete",
    "ufer",
    "platz",
    "kamp",
    "reihe",
    "gang",
)
OWN_NAMES = ("Anker", "Kompass", "Möwe", "Barkasse", "Speicher", "Alster", "Fleet", "Deichkind", "Leuchtturm", "Ahoi", "Heimathafen",
             "Kontor", "Ebbe & Flut", "Backbord", "Seestern", "Kajüte", "Nordlicht", "Elbblick", "Zimt", "Kastanie")  # fmt: skip
SIGNS = ("Zum alten Anker", "Zum Speicher", "Zur Möwe", "Zur Barkasse", "Zum Leuchtturm", "Zur alten Kastanie", "Zum Lotsen",
         "Zum Seestern", "Zur Kajüte", "Zum Kompass", "Zur schönen Aussicht", "Zum Fleet")  # fmt: skip
ITALIAN = (
    "Il Faro",
    "La Pergola",
    "Bella Vista",
    "Da Marco",
    "Il Gabbiano",
    "La Lanterna",
    "Quattro Mori",
    "Da Rosa",
    "Il Limone",
    "Vecchio Porto",
)
TURKISH = ("Boğaz", "Güneş", "Anadolu", "Deniz", "Köşk", "Çınar", "Lale", "Efes", "Yıldız", "Bahçe")
VIETNAMESE = ("Sen", "Hà Nội", "Mai", "Sông Hương", "Bông Lúa", "Phố Cổ", "Trúc", "Hoa Đào")
CHINESE = (
    ("金龙", "Goldener Drache"),
    ("锦江楼", "Jin Jiang"),
    ("万里长城", "Große Mauer"),
    ("福满楼", "Fu Man Lou"),
    ("蜀香", "Shu Xiang"),
    ("竹园", "Bambusgarten"),
)
SPANISH = ("El Patio", "La Cigüeña", "Casa Lola", "El Puerto", "La Bodega", "Dos Amigos")
FAMILIES = {
    "de": ("Petersen", "Hansen", "Brandt", "Lüders", "Schröder", "Jansen", "Behrens", "Möller", "Claasen", "Voß", "Harms", "Krüger", "Stahmer",
           "Wulff", "Thomsen", "Meinecke", "Bruhn", "Carstens", "Ehlers", "Groß"),
    "it": ("Rossi", "Bianchi", "Esposito", "Conti", "Ferrara", "Marino", "Greco", "Lombardi"),
    "tr": ("Yılmaz", "Kaya", "Demir", "Şahin", "Çelik", "Öztürk", "Aydın", "Arslan"),
    "vi": ("Nguyễn", "Trần", "Lê", "Phạm", "Vũ", "Đặng"),
    "es": ("García", "Fernández", "Pérez", "Muñoz", "Iglesias"),
    "zh": ("王", "李", "陈", "林", "吴", "黄"),
}  # fmt: skip
WOMEN = {
    "de": ("Anke", "Birgit", "Svenja", "Katharina", "Maren", "Julia", "Wiebke", "Inga", "Sabine", "Lena"),
    "it": ("Chiara", "Giulia", "Paola", "Francesca"), "tr": ("Elif", "Ayşe", "Zeynep", "Gül"),
    "vi": ("Lan", "Hương", "Thảo", "Mai"), "es": ("Lucía", "Carmen", "Pilar", "Inés"), "zh": ("丽", "秀兰", "晓梅", "佳丽"),
}  # fmt: skip
MEN = {
    "de": ("Jörg", "Sven", "Malte", "Thorsten", "Ole", "Henning", "Kai", "Lars", "Uwe", "Jonas"),
    "it": ("Marco", "Paolo", "Antonio", "Luca"), "tr": ("Mehmet", "Emre", "Hasan", "Murat"),
    "vi": ("Minh", "Tuấn", "Hùng", "Quang"), "es": ("Javier", "Pablo", "Miguel", "Andrés"), "zh": ("伟", "建华", "志强", "国栋"),
}  # fmt: skip
ROLES = {
    "canteen": (("Küchenleiterin", "Küchenleiter"), ("Einkauf", "Einkauf"), ("Verwaltung", "Verwaltung")),
    "hotel": (("F&B-Leiterin", "F&B-Leiter"), ("Küchenchefin", "Küchenchef"), ("Einkauf", "Einkauf")),
    "retailer": (("Inhaberin", "Inhaber"), ("Filialleiterin", "Filialleiter"), ("Buchhaltung", "Buchhaltung")),
    "wholesaler": (("Geschäftsführerin", "Geschäftsführer"), ("Lagerleiterin", "Lagerleiter"), ("Buchhaltung", "Buchhaltung")),
}  # fmt: skip
USUAL_ROLES = (("Inhaberin", "Inhaber"), ("Küchenchefin", "Küchenchef"), ("Serviceleiterin", "Serviceleiter"))


def _business(rng: Random, kind: str, _district: str) -> Business:
    family = pick(rng, FAMILIES["de"])
    own, chance = pick(rng, OWN_NAMES), rng.random()
    if kind == "restaurant":
        return _restaurant(rng, own, family)
    if kind == "cafe":
        name = pick(rng, (f"Café {own}", f"Kaffeerösterei {own}", f"Kaffeeklappe {family}", f"Café {family}"))
    elif kind == "bakery":
        name = pick(
            rng, (f"Bäckerei {family}", f"Backstube {own}", f"Konditorei {family}", f"Brotmanufaktur {own}")
        )
    elif kind == "hotel":
        name = pick(
            rng,
            (
                f"Hotel {own}",
                f"Hotel am {pick(rng, STREET_HEADS)}ufer",
                f"Pension {family}",
                f"Gästehaus {own}",
            ),
        )
    elif kind == "canteen":
        at = pick(rng, STREET_HEADS)
        name = pick(
            rng,
            (
                f"Mensa Schule {at}weg",
                f"Kita {own}",
                f"Betriebsrestaurant {family} & Söhne",
                f"Klinik {at}hof, Küche",
            ),
        )
        return _named(
            name,
            f"{name.split(',')[0]} gGmbH" if chance < 0.5 else f"{family} Betriebsgastronomie GmbH",
            "de",
            "",
        )
    elif kind == "caterer":
        name = pick(rng, (f"{family} Catering", f"Partyservice {family}", f"Feinküche {own}"))
    elif kind == "retailer":
        name = pick(
            rng,
            (
                f"Feinkost {family}",
                f"Frischemarkt {family}",
                f"Kiosk {own}",
                f"Bioladen {own}",
                f"Obst & Gemüse {family}",
            ),
        )
    else:
        name = pick(rng, (f"{family} Großhandel", f"Frischdienst {own}", f"{family} Lebensmittel"))
    legal = (
        f"{name} e. K."
        if chance < 0.4
        else f"{family} {pick(rng, ('Lebensmittel', 'Gastronomie', 'Betriebs'))} GmbH"
    )
    return _named(name, legal, "de", family if family in name else "")


def _restaurant(rng: Random, own: str, family: str) -> Business:
    chance = rng.random()
    if chance < 0.46:
        name = pick(
            rng,
            (
                f"Gasthaus {family}",
                f"Fischküche {family}",
                f"Kombüse {own}",
                pick(rng, SIGNS),
                f"Wirtshaus {own}",
                f"Bistro {own}",
            ),
        )
        return _named(
            name,
            f"{family} Gastronomie GmbH" if rng.random() < 0.6 else f"{name}, Inh. {family}",
            "de",
            family,
        )
    if chance < 0.64:
        origin, name = (
            "it",
            f"{pick(rng, ('Ristorante', 'Trattoria', 'Osteria', 'Pizzeria'))} {pick(rng, ITALIAN)}",
        )
    elif chance < 0.78:
        origin, name = (
            "tr",
            f"{pick(rng, TURKISH)} {pick(rng, ('Grill', 'Ocakbaşı', 'Imbiss', 'Restaurant'))}",
        )
    elif chance < 0.87:
        origin, name = "vi", f"{pick(rng, ('Phở', 'Quán', 'Bistro'))} {pick(rng, VIETNAMESE)}"
    elif chance < 0.94:
        characters, letters = CHINESE[int(rng.random() * len(CHINESE))]
        origin, name = "zh", f"{characters} {letters}"
    else:
        origin, name = "es", f"{pick(rng, ('Tapas Bar', 'Restaurante', 'Bodega'))} {pick(rng, SPANISH)}"
    return _named(name, f"{_letters(name.split(' ', 1)[1]).title()} Gastronomie UG", origin, "")


def _named(name: str, legal: str, origin: str, family: str) -> Business:
    slug = "-".join(
        "".join(
            [letter if letter.isalnum() and letter.isascii() else " " for letter in _letters(name)]
        ).split()
    )
    return Business(name, legal, origin, family, slug or "haus")


_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "Ä": "ae", "Ö": "oe", "Ü": "ue"})


def _letters(text: str) -> str:
    return fold(text.translate(_UMLAUTS))


def _place(rng: Random) -> Place:
    name, postcode, lat, lon = DISTRICTS[int(rng.random() * len(DISTRICTS))]
    head, tail = int(rng.random() * len(STREET_HEADS)), STREET_TAILS.index(pick(rng, STREET_TAILS))
    number = 1 + int(rng.random() ** 2 * 160)
    # A street has its place in the district, and its houses lie along it.
    along = number * 16
    east = ((head * 7_919 + tail * 104_729) % 8_000) - 4_000
    north = ((head * 6_151 + tail * 15_485) % 5_000) - 2_500
    position = Position(lat + north + (along if head % 2 else 0), lon + east + (0 if head % 2 else along))
    street = f"{STREET_HEADS[head]}{STREET_TAILS[tail]} {number}"
    return Place(Address(street, postcode, "Hamburg", name, "Deutschland"), position, name)


def _person(rng: Random, business: Business, kind: str, place: int) -> Person:
    origin = business.origin if place == 0 or rng.random() < 0.5 else "de"
    is_woman = rng.random() < 0.48
    family = business.family if place == 0 and business.family else pick(rng, FAMILIES[origin])
    given = pick(rng, (WOMEN if is_woman else MEN)[origin])
    role = ROLES.get(kind, USUAL_ROLES)[place][0 if is_woman else 1]
    if origin == "zh":
        return Person(
            family + given,
            f"{'Frau' if is_woman else 'Herr'} {family}",
            role,
            "zh",
            "".join(readings(family + given)[0]),
            True,
        )
    name = f"{given} {family}"
    called = f"{'Frau' if is_woman else 'Herr'} {family}"
    return Person(name, called, role, origin, _letters(name).replace(" ", "."), False)


def _landline(rng: Random) -> str:
    return f"+49 40 66969 {int(rng.random() * 1e3):03}-{int(rng.random() * 90) + 10}"


def _mobile(rng: Random) -> str:
    return f"+49 176 040690 {int(rng.random() * 100):02}"


def _summer_time(year: int, month: int, day: int) -> int:
    """Central European time: summer from the last Sunday of March to the last of October."""
    if 3 < month < 10:
        return 2
    if month in (3, 10):
        last_sunday = 31 - (calendar.weekday(year, month, 31) + 1) % 7
        return 2 if (day >= last_sunday) == (month == 3) else 1
    return 1


HAMBURG = City(
    code="HH",
    currency="EUR",
    reps=(Rep("Jana Petersen", GERMAN), Rep("Lukas Brandt", GERMAN), Rep("Emma Clarke", ENGLISH)),
    works_on_saturday=False,
    kinds=(
        ("restaurant", 44),
        ("cafe", 12),
        ("bakery", 8),
        ("hotel", 7),
        ("canteen", 9),
        ("caterer", 5),
        ("retailer", 12),
        ("wholesaler", 3),
    ),
    business=_business,
    place=_place,
    person=_person,
    landline=_landline,
    mobile=_mobile,
    tags=(
        "Bio",
        "vegan",
        "Stammkunde",
        "Großküche",
        "Saisonbetrieb",
        "Abholer",
        "Kette",
        "Neueröffnung",
        "halal",
        "Fisch",
        "Frühstück",
    ),
    price_lists=("Gastro A", "Gastro B", "Großküche", "Handel"),
    access=(
        "Anlieferung über den Hof, Tor schließen",
        "Hintereingang, zweimal klingeln",
        "Lastenaufzug links, Code beim Pförtner",
        "Parken nur bis 10 Uhr erlaubt",
        "Rampe nur für kleine Fahrzeuge",
        "Kühlhaus im Keller, steile Treppe",
        "Schlüsseltresor neben der Tür",
    ),
    notes=(
        "Bestellt meist am Abend",
        "Legt Wert auf regionale Ware",
        "Zahlt pünktlich",
        "Rechnung per E-Mail",
        "Montags Ruhetag",
        "Im August Betriebsferien",
        "Möchte Ware mit langem Haltbarkeitsdatum",
        "Prüft jede Lieferung genau",
    ),
    credit=(500, 1_000, 1_500, 2_500, 5_000, 8_000, 15_000),
    utc_offset_h=_summer_time,
)
