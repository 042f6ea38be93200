"""Questions with sources: made-up facts in sentences of their own, so that no model knows them from elsewhere."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

SOURCES = 15
NAMES = ("Halvor", "Ines", "Marta", "Tomas", "Yuki", "Priya", "Anselm", "Greta", "Olu", "Pilar", "Sven", "Noor")
SURNAMES = ("Brandt", "Okafor", "Lindqvist", "Moreau", "Tanaka", "Varga", "Castell", "Nygaard", "Iyer", "Rossi")
TOWNS = ("Averton", "Lisk", "Port Hallow", "Marnby", "Selda", "Quarrin", "Ostel", "Breck", "Tavira", "Colmouth")
THINGS = ("a brass bell", "a blue door", "two stone lions", "a glass roof", "a clock without hands", "a walled garden")
# each a kind of thing: its facts, and questions about some of them
KINDS: tuple[tuple[str, tuple[str, ...], tuple[str, ...]], ...] = (
    (
        "lighthouse",
        (
            "The lighthouse of {town} was first lit in {year}.",
            "It stands {small} metres from the edge of the cliff.",
            "The tower is {big} metres tall and painted white.",
            "{name} {surname} was the last keeper who lived there.",
            "The lamp was made by a workshop in {other}.",
            "Every year the cliff loses about a metre to the sea.",
            "Above the entrance hangs {thing}.",
            "In {later} the tower was moved inland on rails.",
            "The move was paid for by a brewery from {other}.",
            "Fishermen steer by it when they come home at night.",
            "A storm broke the glass of the lamp in {year}.",
            "{friend} {surname} wrote a song about the light.",
            "Today the rooms below the lamp are a small hotel.",
            "Breakfast is served until ten in the morning.",
            "The road to it is closed in winter.",
        ),
        (
            "When was the lighthouse first lit?",
            "Who was the last keeper of the lighthouse?",
            "What happened to the tower in {later}, and who paid for it?",
            "What hangs above the entrance?",
        ),
    ),
    (
        "company",
        (
            "{surname} and Sons was founded in {town} in {year}.",
            "The company makes ropes for sailing ships.",
            "{name} {surname} has led it since {later}.",
            "It has {big} workers, most of them from the town.",
            "The first workshop burned down after {small} years.",
            "Its largest customer is the navy of a northern country.",
            "A second factory was opened in {other}.",
            "In the yard of the factory stands {thing}.",
            "The workers are paid every second Friday.",
            "{friend} Brandt invented the machine that twists the ropes.",
            "The machine can make {big} metres of rope in an hour.",
            "The canteen is known for its fish soup.",
            "In winter the halls are heated with wood.",
            "A museum about ropes is planned for next year.",
            "Visitors may come on the first Sunday of the month.",
        ),
        (
            "Where and when was the company founded?",
            "Who leads the company?",
            "What does the company make?",
            "Who invented the machine that twists the ropes?",
        ),
    ),
    (
        "festival",
        (
            "The festival of {town} takes place on the {small}th of May.",
            "It began in {year} as a market for horses.",
            "About {big} bands play on three stages.",
            "{name} {surname} is the director of the festival.",
            "The main stage stands beside {thing}.",
            "In {later} it rained for the whole week.",
            "Tickets are sold at the bakery in {other}.",
            "Children under twelve do not pay.",
            "The last concert is always given by the firemen.",
            "{friend} {surname} designs a new poster every year.",
            "Most guests sleep in tents by the river.",
            "The river is too cold for swimming in May.",
            "A prize of {big} coins goes to the best fiddler.",
            "The prize was won by a shepherd last year.",
            "Dogs must be kept on a lead.",
        ),
        (
            "On which day does the festival take place?",
            "Who is the director of the festival?",
            "Where are the tickets sold?",
            "What does the best fiddler get?",
        ),
    ),
)


def passage(seed: int) -> dict[str, str | list[str]]:
    """A question and ``SOURCES`` sources, of which one or two answer it, in an order of chance."""
    random = np.random.default_rng(seed)
    _, facts, questions = KINDS[seed % len(KINDS)]
    town, other = random.choice(TOWNS, 2, replace=False)
    name, friend = random.choice(NAMES, 2, replace=False)
    filled: Mapping[str, str] = {
        "town": town,
        "other": other,
        "name": name,
        "friend": friend,
        "surname": str(random.choice(SURNAMES)),
        "thing": str(random.choice(THINGS)),
        "year": str(random.integers(1800, 1950)),
        "later": str(random.integers(1960, 2020)),
        "small": str(random.integers(4, 20)),
        "big": str(random.integers(21, 90)),
    }
    asks = questions[(seed // len(KINDS)) % len(questions)].format(**filled)
    order = random.permutation(len(facts))
    return {"sources": [facts[at].format(**filled) for at in order], "question": f"{asks} Answer in one sentence."}
