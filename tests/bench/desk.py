"""How fast the staff desk answers with 100,000 consultants and 10,000, 100,000 and 1,000,000 requests: `make bench-desk`.

Each list, filter, search and box that completes what is typed is asked for by a person of the staff, through the whole
site, in this process; at each size those that have to do with requests. Told are the 95th percentile of the time of the page and of the work in it (the time that
processors spent on it here and in its database session: the time of the page, were the machine idle), how many times as
much work the median is at the last size as at the first, and the number of queries. All finished requests are exported:
when the first byte comes, and whether the memory of the process grows, as it must not with 200 more pages either. The
figures are kept in `desk.json` beside this file, and in `desk.txt` with the plan of the slowest query of each kind. It says
what misses the promise of 80 milliseconds of work, 12 queries and no more than 1.5 times the work, and fails for nothing.
"""

import argparse
import gc
import json
import os
import random
import re
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from statistics import median
from typing import Any
from urllib.parse import urlencode

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "kyphoplasty_site.settings")
django.setup()

from django.contrib.auth.models import Group, User  # noqa: E402 - the site must be set up first
from django.db import connection  # noqa: E402
from django.test import Client  # noqa: E402
from django.utils import timezone  # noqa: E402

import kyphoplasty_site.wsgi  # noqa: E402, F401 - loaded as the web server loads it
from consultants.models import Consultant, Reconfirmation  # noqa: E402
from enquiries.admin.queue import QueueForm  # noqa: E402
from enquiries.models import Deletion, Enquiry, TeamMember  # noqa: E402
from kyphoplasty_site.access import Role  # noqa: E402
from kyphoplasty_site.demo_requests import add_enquiries  # noqa: E402
from procedures.counting import MOST_COUNTED  # noqa: E402
from procedures.models import Edition, Hospital, Procedure, Task  # noqa: E402
from tests.bench.directory import SQL, Clock, ask, explained, fill, p95  # noqa: E402
from tests.bench.multiplying import multiply  # noqa: E402
from tests.staff import signed_in  # noqa: E402

MANY = 100_000
SIZES = [10_000, 100_000, 1_000_000]
# Of requests that are made up one by one. All others are copies.
ONE_BY_ONE = 10_000
ROUNDS = 30
PAGE_MS, QUERIES, GROWTH, PAGES_MORE = 80, 12, 1.5, 200
FIRST_BYTE_MS, MORE_MB = 200, 30
HOST = {"host": "127.0.0.1"}
DESK = "/admin"
CONSULTANTS, PRACTICES = f"{DESK}/consultants/consultant/", f"{DESK}/consultants/practice/"
QUEUE, MAILS, READINGS = (f"{DESK}/enquiries/{name}/" for name in ("enquiry", "outgoingmail", "reading"))
OF_PAGES = [
    *("procedures/task/", "procedures/edition/", "procedures/block/", "procedures/figure/"),
    *("procedures/source/", "procedures/offering/", "procedures/hospital/", "auth/user/"),
]
OF_REQUESTS = [f"enquiries/{name}/" for name in ("deletion", "reading", "outgoingmail", "teammember")]
BOX = f"{DESK}/autocomplete/?app_label=consultants&model_name=practice&field_name=consultant"


@dataclass
class Figures:
    """What a kind of page took, in milliseconds, how many queries it asked, and the slowest of them."""

    page: list[float] = field(default_factory=list)
    work: list[float] = field(default_factory=list)
    queries: int = 0
    slowest: SQL = (0.0, "", None)

    def is_kept(self, smallest: "Figures") -> bool:
        """Whether the promise is, by the work: whoever else keeps the machine busy breaks none."""
        return p95(self.work) <= PAGE_MS and self.queries <= QUERIES and self.grown(smallest) <= GROWTH

    def grown(self, smallest: "Figures") -> float:
        """How many times as much work it is as with the fewest requests."""
        return median(self.work) / median(smallest.work)

    def told(self) -> dict[str, Any]:
        """As the figures are kept."""
        times = {"page_ms": self.page, "work_ms": self.work}
        both = {name: [round(median(each), 1), round(p95(each), 1)] for name, each in times.items()}
        return both | {"queries": self.queries}


@dataclass(frozen=True)
class Case:
    """A kind of page: by whom it is asked for, and where; or what is posted there, kept out of the address."""

    name: str
    client: Client
    addresses: list[str]
    typed: tuple[str, ...] = ()

    def ask(self, clock: Clock, number: int) -> tuple[float, float, int]:
        """Milliseconds in the database and for the page, and the status."""
        if not self.typed:
            return ask(self.client, clock, self.addresses[number])
        clock.queries.clear()
        began = time.perf_counter()
        response = self.client.post(self.addresses[number], {"words": self.typed[number]}, headers=HOST)
        whole = 1000 * (time.perf_counter() - began)
        return sum(ms for ms, _, _ in clock.queries), whole, response.status_code


def browser(name: str, *roles: Role) -> Client:
    """A browser of a person with these roles, in the teams of the hospitals that have requests."""
    person, _ = User.objects.get_or_create(username=name, defaults={"is_staff": True})
    person.groups.set(Group.objects.filter(name__in=roles))
    for hospital in Hospital.objects.filter(enquiries__isnull=False).distinct():
        TeamMember.objects.get_or_create(user=person, hospital=hospital)
    return signed_in(Client(), person)


def fill_the_desk(consultants: int, requests: int) -> None:
    """A site of its own, with as many made-up rows of each kind as are missing."""
    fill(consultants)
    for add, there_must_be in ((add_enquiries, min(requests, ONE_BY_ONE)), (multiply, requests)):
        missing = there_must_be - Enquiry.objects.count()
        for done in add(missing) if missing > 0 else ():
            print(f"\rmaking up requests: {done} of {missing}", end="", file=sys.stderr, flush=True)
    now, long_ago = timezone.now(), timezone.now() - timedelta(days=30)
    counts = {"enquiries.Enquiry": 7, "enquiries.Note": 2}
    Deletion.objects.bulk_create(
        Deletion(cause=Deletion.Cause.TIME, counts=counts, at=now - timedelta(minutes=number))
        for number in range(Deletion.objects.count(), requests // 5)
    )
    if not Reconfirmation.objects.exists():
        Reconfirmation.objects.bulk_create(
            Reconfirmation(
                consultant=one,
                **{"due_on": long_ago.date(), "asked_at": long_ago, "sent_at": long_ago},
                **{"digest": f"{one.pk:064}", "expires_at": now + timedelta(days=9)},
            )
            for one in Consultant.objects.all()[: consultants // 20]
        )
    if not Task.objects.exists():
        edition = Edition.objects.earliest("pk")
        Task.objects.bulk_create(Task(edition=edition, what=f"Read it again: {n}.") for n in range(1000))
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")


def lists(rounds: int, client: Client, path: str, *narrowed: dict[str, str]) -> Iterator[Case]:
    """The first and the last page of a list, for each way to narrow it."""
    for asked in narrowed or ({},):
        address = f"{path}?{urlencode(asked)}"
        name = ", ".join((path.strip("/").rpartition("/")[2], *asked.values()))
        yield Case(name, client, [address] * rounds)
        yield Case(f"{name}: last page", client, [last_page(client, address)] * rounds)


def last_page(client: Client, address: str) -> str:
    """By the highest number that the first page leads to; the queue gives its last for any that is too high."""
    if address.startswith(QUEUE):
        return f"{address}&page=100000"
    numbers = re.findall(r"[?&;]p=(\d+)", client.get(address, headers=HOST).content.decode())
    return f"{address}&p={max(map(int, numbers), default=1)}"


def searches(path: str, words: list[str], name: str = "q") -> list[str]:
    return [f"{path}{'&' if '?' in path else '?'}{urlencode({name: each})}" for each in words]


def cases(rounds: int, *, of_requests: bool = False) -> Iterator[Case]:
    """Each kind of page: of the directory, of the pages, and of the enquiry team; or only what requests may slow down."""
    keeper = browser("keeper", Role.ADMINISTRATOR, Role.DIRECTORY_EDITOR, Role.CONTENT_EDITOR)
    if not of_requests:
        yield from of_the_directory(keeper, rounds)
        yield from of_the_administrator(keeper, rounds, OF_PAGES)
    yield from of_the_administrator(keeper, rounds, OF_REQUESTS)
    yield from of_the_team(browser("team", Role.ENQUIRY_MANAGER, Role.ENQUIRY_HANDLER), rounds)


def of_the_administrator(keeper: Client, rounds: int, paths: list[str]) -> Iterator[Case]:
    for path in paths:
        for case in lists(rounds, keeper, f"{DESK}/{path}"):
            yield Case(f"{case.name} (administrator)", case.client, case.addresses)


def of_the_directory(keeper: Client, rounds: int) -> Iterator[Case]:
    hospital = str(Hospital.objects.filter(slug__startswith="made-up").latest("pk").pk)
    procedure = str(Procedure.objects.published().latest("pk").pk)
    narrowed = [{"directory": "listed"}, {"directory": "unlisted"}, {"missing": "practice"}]
    narrowed += [{"missing": "gmc"}, {"standing": "lapsed"}, {"standing": "unconfirmed"}]
    yield from lists(
        rounds, keeper, CONSULTANTS, {}, *narrowed, {"hospital": hospital}, {"procedures": procedure}
    )
    of_a_hospital = {"hospital__id__exact": hospital}
    yield from lists(rounds, keeper, PRACTICES, {}, {"standing": "lapsed"}, of_a_hospital)
    chance, many = random.Random(1), Consultant.objects.count()
    people = [Consultant.objects.order_by("pk")[chance.randrange(many)] for _ in range(rounds)]
    surnames = [one.family_name for one in people]
    for name, words in {
        "both names": [f"{one.given_name} {one.family_name}" for one in people],
        "surname": surnames,
        "three letters": [surname[:3] for surname in surnames],
        "one letter": [surname[0] for surname in surnames],
    }.items():
        yield Case(f"consultants by {name}", keeper, searches(CONSULTANTS, words))
        yield Case(f"practices by {name}", keeper, searches(PRACTICES, words))
        yield Case(f"box, {name}", keeper, searches(BOX, words, "term"))
    yield Case("box, nothing typed", keeper, [BOX] * rounds)
    yield Case("box: last page", keeper, [f"{BOX}&page={min(many, MOST_COUNTED) // 20}"] * rounds)
    yield Case("history", keeper, [f"{CONSULTANTS}{one.pk}/history/" for one in people])
    yield Case("facts to confirm", keeper, [f"{CONSULTANTS}facts-to-confirm/"] * rounds)
    yield Case(
        "facts to confirm: last page", keeper, [f"{CONSULTANTS}facts-to-confirm/?page=100000"] * rounds
    )


def of_the_team(team: Client, rounds: int) -> Iterator[Case]:
    yield from lists(rounds, team, QUEUE, *({"state": state} if state else {} for state in QueueForm.STATES))
    yield from lists(rounds, team, READINGS, {}, {"deed__exact": "opened"})
    held = [{"held_at__isempty": "0"}, {"sent_at__isempty": "1"}, {"purpose__exact": "team"}]
    yield from lists(rounds, team, MAILS, {}, *held)
    chance, many = random.Random(3), Enquiry.objects.count()
    asked = [Enquiry.objects.order_by("pk")[chance.randrange(many)] for _ in range(rounds)]
    references = [one.reference for one in asked]
    yield Case("a request", team, [f"{QUEUE}{one.pk}/change/" for one in asked])
    yield Case("readings of a request", team, searches(READINGS, references))
    yield Case("mails of a request", team, searches(MAILS, references))
    for name, typed in {
        "name": [one.name for one in asked],
        "name, one slip": [one.name[:-2] + one.name[-1] for one in asked],
        "number": [one.phone for one in asked],
        "part of a number": [one.phone[-6:] for one in asked],
        "reference": references,
    }.items():
        yield Case(f"find by {name}", team, [f"{QUEUE}find/"] * rounds, tuple(typed))


def worked() -> float:
    """Milliseconds that processors have spent on this process and on its database session, where Linux tells."""
    session = connection.connection.info.backend_pid
    told = [Path(f"/proc/{pid}/schedstat") for pid in ("self", session)]
    return sum(int(one.read_text().split()[0]) for one in told if one.exists()) / 1e6


def measured(case: Case, clock: Clock) -> Figures:
    """The page asked for at each of its addresses, once it has been seen."""
    case.ask(clock, 0)
    figures = Figures()
    for number in range(len(case.addresses)):
        before = worked()
        _, whole, status = case.ask(clock, number)
        figures.work.append(worked() - before)
        assert status == 200, (case.addresses[number], status)
        figures.page.append(whole)
        figures.queries = max(figures.queries, len(clock.queries))
        figures.slowest = max(figures.slowest, *clock.queries, key=lambda query: query[0])
    return figures


def held() -> float:
    """The memory of this process, in MB."""
    status = Path("/proc/self/status").read_text()
    return int(status.partition("VmRSS:")[2].split()[0]) / 1024


def exported() -> dict[str, Any]:
    """All finished requests as CSV: when the file begins, when the first requests come, and how the memory grows meanwhile."""
    team = browser("team", Role.ENQUIRY_MANAGER, Role.ENQUIRY_HANDLER)
    gc.collect()
    before, began, came = held(), time.perf_counter(), []
    asked = {"reason": "To measure how long it takes", "kind": "csv"}
    response: Any = team.post(f"{QUEUE}export/?state=finished", asked, headers=HOST)
    rows, most = -1, before
    for part in response.streaming_content:
        came.append(time.perf_counter() - began)
        rows, most = rows + part.count(b"\n"), max(most, held())
    return {
        "rows": rows,
        "first_byte_ms": round(1000 * came[0], 1),
        "first_rows_ms": round(1000 * came[2], 1),
        "seconds": round(came[-1], 1),
        "more_mb": round(most - before, 1),
    }


def memory_told(cases: list[Case]) -> str:
    """What this process holds before and after many more pages, once it has seen each."""
    gc.collect()
    clock, before = Clock(), held()
    for number in range(PAGES_MORE):
        cases[number % len(cases)].ask(clock, 0)
    gc.collect()
    return f"Memory: {before:.1f} MB, after {PAGES_MORE} more pages {held():.1f} MB."


def lines_of(sizes: dict[int, dict[str, Figures]]) -> Iterator[str]:
    """A line for each kind of page, at every size."""
    largest, missed = list(sizes.values())[-1], 0
    yield f"{'':43}" + "".join(f"{many:>16,}" for many in sizes) + "  growth queries"
    for name, figures in largest.items():
        at_each = [found[name] for found in sizes.values() if name in found]
        times = "".join(f"{p95(one.page):8.1f}{p95(one.work):8.1f}" for one in at_each)
        is_kept = figures.is_kept(at_each[0])
        missed += not is_kept
        growth = f"{figures.grown(at_each[0]):8.1f}" if len(at_each) > 1 else " " * 8
        yield f"{name[:42]:43}{times:>{16 * len(sizes)}}{growth}{figures.queries:8}{'' if is_kept else '  misses'}"
    yield f"{missed} of {len(largest)} miss {PAGE_MS} ms of work, {QUERIES} queries or {GROWTH} times the work."


def export_told(many: int, found: dict[str, Any]) -> str:
    is_kept = found["first_byte_ms"] < FIRST_BYTE_MS and found["more_mb"] < MORE_MB
    return (
        "Export among {many:,}: {rows:,} rows in {seconds} s, the first byte after {first_byte_ms} ms, the first rows after"
        " {first_rows_ms} ms, {more_mb} MB more memory{word}."
    ).format(many=many, word="" if is_kept else ": misses", **found)


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--consultants", type=int, default=MANY, help="how many there must be")
    parser.add_argument("--requests", type=int, nargs="+", default=SIZES, help="how many, at each size")
    parser.add_argument("--rounds", type=int, default=ROUNDS, help="how often each page is asked for")
    parser.add_argument("--only", default="", help="only pages whose name has this in it; nothing is kept")
    options = parser.parse_args()
    clock, sizes, exports, memory = Clock(), {}, {}, ""
    load = " ".join(f"{one:.1f}" for one in os.getloadavg())
    for requests in sorted(options.requests):
        fill_the_desk(options.consultants, requests)
        gc.collect()
        gc.freeze()  # as the web server does once it has loaded all there is to load
        with connection.execute_wrapper(clock):
            found = cases(options.rounds, of_requests=requests < max(options.requests))
            asked = [case for case in found if options.only in case.name]
            sizes[requests] = {case.name: measured(case, clock) for case in asked}
            memory = memory_told(asked)
        exports[requests] = exported()
    lines = [
        f"{Consultant.objects.count():,} consultants; milliseconds of {options.rounds} rounds, the 95th percentile of page and work",
        f"{os.cpu_count()} processors, load {load} before",
        *lines_of(sizes),
        *(export_told(many, found) for many, found in exports.items()),
        memory,
    ]
    print("\n" + "\n".join(lines))
    if not options.only:
        keep(lines, sizes, exports)
    return 0


def keep(lines: list[str], sizes: dict[int, dict[str, Figures]], exports: dict[int, dict[str, Any]]) -> None:
    """The figures beside this file, with the plans of the largest size."""
    figures = [
        {
            "requests": many,
            "export": exports[many],
            "lists": {name: one.told() for name, one in found.items()},
        }
        for many, found in sizes.items()
    ]
    kept = Path(__file__)
    kept.with_suffix(".json").write_text(json.dumps(figures, indent=1) + "\n")
    plans = [
        f"{name}: {one.slowest[0]:.1f} ms\n{one.slowest[1]}\n\n{explained(one.slowest)}\n"
        for name, one in list(sizes.values())[-1].items()
    ]
    kept.with_suffix(".txt").write_text("\n".join([*lines, "", *plans]))
    print(f"figures: {kept.with_suffix('.json')}; with plans: {kept.with_suffix('.txt')}")


if __name__ == "__main__":
    sys.exit(main())
