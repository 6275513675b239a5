"""How fast the directory and search answer with 100,000 consultants: `make bench-directory`.

Each question goes through the whole site, in this process. Told are the time that the database took, all queries of a
page together, and the time of the page: the median and the 95th percentile. The plan of the slowest query of each kind
is kept with the figures in `directory.txt` beside this file. The exit code is 1 where a promise is broken: too slow, or
the last page slower than the first by more than a half.
"""

import argparse
import os
import random
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median, quantiles
from typing import Any
from urllib.parse import urlencode

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "kyphoplasty_site.settings")
django.setup()

from django.db import connection  # noqa: E402 - the site must be set up first
from django.test import Client  # noqa: E402

from consultants.models import Consultant, DirectoryEntry  # noqa: E402
from kyphoplasty_site.demo import NAMES, add_consultants  # noqa: E402
from kyphoplasty_site.management.commands.serve import prepare  # noqa: E402
from procedures.models import Hospital, Procedure  # noqa: E402

PEOPLE = 100_000
ROUNDS = 40
DATABASE_MS, PAGE_MS, HOSTILE_MS = 15, 40, 200
SQL = tuple[float, str, Any]


def fill(people: int) -> None:
    """A site of its own, with as many made-up consultants as are missing."""
    prepare()
    missing = people - Consultant.objects.count()
    for done in add_consultants(missing) if missing > 0 else ():
        print(f"\rmaking up consultants: {done} of {missing}", end="", file=sys.stderr, flush=True)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")


def misspelt(word: str, chance: random.Random) -> str:
    """The word with one slip of the finger: a letter left out, doubled, changed, or two that changed places."""
    at = chance.randrange(1, len(word) - 1)
    slips = (
        word[:at] + word[at + 1 :],
        word[:at] + word[at] + word[at:],
        word[:at] + chance.choice("aeiou") + word[at + 1 :],
        word[:at] + word[at + 1] + word[at] + word[at + 2 :],
    )
    return chance.choice(slips)


def questions(rounds: int) -> Iterator[tuple[str, list[str]]]:
    """Kinds of question, each with the addresses that ask it."""
    chance = random.Random(1)
    entries = DirectoryEntry.objects.shown().select_related("consultant")
    many = entries.count()
    people = [entries[chance.randrange(many)].consultant for _ in range(rounds)]
    keys = list(entries.order_by("sort_key").values_list("sort_key", flat=True))
    hospitals = list(Hospital.objects.filter(slug__startswith="made-up").values_list("slug", flat=True))
    procedures = list(Procedure.objects.published().values_list("slug", flat=True))

    def asked(**query: str) -> str:
        return f"/consultants/?{urlencode(query)}"

    yield "first page", ["/consultants/"] * rounds
    yield "any page", [asked(after=keys[len(keys) * n // rounds]) for n in range(rounds)]
    yield "last page", [asked(last="1")] * rounds
    yield "name", [asked(q=person.name) for person in people]
    yield "name, one slip", [asked(q=misspelt(person.family_name, chance)) for person in people]
    yield (
        "both names, two slips",
        [
            asked(q=f"{misspelt(p.given_name + 'e', chance)} {misspelt(p.family_name, chance)}")
            for p in people
        ],
    )
    yield "hospital", [asked(hospital=chance.choice(hospitals)) for _ in range(rounds)]
    yield "procedure", [asked(procedure=chance.choice(procedures)) for _ in range(rounds)]
    yield (
        "procedure, any page",
        [asked(procedure=chance.choice(procedures), after=chance.choice(keys)) for _ in range(rounds)],
    )
    yield "language", [asked(language=chance.choice(NAMES["languages"])) for _ in range(rounds)]
    yield (
        "everything",
        [
            asked(
                hospital=chance.choice(hospitals),
                procedure=chance.choice(procedures),
                specialty=chance.choice(NAMES["specialties"]),
                language=chance.choice(NAMES["languages"]),
                gender=chance.choice(["female", "male"]),
            )
            for _ in range(rounds)
        ],
    )
    yield (
        "words and a hospital",
        [asked(q="spinal surgery kyphoplasty", hospital=chance.choice(hospitals)) for _ in range(rounds)],
    )
    yield "search of the site", [f"/search/?{urlencode({'q': person.family_name})}" for person in people]


def hostile() -> list[str]:
    """Questions made to cost much: long, full of signs, misspelt under every filter, far out of range."""
    hospital = Hospital.objects.filter(slug__startswith="made-up").first()
    every = {
        "hospital": hospital.slug if hospital else "",
        "procedure": "balloon-kyphoplasty",
        "specialty": NAMES["specialties"][0],
        "language": NAMES["languages"][0],
        "gender": "female",
    }
    misspelt_words = "brocen bones kwill kifo xanthr speinal sergery zzyzx"
    return [
        f"/consultants/?{urlencode({'q': 'quill ' * 1700})}",
        f"/consultants/?{urlencode({'q': '& | ! ( ) <-> :* % _'})}",
        f"/consultants/?{urlencode({'q': misspelt_words} | every)}",
        f"/consultants/?{urlencode({'q': 'a b c d e f g h'} | every)}",
        f"/consultants/?{urlencode({'q': misspelt_words})}",
        "/consultants/?q=%00&hospital=%00&language=%00",
        "/consultants/?page=1000000000&after=" + "z" * 5000,
        "/consultants/?" + "&".join(f"language=x{n}&hospital=y{n}" for n in range(200)),
        f"/search/?{urlencode({'q': 'kyphoplasty ' * 900})}",
        f"/search/?{urlencode({'q': misspelt_words})}",
        f"/procedures/?{urlencode({'q': misspelt_words})}",
    ]


class Clock:
    """What the database took for each query since it was last set."""

    def __init__(self) -> None:
        self.queries: list[SQL] = []

    def __call__(self, execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        began = time.perf_counter()
        try:
            return execute(sql, params, many, context)
        finally:
            self.queries.append((1000 * (time.perf_counter() - began), sql, params))


def ask(client: Client, clock: Clock, address: str) -> tuple[float, float, int]:
    """Milliseconds in the database and for the page, and the status."""
    clock.queries.clear()
    began = time.perf_counter()
    response = client.get(address, headers={"host": "127.0.0.1"})
    return sum(ms for ms, _, _ in clock.queries), 1000 * (time.perf_counter() - began), response.status_code


def p95(values: list[float]) -> float:
    return quantiles(values, n=20)[-1]


def explained(query: SQL) -> str:
    """The plan of a query, run once more."""
    _, sql, params = query
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (ANALYZE, BUFFERS) {sql}", params)
        return "\n".join(line for (line,) in cursor.fetchall())


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--consultants", type=int, default=PEOPLE, help="how many there must be")
    parser.add_argument("--rounds", type=int, default=ROUNDS, help="how often each kind of question is asked")
    options = parser.parse_args()
    fill(options.consultants)
    client, clock, plans, figures, is_kept = Client(), Clock(), [], {}, True
    lines = [f"{Consultant.objects.count()} consultants, milliseconds: median and 95th percentile"]
    lines.append(f"{'':24}{'database':>16}{'page':>16}")
    with connection.execute_wrapper(clock):
        for name, addresses in questions(options.rounds):
            ask(client, clock, addresses[0])
            slowest: SQL = (0.0, "", None)
            database, page = [], []
            for address in addresses:
                in_database, whole, status = ask(client, clock, address)
                assert status == 200, address
                database.append(in_database)
                page.append(whole)
                slowest = max(slowest, *clock.queries, key=lambda query: query[0])
            figures[name] = median(page)
            is_kept &= p95(database) <= DATABASE_MS and p95(page) <= PAGE_MS
            lines.append(
                f"{name:24}{median(database):8.1f}{p95(database):8.1f}{median(page):8.1f}{p95(page):8.1f}"
            )
            plans.append(f"{name}: {slowest[0]:.1f} ms\n{slowest[1]}\n\n{explained(slowest)}\n")
        is_kept &= figures["last page"] <= 1.5 * figures["first page"]
        for address in hostile():
            _, whole, status = ask(client, clock, address)
            is_kept &= whole <= HOSTILE_MS and status in (200, 400)
            lines.append(f"{address[:60]:62}{status:4}{whole:8.1f}")
    lines.append("Every promise is kept." if is_kept else "A promise is broken.")
    print("\n".join(lines))
    kept = Path(__file__).with_suffix(".txt")
    kept.write_text("\n".join([*lines, "", *plans]))
    print(f"figures and plans: {kept}")
    return int(not is_kept)


if __name__ == "__main__":
    sys.exit(main())
