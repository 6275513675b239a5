"""Whether anybody is lost or kept waiting while the site is changed: `make bench-upgrade`.

The code of an earlier commit and the code as it is here serve one database side by side, as two machines do while one
after the other is changed. Made-up patients send requests to both, and search. Meanwhile the tables are taken back to what
the earlier code knew, and changed again. So each of the two is tried on the tables of the other. Told is the longest that
anybody waited for a page, at each step. The exit code is 1 where a promise is broken. It needs git.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from queue import Empty, Queue

from tests.bench.requests import Answer, Patient, Record, Sent, answers_of
from tests.bench.serving import ROOT, Site, judged, served

from django.conf import settings  # isort: skip - the site must be set up first
from django.db import connection  # isort: skip
from django.db.models import Count  # isort: skip

from enquiries.models import Enquiry, OutgoingMail  # isort: skip
from kyphoplasty_site import localdb  # isort: skip
from kyphoplasty_site.demo_requests import add_enquiries  # isort: skip
from procedures.models import Hospital  # isort: skip
from tests.bench.multiplying import multiply  # isort: skip

REQUESTS, CLIENTS, ONE_BY_ONE = 1_000, 4, 10_000
AT_MOST = 1.0  # seconds that anybody waits for a page
APPS = ("procedures", "consultants", "enquiries", "kyphoplasty_site")
NO_LIMITS = {"SENDS_PER_HOUR": "1000000000", "SENDS_PER_NUMBER": "1000000000"}


@dataclass
class Step(Record):
    """What the patients met while it lasted; seconds that each page took, and that the tables took to change."""

    waits: list[float] = field(default_factory=list)
    changed_in: float = 0.0

    def told(self) -> str:
        waits = sorted(self.waits)
        ninety_nine = waits[len(waits) * 99 // 100]
        tables = f"; tables changed in {self.changed_in:.1f} s" if self.changed_in else ""
        return (
            f"{len(waits)} pages, 99 in 100 within {ninety_nine:.2f} s, the slowest {waits[-1]:.2f} s{tables}"
        )


class TimedPatient(Patient):
    """A patient who looks at the clock."""

    record: Step

    def once(self, method: str, path: str, fields: list[tuple[str, str]] | None = None) -> Answer | None:
        began = time.monotonic()
        answer = super().once(method, path, fields)
        self.record.waits.append(time.monotonic() - began)
        return answer


@contextmanager
def code_of(commit: str) -> Iterator[Path]:
    """The tree as it was at that commit, in a folder of its own."""
    folder = Path(tempfile.mkdtemp(prefix="upgrade-", dir="/var/tmp"))
    folder.chmod(0o755)
    tree = folder / "site"
    subprocess.run(["git", "worktree", "add", "--quiet", "--detach", str(tree), commit], cwd=ROOT, check=True)
    try:
        yield tree
    finally:
        subprocess.run(["git", "worktree", "remove", "--force", str(tree)], cwd=ROOT, check=True)
        shutil.rmtree(folder, ignore_errors=True)


def before_the_last_migration() -> str:
    """The commit before the one that brought the newest migration."""
    asked = [
        "git",
        "log",
        "--diff-filter=A",
        "-1",
        "--format=%H",
        "--",
        *(f"{app}/migrations" for app in APPS),
    ]
    brought = subprocess.run(asked, cwd=ROOT, check=True, capture_output=True, text=True).stdout.strip()
    return f"{brought}^"


def newest_migrations(tree: Path) -> dict[str, str]:
    """Of each app, by the number in its name."""
    return {app: max(path.stem for path in (tree / app / "migrations").glob("0*.py")) for app in APPS}


def change_tables(to: dict[str, str], step: Step) -> None:
    """Migrate each app to that migration, as an administrator does while the site is used."""
    began = time.monotonic()
    for app, name in to.items():
        subprocess.run([sys.executable, "manage.py", "migrate", "-v0", app, name], cwd=ROOT, check=True)
    step.changed_in = time.monotonic() - began


def send(
    queue: "Queue[int]", sites: list[Site], step: Step, hospital: str, is_changing: threading.Event
) -> None:
    """What people do, one after the other, until there is no more to do and the tables stand still."""
    while True:
        try:
            number = queue.get_nowait()
        except Empty:
            if not is_changing.is_set():
                return
            number = 0
        patient = TimedPatient(sites[number % len(sites)], step)
        if number == 0:
            patient.until_answered("GET", "/search/?q=broken+back")
            continue
        kind, answers = answers_of(number, hospital)
        sent = patient.send(kind, patient.check(kind, answers))
        step.acknowledged.append(Sent(sent, answers["name"]))


def stepped(name: str, numbers: range, sites: list[Site], to: dict[str, str] | None) -> Step:
    """So many requests, while the tables change if they are to."""
    step, queue, is_changing = Step(), Queue[int](), threading.Event()
    for number in numbers:
        queue.put(number)
    hospital = Hospital.objects.earliest("pk").slug
    connection.close()
    if to:
        is_changing.set()
    clients = [
        threading.Thread(target=send, args=(queue, sites, step, hospital, is_changing))
        for _ in range(CLIENTS)
    ]
    for client in clients:
        client.start()
    try:
        if to:
            change_tables(to, step)
    finally:
        is_changing.clear()
        for client in clients:
            client.join()
    print(f"{name}: {step.told()}; statuses {dict(step.statuses)}, {step.unanswered} unanswered", flush=True)
    return step


@contextmanager
def both(before: Path) -> Iterator[tuple[Site, Site]]:
    """The site as it is here, with its worker, and the earlier code's pages beside it, on the same tables."""
    folder = before.parent / "data"
    folder.mkdir()
    with served(**NO_LIMITS) as here:
        own = {"DATA_DIR": str(folder), "DATABASE_URL": localdb.url(settings.DATA_DIR), **NO_LIMITS}
        for words in (["collectstatic", "-v0", "--no-input"], ["write_error_pages"]):
            command = [sys.executable, "manage.py", *words]
            subprocess.run(command, cwd=before, env=os.environ | own, check=True, stdout=subprocess.DEVNULL)
        with served(before, "--only", "web", **own) as there:
            yield here, there


def fill(rows: int) -> None:
    """As many made-up requests as are missing."""
    for add, there_must_be in ((add_enquiries, min(rows, ONE_BY_ONE)), (multiply, rows)):
        missing = there_must_be - Enquiry.objects.count()
        for done in add(missing) if missing > 0 else ():
            print(f"\rmaking up requests: {done} of {missing}", end="", file=sys.stderr, flush=True)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--before", help="the earlier commit (the one before the newest migration)")
    parser.add_argument("--requests", type=int, default=REQUESTS, help=f"sent at each step ({REQUESTS})")
    parser.add_argument("--rows", type=int, default=0, help="requests that the tables hold before (0)")
    options = parser.parse_args()
    with code_of(options.before or before_the_last_migration()) as tree, both(tree) as sites:
        fill(options.rows)
        then, now = newest_migrations(tree), newest_migrations(ROOT)
        print(f"The tables go back from {now} to {then}.")
        last = Enquiry.objects.latest("pk").pk if Enquiry.objects.exists() else 0
        # Names that no run before has used: the same answers again, within the hour, are the same request.
        numbers = iter(range(last + 1, last + 4 * options.requests + 1, options.requests))
        steps = [
            stepped(name, range(start, start + options.requests), list(sites), to)
            for (name, to), start in zip(
                {
                    "both on the tables of now": None,
                    "while the tables go back": then,
                    "both on the earlier tables": None,
                    "while the tables change": now,
                }.items(),
                numbers,
                strict=True,
            )
        ]
        return report(steps, last)


def report(steps: list[Step], last: int) -> int:
    """What the database holds, against what the patients were shown."""
    new = Enquiry.objects.filter(pk__gt=last)
    stored = dict(new.values_list("reference", "name"))
    acknowledged = [sent for step in steps for sent in step.acknowledged]
    lost = [sent for sent in acknowledged if stored.get(sent.reference) != sent.name]
    twice = new.values("name").annotate(rows=Count("pk")).filter(rows__gt=1).count()
    mails = OutgoingMail.objects.filter(enquiry__in=new.values("pk"))
    twice_mailed = mails.values("enquiry", "purpose").annotate(rows=Count("pk")).filter(rows__gt=1).count()
    failed = sum(many for step in steps for status, many in step.statuses.items() if status >= 500)
    slowest = max(wait for step in steps for wait in step.waits)
    return judged(
        {
            f"0 of {len(acknowledged)} acknowledged lost ({len(lost)})": bool(acknowledged) and not lost,
            f"0 stored twice ({twice}; {len(stored)} rows)": twice == 0 and len(stored) == len(acknowledged),
            f"0 mails of a kind twice ({twice_mailed})": twice_mailed == 0,
            f"0 pages that failed ({failed})": failed == 0,
            f"0 that got no answer ({sum(step.unanswered for step in steps)})": not any(
                step.unanswered for step in steps
            ),
            f"nobody waited longer than {AT_MOST:g} s ({slowest:.2f} s)": slowest <= AT_MOST,
        }
    )


if __name__ == "__main__":
    sys.exit(main())
