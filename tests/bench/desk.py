"""How fast the staff desk's lists answer with 100,000 consultants and 100,000 requests: `make bench-desk`.

Each list, filter, search and box that completes what is typed is asked for as a person of the staff, through the whole
site, in this process. Told are the time of the page and of the database, the median and the 95th percentile, and the
number of queries. Then 200 more pages are drawn, to see whether the memory of the process grows. The plan of the slowest
query of each kind is kept with the figures in `desk.txt` beside this file. It says what misses the promise of 80
milliseconds and 12 queries.
"""

import argparse
import gc
import os
import random
import re
import sys
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from statistics import median
from typing import Any
from urllib.parse import urlencode

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "kyphoplasty_site.settings")
django.setup()

from django.contrib.auth.models import Group, User  # noqa: E402 - the site must be set up first
from django.contrib.contenttypes.models import ContentType  # noqa: E402
from django.db import connection  # noqa: E402
from django.test import Client  # noqa: E402
from django.utils import timezone  # noqa: E402

from consultants.models import Consultant, Reconfirmation  # noqa: E402
from enquiries.models import Deletion, Enquiry, OutgoingMail, Reading, TeamMember  # noqa: E402
from kyphoplasty_site.access import Role  # noqa: E402
from kyphoplasty_site.demo_requests import add_enquiries  # noqa: E402
from procedures.models import Edition, Hospital, Procedure, Task  # noqa: E402
from tests.bench.directory import SQL, Clock, ask, explained, fill, p95  # noqa: E402
from tests.staff import signed_in  # noqa: E402

MANY = 100_000
ROUNDS = 30
PAGE_MS, QUERIES = 80, 12
STATES = (
    "overdue",
    "unread",
    "held",
    "tried",
    "suspected",
    "not_reached",
    "withdrawn",
    "spam",
    "finished",
    "leaving",
    "law",
)
Case = tuple[str, Client, list[str]]


def browser(name: str, *roles: Role) -> Client:
    """A browser of a person with these roles, in the teams of both hospitals that have requests."""
    person, _ = User.objects.get_or_create(username=name, defaults={"is_staff": True})
    person.groups.set(Group.objects.filter(name__in=roles))
    for hospital in Hospital.objects.filter(enquiries__isnull=False).distinct():
        TeamMember.objects.get_or_create(user=person, hospital=hospital)
    return signed_in(Client(), person)


def fill_the_desk(consultants: int, requests: int) -> None:
    """A site of its own, with as many made-up rows of each kind as are missing."""
    fill(consultants)
    missing = requests - Enquiry.objects.count()
    for done in add_enquiries(missing) if missing > 0 else ():
        print(f"\rmaking up requests: {done} of {missing}", end="", file=sys.stderr, flush=True)
    chance, now = random.Random(2), timezone.now()
    if not Deletion.objects.exists():
        Deletion.objects.bulk_create(
            Deletion(
                cause=Deletion.Cause.TIME, counts={"enquiries.Enquiry": 7}, at=now - timedelta(minutes=n)
            )
            for n in range(requests // 5)
        )
    if not Reconfirmation.objects.exists():
        asked_at = now - timedelta(days=30)
        Reconfirmation.objects.bulk_create(
            Reconfirmation(
                consultant=consultant,
                due_on=asked_at.date(),
                asked_at=asked_at,
                sent_at=asked_at,
                digest=f"{consultant.pk:064}",
                expires_at=now + timedelta(days=chance.choice([-9, 9])),
            )
            for consultant in Consultant.objects.all()[: consultants // 20]
        )
    if not Task.objects.exists():
        edition = Edition.objects.earliest("pk")
        Task.objects.bulk_create(
            Task(edition=edition, what=f"Read it again, number {n}.") for n in range(1000)
        )
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")


def pages(path: str, **asked: str) -> Iterator[tuple[str, str]]:
    """The first, the middle and the last page of a list, as its own paginator counts them."""
    name = path.strip("/").split("/")[-1]
    words = ", ".join(filter(None, asked.values()))
    called = f"{name}: {words}" if words else name
    yield called, f"/admin/{path}?{urlencode(asked)}"
    yield f"{called}, last page", f"/admin/{path}?{urlencode(asked)}&p=last"


def last_page(client: Client, address: str) -> str:
    """The address of the last page, by the highest number that the first one leads to. The queue has its own for that."""
    if "/enquiries/enquiry/" in address:
        return address.replace("p=last", "page=100000")
    first = client.get(address.replace("p=last", ""), headers={"host": "127.0.0.1"})
    assert first.status_code == 200, (address, first.status_code)
    numbers = re.findall(r"[?&;]p=(\d+)", first.content.decode())
    return address.replace("p=last", f"p={max(map(int, numbers), default=1)}")


def lists(client: Client, found: Iterator[tuple[str, str]], rounds: int) -> Iterator[Case]:
    for name, address in found:
        whole = last_page(client, address) if "p=last" in address else address
        yield name, client, [whole] * rounds


def cases(rounds: int) -> Iterator[Case]:
    """Each kind of page, with the person who asks for it and the addresses."""
    chance = random.Random(1)
    keeper = browser("keeper", Role.ADMINISTRATOR, Role.DIRECTORY_EDITOR, Role.CONTENT_EDITOR)
    team = browser("team", Role.ENQUIRY_MANAGER, Role.ENQUIRY_HANDLER)
    hospital = Hospital.objects.filter(slug__startswith="made-up").latest("pk")
    procedure = Procedure.objects.published().first()
    many = Consultant.objects.count()
    people = [Consultant.objects.all()[chance.randrange(many)] for _ in range(rounds)]
    for asked in (
        {},
        {"directory": "listed"},
        {"directory": "unlisted"},
        {"standing": "lapsed"},
        {"missing": "practice"},
        {"hospital": str(hospital.pk)},
        {"procedures": str(procedure.pk if procedure else 0)},
    ):
        yield from lists(keeper, pages("consultants/consultant/", **asked), rounds)
    for asked in ({}, {"standing": "lapsed"}, {"hospital__id__exact": str(hospital.pk)}):
        yield from lists(keeper, pages("consultants/practice/", **asked), rounds)
    for model, field in (("practice", "consultant"),):
        box = f"/admin/autocomplete/?app_label=consultants&model_name={model}&field_name={field}"
        yield "box for a consultant", keeper, [box] * rounds
        yield "box, last page", keeper, [f"{box}&page={many // 20}"] * rounds
        yield (
            "box, part of a name",
            keeper,
            [f"{box}&{urlencode({'term': one.family_name[:5]})}" for one in people],
        )
        yield (
            "box, one letter",
            keeper,
            [f"{box}&{urlencode({'term': one.family_name[0]})}" for one in people],
        )

    def searched(path: str, words: list[str]) -> list[str]:
        return [f"/admin/{path}?{urlencode({'q': each})}" for each in words]

    names = [f"{one.given_name} {one.family_name}" for one in people]
    yield "consultant by name", keeper, searched("consultants/consultant/", names)
    yield (
        "consultant, three letters",
        keeper,
        searched("consultants/consultant/", [one.family_name[:3] for one in people]),
    )
    yield (
        "consultant, one letter",
        keeper,
        searched("consultants/consultant/", [one.family_name[0] for one in people]),
    )
    yield "practice by name", keeper, searched("consultants/practice/", [one.family_name for one in people])
    yield (
        "history of a consultant",
        keeper,
        [f"/admin/consultants/consultant/{one.pk}/history/" for one in people],
    )
    yield "facts to confirm", keeper, ["/admin/consultants/consultant/facts-to-confirm/"] * rounds
    yield (
        "facts to confirm, asked, last page",
        keeper,
        ["/admin/consultants/consultant/facts-to-confirm/?page=100000"] * rounds,
    )
    yield from lists(team, pages("enquiries/enquiry/"), rounds)
    for state in STATES:
        yield from lists(team, pages("enquiries/enquiry/", state=state), rounds)
    requests = Enquiry.objects.count()
    asked_for = [Enquiry.objects.order_by("pk")[chance.randrange(requests)] for _ in range(rounds)]
    yield "a request", team, [f"/admin/enquiries/enquiry/{one.pk}/change/" for one in asked_for]
    yield (
        "readings of a request",
        team,
        searched("enquiries/reading/", [one.reference for one in asked_for]),
    )
    yield (
        "mail of a request",
        team,
        searched("enquiries/outgoingmail/", [one.reference for one in asked_for]),
    )
    for model in ("reading", "outgoingmail"):
        yield from lists(team, pages(f"enquiries/{model}/"), rounds)
    yield from lists(team, pages("enquiries/reading/", deed__exact="opened"), rounds)
    for asked in ({"held_at__isempty": "0"}, {"sent_at__isempty": "1"}, {"purpose__exact": "team"}):
        yield from lists(team, pages("enquiries/outgoingmail/", **asked), rounds)
    for path in (
        "enquiries/deletion/",
        "enquiries/reading/",
        "enquiries/outgoingmail/",
        "procedures/task/",
        "procedures/edition/",
        "procedures/block/",
        "procedures/figure/",
        "procedures/source/",
        "procedures/offering/",
        "procedures/hospital/",
        "auth/user/",
    ):
        yield from lists(keeper, pages(path), rounds)


def find_a_person(team: Client, rounds: int) -> Iterator[tuple[str, Client, list[dict[str, str]]]]:
    """What is typed of a person who rings in: a name, a name with a slip, a number, a reference."""
    chance = random.Random(3)
    many = Enquiry.objects.count()
    people = [Enquiry.objects.order_by("pk")[chance.randrange(many)] for _ in range(rounds)]
    yield "find by name", team, [{"words": one.name} for one in people]
    yield "find by name, one slip", team, [{"words": one.name[:-2] + one.name[-1]} for one in people]
    yield "find by number", team, [{"words": one.phone} for one in people]
    yield "find by reference", team, [{"words": one.reference} for one in people]


def memory() -> int:
    """What this process holds, in KB."""
    gc.collect()
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmRSS"):
            return int(line.split()[1])
    return 0


def measured(name: str, asked: list[Any], clock: Clock, open_page: Any) -> tuple[str, bool, str]:
    """A line of the table, whether the promise is kept, and the plan of the slowest query."""
    open_page(asked[0])
    slowest: SQL = (0.0, "", None)
    database, page, queries = [], [], 0
    for one in asked:
        in_database, whole, status = open_page(one)
        assert status == 200, (one, status)
        database.append(in_database)
        page.append(whole)
        queries = max(queries, len(clock.queries))
        slowest = max(slowest, *clock.queries, key=lambda query: query[0])
    is_kept = p95(page) <= PAGE_MS and queries <= QUERIES
    line = (
        f"{name[:44]:46}{median(page):8.1f}{p95(page):8.1f}{median(database):8.1f}{p95(database):8.1f}{queries:6}"
        f"{'' if is_kept else '  misses'}"
    )
    return line, is_kept, f"{name}: {slowest[0]:.1f} ms\n{slowest[1]}\n\n{explained(slowest)}\n"


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--consultants", type=int, default=MANY, help="how many there must be")
    parser.add_argument("--requests", type=int, default=MANY, help="how many there must be")
    parser.add_argument("--rounds", type=int, default=ROUNDS, help="how often each page is asked for")
    parser.add_argument("--only", default="", help="only pages whose name has this in it")
    options = parser.parse_args()
    fill_the_desk(options.consultants, options.requests)
    ContentType.objects.clear_cache()
    clock, plans, missed = Clock(), [], 0
    lines = [
        f"{Consultant.objects.count():,} consultants, {Enquiry.objects.count():,} requests,"
        f" {OutgoingMail.objects.count():,} mails, {Reading.objects.count():,} readings.",
        f"{options.rounds} rounds of each, milliseconds: median and 95th percentile, and the number of queries",
        f"{'':46}{'page':>16}{'database':>16}{'':>6}",
    ]
    print("\n".join(lines))
    with connection.execute_wrapper(clock):
        found: list[Case] = []
        for name, client, addresses in cases(options.rounds):
            if options.only in name:
                found.append((name, client, addresses))
                line, is_kept, plan = measured(
                    name, addresses, clock, lambda one, c=client: ask(c, clock, one)
                )
                missed += not is_kept
                plans.append(plan)
                lines.append(line)
                print(line, flush=True)
        team = browser("team", Role.ENQUIRY_MANAGER, Role.ENQUIRY_HANDLER)
        for name, client, typed in find_a_person(team, options.rounds):
            if options.only in name:
                line, is_kept, plan = measured(
                    name, typed, clock, lambda one, c=client: ask_by_post(c, clock, one)
                )
                missed += not is_kept
                plans.append(plan)
                lines.append(line)
                print(line, flush=True)
    for _, client, addresses in (found * 200)[:200]:  # once to warm up
        client.get(addresses[0], headers={"host": "127.0.0.1"})
    before = memory()
    for _, client, addresses in (found * 200)[:200]:
        client.get(addresses[0], headers={"host": "127.0.0.1"})
    lines.append(f"Memory: {before / 1024:.1f} MB, after 200 more pages {memory() / 1024:.1f} MB.")
    lines.append(
        f"{missed} miss {PAGE_MS} ms or {QUERIES} queries."
        if missed
        else f"All within {PAGE_MS} ms and {QUERIES} queries."
    )
    print("\n".join(lines[-2:]))
    if not options.only:
        kept = Path(__file__).with_suffix(".txt")
        kept.write_text("\n".join([*lines, "", *plans]))
        print(f"figures and plans: {kept}")
    return 0


def ask_by_post(client: Client, clock: Clock, typed: dict[str, str]) -> tuple[float, float, int]:
    """As `ask`, with what is typed kept out of the address."""
    clock.queries.clear()
    began = time.perf_counter()
    response = client.post("/admin/enquiries/enquiry/find/", typed, headers={"host": "127.0.0.1"})
    return sum(ms for ms, _, _ in clock.queries), 1000 * (time.perf_counter() - began), response.status_code


if __name__ == "__main__":
    sys.exit(main())
