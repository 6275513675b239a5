"""Which editions, procedures, offerings and hospitals readers meet, and in which order."""

from datetime import timedelta

import pytest
from django.utils import timezone

from procedures.models import Edition, Hospital, Offering, Procedure
from tests import factories

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


def test_current_edition_is_the_latest_whose_minute_has_come() -> None:
    procedure, now = factories.procedure(), timezone.now()
    factories.edition(procedure=procedure, number=1, published_at=now - 2 * HOUR)
    latest = factories.edition(procedure=procedure, number=2, published_at=now - HOUR)
    factories.edition(procedure=procedure, number=3, published_at=now + HOUR)
    factories.edition(procedure=procedure, number=4, published_at=None)

    assert list(Edition.objects.current()) == [latest]


def test_withdrawn_edition_gives_way_to_the_one_before_it() -> None:
    procedure, now = factories.procedure(), timezone.now()
    before = factories.edition(procedure=procedure, number=1, published_at=now - 2 * HOUR)
    factories.edition(procedure=procedure, number=2, published_at=now - HOUR, withdrawn_at=now)

    assert list(Edition.objects.current()) == [before]


def test_of_two_editions_of_one_minute_the_higher_number_is_current() -> None:
    procedure, now = factories.procedure(), timezone.now()
    factories.edition(procedure=procedure, number=1, published_at=now)
    second = factories.edition(procedure=procedure, number=2, published_at=now)

    assert list(Edition.objects.current()) == [second]


def test_every_procedure_has_a_current_edition_of_its_own() -> None:
    factories.published_procedure()
    factories.published_procedure(name="MRI scan", slug="mri-scan", kind="scan")

    assert {edition.procedure.slug for edition in Edition.objects.current()} == {
        "balloon-kyphoplasty",
        "mri-scan",
    }


@pytest.mark.parametrize(
    "facts",
    [
        {"published_at": None},
        {"published_at": timezone.now() + HOUR},
        {"published_at": timezone.now() - HOUR, "withdrawn_at": timezone.now()},
    ],
    ids=["draft", "future", "withdrawn"],
)
def test_procedure_without_a_current_edition_is_not_published(facts: dict[str, object]) -> None:
    procedure = factories.procedure()
    factories.edition(procedure=procedure, **facts)
    factories.offering(procedure, factories.hospital())

    assert not Procedure.objects.published().exists()
    assert not Offering.objects.published().exists()


def test_procedure_with_a_current_edition_is_published_with_its_offerings() -> None:
    procedure = factories.published_procedure()
    offering = factories.offering(procedure, factories.hospital())

    assert list(Procedure.objects.published()) == [procedure]
    assert list(Offering.objects.published()) == [offering]


def test_procedures_at_a_hospital_are_those_offered_there() -> None:
    here, elsewhere = factories.hospital(), factories.hospital(name="Ash Hospital", slug="ash")
    done_here, done_elsewhere = (
        factories.procedure(),
        factories.procedure(name="MRI scan", slug="mri-scan", kind="scan"),
    )
    factories.offering(done_here, here)
    factories.offering(done_elsewhere, elsewhere)

    assert list(Procedure.objects.at(here)) == [done_here]


def test_procedures_of_a_kind() -> None:
    factories.procedure()
    scan = factories.procedure(name="MRI scan", slug="mri-scan", kind="scan")

    assert list(Procedure.objects.of_kind("scan")) == [scan]


def test_procedures_stand_in_the_order_of_the_a_to_z() -> None:
    for name in ("X-ray", "Balloon kyphoplasty", "MRI scan"):
        factories.procedure(name=name, slug=name.lower().replace(" ", "-"))

    assert [procedure.name for procedure in Procedure.objects.alphabetical()] == [
        "Balloon kyphoplasty",
        "MRI scan",
        "X-ray",
    ]


def test_lead_hospital_is_the_first_in_staffs_own_order() -> None:
    factories.hospital(name="Ash Hospital", slug="ash", position=2)
    first = factories.hospital(position=1)

    assert list(Hospital.objects.leading()) == [first]


def test_there_is_no_lead_hospital_before_the_first() -> None:
    assert not Hospital.objects.leading()


@pytest.mark.parametrize(("days", "holds"), [(-1, False), (0, True), (1, True)])
def test_price_holds_up_to_and_on_its_last_day(days: int, holds: bool) -> None:
    last_day = timezone.localdate() + timedelta(days=days)
    offering = Offering(guide_price=10, price_includes="The stay.", price_valid_until_date=last_day)

    assert offering.has_current_price is holds
