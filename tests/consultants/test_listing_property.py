"""No question ever lists anybody who should not be listed: whole made-up directories, against the rule said again in Python."""

import random
from datetime import timedelta
from itertools import product

import pytest
from django.test import Client
from django.utils import timezone

from consultants.models import Consultant, Practice
from procedures.models import Edition, Hospital, Procedure
from tests import factories
from tests.enquiries.pages import Page

pytestmark = pytest.mark.django_db
AGES = (None, 0, 100, 179, 180, 364, 365, 366, 900)
HOSPITALS = ("Elm", "Ash", "Oak")
PROCEDURES = ("Aaa treatment", "Bbb scan", "Ccc test", "Ddd treatment")


@pytest.fixture(params=range(6))
def chance(request: pytest.FixtureRequest) -> random.Random:
    return random.Random(request.param)


@pytest.fixture
def world(chance: random.Random) -> None:
    """Pages out, withdrawn, to come and in draft; people listed and not; practices of every age."""
    hospitals = [
        factories.hospital(name=f"{name} Hospital", slug=name.lower(), short_name=name) for name in HOSPITALS
    ]
    procedures = [factories.procedure(name=name, slug=name.split()[0].lower()) for name in PROCEDURES]
    now = timezone.now()
    factories.edition(procedure=procedures[0])
    factories.edition(procedure=procedures[1], withdrawn_at=now)
    factories.edition(procedure=procedures[2], published_at=now + timedelta(days=1))
    for number in range(14):
        person = factories.consultant(
            given_name=f"Person{number}",
            family_name=chance.choice(["Quill", "Marsh", "Rook"]),
            slug=f"person-{number}",
            is_listed=chance.random() < 0.75,
            languages=chance.choice([[], ["Welsh"], ["Welsh", "Urdu"]]),
        )
        for hospital in chance.sample(hospitals, chance.choice([0, 1, 1, 2])):
            age = chance.choice(AGES)
            factories.practice(
                person,
                hospital,
                *chance.sample(procedures, 2),
                confirmed_on=None if age is None else timezone.localdate() - timedelta(days=age),
            )


def is_out(procedure: Procedure) -> bool:
    return Edition.objects.filter(
        procedure=procedure, published_at__lte=timezone.now(), withdrawn_at=None
    ).exists()


def is_shown(practice: Practice) -> bool:
    confirmed = practice.confirmed_on
    return confirmed is None or timezone.localdate() - confirmed < timedelta(days=365)


def fits(person: Consultant, hospital: str, procedure: str, language: str, word: str) -> bool:
    """The rule, in the plainest words there are."""
    if not person.is_listed or (language and language not in person.languages):
        return False
    for practice in person.practices.all():
        done = {done.slug for done in practice.procedures.all() if is_out(done)}
        says = {"quill": person.family_name == "Quill", "aaa": "aaa" in done, "bbb": "bbb" in done, "": True}
        if (
            is_shown(practice)
            and hospital in ("", practice.hospital.slug)
            and (not procedure or procedure in done)
            and says[word]
        ):
            return True
    return False


def shown(client: Client, **query: str) -> tuple[set[str], bool]:
    """Everybody on the pages of a list, and whether the question had to be loosened."""
    page = Page(client.get("/consultants/", query))
    status = page.words("//main//*[@role='status']")[0]
    names = page.words("//main//h3[@class='who__name']")
    return set(names), "Nobody" in status


def test_exactly_those_who_fit_are_listed(world: None, client: Client) -> None:
    people = list(Consultant.objects.prefetch_related("practices__procedures", "practices__hospital"))
    questions = product(("", "elm", "oak"), ("", "aaa"), ("", "Welsh"), ("", "quill", "aaa", "bbb"))

    for hospital, procedure, language, word in questions:
        expected = {person.name for person in people if fits(person, hospital, procedure, language, word)}
        names, is_loosened = shown(client, hospital=hospital, procedure=procedure, language=language, q=word)
        anybody = {person.name for person in people if fits(person, "", "", "", "")}

        asked = (hospital, procedure, language, word)
        assert names <= anybody, asked
        assert is_loosened == (not expected), asked
        if expected:
            assert names == expected, asked


def test_a_page_that_is_not_out_narrows_nothing_and_is_named_nowhere(world: None, client: Client) -> None:
    everybody, _ = shown(client)

    for slug in ("bbb", "ccc", "ddd"):
        assert shown(client, procedure=slug)[0] == everybody
    text = Page(client.get("/consultants/")).text
    assert not [name for name in PROCEDURES[1:] if name in text]


def test_no_card_names_a_hospital_whose_practice_has_lapsed(world: None, client: Client) -> None:
    page = Page(client.get("/consultants/"))
    told = {}
    for card in page.tree.xpath("//main//li[contains(@class, 'who')]"):
        name = card.xpath("string(.//h3)").strip()
        told[name] = {hospital for hospital in HOSPITALS if f"{hospital} Hospital" in card.text_content()}

    for person in Consultant.objects.prefetch_related("practices__hospital"):
        if person.name in told:
            due = {p.hospital.short_name for p in person.practices.all() if is_shown(p)}
            assert told[person.name] == due


def test_rules_are_asked_of_whole_lists(world: None, client: Client) -> None:
    """The worlds above are worth asking: each has people to show and people to hide."""
    assert 0 < len(shown(client)[0]) < Consultant.objects.count()
    assert Hospital.objects.count() == len(HOSPITALS)
