"""How fast the directory and search answer with 100,000 consultants: `make bench-directory`.

Each question goes through the whole site, in this process. Told are the time that the database took, all queries of a
page together, and the time of the page: the median and the 95th percentile. The plan of the slowest query of each kind
is kept with the figures in `directory.txt` beside this file. The exit code is 1 where a promise is broken: too slow, or
the last page slower than the first by more than a half.

With two numbers, such as `--consultants 10000 100000`, both are measured, each in a database of its own, and what the
second takes is told as a multiple of the first. That may not pass three.
"""

import argparse
import os
import random
import string
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import cycle, islice
from pathlib import Path
from statistics import median, quantiles
from typing import Any
from urllib.parse import urlencode

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "kyphoplasty_site.settings")
django.setup()

from django.core.cache import cache  # noqa: E402 - the site must be set up first
from django.db import connection  # noqa: E402
from django.db.models import Count  # noqa: E402
from django.test import Client  # noqa: E402
from psycopg2.sql import Composable  # noqa: E402

from consultants.models import Consultant, DirectoryEntry  # noqa: E402
from kyphoplasty_site.demo import NAMES, add_consultants  # noqa: E402
from kyphoplasty_site.management.commands.serve import prepare  # noqa: E402
from procedures.models import Hospital, Procedure  # noqa: E402

PEOPLE = 100_000
ROUNDS = 40
DATABASE_MS, PAGE_MS, HOSTILE_MS, MOST_GROWTH = 15, 40, 200, 3
COMMON_WORDS = [
    "john",
    "spine",
    "hospital",
    "consultant",
    "surgery",
    "back pain",
    "broken bone",
    "spinal surgery",
]
SQL = tuple[float, str, Any]


def turn_to(people: int) -> None:
    """A database of its own for so many, made where it is missing."""
    name = f"consultants_{people}"
    with connection._nodb_cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name])
        if not cursor.fetchone():
            cursor.execute(f'CREATE DATABASE "{name}"')
    connection.close()
    connection.settings_dict["NAME"] = name
    cache.clear()


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
    yield "one letter", [asked(q=chance.choice(string.ascii_lowercase)) for _ in range(rounds)]
    yield "common given name", [asked(q=name) for name in _most_common("given_name", rounds)]
    yield "common surname", [asked(q=name) for name in _most_common("family_name", rounds)]
    yield "common words", [asked(q=words) for words in islice(cycle(COMMON_WORDS), rounds)]
    yield (
        "both names, two slips",
        [
            asked(q=f"{misspelt(p.given_name + 'e', chance)} {misspelt(p.family_name, chance)}")
            for p in people
        ],
    )
    long_names = Consultant.objects.listed().filter(family_name__contains="-").order_by("slug")
    yield (
        "whole name, much alike",
        [
            asked(
                q=f"mis {p.given_name}a {' '.join(misspelt(half, chance) for half in p.family_name.split('-'))}"
            )
            for p in long_names[:rounds]
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
    common = [urlencode({"q": words}) for words in islice(cycle(COMMON_WORDS), rounds)]
    yield "site, common words", [f"/search/?{query}" for query in common]
    yield "finder, common words", [f"/procedures/?{query}" for query in common]


def _most_common(column: str, rounds: int) -> Iterator[str]:
    """What most people are called, ten of it in turn."""
    counted = Consultant.objects.values(column).annotate(people=Count("pk")).order_by("-people", column)
    return islice(cycle(counted.values_list(column, flat=True)[:10]), rounds)


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
    """What the database took for each query since it was last set, and how long it computed for them.

    Where others keep the machine busy, most of the time goes by in waiting. What its process computed stays the same.
    """

    def __init__(self) -> None:
        self.queries: list[SQL] = []
        self.computed_ms = 0.0

    def __call__(self, execute: Any, sql: Any, params: Any, many: bool, context: Any) -> Any:
        if isinstance(sql, Composable):
            sql = sql.as_string(connection.connection)
        began, computed = time.perf_counter(), _computed_ms()
        try:
            return execute(sql, params, many, context)
        finally:
            self.computed_ms += _computed_ms() - computed
            self.queries.append((1000 * (time.perf_counter() - began), sql, params))


def _computed_ms() -> float:
    """How long our process of the database has computed, as Linux counts it; it must be on this machine."""
    pid = connection.connection.info.backend_pid
    return int(Path(f"/proc/{pid}/schedstat").read_text().split()[0]) / 1e6


@dataclass
class Figures:
    """What each question of a kind took, in milliseconds, and the slowest query of them."""

    database: list[float] = field(default_factory=list)
    computed: list[float] = field(default_factory=list)
    page: list[float] = field(default_factory=list)
    slowest: SQL = (0.0, "", None)

    def __str__(self) -> str:
        columns = (self.database, self.computed, self.page)
        return "".join(f"{median(column):8.1f}{p95(column):8.1f}" for column in columns)

    @property
    def is_quick(self) -> bool:
        """Whether the promise is kept."""
        return p95(self.database) <= DATABASE_MS and p95(self.page) <= PAGE_MS

    def grown(self, smaller: "Figures") -> list[float]:
        """How many times as much was computed as for fewer consultants: the median and the 95th percentile."""
        return [of(self.computed) / of(smaller.computed) for of in (median, p95)]


def ask(client: Client, clock: Clock, address: str) -> tuple[float, float, int]:
    """Milliseconds in the database and for the page, and the status."""
    clock.queries.clear()
    clock.computed_ms = 0.0
    began = time.perf_counter()
    response = client.get(address, headers={"host": "127.0.0.1"})
    return sum(ms for ms, _, _ in clock.queries), 1000 * (time.perf_counter() - began), response.status_code


def measured(rounds: int, repeats: int) -> dict[str, Figures]:
    """Each kind of question. Of several askings of one the quickest counts: the others waited for somebody else."""
    client, clock, found = Client(), Clock(), {}
    for name, addresses in questions(rounds):
        print(f"\r{name:40}", end="", file=sys.stderr, flush=True)
        figures = found[name] = Figures()
        with connection.execute_wrapper(clock):
            ask(client, clock, addresses[0])
            for address in addresses:
                asked = []
                for _ in range(repeats):
                    database, page, status = ask(client, clock, address)
                    assert status == 200, address
                    asked.append((database, clock.computed_ms, page))
                    figures.slowest = max(figures.slowest, *clock.queries, key=lambda query: query[0])
                figures.database.append(min(database for database, _, _ in asked))
                figures.computed.append(min(computed for _, computed, _ in asked))
                figures.page.append(min(page for _, _, page in asked))
    return found


def p95(values: list[float]) -> float:
    return quantiles(values, n=20)[-1]


def explained(query: SQL) -> str:
    """The plan of a query, run once more."""
    _, sql, params = query
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (ANALYZE, BUFFERS) {sql}", params)
        return "\n".join(line for (line,) in cursor.fetchall())


def told(now: dict[str, Figures], fewer: dict[str, Figures] | None) -> Iterator[tuple[str, bool]]:
    """A line for each kind of question, and whether the promise is kept there."""
    heads = f"{'':24}{'database':>16}{'computed there':>16}{'page':>16}{'growth' if fewer else '':>16}"
    yield heads.rstrip(), True
    for name, figures in now.items():
        grown = figures.grown(fewer[name]) if fewer else []
        line = f"{name:24}{figures}" + "".join(f"{times:8.1f}" for times in grown)
        yield line, figures.is_quick and max(grown, default=0) <= MOST_GROWTH


def told_of_the_hostile() -> Iterator[tuple[str, bool]]:
    """A line for each question made to cost much, and whether it did not."""
    client, clock = Client(), Clock()
    with connection.execute_wrapper(clock):
        for address in hostile():
            database, page, status = ask(client, clock, address)
            line = f"{address[:60]:62}{status:4}{database:8.1f}{clock.computed_ms:8.1f}{page:8.1f}"
            yield line, page <= HOSTILE_MS and status in (200, 400)


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    option = parser.add_argument
    option("--consultants", type=int, nargs="+", default=[PEOPLE], help="how many; two numbers: growth too")
    option("--rounds", type=int, default=ROUNDS, help="how many questions of each kind are asked")
    option("--repeats", type=int, default=1, help="how often each of them; the quickest counts")
    options = parser.parse_args()
    sizes = []
    for people in sorted(options.consultants):
        turn_to(people)
        fill(people)
        sizes.append(measured(options.rounds, options.repeats))
    now, fewer = sizes[-1], sizes[0] if len(sizes) > 1 else None
    told_of = [*told(now, fewer), *told_of_the_hostile()]
    is_steady = median(now["last page"].page) <= 1.5 * median(now["first page"].page)
    is_kept = is_steady and all(is_kept for _, is_kept in told_of)
    lines = [
        f"{Consultant.objects.count()} consultants, milliseconds: median and 95th percentile",
        *(line for line, _ in told_of),
        "Every promise is kept." if is_kept else "A promise is broken.",
    ]
    print("\r" + "\n".join(lines))
    plans = [
        f"{name}: {figures.slowest[0]:.1f} ms\n{figures.slowest[1]}\n\n{explained(figures.slowest)}\n"
        for name, figures in now.items()
    ]
    kept = Path(__file__).with_suffix(".txt")
    kept.write_text("\n".join([*lines, "", *plans]))
    print(f"figures and plans: {kept}")
    return int(not is_kept)


if __name__ == "__main__":
    sys.exit(main())
