"""What staff read when a form of the desk cannot take what they gave."""

import pytest
from django.test import Client
from django.urls import reverse

from procedures.models import Figure, Hospital
from tests import factories
from tests.enquiries.pages import Page
from tests.staff import signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(client: Client) -> Client:
    """The staff desk, opened by somebody who may do everything."""
    signed_in(client, factories.person(is_staff=True, is_superuser=True))
    return client


def test_figure_with_a_count_larger_than_its_total_is_refused_in_words(desk: Client) -> None:
    source = factories.source()
    answers = {
        "key": "leaks",
        "shape": "proportion",
        "what": "leaked",
        "counted": "people",
        "count": 8,
        "out_of": 7,
    }

    page = Page(desk.post(reverse("admin:procedures_figure_add"), answers | {"source": source.pk}))

    assert "The count cannot be larger than the total." in page.text
    assert not Figure.objects.exists()


@pytest.mark.parametrize("field", ["phone", "self_pay_phone"])
def test_number_that_no_phone_can_dial_is_refused_in_words(desk: Client, field: str) -> None:
    answers = {"name": "Ash Hospital", "short_name": "Ash", "slug": "ash", "position": 1, field: "ask Robin"}
    empty = {
        f"{inline}-{count}": 0
        for inline in ("opening_hours", "closures", "offerings")
        for count in ("TOTAL_FORMS", "INITIAL_FORMS")
    }

    page = Page(desk.post(reverse("admin:procedures_hospital_add"), answers | empty))

    assert "Give one phone number and nothing else, such as 01632 960100." in page.text
    assert not Hospital.objects.exists()
