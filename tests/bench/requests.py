"""Whether a request that was acknowledged can be lost, or be stored twice: `make bench-requests`.

Made-up patients fill in both forms of the real site while web processes are killed outright and the database is stopped
at once. Who gets no answer, or an honest “not now”, presses the button again, as people do. Acknowledged is who was
shown a reference. Some press twice at the same time; some change their text and send it under the id they had.
The exit code is 1 where a promise is broken.
"""

import argparse
import http.client
import random
import signal
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.cookies import SimpleCookie
from queue import Empty, Queue
from typing import Any, NamedTuple
from urllib.parse import urlencode, urlsplit

from lxml import html

from tests.bench.serving import Site, judged, served, wait_until

from django.db import Error, connection  # isort: skip - the site must be set up first
from django.db.models import Count  # isort: skip

from enquiries.models import Enquiry, OutgoingMail  # isort: skip
from procedures.models import Hospital  # isort: skip

REQUESTS, DOUBLES, CHANGES, CLIENTS, STOPS = 10_000, 500, 200, 32, 3
KILL_EVERY = 2.5
BACK_WITHIN = 2.0
# The regulator's own numbers, kept out of use for stories.
NUMBERS = [f"{area}{n:03}" for area in ("07700900", "01632960", "01134960", "01144960") for n in range(1000)]


class Answer(NamedTuple):
    """What came back: `place` is where a redirect leads."""

    status: int
    body: str
    place: str


class Sent(NamedTuple):
    """A request that a patient was shown a reference for."""

    reference: str
    name: str


@dataclass
class Record:
    """What the patients met."""

    acknowledged: list[Sent] = field(default_factory=list)
    times: list[float] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)
    unanswered: int = 0
    differing_doubles: int = 0
    dropped_changes: int = 0


class Patient:
    """A browser with its own cookies."""

    def __init__(self, site: Site, record: Record) -> None:
        self.site, self.record = site, record
        self.cookies: SimpleCookie = SimpleCookie()

    def once(self, method: str, path: str, fields: list[tuple[str, str]] | None = None) -> Answer | None:
        """One request; None where nothing came back."""
        line = http.client.HTTPConnection("127.0.0.1", self.site.port, timeout=20)
        headers = {"Cookie": "; ".join(f"{name}={morsel.value}" for name, morsel in self.cookies.items())}
        if fields is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        try:
            line.request(method, path, urlencode(fields or []), headers)
            response = line.getresponse()
            body = response.read().decode()
        except (OSError, http.client.HTTPException):
            self.record.unanswered += 1
            return None
        finally:
            line.close()
        for header in response.headers.get_all("Set-Cookie") or []:
            self.cookies.load(header)
        self.record.statuses[response.status] += 1
        return Answer(response.status, body, response.headers.get("Location", ""))

    def until_answered(self, method: str, path: str, fields: list[tuple[str, str]] | None = None) -> Answer:
        """Pressed again until something other than “not now” comes back."""
        while True:
            answer = self.once(method, path, fields)
            if answer and answer.status < 500:
                return answer
            time.sleep(0.1)

    def check(self, kind: str, answers: dict[str, str]) -> list[tuple[str, str]]:
        """Fill in the form; the fields of the check page."""
        return fields_of(self.until_answered("POST", f"/{kind}/", list(answers.items())))

    def send(self, kind: str, fields: list[tuple[str, str]]) -> str:
        """Press send, as often as it takes; the reference that is then shown."""
        answer = self.until_answered("POST", f"/{kind}/send/", fields)
        while answer.status != 303:  # the check page again, with everything typed and a fresh token
            answer = self.until_answered("POST", f"/{kind}/send/", fields_of(answer))
        page = self.until_answered("GET", urlsplit(answer.place).path)
        reference = str(html.fromstring(page.body).xpath("//@data-reference")[0])
        self.record.times.append(time.monotonic())
        return reference


def fields_of(answer: Answer) -> list[tuple[str, str]]:
    """What the page's own form would send."""
    form = html.fromstring(answer.body).xpath("//main//form")[0]
    return [(name, str(value)) for name, value in form.form_values()]


def answers_of(number: int, hospital: str) -> tuple[str, dict[str, str]]:
    """The form and what is typed into it: every second a call-back, every third with an email."""
    answers = {
        "name": f"Jo Larkspur {number}",
        "phone": NUMBERS[number % len(NUMBERS)],
        "hospital": hospital,
        "consent": "1",
    }
    if number % 3 == 0:
        answers["email"] = f"jo{number}@larkspur.example"
    if number % 2:
        return "call-back", answers
    return "enquiry", answers | {"question": f"Could this help my mother? {number}"}


def one_patient(site: Site, record: Record, number: int, how: str, hospital: str) -> None:
    """What one person does, from the form to the reference."""
    patient = Patient(site, record)
    kind, answers = answers_of(number, hospital)
    fields = patient.check(kind, answers)
    if how == "double":
        other = Patient(site, record)
        other.cookies = patient.cookies
        shown: list[str] = []
        presses = [
            threading.Thread(target=lambda who=who: shown.append(who.send(kind, fields)))
            for who in (patient, other)
        ]
        for press in presses:
            press.start()
        for press in presses:
            press.join()
        record.differing_doubles += len(set(shown)) != 1
        reference = shown[0]
    else:
        reference = patient.send(kind, fields)
    record.acknowledged.append(Sent(reference, answers["name"]))
    if how == "change":
        changed = [(name, f"{value} changed" if name == "name" else value) for name, value in fields]
        second = patient.send(kind, changed)
        record.dropped_changes += second == reference
        record.acknowledged.append(Sent(second, f"{answers['name']} changed"))


class Faults:
    """Kills web processes now and then, and stops the database at some points of the way."""

    def __init__(self, site: Site, record: Record, expected: int, stops: int) -> None:
        self.site, self.record = site, record
        self.stop_at = [expected * (n + 1) // (stops + 1) for n in range(stops)]
        self.kills = 0
        self.waits: list[float] = []
        self.is_over = threading.Event()

    def kill_web_processes(self) -> None:
        while not self.is_over.wait(KILL_EVERY):
            self.kills += self.site.kill_a_web_process()

    def stop_databases(self) -> None:
        for due in self.stop_at:
            while len(self.record.acknowledged) < due:
                if self.is_over.wait(0.05):
                    return
            self._stop_database()

    def _stop_database(self) -> None:
        """Immediately, as by a power cut; then note how long after it is back somebody is acknowledged."""
        before = database_started_at()
        self.site.kill("database", signal.SIGQUIT)
        wait_until(lambda: database_started_at() not in (None, before), 120, "the database is back")
        back = time.monotonic()
        wait_until(lambda: self.record.times[-1] > back, 60, "somebody is acknowledged again")
        self.waits.append(min(moment for moment in list(self.record.times) if moment > back) - back)


def database_started_at() -> Any:
    """When the server that answers was started; None where none answers."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_postmaster_start_time()")
            return cursor.fetchone()
    except Error:
        return None
    finally:
        connection.close()


def tasks(options: Any) -> Iterator[tuple[int, str]]:
    """So many people, in an order of chance: most press once."""
    ways = ["double"] * options.doubles + ["change"] * options.changes
    ways += ["once"] * (options.requests - len(ways))
    random.shuffle(ways)
    return enumerate(ways)


def work(queue: "Queue[tuple[int, str]]", site: Site, record: Record, hospital: str) -> None:
    while True:
        try:
            number, how = queue.get_nowait()
        except Empty:
            return
        one_patient(site, record, number, how, hospital)
        if number % 500 == 0:
            print(f"\racknowledged: {len(record.acknowledged)}", end="", file=sys.stderr, flush=True)


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--requests", type=int, default=REQUESTS, help=f"how many people ({REQUESTS})")
    parser.add_argument("--doubles", type=int, default=DOUBLES, help=f"of them press twice ({DOUBLES})")
    parser.add_argument("--changes", type=int, default=CHANGES, help=f"of them change it after ({CHANGES})")
    parser.add_argument("--clients", type=int, default=CLIENTS, help=f"at the same time ({CLIENTS})")
    parser.add_argument("--stops", type=int, default=STOPS, help=f"how often the database stops ({STOPS})")
    options = parser.parse_args()
    record = Record()
    queue: Queue[tuple[int, str]] = Queue()
    with served() as site:
        Enquiry.objects.all().delete()
        Hospital.objects.update(enquiries_email="team@elmpark.example")
        hospital = Hospital.objects.earliest("pk").slug
        connection.close()
        for task in tasks(options):
            queue.put(task)
        faults = Faults(site, record, options.requests + options.changes, options.stops)
        breaking = [
            threading.Thread(target=deed) for deed in (faults.kill_web_processes, faults.stop_databases)
        ]
        clients = [
            threading.Thread(target=work, args=(queue, site, record, hospital))
            for _ in range(options.clients)
        ]
        began = time.monotonic()
        for thread in [*breaking, *clients]:
            thread.start()
        for thread in clients:
            thread.join()
        took = time.monotonic() - began
        faults.is_over.set()
        for thread in breaking:
            thread.join()
        return report(options, record, faults, took)


def report(options: Any, record: Record, faults: Faults, took: float) -> int:
    """What the database holds, against what the patients were shown."""
    expected = options.requests + options.changes
    stored = dict(Enquiry.objects.values_list("reference", "name"))
    lost = [sent for sent in record.acknowledged if stored.get(sent.reference) != sent.name]
    twice = Enquiry.objects.values("name").annotate(rows=Count("pk")).filter(rows__gt=1).count()
    mails = Counter(OutgoingMail.objects.values_list("purpose", flat=True))
    with_email = Enquiry.objects.exclude(email="").count()
    waits = ", ".join(f"{wait:.2f}" for wait in faults.waits)
    print(
        f"\n{len(record.acknowledged)} acknowledged in {took:.0f} s; {faults.kills} web processes killed; database stopped "
        f"{len(faults.waits)} times, the first acknowledged after {waits} s; statuses {dict(record.statuses)}, "
        f"{record.unanswered} unanswered"
    )
    return judged(
        {
            f"all {expected} were acknowledged in the end": len(record.acknowledged) == expected,
            f"0 acknowledged lost ({len(lost)})": not lost,
            f"0 duplicates ({twice}; {len(stored)} rows)": twice == 0 and len(stored) == expected,
            f"0 responses 500 ({record.statuses[500]})": record.statuses[500] == 0,
            f"first acknowledgement {BACK_WITHIN:.0f} s after the database is back": len(faults.waits)
            == options.stops
            and all(wait <= BACK_WITHIN for wait in faults.waits),
            f"{options.doubles} double presses, one reference each": record.differing_doubles == 0,
            f"one mail to the team and, where there is an address, one to the patient ({dict(mails)})": mails
            == Counter(team=len(stored), received=with_email),
            f"{options.changes} changed texts under a used id, none dropped": record.dropped_changes == 0,
        }
    )


if __name__ == "__main__":
    sys.exit(main())
