"""What an English-speaking rep in Hamburg writes down."""

from __future__ import annotations

from app.features.crm.demonstration.talk import Talk

ENGLISH = Talk(
    weekdays=("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"),
    products={
        "": (
            "rapeseed oil", "bread flour", "butter", "whipping cream", "frozen chips", "salmon fillet", "chicken breast",
            "minced beef", "potatoes", "onions", "tomatoes", "mozzarella", "olive oil", "basmati rice", "oat milk", "eggs",
            "prawns", "lettuce", "chickpeas", "soy sauce", "coffee beans", "sugar",
        ),
        "sweet": ("butter", "whipping cream", "bread flour", "spelt flour", "eggs", "sugar", "coffee beans", "oat milk", "yeast", "dark chocolate", "almonds"),
    },
    seasonal={
        "": {
            1: ("kale", "blood oranges"), 2: ("kale", "leeks"), 3: ("wild garlic", "rhubarb"), 4: ("asparagus", "lamb"),
            5: ("asparagus", "strawberries"), 6: ("new herring", "strawberries"), 7: ("ice lollies", "barbecue packs"),
            8: ("barbecue packs", "plums"), 9: ("pumpkin", "chanterelles"), 10: ("pumpkin", "venison"),
            11: ("goose legs", "red cabbage"), 12: ("goose legs", "smoked salmon"),
        },
        "sweet": {1: ("blood oranges",), 2: ("doughnut jam",), 3: ("rhubarb", "Easter treats"), 4: ("rhubarb", "Easter treats"), 5: ("strawberries",),
                  6: ("strawberries", "cherries"), 7: ("blueberries", "ice lollies"), 8: ("plums", "ice lollies"), 9: ("plums", "pumpkin seeds"),
                  10: ("quinces", "walnuts"), 11: ("gingerbread", "marzipan"), 12: ("stollen", "marzipan")},
    },
    amounts=("2 cases", "4 cases", "10 kg", "25 kg", "3 boxes", "6 boxes", "half a pallet", "2 trays"),
    moments={
        "first": (
            ("visit", "First visit. {contact} showed me the kitchen and wants prices for {product} and {other}."),
            ("visit", "Dropped in after lunch. Their supplier is often late; interested in {product}."),
            ("call", "Called on a recommendation, meeting on {day}."),
            ("message", "Sent the range and the price list, {product} first."),
            ("note", "Opening in six weeks, get back to them then."),
        ),
        "sample": (
            ("visit", "Left samples of {product}, the kitchen tries them until {day}."),
            ("call", "They liked the samples; still to settle the price of {product}."),
            ("message", "Sent an offer for {product} and {other}, waiting for an answer."),
            ("visit", "Trial order: {amount} of {product}, delivery on {day}."),
            ("note", "Trade licence received, the account can be opened."),
        ),
        "regular": (
            ("visit", "Walked through the cold store: {product} is low, {amount} for {day}."),
            ("visit", "Short visit, all well. {contact} adds {other} this time."),
            ("visit", "Went through the monthly invoice with {contact}, nothing open."),
            ("call", "Order by phone: {amount} of {product}, {amount2} of {other}, {day} morning please."),
            ("call", "Wedding with 80 guests next week, needs more {product}."),
            ("message", "Orders {amount} of {product}, with a long shelf life please."),
            ("message", "Sent the weekly offer, {contact} takes {amount} of {other}."),
            ("note", "{contact} is best reached in the morning, never between 11 and 2."),
            ("visit", "New menu with less meat. Suggested {other} instead."),
        ),
        "season": (
            ("visit", "Showed the {season}, {contact} takes {amount} to try."),
            ("call", "Ordered {season} ahead: {amount} for {day}."),
            ("message", "Sent prices for {season}, answer by {day}."),
        ),
        "service": (
            ("call", "Two packs of {product} arrived damaged, promised a credit note."),
            ("message", "Sent specification and allergens of {product}."),
            ("visit", "Took back {other} that was delivered by mistake, the right one comes on {day}."),
            ("note", "The key to the back door is with the caretaker."),
        ),
        "trouble": (
            ("visit", "{contact} has a cheaper offer for {product} and wants an answer by {day}."),
            ("call", "Only orders {product} for now, says business is slow."),
            ("message", "No order for two weeks, asked why."),
            ("call", "Invoice still open, payment promised by {day}."),
        ),
        "silent": (
            ("call", "Nobody answered three times, will drive by on {day}."),
            ("message", "Sent the new price list, no answer."),
            ("note", "No order for three months. One more try at the end of the quarter."),
        ),
        "lost": (
            ("call", "{contact} has signed elsewhere for a year. Try again next spring."),
            ("visit", "Closed, nobody knows yet who takes over."),
            ("note", "We could not agree on prices."),
        ),
    },
)  # fmt: skip
