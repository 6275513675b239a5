"""An export of very many requests: it begins at once, takes no more memory than a short one, and is on record as far as it came."""

import gzip
import json
from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.db import OperationalError, connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from enquiries.admin import exporting
from enquiries.models import Enquiry, Export, Reading, queries, reading
from enquiries.patience import each_in_time
from procedures.models import Hospital
from tests import factories
from tests.enquiries.pages import Page
from tests.staff import signed_in

EXPORT = "/admin/enquiries/enquiry/export/"
MANY = 20_000


@pytest.fixture
def desk(client: Client, hospital: Hospital) -> Client:
    signed_in(client, factories.handler("robin", hospital, role="Enquiry manager"))
    return client


@pytest.fixture
def five(hospital: Hospital, monkeypatch: pytest.MonkeyPatch) -> list[Enquiry]:
    """Five requests, exported two at a time."""
    monkeypatch.setattr(queries, "PART", 2)
    return [factories.stored_enquiry(hospital) for _ in range(5)]


def file(desk: Client, kind: str = "csv", coding: str = "") -> Any:
    asked = {"reason": "For the monthly meeting", "kind": kind}
    return desk.post(EXPORT, asked, headers={"accept-encoding": coding})


def parts(response: Any) -> Iterator[str]:
    return (part.decode("utf-8-sig") for part in response.streaming_content)


def on_record() -> list[str]:
    """The references of all that is on record as exported."""
    lines = Reading.objects.filter(deed="exported").order_by("pk")
    return [reference for line in lines for reference in line.references]


def held() -> float:
    """The memory of this process, in MB."""
    return int(Path("/proc/self/status").read_text().partition("VmRSS:")[2].split()[0]) / 1024


def multiply(enquiry: Enquiry, times: int) -> None:
    """As many copies of a request, made by the database."""
    own = {
        "reference": "lpad(n::text, 9, '0')",
        "token": "md5(n::text)",
        "submission_id": "gen_random_uuid()",
    }
    columns = [
        str(field.column)
        for field in Enquiry._meta.concrete_fields
        if not field.generated and not field.primary_key
    ]
    chosen = ", ".join(own.get(column, f'"{column}"') for column in columns)
    into = ", ".join(f'"{column}"' for column in columns)
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO enquiries_enquiry ({into}) SELECT {chosen} FROM enquiries_enquiry, generate_series(1, %s) AS n"
            " WHERE id = %s",
            [times, enquiry.pk],
        )


@pytest.mark.django_db(transaction=True)  # so that the table is emptied, and not left with 20,000 dead rows
def test_memory_does_not_grow_with_the_file(desk: Client, hospital: Hospital) -> None:
    multiply(factories.stored_enquiry(hospital), MANY)
    leaving = parts(file(desk))
    lines = sum(next(leaving).count("\n") for _ in range(3))

    before = most = held()
    for part in leaving:
        lines += part.count("\n")
        most = max(most, held())

    assert lines == 1 + MANY + 1
    assert Export.objects.get().requests == MANY + 1
    assert most - before < 15


@pytest.mark.django_db
def test_file_begins_before_its_requests_are_read(desk: Client, five: list[Enquiry]) -> None:
    with CaptureQueriesContext(connection) as asked:
        leaving = parts(file(desk))
        begins = [next(leaving), next(leaving)]
        read = [one["sql"] for one in asked if "first_at" in one["sql"]]

    assert begins[1].startswith("Reference,Kind,Hospital")
    assert read == []
    assert on_record() == []


@pytest.mark.django_db
def test_each_part_is_on_record_before_it_leaves(desk: Client, five: list[Enquiry]) -> None:
    leaving = parts(file(desk))
    next(leaving), next(leaving)

    for so_far in (2, 4, 5):
        part = next(leaving)
        assert on_record() == [one.reference for one in five[:so_far]]
        assert five[so_far - 1].reference_in_groups in part
    assert Export.objects.get().requests == 5


@pytest.mark.django_db(transaction=True)
def test_file_that_breaks_off_is_on_record_as_far_as_it_came(desk: Client, five: list[Enquiry]) -> None:
    response = file(desk)
    leaving = parts(response)
    for _ in range(3):
        next(leaving)

    response.close()

    export = Export.objects.get()
    assert export.requests == 2
    assert list(export.hospitals.all()) == [five[0].hospital]
    assert on_record() == [one.reference for one in five[:2]]
    assert list(leaving) == []


@pytest.mark.django_db
@pytest.mark.parametrize("coding", ["", "gzip"])
def test_file_that_the_database_breaks_off_says_so_in_its_last_line(
    desk: Client,
    five: list[Enquiry],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    coding: str,
) -> None:
    def gone_after_the_first_part(*args: Any) -> None:
        if on_record():
            raise OperationalError
        reading.record(*args)

    monkeypatch.setattr("enquiries.models.attempts.record", gone_after_the_first_part)

    response = file(desk, coding=coding)
    content = response.getvalue()

    assert response.headers.get("Content-Encoding", "") == coding
    *_, last_row, last_line = (gzip.decompress(content) if coding else content).decode().splitlines()
    assert last_row.startswith(five[1].reference_in_groups)
    assert last_line == exporting.BROKEN_OFF
    assert [(line.name, line.exc_info is None) for line in caplog.records if line.levelname == "ERROR"] == [
        ("enquiries.admin.exporting", False)
    ]


@pytest.mark.django_db
def test_what_patients_wrote_is_not_so_much_as_read_for_a_file(desk: Client, five: list[Enquiry]) -> None:
    with CaptureQueriesContext(connection) as asked:
        list(parts(file(desk)))

    read = "".join(one["sql"] for one in asked if "first_at" in one["sql"])
    assert '"name"' in read
    assert not [name for name in ("question", "needs", "patient_name", "language") if f'"{name}"' in read]


@pytest.mark.django_db
def test_workbook_holds_so_many_requests_and_no_more(
    desk: Client, five: list[Enquiry], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert file(desk, "xlsx")["Content-Type"] == exporting.WORKBOOK
    monkeypatch.setattr(exporting, "MOST_IN_A_WORKBOOK", 4)
    Export.objects.all().delete()

    asked, refused = Page(desk.get(EXPORT)), Page(file(desk, "xlsx"))

    assert "Export for Excel" not in asked.text
    assert exporting.TOO_MANY in asked.text
    assert exporting.TOO_MANY in refused.text
    assert not Export.objects.exists()
    assert len(list(parts(file(desk)))) > 2


@pytest.mark.django_db(transaction=True)
def test_each_part_has_its_own_time_and_the_whole_as_much_as_it_needs(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("enquiries.patience.DESK_WAITS", 2)

    def slow(*seconds: float) -> Iterator[float]:
        for each in seconds:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_sleep(%s)", [each])
            yield each

    assert list(each_in_time(slow(*[0.3] * 8))) == [0.3] * 8
    with pytest.raises(OperationalError):
        list(each_in_time(slow(0.3, 30)))
    connection.close()
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'SELECT pg_sleep(30%'"
        )


@pytest.mark.django_db
def test_command_reads_many_requests_together(hospital: Hospital) -> None:
    def asked_for(requests: int) -> int:
        while Enquiry.objects.count() < requests:
            enquiry = factories.stored_enquiry(hospital)
            enquiry.notes.create(text="They ring back.", by=robin)
        with CaptureQueriesContext(connection) as asked:
            call_command("export_enquiries", stdout=out)
        return len(asked)

    out, robin = StringIO(), factories.handler("robin", hospital)
    asked_for(1)
    assert asked_for(2) == asked_for(6)
    lines = [json.loads(line) for line in out.getvalue().splitlines()]
    assert lines[-1]["notes"][0] | {"by": "robin", "text": "They ring back."} == lines[-1]["notes"][0]
