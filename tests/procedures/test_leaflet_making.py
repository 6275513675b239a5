"""Leaflets are made once for each edition, by the worker or by hand, and never while a reader waits."""

import json
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, transaction
from django.utils import timezone

from kyphoplasty_site.management.commands.worker import Command as Worker
from procedures import leaflets, printing
from procedures.models import Edition, Leaflet
from tests import factories

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(not printing.can_print(), reason="WeasyPrint's libraries are lacking"),
]


LOST_ITS_PICTURE = {
    "opening": "",
    "body": '<section id="what"><h2>What happens</h2><img src="/static/img/lost.svg" alt="A bone."></section>',
    "sources": "",
    "contents": [["what", "What happens"]],
    "minutes": 1,
}


def out_with_a_code(code: str = "ABCD2345", **facts: Any) -> Edition:
    """A published edition, which has a code."""
    facts.setdefault("procedure", None)
    facts["procedure"] = facts["procedure"] or factories.procedure()
    return factories.edition(leaflet_code=code, **facts)


def test_both_sizes_of_the_current_edition_are_missing_until_they_are_made() -> None:
    edition = out_with_a_code()
    assert Leaflet.objects.missing() == [(edition, "standard"), (edition, "large")]

    made = leaflets.make(edition, "standard")

    assert Leaflet.objects.missing() == [(edition, "large")]
    assert (made.pages, made.size) == (1, "standard")
    assert bytes(made.pdf).startswith(b"%PDF-1.7")


def test_edition_set_for_later_is_printed_in_time() -> None:
    edition = out_with_a_code(published_at=timezone.now() + timedelta(days=1))

    assert (edition, "standard") in Leaflet.objects.missing()


@pytest.mark.parametrize(
    "facts", [{"published_at": None, "leaflet_code": None}, {"withdrawn_at": timezone.now()}]
)
def test_drafts_and_withdrawn_editions_are_not_printed(facts: dict[str, Any]) -> None:
    factories.edition(procedure=factories.procedure(), **{"leaflet_code": "ABCD2345"} | facts)

    assert Leaflet.objects.missing() == []


def test_replaced_edition_is_not_printed_any_more() -> None:
    old = out_with_a_code(published_at=timezone.now() - timedelta(days=2))
    new = out_with_a_code("EFGH6789", procedure=old.procedure, number=2)

    assert {edition for edition, _ in Leaflet.objects.missing()} == {new}


def test_made_twice_is_kept_once_as_it_was_first_made() -> None:
    edition = out_with_a_code()
    first = leaflets.make(edition, "standard")

    again = leaflets.make(edition, "standard")

    assert again.pk == first.pk
    assert Leaflet.objects.count() == 1


@pytest.mark.parametrize("deed", ["change", "delete"])
def test_leaflet_that_was_handed_out_cannot_be_changed(deed: str) -> None:
    made = factories.leaflet(out_with_a_code())

    with pytest.raises(DatabaseError, match="This is a record"), transaction.atomic():
        Leaflet.objects.filter(pk=made.pk).update(pages=1) if deed == "change" else made.delete()


def test_worker_makes_one_in_a_round_after_its_mail() -> None:
    out_with_a_code()
    worker = Worker()

    made = []
    for _ in range(3):
        worker.round()
        made.append(Leaflet.objects.count())

    assert made == [1, 2, 2]


def test_one_that_cannot_be_made_holds_up_no_other(caplog: pytest.LogCaptureFixture) -> None:
    out_with_a_code(html=LOST_ITS_PICTURE)
    sound = out_with_a_code("EFGH6789", procedure=factories.procedure(name="MRI", slug="mri"))
    worker = Worker()

    for _ in range(6):
        worker.round()

    assert set(Leaflet.objects.values_list("edition", "size")) == {
        (sound.pk, "standard"),
        (sound.pk, "large"),
    }
    assert caplog.text.count("Making a leaflet failed (CannotPrint). It will be tried again.") == 2


def test_command_makes_all_that_is_missing_and_says_how_many() -> None:
    out_with_a_code()
    printed, progress = StringIO(), StringIO()

    call_command("make_leaflets", stdout=printed, stderr=progress)

    assert json.loads(printed.getvalue()) == {"made": 2, "failed": {}}
    assert "Balloon kyphoplasty, edition 1, Large print, 24 point: pages " in progress.getvalue()
    assert Leaflet.objects.count() == 2


def test_command_fails_and_says_which_file_is_not_there() -> None:
    out_with_a_code(html=LOST_ITS_PICTURE)
    printed = StringIO()

    with pytest.raises(CommandError, match="could not be made: 2"):
        call_command("make_leaflets", stdout=printed, stderr=StringIO())

    told = json.loads(printed.getvalue())
    assert told["made"] == 0
    assert (
        "is not there, so the leaflet would lack it"
        in told["failed"]["Balloon kyphoplasty, edition 1, standard"]
    )
