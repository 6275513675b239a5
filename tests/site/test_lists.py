"""Every list of the desk: as many queries for a full page as for three rows, a dozen at most, and pages that cannot be got wrong."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.admin import site
from django.contrib.auth.models import Group, User
from django.db import connection, models
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from consultants.models import Consultant
from enquiries.models import ConsentWording, Deletion, OutgoingMail, TeamMember
from kyphoplasty_site.access import Role
from procedures.admin import lists
from procedures.admin.single import SingleRowAdmin
from procedures.models import AvoidedWord, Hospital, Synonym, Task, Video
from tests import factories
from tests.enquiries.pages import Page
from tests.staff import signed_in

pytestmark = pytest.mark.django_db
QUERIES = 12


def own(make: Callable[..., Any], n: int, **facts: Any) -> Any:
    """A row with a name of its own."""
    return make(**{name: f"{value}-{n}" for name, value in facts.items()})


def hospital(n: int) -> Hospital:
    return own(factories.hospital, n, name="Elm Park", short_name="Elm", slug="elm")


def procedure(n: int) -> Any:
    return own(factories.procedure, n, name="Rest", slug="rest")


def edition(n: int) -> None:
    """One that is published and signed off, and a draft."""
    written = procedure(n)
    first = factories.edition(procedure=written)
    draft = factories.draft(procedure=written, number=2, started_from=first)
    factories.block(draft, "text", body="<p>Rest.</p>")
    factories.sign_off(draft, factories.reviewer(user=factories.person(f"reviewer-{n}")))


def figure(n: int) -> None:
    factories.figure(
        key=f"leaks-{n}", source=own(factories.source, n, key="study", url="https://elm.example/")
    )


def practice(n: int) -> None:
    factories.practice(own(factories.consultant, n, slug="quill"), hospital(n), procedure(n))


def reading(n: int) -> None:
    factories.reading(factories.person(f"robin-{n}"), factories.stored_enquiry(hospital(n)))


def film(n: int) -> None:
    files = {"mp4": "a.mp4", "poster": "a.webp", "captions": "a.vtt", "transcript": "<p>A bone.</p>"}
    Video.objects.create(key=f"film-{n}", title="How", seconds=61, width=640, height=360, **files)


def held(n: int) -> None:
    factories.stored_enquiry(hospital(n), email="")
    OutgoingMail.objects.filter(held_at=None).last().hold("No address.")  # type: ignore[union-attr]


def account(n: int) -> None:
    factories.person(f"wren-{n}").groups.set(factories.roles("Content editor", "Directory editor"))


# How to make one more row of each model, with what its list shows of others. Of some there are only those that every copy has.
ROWS: dict[str, Callable[[int], Any]] = {
    "procedures.procedure": lambda n: factories.edition(procedure=procedure(n)),
    "procedures.edition": edition,
    "procedures.block": lambda n: factories.block(
        factories.draft(procedure=procedure(n)), "text", body="<p>Rest.</p>"
    ),
    "procedures.figure": figure,
    "procedures.source": lambda n: own(factories.source, n, key="study", url="https://elm.example/"),
    "procedures.glossaryterm": lambda n: own(factories.glossary_term, n, term="bone", slug="bone"),
    "procedures.illustration": lambda n: own(factories.illustration, n, key="spine"),
    "procedures.video": film,
    "procedures.avoidedword": lambda n: AvoidedWord.objects.create(
        word=f"sadly-{n}", instead="Leave it out."
    ),
    "procedures.synonym": lambda n: Synonym.objects.create(phrase=f"broken back {n}", means="kyphoplasty"),
    "procedures.redflagcard": lambda n: factories.red_flag_card(level=["now", "today"][n % 2], position=n),
    "procedures.task": lambda n: Task.objects.create(
        edition=factories.draft(procedure=procedure(n)), what="Read it."
    ).mark_done(by=factories.person(f"robin-{n}")),
    "procedures.reviewer": lambda n: factories.reviewer(user=factories.person(f"reviewer-{n}")),
    "procedures.hospital": hospital,
    "procedures.offering": lambda n: factories.offering(procedure(n), hospital(n)),
    "consultants.consultant": practice,
    "consultants.practice": practice,
    "enquiries.enquiry": lambda n: factories.stored_enquiry(hospital(n), needs="bsl"),
    "enquiries.callwindow": lambda n: factories.call_window(hospital(n)),
    "enquiries.outgoingmail": held,
    "enquiries.reading": reading,
    "enquiries.deletion": lambda n: Deletion.objects.create(cause="time", counts={"enquiries.Enquiry": n}),
    "enquiries.mailfence": lambda n: None,
    "enquiries.mailtext": lambda n: None,
    "enquiries.consentwording": lambda n: ConsentWording.objects.create(
        number=n + 2, text=f"You may answer me {n}."
    ),
    "enquiries.teammember": lambda n: factories.team_member(factories.person(f"robin-{n}"), hospital(n)),
    "auth.user": account,
    "auth.group": lambda n: Group.objects.create(name=f"Group {n}"),
}


@pytest.fixture
def desk(client: Client) -> Client:
    """The desk of somebody who holds every role."""
    person = factories.person("ash", is_staff=True)
    person.groups.set(Group.objects.all())
    signed_in(client, person)
    return client


def queries_of(desk: Client, address: str) -> int:
    """How many, once the person is in the team of every hospital."""
    person = User.objects.get(username="ash")
    TeamMember.objects.bulk_create(
        (TeamMember(user=person, hospital=one) for one in Hospital.objects.all()), ignore_conflicts=True
    )
    with CaptureQueriesContext(connection) as asked:
        assert desk.get(address).status_code == 200
    return len(asked)


# Of these there is one row, which opens without a list.
LISTED = [model for model, desk in site._registry.items() if not isinstance(desk, SingleRowAdmin)]


@pytest.mark.parametrize("model", LISTED, ids=lambda model: model._meta.label_lower)
def test_list_asks_as_much_of_the_database_for_a_full_page_as_for_three_rows(
    desk: Client, model: type[models.Model]
) -> None:
    label = model._meta.label_lower
    assert label in ROWS, f"Say in ROWS of {__file__} how to make a row of {label}."
    address = reverse(f"admin:{label.replace('.', '_')}_changelist")
    for n in range(3):
        ROWS[label](n)
    queries_of(desk, address)  # what is asked once, such as what kinds of row there are

    few = queries_of(desk, address)
    for n in range(3, lists.CalmList.list_per_page):
        ROWS[label](n)

    assert queries_of(desk, address) == few <= QUERIES


@pytest.mark.parametrize("model", LISTED, ids=lambda model: model._meta.label_lower)
def test_list_counts_once_offers_no_deletion_of_many_and_shows_no_icon_for_a_word(
    desk: Client, model: type[models.Model]
) -> None:
    label = model._meta.label_lower
    ROWS[label](1)

    page = desk.get(reverse(f"admin:{label.replace('.', '_')}_changelist")).content.decode()

    assert "delete_selected" not in page
    assert label == "auth.user" or 'alt="True"' not in page
    assert label == "auth.user" or 'alt="False"' not in page


def test_pages_of_a_long_list_are_read_from_the_nearer_end_and_hold_every_row_once(
    desk: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lists, "SHORT", 0)
    Consultant.objects.bulk_create(
        Consultant(given_name="Ada", family_name=f"Quill {n:03}", slug=f"quill-{n}") for n in range(205)
    )
    address = reverse("admin:consultants_consultant_changelist")

    with CaptureQueriesContext(connection) as asked:
        pages = [
            Page(desk.get(address, {"p": n})).words("//th[contains(@class, 'field-called')]")
            for n in range(1, 10)
        ]

    assert [name for page in pages for name in page] == [f"Ada Quill {n:03}" for n in range(205)]
    assert not [one["sql"] for one in asked if "OFFSET 15" in one["sql"] or "OFFSET 20" in one["sql"]]


def test_list_longer_than_is_counted_says_so_and_has_pages_of_both_its_ends(
    desk: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lists, "SHORT", 0)
    monkeypatch.setattr(lists, "FOUND_AT_ONCE", 0)
    monkeypatch.setattr(lists, "MOST_COUNTED", 4)
    monkeypatch.setattr(lists.CalmList, "list_per_page", 2)
    Synonym.objects.bulk_create(Synonym(phrase=f"zz broken {n}", means="kyphoplasty") for n in range(7))
    address = reverse("admin:procedures_synonym_changelist")

    pages = [Page(desk.get(address, {"q": "zz broken", "p": n})) for n in (1, 2)]

    assert [page.words("//tbody//th") for page in pages] == [
        ["zz broken 0", "zz broken 1"],
        ["zz broken 5", "zz broken 6"],
    ]
    assert "more than 4 synonyms" in pages[0].text
    assert "These pages hold the first 2 and the last 2." in pages[0].text


def test_more_rows_than_one_press_may_change_are_left_alone(
    desk: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lists, "MOST_AT_ONCE", 1)
    draft = factories.draft(procedure=procedure(1))
    for what in ("Read it.", "Read it again."):
        Task.objects.create(edition=draft, what=what)
    pressed = {"action": "mark_done", "select_across": "1", "_selected_action": [Task.objects.first().pk]}  # type: ignore[union-attr]

    page = Page(desk.post(reverse("admin:procedures_task_changelist"), pressed, follow=True))

    assert "Those are more than 1 rows. Nothing was done. Narrow the list, or tick the rows." in page.text
    assert Task.objects.open().count() == 2


# What Django would hand to the database, which fails at it or takes its time.
MADE_UP = {
    "range": "1",
    "regex": "(",
    "iregex": "[",
    "overlap": "{",
    "contains": "{",
    "year__range": "1",
    "search": "'",
}


@pytest.mark.parametrize(
    "model", [model for model in LISTED if isinstance(site._registry[model], lists.CalmList)]
)
def test_filter_that_somebody_made_up_is_answered_in_order(
    desk: Client, rf: RequestFactory, model: type[models.Model]
) -> None:
    address = reverse(f"admin:{model._meta.label_lower.replace('.', '_')}_changelist")
    fields = [field.name for field in model._meta.concrete_fields]

    for name in fields:
        assert not any(
            site._registry[model].lookup_allowed(f"{name}__{one}", "1", rf.get("/")) for one in MADE_UP
        )
    answers = {name: desk.get(address, {name: "{"}).status_code for name in fields}

    assert {name for name, answer in answers.items() if answer not in (200, 302, 400)} == set()
    assert {desk.get(address, {f"id__{one}": odd}).status_code for one, odd in MADE_UP.items()} == {400}


@pytest.mark.parametrize("asked", ["regex", "iregex", "range"])
def test_pattern_is_not_tried_on_the_rows_of_a_list(desk: Client, asked: str) -> None:
    answer = desk.get(reverse("admin:consultants_consultant_changelist"), {f"family_name__{asked}": "(a+)+$"})

    assert answer.status_code == 400


def test_pasted_page_is_looked_for_by_its_first_words_and_words_in_quotes_stay_together() -> None:
    assert (
        lists.first_words('"Balloon kyphoplasty, a trial"  Wardlaw')
        == '"Balloon kyphoplasty, a trial" Wardlaw'
    )
    assert lists.first_words("spine " * 600).split() == ["spine"] * lists.MOST_WORDS


def test_history_of_a_row_is_found_by_an_index() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT indexdef FROM pg_indexes WHERE indexname = 'log_entries_of_a_row'")
        ((definition,),) = cursor.fetchall()

    assert definition.endswith("ON public.django_admin_log USING btree (content_type_id, object_id)")


def test_deleting_a_hospital_tells_the_kinds_of_rows_that_need_it_and_none_of_them() -> None:
    """Who keeps hospitals may not read requests, nor who read them: and there may be a hundred thousand."""
    editor, elm_park = Client(), factories.hospital()
    ash = factories.person("ash", is_staff=True)
    ash.groups.set(Group.objects.filter(name=Role.DIRECTORY_EDITOR))
    signed_in(editor, ash)
    enquiry, robin = factories.stored_enquiry(elm_park), factories.person("robin")
    factories.reading(robin, enquiry)

    page = Page(editor.get(reverse("admin:procedures_hospital_delete", args=[elm_park.pk])))

    assert {"enquiries", "read record"} <= set(page.words("//main//li"))
    for secret in (enquiry.reference, enquiry.reference_in_groups, "robin"):
        assert secret not in page.text
