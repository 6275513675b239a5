"""Whether the site keeps its promises whatever breaks: `make faults`.

Each fault happens to the real `make serve` while made-up patients send requests to it, press twice and change what they
sent, as in `make bench-requests`. Meanwhile the site is read from outside: published pages must stay as they were, a
form must be stored or come back with everything typed and the phone number, /readyz must tell what is broken within a
minute. Then all must recover without hands: each acknowledged request is stored once, each of its mails leaves under
one Message-ID. The exit code is 1 where a promise is broken, or a fault cannot be done here.
"""

import argparse
import json
import sys
import threading
import time
from collections import Counter
from pathlib import Path
from queue import Queue
from typing import Any

from tests.bench.requests import CHANGES, CLIENTS, DOUBLES, REQUESTS, Record, tasks, work
from tests.bench.serving import Site, comes_true, judged, served

from django.db import Error, connection  # isort: skip - the site must be set up first

from enquiries.models import Enquiry, OutgoingMail  # isort: skip
from procedures.models import Hospital, Leaflet  # isort: skip
from procedures.printing import can_print  # isort: skip
from tests.faults.breaking import FAULTS, CannotRun, Fault, Stage  # isort: skip
from tests.faults.post import Post  # isort: skip
from tests.faults.watching import Outside, Seen  # isort: skip

FIGURES = Path(__file__).with_name("figures.json")
TELLS_WITHIN, CLEARS_WITHIN = 60.0, 60.0
LONGEST_FORM, LONGEST_PAGE = 4.0, 2.0
# Mail that was refused some times is tried again after some minutes, and thousands that wait take their time.
MAIL_LEAVES_WITHIN = 900.0
FORMS = 60  # sent from outside while it is broken


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="make faults", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--requests", type=int, default=REQUESTS, help=f"how many people for each ({REQUESTS})"
    )
    parser.add_argument("--clients", type=int, default=CLIENTS, help=f"at the same time ({CLIENTS})")
    parser.add_argument(
        "--patience",
        type=float,
        default=1.0,
        help=f"how many times {LONGEST_FORM:.0f} s a form may take, {LONGEST_PAGE:.0f} s a kept page and two minutes"
        " the leaflets before, for a busy machine (1)",
    )
    parser.add_argument("--only", nargs="+", choices=list(FAULTS), metavar="NAME", help=", ".join(FAULTS))
    parser.add_argument("--figures", type=Path, default=FIGURES, help="where the figures are kept")
    options = parser.parse_args()
    options.doubles = DOUBLES * options.requests // REQUESTS
    options.changes = CHANGES * options.requests // REQUESTS
    kept = {name: _run(FAULTS[name], options) for name in options.only or FAULTS}
    print(table(kept))
    return int(not all(all(one["promises"].values()) for one in kept.values()))


def _run(fault: Fault, options: Any) -> dict[str, Any]:
    """Print what came of it, and keep the figures."""
    print(f"\n{fault.name}: {fault.what}", flush=True)
    try:
        figures = happens(fault, options)
    except CannotRun as lacking:
        print(f"not run: {fault.name}, {lacking}")
        return {"promises": {"it was run": False}}
    finally:
        connection.close()
    judged(figures["promises"])
    before = json.loads(options.figures.read_text()) if options.figures.exists() else {}
    options.figures.write_text(
        json.dumps(before | {fault.name: figures}, indent=2, ensure_ascii=False) + "\n"
    )
    return figures


def happens(fault: Fault, options: Any) -> dict[str, Any]:
    """The fault, from a site that is well to a site that is well again, and what it did."""
    post = Post()
    post.start()
    try:
        with fault.around() as variables, served(EMAIL_URL=post.url, **variables) as site:
            return Trial(fault, options, site, post).figures()
    finally:
        post.stop()


class Trial:
    """One fault, and what it did."""

    def __init__(self, fault: Fault, options: Any, site: Site, post: Post) -> None:
        self.fault, self.options, self.post, self.record = fault, options, post, Record()
        self.stage = Stage(site, post)
        Enquiry.objects.all().delete()
        Hospital.objects.update(enquiries_email="team@elmpark.example")
        self.hospital = Hospital.objects.earliest("pk").slug
        # The worker makes leaflets, and the pages that lead to them change.
        self.has_leaflets = not can_print() or comes_true(
            lambda: not Leaflet.objects.missing(), 120 * options.patience, every=1
        )
        connection.close()
        self.outside = Outside(site, self.record, self.hospital, FORMS)
        self.patients: list[threading.Thread] = []

    def figures(self) -> dict[str, Any]:
        """Let it happen, and judge."""
        was_well = self.has_leaflets and comes_true(self.outside.is_well, CLEARS_WITHIN, every=0.5)
        began = time.monotonic()
        self._send_patients()
        had_written = comes_true(lambda: len(self.record.acknowledged) >= self.options.requests // 5, 120)
        before = self._times_pressed()
        seen = self._break()
        pressed = self._times_pressed() - before
        mended = time.monotonic()
        told = min((at for what, at in seen.told.items() if what in self.fault.told), default=None)
        parts = {part for part, _ in self.fault.told}
        tried_again = self._hands()
        cleared = comes_true(
            lambda: not parts & self.outside.readiness().keys(), self._clears_within(parts), every=0.2
        )
        cleared_after = time.monotonic() - mended
        self.outside.send_what_is_left()
        for patient in self.patients:
            patient.join(max(0.0, mended + 300 + self.options.requests / 20 - time.monotonic()))
        is_same = self.outside.pages_are_as_before(CLEARS_WITHIN)
        mail_left = comes_true(self._no_mail_waits, MAIL_LEAVES_WITHIN, every=0.5)
        is_well = comes_true(self.outside.is_well, CLEARS_WITHIN, every=0.5)
        took = time.monotonic() - began
        form_within, page_within = (
            seconds * self.options.patience for seconds in (LONGEST_FORM, LONGEST_PAGE)
        )
        telling = {
            f"/readyz told it within {TELLS_WITHIN:.0f} s": told is not None,
            f"and no more once it was over{', without hands' * (not tried_again)}": cleared,
        }
        promises = {
            "the site was well before, with its leaflets": was_well,
            f"a fifth had written when it broke, and others wrote meanwhile ({pressed} presses)": had_written
            and pressed > 0,
            **(telling if self.fault.told else {}),
            f"pages stayed as they were ({seen.pages_read} read, {_listed(seen.pages_amiss) or 'none amiss'})": is_same
            and not seen.pages_amiss
            and (self.fault.web_dies or not seen.pages_unanswered),
            f"each form was stored, or kept with the phone number ({_listed(seen.forms) or 'none sent'})": bool(
                seen.forms
            )
            and not seen.forms_amiss
            and (self.fault.web_dies or not seen.forms["not answered"]),
            f"no form took longer than {form_within:g} s ({seen.slowest_form:.1f})": seen.slowest_form
            <= form_within,
            f"no kept page took longer than {page_within:g} s ({seen.slowest_page:.1f})": seen.slowest_page
            <= page_within,
            "all mail left, without hands"
            if not tried_again
            else "all mail left, once it was tried again": mail_left,
            "all is well after": is_well,
        }
        return {
            "requests": self.options.requests,
            "acknowledged": len(self.record.acknowledged),
            "told": sorted(f"{part}: {word}" for part, word in seen.told),
            "told_after_seconds": _rounded(told),
            "cleared_after_seconds": _rounded(cleared_after if cleared and parts else None),
            "pressed_meanwhile": pressed,
            "pages": {"read": seen.pages_read, "unanswered": seen.pages_unanswered, **seen.pages_amiss},
            "slowest_page_seconds": _rounded(seen.slowest_page),
            "forms": {**seen.forms, **seen.forms_amiss},
            "slowest_form_seconds": _rounded(seen.slowest_form),
            "statuses": {str(code): count for code, count in sorted(self.record.statuses.items())},
            "unanswered": self.record.unanswered,
            "tried_again_by_hand": tried_again,
            "seconds": _rounded(took),
            **self._stored(promises),
            "promises": promises,
        }

    def _send_patients(self) -> None:
        queue: Queue[tuple[int, str]] = Queue()
        for task in tasks(self.options):
            queue.put(task)
        self.patients = [
            threading.Thread(
                target=work, args=(queue, self.stage.site, self.record, self.hospital), daemon=True
            )
            for _ in range(self.options.clients)
        ]
        for patient in self.patients:
            patient.start()

    def _times_pressed(self) -> int:
        """Of the patients' requests, those that have ended."""
        return self.record.statuses.total() + self.record.unanswered

    def _break(self) -> Seen:
        """At least until it was told of, or could have been."""
        with (
            self.outside.watching() as seen,
            self.fault.breaks(self.stage),
        ):
            broken = time.monotonic()
            if self.fault.told:
                comes_true(lambda: bool(self.fault.told & seen.told.keys()), TELLS_WITHIN)
            time.sleep(max(0.0, broken + self.fault.lasts - time.monotonic()))
        return seen

    def _clears_within(self, parts: set[str]) -> float:
        return MAIL_LEAVES_WITHIN if "mail" in parts else CLEARS_WITHIN

    def _hands(self) -> int:
        """Press “try again”, where the design leaves that to a person; how many mails were held."""
        if not self.fault.needs_hands:
            return 0
        comes_true(self._no_mail_waits, MAIL_LEAVES_WITHIN, every=0.5)
        return OutgoingMail.objects.try_again()

    def _no_mail_waits(self) -> bool:
        try:
            return not OutgoingMail.objects.unsent().exists()
        except Error:
            connection.close()
            return False

    def _stored(self, promises: dict[str, bool]) -> dict[str, int]:
        """What the database and the mail server hold, against what the patients were shown."""
        rows = dict(Enquiry.objects.values_list("reference", "name"))
        names = Counter(rows.values())
        lost = [sent for sent in self.record.acknowledged if rows.get(sent.reference) != sent.name]
        twice = sum(count > 1 for count in names.values())
        expected = self.options.requests + self.options.changes + len(self.outside.sent)
        purposes = Counter(OutgoingMail.objects.values_list("purpose", flat=True))
        due = Counter(team=len(rows), received=Enquiry.objects.exclude(email="").count())
        mails = {
            (mail.message_id, mail.reference_header)
            for mail in OutgoingMail.objects.select_related("enquiry")
        }
        repeats, explained = self.post.repeats, self.post.cut + self.stage.worker_interruptions()
        promises |= {
            f"all {expected} were acknowledged in the end": len(self.record.acknowledged) == expected,
            f"0 acknowledged lost ({len(lost)})": not lost,
            f"0 stored twice ({twice}; {len(rows)} rows)": twice == 0 and len(rows) == expected,
            "double presses had one reference, changed texts another": not self.record.differing_doubles
            and not self.record.dropped_changes,
            f"0 answers 500 ({self.record.statuses[500]})": self.record.statuses[500] == 0,
            f"each request has its mails once ({dict(purposes)})": purposes == due,
            "each mail arrived, under one Message-ID and X-Reference": self.post.got.keys() == mails,
            f"no more repeats ({repeats}) than mails cut off and workers cut short ({explained})": repeats
            <= explained,
        }
        return {"lost": len(lost), "twice": twice, "mails": len(mails), "mail_repeats": repeats}


def _listed(counts: Counter[str]) -> str:
    return ", ".join(f"{count} {what}" for what, count in counts.items())


def _rounded(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds, 1)


def table(kept: dict[str, dict[str, Any]]) -> str:
    """A line for each fault that was run."""
    columns = {
        "requests": "requests",
        "acknowledged": "acknowledged",
        "lost": "lost",
        "twice": "twice",
        "mail_repeats": "mail repeats",
        "told_after_seconds": "told after s",
        "cleared_after_seconds": "cleared after s",
        "slowest_page_seconds": "slowest page s",
        "slowest_form_seconds": "slowest form s",
    }
    lines = [["fault", *columns.values(), "promises"]]
    for name, figures in kept.items():
        promises = figures["promises"].values()
        cells = [str(figures[key]) if figures.get(key) is not None else "–" for key in columns]
        lines.append([name, *cells, f"{sum(promises)} of {len(promises)} kept"])
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in lines
    )


if __name__ == "__main__":
    sys.exit(main())
