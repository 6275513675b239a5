"""The dearest thing that a stranger can ask of the database is cheap, and what would be dear is cut off."""

import random
import time
from typing import Any

import pytest
from django.db import OperationalError, connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from consultants.models import Consultant, Practice
from enquiries.patience import ANY_WORD, patience
from procedures.models import Hospital, SearchWord
from procedures.search import MOST_LETTERS, MOST_WORDS
from tests import factories
from tests.naughty import STRINGS, met

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


@pytest.mark.parametrize("place", PLACES)
def test_dearest_question_is_answered_in_time_by_few_queries(
    client: Client, people: None, place: str
) -> None:
    for question in DEAREST.values():
        with CaptureQueriesContext(connection) as asked:
            response = met(
                client.get, place.format(question.replace("&", "%26").replace("#", "%23").replace(" ", "+"))
            )
        assert response.status_code == 200
        assert len(asked) < 45


@pytest.mark.parametrize(
    "place",
    [
        "after=zz",
        "before=a",
        "before=zz",
        "last=1",
        "last=1&after=a&before=z",
        "page=999999999",
        "page=-1",
        "after=" + "z" * 9_000,
        "after=%ff%fe",
        "before=\u0301",
    ],
)
def test_deepest_page_of_the_directory_is_as_cheap_as_the_first(
    client: Client, people: None, place: str
) -> None:
    with CaptureQueriesContext(connection) as of_first:
        met(client.get, "/consultants/")
    with CaptureQueriesContext(connection) as of_deep:
        response = met(client.get, f"/consultants/?{place}")

    assert response.status_code == 200
    assert len(of_deep) <= len(of_first) + 2


@pytest.mark.parametrize("place", ["last=1", "after=a", "before=z", "last=1&q=nobody"])
def test_directory_without_anybody_has_its_last_page_too(
    client: Client, hospital: Hospital, place: str
) -> None:
    assert met(client.get, f"/consultants/?{place}").status_code == 200


@pytest.mark.parametrize("number", ["1", "2", "999999", "0", "-1", "9" * 400, "1.5", "last", "%00"])
def test_any_part_of_the_sitemap_is_answered(client: Client, people: None, number: str) -> None:
    for part in ("consultants", "procedures", "nothing"):
        assert met(client.get, f"/sitemap-{part}.xml?p={number}").status_code in (200, 404)


def test_statement_that_takes_too_long_is_cut_off(transactional_db: None) -> None:
    began = time.perf_counter()

    with pytest.raises(OperationalError), patience(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_sleep(30)")

    assert time.perf_counter() - began < 2 * ANY_WORD
    connection.close()


def test_what_is_typed_never_becomes_a_command_of_the_database(client: Client, people: None) -> None:
    for naughty in STRINGS[::2]:
        met(client.get, "/search/", {"q": naughty})
        met(client.get, "/consultants/", {"q": naughty, "after": naughty})

    assert Consultant.objects.count() == len(NAMES)
    assert SearchWord.objects.exists()


def test_desk_s_own_searches_are_answered_too(admin_client: Client, people: None) -> None:
    for model in ("consultants/consultant", "procedures/glossaryterm", "procedures/source", "auth/user"):
        for question in ("a", "%_%", "ada " * 500, "'; SELECT pg_sleep(5) --"):
            response: Any = met(admin_client.get, f"/admin/{model}/", {"q": question})
            assert response.status_code == 200
