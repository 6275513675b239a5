"""No page ever lists anybody who should not be listed: made-up directories, changed at random, against the rule said again in Python."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.db import transaction
from django.test import Client
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from consultants.models import Consultant, Practice
from procedures.models import Edition, Procedure
from tests import factories
from tests.enquiries.pages import Page
from tests.seeded import sitemap

pytestmark = pytest.mark.django_db
AGES = (None, 0, 179, 180, 364, 365, 900)
HOSPITALS = ("elm", "ash")
PROCEDURES = ("aaa", "bbb", "ccc", "ddd")
LIST = "//section[@id='consultants']"
SURNAMES = ("Quill", "Marsh")
ASKED = {
    "hospital": ("", *HOSPITALS),
    "procedure": ("", "aaa"),
    "language": ("", "Welsh"),
    "specialty": ("", "Pain"),
    "gender": ("", "female"),
    "q": ("", "quill", "aaa", "bbb", "pain"),
}


def confirmed(age: int | None) -> date | None:
    return None if age is None else timezone.localdate() - timedelta(days=age)


# What may happen to somebody, or to the page that is out.
def unlist(person: Consultant) -> None:
    Consultant.objects.filter(pk=person.pk).update(is_listed=False)


def list_again(person: Consultant) -> None:
    Consultant.objects.filter(pk=person.pk).update(is_listed=True)


def rename(person: Consultant) -> None:
    Consultant.objects.filter(pk=person.pk).update(family_name="Marsh")


def lapse(person: Consultant) -> None:
    person.practices.update(confirmed_on=confirmed(365))


def confirm(person: Consultant) -> None:
    person.practices.update(confirmed_on=confirmed(0))


def take_back(person: Consultant) -> None:
    person.practices.update(confirmed_on=None)


def leave(person: Consultant) -> None:
    for practice in person.practices.all()[:1]:
        practice.delete()


def stop_doing_it(person: Consultant) -> None:
    done = Practice.procedures.through.objects.filter(practice__consultant=person, procedure__slug="aaa")
    done.update(procedure=Procedure.objects.get(slug="ddd"))


def withdraw_the_page(person: Consultant) -> None:
    Edition.objects.filter(procedure__slug="aaa", withdrawn_at=None).update(withdrawn_at=timezone.now())


CHANGES: list[Callable[[Consultant], None]] = [
    unlist,
    list_again,
    rename,
    lapse,
    confirm,
    take_back,
    leave,
    stop_doing_it,
    withdraw_the_page,
]
PEOPLE = some.lists(
    some.fixed_dictionaries(
        {
            "family_name": some.sampled_from(SURNAMES),
            "is_listed": some.sampled_from([True, True, False]),
            "languages": some.sampled_from([[], ["Welsh"]]),
            "specialties": some.sampled_from([[], ["Pain"]]),
            "gender": some.sampled_from(["", "female"]),
            "practices": some.dictionaries(
                some.sampled_from(HOSPITALS),
                some.tuples(
                    some.sampled_from(AGES), some.sets(some.sampled_from(PROCEDURES[:3]), max_size=2)
                ),
                max_size=2,
            ),
        }
    ),
    min_size=1,
    max_size=4,
)
QUESTIONS = some.lists(
    some.fixed_dictionaries({name: some.sampled_from(answers) for name, answers in ASKED.items()}),
    min_size=3,
    max_size=3,
)


@contextmanager
def world(people: list[dict[str, Any]]) -> Iterator[list[Consultant]]:
    """A page out, one withdrawn, one to come and one in draft; the people, and one of whom all is known and confirmed."""
    cache.clear()
    with transaction.atomic():
        hospitals = {
            slug: factories.hospital(name=f"{slug.title()} Hospital", slug=slug, short_name=slug)
            for slug in HOSPITALS
        }
        procedures = {slug: factories.procedure(name=f"{slug} treatment", slug=slug) for slug in PROCEDURES}
        now = timezone.now()
        factories.edition(procedure=procedures["aaa"])
        factories.edition(procedure=procedures["bbb"], withdrawn_at=now)
        factories.edition(procedure=procedures["ccc"], published_at=now + timedelta(days=1))
        factories.offering(procedures["aaa"], hospitals["elm"])
        anchor = factories.consultant(
            given_name="Person0", slug="person-0", languages=["Welsh"], specialties=["Pain"], gender="female"
        )
        factories.practice(anchor, hospitals["ash"], procedures["aaa"], confirmed_on=confirmed(0))
        made = []
        for number, facts in enumerate(people, start=1):
            told = {name: value for name, value in facts.items() if name != "practices"}
            made.append(factories.consultant(given_name=f"Person{number}", slug=f"person-{number}", **told))
            for slug, (age, done) in facts["practices"].items():
                factories.practice(
                    made[-1],
                    hospitals[slug],
                    *(procedures[each] for each in sorted(done)),
                    confirmed_on=confirmed(age),
                )
        yield made
        transaction.set_rollback(True)


def is_out(procedure: Procedure) -> bool:
    return Edition.objects.filter(
        procedure=procedure, published_at__lte=timezone.now(), withdrawn_at=None
    ).exists()


def is_shown(practice: Practice) -> bool:
    confirmed_on = practice.confirmed_on
    return confirmed_on is None or timezone.localdate() - confirmed_on < timedelta(days=365)


def fits(person: Consultant, **asked: str) -> bool:
    """The rule, in the plainest words there are."""
    return person.is_listed and any(
        is_shown(practice) and all(says(person, practice, *each) for each in asked.items() if each[1])
        for practice in person.practices.all()
    )


def says(person: Consultant, practice: Practice, name: str, asked: str) -> bool:
    done = {done.slug for done in practice.procedures.all() if is_out(done)}
    was_confirmed = practice.confirmed_on is not None
    if name == "hospital":
        return practice.hospital.slug == asked
    if name == "procedure" or asked in PROCEDURES:
        return asked in done
    if name == "q" and asked == "quill":
        return person.family_name == "Quill"
    return was_confirmed and asked in [
        *person.languages,
        *person.specialties,
        "pain" * bool(person.specialties),
        person.gender,
    ]


def named(page: Page, where: str = "//main") -> set[str]:
    """Everybody whom that part of a page names."""
    return set(re.findall(r"Person\d", " ".join(page.words(where))))


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    people=PEOPLE,
    changes=some.lists(some.tuples(some.sampled_from(CHANGES), some.integers(0, 3)), max_size=4),
    questions=QUESTIONS,
)
def test_exactly_those_who_fit_are_listed(
    client: Client,
    people: list[dict[str, Any]],
    changes: list[tuple[Callable[[Consultant], None], int]],
    questions: list[dict[str, str]],
) -> None:
    with world(people) as made:
        for change, number in changes:
            change(made[number % len(made)])
        everybody = list(Consultant.objects.prefetch_related("practices__procedures", "practices__hospital"))

        def expected(**asked: str) -> set[str]:
            return {person.given_name for person in everybody if fits(person, **asked)}

        for asked in questions:
            if asked["procedure"] and not Procedure.objects.published().exists():
                continue  # what cannot be chosen narrows nothing
            page = Page(client.get("/consultants/", asked))
            is_loosened = "Nobody" in page.words("//main//*[@role='status']")[0]
            assert named(page) == expected(**asked) or (is_loosened and not expected(**asked)), asked
            assert named(page) <= expected()
        everyone = Page(client.get("/consultants/"))
        assert named(everyone) == expected()
        for slug in HOSPITALS:
            assert named(Page(client.get(f"/hospitals/{slug}/")), LIST) == expected(hospital=slug)
        finder, about = Page(client.get("/procedures/")), Page(client.get("/procedures/aaa/"))
        assert named(finder) <= expected(procedure="aaa")
        assert about.status == 404 or named(about, LIST) == expected(procedure="aaa")
        assert named(Page(client.get("/search/?q=quill"))) <= expected(q="quill")
        assert {address for address in sitemap(client) if "/person-" in address} == {
            f"http://testserver/consultants/{person.slug}/" for person in everybody if fits(person)
        }
        for person in everybody:
            assert client.get(person.get_absolute_url()).status_code == (200 if person.is_listed else 404)
        assert not re.search("bbb|ccc|ddd", " ".join(page.text for page in (everyone, finder, about)))
