"""What a rep in Hamburg writes down."""

from __future__ import annotations

from app.features.crm.demonstration.talk import Talk

GERMAN = Talk(
    weekdays=("Montag", "Dienstag", "Mittwoch", "Donnerstag", "Freitag", "Samstag"),
    products={
        "": (
            "Rapsöl", "Weizenmehl 550", "Butter", "Schlagsahne", "TK-Pommes", "Lachsfilet", "Hähnchenbrust", "Rinderhack",
            "Kartoffeln", "Zwiebeln", "Tomaten", "Mozzarella", "Olivenöl", "Pizzatomaten", "Basmatireis", "Hafermilch",
            "Eier", "Garnelen", "Seelachs", "Blattsalat", "Kichererbsen", "Sojasauce", "Kaffeebohnen", "Zucker",
        ),
        "sweet": ("Butter", "Schlagsahne", "Weizenmehl 550", "Dinkelmehl", "Eier", "Zucker", "Kaffeebohnen", "Hafermilch", "Hefe", "Kuvertüre", "Quark", "Mandeln"),
    },
    seasonal={
        "": {
            1: ("Grünkohl", "Blutorangen", "Schwarzwurzeln"), 2: ("Grünkohl", "Berliner", "Chicorée"),
            3: ("Bärlauch", "Rhabarber", "Lammkeule"), 4: ("Spargel", "Bärlauch", "Lammkeule"),
            5: ("Spargel", "Erdbeeren", "Maischolle"), 6: ("Matjes", "Erdbeeren", "Kirschen"),
            7: ("Eis am Stiel", "Grillware", "Blaubeeren"), 8: ("Grillware", "Pflaumen", "Pfifferlinge"),
            9: ("Kürbis", "Pfifferlinge", "Federweißer"), 10: ("Kürbis", "Wildragout", "Quitten"),
            11: ("Gänsekeulen", "Rotkohl", "Lebkuchen"), 12: ("Gänsekeulen", "Stollen", "Räucherlachs"),
        },
        "sweet": {1: ("Blutorangen", "Berliner-Marmelade"), 2: ("Berliner-Marmelade", "Mandeln"), 3: ("Rhabarber", "Osterware"), 4: ("Rhabarber", "Osterware"),
                  5: ("Erdbeeren", "Rhabarber"), 6: ("Erdbeeren", "Kirschen"), 7: ("Blaubeeren", "Eis am Stiel"), 8: ("Pflaumen", "Eis am Stiel"),
                  9: ("Pflaumen", "Kürbiskerne"), 10: ("Quitten", "Walnüsse"), 11: ("Lebkuchen", "Marzipan"), 12: ("Stollen", "Marzipan")},
    },
    amounts=("2 Kisten", "4 Kisten", "10 kg", "25 kg", "3 Kartons", "6 Kartons", "eine halbe Palette", "2 Gebinde"),
    moments={
        "first": (
            ("visit", "Erster Besuch. {contact} zeigt die Küche, will Preise für {product} und {other}."),
            ("visit", "Kaltbesuch nach dem Mittag. Bisheriger Lieferant kommt zu spät, Interesse an {product}."),
            ("call", "Auf Empfehlung angerufen, Termin für {day} ausgemacht."),
            ("message", "Sortiment und Preisliste per Mail geschickt, besonders {product}."),
            ("note", "Eröffnung in sechs Wochen, dann noch einmal melden."),
            ("visit", "Auf der Messe gesprochen, fragt nach {product} und nach Bio-Ware."),
        ),
        "sample": (
            ("visit", "Muster von {product} dagelassen, Küche testet bis {day}."),
            ("call", "Muster kam gut an, bei {product} noch über den Preis reden."),
            ("message", "Angebot über {product} und {other} geschickt, Antwort steht aus."),
            ("visit", "Probebestellung aufgenommen: {amount} {product}, Lieferung am {day}."),
            ("call", "Zeitfenster geklärt, Anlieferung nur über den Hof."),
            ("note", "Gewerbeschein liegt vor, Konto kann angelegt werden."),
        ),
        "regular": (
            ("visit", "Runde durchs Kühlhaus: {product} knapp, {amount} für {day} notiert."),
            ("visit", "Kurzer Besuch, alles in Ordnung. {contact} nimmt diesmal auch {other} dazu."),
            ("visit", "Mit {contact} die Monatsrechnung durchgegangen, keine Fragen offen."),
            ("call", "Bestellung am Telefon: {amount} {product}, {amount2} {other}, bitte {day} früh."),
            ("call", "Nächste Woche Hochzeit mit 80 Gästen, braucht mehr {product}."),
            ("call", "Liefertag auf {day} verlegt, Tour weiß Bescheid."),
            ("message", "Bestellt {amount} {product}, bitte langes Mindesthaltbarkeitsdatum."),
            ("message", "Wochenangebot geschickt, {contact} nimmt {amount} {other}."),
            ("message", "Lieferschein nachgereicht."),
            ("note", "Betriebsferien ab {day}, solange keine Lieferung."),
            ("visit", "Neue Karte: weniger Fleisch, mehr Gemüse. {other} als Ersatz vorgeschlagen."),
            ("note", "{contact} ist vormittags am besten zu erreichen, nicht zwischen 11 und 14 Uhr."),
        ),
        "season": (
            ("visit", "{season} vorgestellt, {contact} nimmt {amount} zur Probe."),
            ("call", "{season} vorbestellt: {amount} für {day}."),
            ("message", "Preise für {season} geschickt, Zusage bis {day}."),
            ("note", "{season} lief im letzten Jahr sehr gut, rechtzeitig anbieten."),
        ),
        "service": (
            ("call", "Zwei Gebinde {product} beschädigt angekommen, Gutschrift zugesagt."),
            ("message", "Spezifikation und Allergene zu {product} geschickt."),
            ("visit", "Fehllieferung {other} gleich wieder mitgenommen, Ersatz kommt {day}."),
            ("note", "Schlüssel für den Hintereingang liegt beim Hausmeister."),
            ("call", "Rechnungsanschrift hat sich geändert, eingetragen."),
        ),
        "trouble": (
            ("visit", "{contact} hat ein günstigeres Angebot für {product}, möchte bis {day} Antwort."),
            ("call", "Bestellt zurzeit nur noch {product}, Umsatz gehe zurück."),
            ("message", "Seit zwei Wochen keine Bestellung, nachgefragt."),
            ("visit", "Neuer Küchenchef, bringt eigenen Lieferanten mit. Termin mit {contact} nötig."),
            ("call", "Rechnung noch offen, Zahlung bis {day} zugesagt."),
        ),
        "silent": (
            ("call", "Dreimal niemanden erreicht, fahre {day} vorbei."),
            ("visit", "Inhaber nicht da, Karte dagelassen."),
            ("message", "Neue Preisliste geschickt, keine Antwort."),
            ("note", "Seit drei Monaten ohne Bestellung. Zum Quartalsende noch ein Versuch."),
        ),
        "lost": (
            ("call", "{contact} hat sich für ein Jahr anders gebunden. Wiedervorlage im nächsten Frühjahr."),
            ("visit", "Lokal geschlossen, Nachfolger noch nicht bekannt."),
            ("note", "Preislich nicht zusammengekommen."),
            ("note", "Betrieb aufgegeben, Daten nur noch für die Aufbewahrungsfrist."),
        ),
    },
)  # fmt: skip
