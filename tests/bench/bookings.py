"""Whether the last place of a call window can be given twice: `make bench-bookings`.

In each round 200 made-up patients choose one time that has five places, on the real site, and press send together. Five
are promised it. The others keep all they typed and are offered other times. The exit code is 1 where that is not so.
"""

import argparse
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import time
from typing import Self

from lxml import html

from tests.bench.requests import NUMBERS, Patient, Record, fields_of
from tests.bench.serving import Site, judged, served

from django.db import connection  # isort: skip - the site must be set up first

from enquiries import promises  # isort: skip
from enquiries.models import CallWindow, Enquiry  # isort: skip
from procedures.models import Hospital, OpeningHours  # isort: skip

BOOKINGS, PLACES, ROUNDS, CLIENTS = 200, 5, 20, 32


def windows(places: int) -> list[str]:
    """Five windows a day on the days that a patient may choose from, with so many places each, by their keys."""
    hospital = Hospital.objects.earliest("pk")
    Enquiry.objects.all().delete()
    CallWindow.objects.all().delete()
    for weekday in range(7):
        hours = {"opens_at": time(8), "closes_at": time(20)}
        OpeningHours.objects.update_or_create(hospital=hospital, weekday=weekday, defaults=hours)
        CallWindow.objects.bulk_create(
            CallWindow(
                hospital=hospital,
                weekday=weekday,
                starts_at=time(hour),
                ends_at=time(hour + 1),
                places=places,
            )
            for hour in range(14, 19)
        )
    return list(promises.free_slots(hospital))


@dataclass
class Press:
    """One patient before the last button: all is typed and checked, and the time is still free."""

    patient: Patient
    name: str
    fields: list[tuple[str, str]]

    @classmethod
    def of(cls, site: Site, record: Record, number: int, key: str, hospital: str) -> Self:
        """Fill in the form and check the answers."""
        patient, name = Patient(site, record), f"Jo Larkspur {key} {number}"
        answers = {
            "name": name,
            "phone": NUMBERS[number % len(NUMBERS)],
            "hospital": hospital,
            "call_time": key,
            "consent": "1",
        }
        return cls(patient, name, patient.check("call-back", answers))

    def send(self) -> tuple[bool, bool]:
        """Whether they were promised the time; if not, whether all they typed came back, with other times."""
        answer = self.patient.until_answered("POST", "/call-back/send/", self.fields)
        if answer.status == 303:
            return True, True
        again = dict(fields_of(answer))
        offered = html.fromstring(answer.body).xpath("//main//*[@name='call_time']")
        return False, again["name"] == self.name and bool(offered)


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--bookings", type=int, default=BOOKINGS, help=f"for each time ({BOOKINGS})")
    parser.add_argument("--rounds", type=int, default=ROUNDS, help=f"how many times ({ROUNDS})")
    parser.add_argument("--clients", type=int, default=CLIENTS, help=f"at the same time ({CLIENTS})")
    options = parser.parse_args()
    record, given, kept = Record(), [], []
    with served() as site:
        hospital = Hospital.objects.earliest("pk").slug
        keys = windows(PLACES)[-options.rounds :]
        for done, key in enumerate(keys, 1):
            with ThreadPoolExecutor(options.clients) as pool:
                checked = [
                    pool.submit(Press.of, site, record, number, key, hospital)
                    for number in range(options.bookings)
                ]
                presses = [one.result() for one in checked]
                sent = [pool.submit(press.send) for press in presses]
                came = [one.result() for one in sent]
            begins = (promises.moments(key) or (None,))[0]
            places = sorted(
                Enquiry.objects.filter(call_from_at=begins).values_list("call_place", flat=True), key=str
            )
            given.append(sum(is_promised for is_promised, _ in came) == PLACES and len(places) == PLACES)
            kept.append(all(is_kept for _, is_kept in came))
            print(f"\rrounds: {done} of {len(keys)}", end="", file=sys.stderr, flush=True)
        connection.close()
    print(f"\n{len(keys)} rounds, {options.bookings} bookings each; statuses {dict(record.statuses)}")
    return judged(
        {
            f"{options.rounds} rounds were run": len(keys) == options.rounds,
            f"exactly {PLACES} were promised each time": all(given),
            "the others kept what they typed and were offered other times": all(kept),
            f"0 responses 500 ({record.statuses[500]})": record.statuses[500] == 0,
        }
    )


if __name__ == "__main__":
    sys.exit(main())
