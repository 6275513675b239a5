"""What a reader, a patient and whoever watches over the site see of it from outside, while it is broken."""

import http.client
import json
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from lxml import html

from tests.bench.requests import Answer, Patient, Record, Sent, answers_of, fields_of
from tests.bench.serving import Site, comes_true

PAGES = (
    *("/", "/procedures/", "/procedures/balloon-kyphoplasty/", "/hospitals/", "/consultants/", "/glossary/"),
    *("/privacy/", "/accessibility/"),
)
FIRST = 1_000_000  # these people are none of the others
EVERY = 0.5


@dataclass
class Form:
    """A check page that a patient has before them, and what became of it."""

    patient: Patient
    kind: str
    typed: dict[str, str]
    fields: list[tuple[str, str]]

    def faults(self, answer: Answer) -> Iterator[str]:
        """What is wrong with an answer that acknowledges nothing."""
        if answer.status != http.client.SERVICE_UNAVAILABLE:
            yield f"status {answer.status}"
        if "Your request has not reached us." not in answer.body:
            yield "it does not say that nothing was stored"
        if settings.FALLBACK_PHONE not in answer.body:
            yield "no phone number"
        if "data-reference" in answer.body:
            yield "a reference"
        if answer.status >= http.client.BAD_REQUEST and not html.fromstring(answer.body).xpath(
            "//main//form"
        ):
            yield "no form to send again"
        elif lost := [pair for pair in self.typed.items() if pair not in fields_of(answer)]:
            yield f"what was typed is gone: {', '.join(name for name, _ in lost)}"


@dataclass
class Seen:
    """Of one fault."""

    told: dict[tuple[str, str], float] = field(default_factory=dict)
    pages_read: int = 0
    pages_unanswered: int = 0
    pages_amiss: Counter[str] = field(default_factory=Counter)
    slowest_page: float = 0.0
    forms: Counter[str] = field(default_factory=Counter)
    forms_amiss: Counter[str] = field(default_factory=Counter)
    slowest_form: float = 0.0


class Outside:
    """It reads pages, sends forms and asks /readyz, all the time."""

    def __init__(self, site: Site, record: Record, hospital: str, forms: int) -> None:
        self.site, self.record, self.hospital, self.seen = site, record, hospital, Seen()
        self.own = Record()
        self.pages = {path: self.page(path) for path in PAGES}
        self.forms = [self._form(FIRST + number) for number in range(forms)]
        self.sent: list[Form] = []
        self.unsent: list[Form] = []
        self.over = threading.Event()

    def page(self, path: str) -> Answer | None:
        return Patient(self.site, self.own).once("GET", path)

    def readiness(self) -> dict[str, str]:
        """What it says of each part that is not well. `site` is the whole of it, which does not answer."""
        line = http.client.HTTPConnection("127.0.0.1", self.site.port, timeout=10)
        try:
            line.request("GET", "/readyz")
            told: dict[str, Any] = json.loads(line.getresponse().read())
        except (OSError, http.client.HTTPException, ValueError):
            return {"site": "no answer"}
        finally:
            line.close()
        words = {part: told.get(part, "ok") for part in ("database", "mail", "worker", "clock")}
        return {part: word for part, word in words.items() if word != "ok"}

    def is_well(self) -> bool:
        return not self.readiness()

    @contextmanager
    def watching(self) -> Iterator[Seen]:
        """Until the block ends."""
        began = time.monotonic()

        def ask() -> None:
            for part, word in self.readiness().items():
                self.seen.told.setdefault((part, word), time.monotonic() - began)

        deeds = (ask, self._read, self._send)
        threads = [threading.Thread(target=self._until_over, args=(deed,), daemon=True) for deed in deeds]
        for thread in threads:
            thread.start()
        try:
            yield self.seen
        finally:
            self.over.set()
            for thread in threads:
                thread.join()

    def send_what_is_left(self) -> None:
        """Who was told “not now” presses the button again, and so does who heard nothing."""
        for form in self.unsent:
            self._acknowledged(form, form.patient.send(form.kind, form.fields))

    def pages_are_as_before(self, seconds: float) -> bool:
        return comes_true(
            lambda: all(self.page(path) == before for path, before in self.pages.items()), seconds
        )

    def _until_over(self, deed: Callable[[], None]) -> None:
        while not self.over.is_set():
            deed()
            self.over.wait(EVERY)

    def _read(self) -> None:
        for path, before in self.pages.items():
            began = time.monotonic()
            answer = self.page(path)
            self.seen.slowest_page = max(self.seen.slowest_page, time.monotonic() - began)
            self.seen.pages_read += 1
            if answer is None:
                self.seen.pages_unanswered += 1
            elif answer.status != http.client.OK or answer != before:
                self.seen.pages_amiss[f"{path} {answer.status}"] += 1

    def _form(self, number: int) -> Form:
        kind, typed = answers_of(number, self.hospital)
        patient = Patient(self.site, self.own)
        return Form(patient, kind, typed, patient.check(kind, typed))

    def _send(self) -> None:
        if not self.forms:
            return
        form = self.forms.pop()
        self.sent.append(form)
        began = time.monotonic()
        answer = form.patient.once("POST", f"/{form.kind}/send/", form.fields)
        self.seen.slowest_form = max(self.seen.slowest_form, time.monotonic() - began)
        if answer is not None and answer.status == http.client.SEE_OTHER:
            self.seen.forms["stored"] += 1
            page = form.patient.once("GET", urlsplit(answer.place).path)
            shown = html.fromstring(page.body).xpath("//@data-reference") if page else []
            if shown:
                self._acknowledged(form, str(shown[0]))
                return
        elif answer is None:
            self.seen.forms["not answered"] += 1
        else:
            self.seen.forms["kept in the page"] += 1
            self.seen.forms_amiss.update(form.faults(answer))
            form.fields = fields_of(answer) if "<form" in answer.body else form.fields
        self.unsent.append(form)

    def _acknowledged(self, form: Form, reference: str) -> None:
        self.record.acknowledged.append(Sent(reference, form.typed["name"]))
