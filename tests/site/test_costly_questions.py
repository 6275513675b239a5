"""The dearest thing that a stranger can ask of the database is cheap. What would be dear is cut off: test_database_hangs.py."""

import random
from itertools import product
from typing import Any
from urllib.parse import quote

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from consultants.models import Consultant, Practice
from procedures.models import Hospital
from procedures.search import MOST_LETTERS, MOST_WORDS
from tests import factories
from tests.naughty import met

pytestmark = pytest.mark.django_db
LETTERS = "abcdefghijklmnopqrstuvwxyz"
NAMES = ["".join(random.Random(number).choices(LETTERS, k=7)).title() for number in range(300)]


@pytest.fixture
def people(hospital: Hospital) -> None:
    """A directory of three hundred, and the words of a site of pages."""
    procedure = factories.published_procedure()
    rows = [
        Consultant(given_name="Ada", family_name=name, slug=f"person-{number}", role="Spinal consultant")
        for number, name in enumerate(NAMES)
    ]
    Consultant.objects.bulk_create(rows)
    practices = Practice.objects.bulk_create(
        Practice(consultant=row, hospital=hospital, named_in=2016) for row in rows
    )
    for practice in practices[:50]:
        practice.procedures.add(procedure)


DEAREST = {
    "as many words as are read": " ".join(
        ["vertabra", "kyfoplasti", "spinul", "brokn", "bakc", "sugery", "cemet", "pane"]
    ),
    "thousands of words": "bone " * 4_000,
    "thousands of different words": " ".join(NAMES),
    "letters that all words have": "a e i o u",
    "one letter": "a",
    "two letters that begin many": "an",
    "a word near many": NAMES[0][:-1] + "x",
    "a very long word": "abcdefghij" * 1_000,
    "words just too long to be slips": " ".join("x" * 29 for _ in range(MOST_WORDS)),
    "wildcards": "%_%_%_%",
    "operators": "!a & !b | (!c <-> !d) " * 50,
    "the same in all cases": "bone BONE Bone bOnE " * 30,
    "accents": "é" * MOST_LETTERS,
    "combining accents": "e" + "\u0301" * 5_000,
    "a name and a treatment": "miss ada balloon kyphoplasty treatment",
}
PLACES = [
    "/search/?q={}",
    "/consultants/?q={}",
    "/procedures/?q={}",
    "/search/?kind=questions&q={}",
    "/consultants/?specialty={0}&language={0}&q={0}",
]

DEEPEST = [
    *("after=zz", "before=a", "before=zz", "last=1", "last=1&after=a&before=z", "page=999999999", "page=-1"),
    *("after=" + "z" * 9_000, "after=%ff%fe", "before=%cc%81"),
]


def test_dearest_question_is_answered_in_time_by_few_queries(client: Client, people: None) -> None:
    for place, question in product(PLACES, DEAREST.values()):
        with CaptureQueriesContext(connection) as asked:
            response = met(client.get, place.format(quote(question)))
        assert response.status_code == 200
        assert len(asked) < 45


def test_deepest_page_of_the_directory_is_as_cheap_as_the_first(client: Client, people: None) -> None:
    with CaptureQueriesContext(connection) as of_first:
        met(client.get, "/consultants/")

    for place in DEEPEST:
        with CaptureQueriesContext(connection) as of_deep:
            assert met(client.get, f"/consultants/?{place}").status_code == 200
        assert len(of_deep) <= len(of_first) + 2, place


@pytest.mark.parametrize("place", ["last=1", "after=a", "before=z", "last=1&q=nobody"])
def test_directory_without_anybody_has_its_last_page_too(
    client: Client, hospital: Hospital, place: str
) -> None:
    assert met(client.get, f"/consultants/?{place}").status_code == 200


def test_any_part_of_the_sitemap_is_answered(client: Client, people: None) -> None:
    for part, number in product(
        ("consultants", "procedures", "nothing"),
        ("1", "2", "999999", "0", "-1", "9" * 400, "1.5", "last", "%00"),
    ):
        assert met(client.get, f"/sitemap-{part}.xml?p={number}").status_code in (200, 404)


def test_desk_s_own_searches_are_answered_too(admin_client: Client, people: None) -> None:
    for model in ("consultants/consultant", "procedures/glossaryterm", "procedures/source", "auth/user"):
        for question in ("a", "%_%", "ada " * 500, "'; SELECT pg_sleep(5) --"):
            response: Any = met(admin_client.get, f"/admin/{model}/", {"q": question})
            assert response.status_code == 200
