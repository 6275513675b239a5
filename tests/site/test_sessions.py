"""A session ends by itself, keeps what was being typed, and can be ended from elsewhere."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from kyphoplasty_site.accounts.sessions import in_words
from procedures.models import GlossaryTerm
from tests import factories
from tests.enquiries.pages import Page
from tests.site.test_second_factor import DESK, sees_the_desk, show, sign_in
from tests.staff import half_signed_in, signed_in

pytestmark = pytest.mark.django_db
ADD = reverse("admin:procedures_glossaryterm_add")
ORIGIN = {"origin": "http://testserver"}
FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:128.0) Gecko/20100101 Firefox/128.0"


@pytest.fixture
def robin() -> User:
    person = factories.person("robin", is_staff=True, is_superuser=True)
    factories.second_factor(person)
    return person


@pytest.fixture
def desk(robin: User) -> Client:
    """Signed in, and held to its token as a browser is."""
    return signed_in(Client(enforce_csrf_checks=True), robin)


def later(**time: int) -> Any:
    return time_machine.travel(timezone.now() + timedelta(**time), tick=False)


def typed(desk: Client, **answers: str) -> dict[str, str]:
    """The form as it would be posted."""
    form = Page(desk.get(ADD)).hidden() | {"term": "Stent", "slug": "stent", "definition": "A small tube."}
    return form | token(desk) | answers


def test_half_an_hour_of_rest_ends_it(desk: Client) -> None:
    with later(minutes=29):
        assert sees_the_desk(desk)
    with later(minutes=58):
        assert sees_the_desk(desk)
    with later(minutes=89):
        assert not sees_the_desk(desk)
        page = Page(desk.get(DESK, follow=True))

    assert "nothing happened here for half an hour" in page.text


def test_twelve_hours_end_it_however_busy(desk: Client) -> None:
    for minutes in range(20, 12 * 60, 20):
        with later(minutes=minutes):
            assert sees_the_desk(desk), minutes

    with later(minutes=12 * 60 + 1):
        assert not sees_the_desk(desk)


def test_saying_still_here_keeps_it(desk: Client) -> None:
    with later(minutes=28):
        assert desk.get(reverse("account_stay")).status_code == 204
    with later(minutes=55):
        assert sees_the_desk(desk)


def test_what_was_typed_comes_back_and_is_sent_after_signing_in_again(desk: Client, robin: User) -> None:
    answers = typed(desk)
    with later(minutes=31):
        lost = desk.post(ADD, answers, headers=ORIGIN)
        page = Page(lost)
        assert (lost.status_code, page.heading) == (401, "You were signed out")
        assert not GlossaryTerm.objects.filter(term="Stent").exists()
        sign_in(desk, **token(desk))
        code = {"code": factories.code_now()}
        desk.post(reverse("mfa_authenticate"), code | token(desk))

        sent = desk.post(ADD, page.hidden(), headers=ORIGIN)

    assert sent.status_code == 302
    assert GlossaryTerm.objects.filter(term="Stent").exists()


def token(desk: Client) -> dict[str, str]:
    return {"csrfmiddlewaretoken": desk.cookies["csrf"].value}


def test_what_is_sent_between_password_and_code_comes_back_once_more(desk: Client, robin: User) -> None:
    answers = typed(desk)
    half_signed_in(desk, robin)

    page = Page(desk.post(ADD, answers | token(desk), headers=ORIGIN))
    assert (page.status, page.heading) == (401, "You were signed out")
    signed_in(desk, robin)
    sent = desk.post(ADD, page.hidden(), headers=ORIGIN)

    assert sent.status_code == 302


def test_somebody_else_who_signs_in_there_does_not_send_it(desk: Client) -> None:
    answers = typed(desk)
    with later(minutes=31):
        page = Page(desk.post(ADD, answers, headers=ORIGIN))
        signed_in(desk, factories.person("wren", is_staff=True, is_superuser=True))

        refused = desk.post(ADD, page.hidden(), headers=ORIGIN)

    assert refused.status_code == 403
    assert "A small tube." not in refused.content.decode()
    assert not GlossaryTerm.objects.filter(term="Stent").exists()


@pytest.mark.parametrize("origin", [{}, {"origin": "https://evil.example"}])
def test_seal_is_worth_nothing_from_another_site_or_for_another_address(
    desk: Client, robin: User, origin: dict[str, str]
) -> None:
    answers = typed(desk)
    with later(minutes=31):
        sealed = Page(desk.post(ADD, answers, headers=ORIGIN)).hidden()
        signed_in(desk, robin)

        assert desk.post(ADD, sealed, headers=origin).status_code == 403
        elsewhere = desk.post(reverse("admin:procedures_synonym_add"), sealed, headers=ORIGIN)
        assert elsewhere.status_code == 401

    assert not GlossaryTerm.objects.filter(term="Stent").exists()


def test_other_site_cannot_have_anything_carried(desk: Client) -> None:
    answers = {"term": "Stent", "definition": "Bought at evil.example"}

    for origin in ({}, {"origin": "https://evil.example"}):
        response = desk.post(ADD, answers, headers=origin)
        assert response.status_code == 403
        assert "evil.example" not in response.content.decode()


def test_token_of_an_earlier_session_costs_one_more_press(desk: Client) -> None:
    """Signed out and in again in another tab, before anything was sent from this one."""
    answers = typed(desk) | {"csrfmiddlewaretoken": "x" * 64}

    page = Page(desk.post(ADD, answers, headers=ORIGIN))
    assert (page.status, page.heading) == (401, "Your page has waited for you")
    sent = desk.post(ADD, page.hidden(), headers=ORIGIN)

    assert sent.status_code == 302
    assert GlossaryTerm.objects.filter(term="Stent").exists()


def test_what_is_carried_is_written_as_text(desk: Client) -> None:
    answers = typed(desk, definition='"><script>alert(1)</script>')
    with later(minutes=31):
        page = desk.post(ADD, answers, headers=ORIGIN)

    assert "<script>alert" not in page.content.decode()
    assert Page(page).hidden()["definition"] == answers["definition"]


def test_other_sessions_are_seen_and_ended(robin: User) -> None:
    here, there, far = (
        Client(headers={"user-agent": agent}) for agent in ("Chrome", FIREFOX, "Safari Macintosh")
    )
    for number, client in enumerate((here, there, far)):
        sign_in(client)
        show(client, factories.code_now(steps=number - 1))
    page = Page(here.get(reverse("account_sessions")))
    assert "Firefox on Windows" in page.text
    assert "this one" in page.text
    assert all(sees_the_desk(client) for client in (here, there, far))

    (end,) = page.tree.xpath("//li[contains(., 'Firefox on Windows')]//button/@value")
    here.post(reverse("account_sessions"), {"end": end})
    assert [sees_the_desk(client) for client in (here, there, far)] == [True, False, True]
    here.post(reverse("account_sessions"), {"end": "others"})

    assert [sees_the_desk(client) for client in (here, there, far)] == [True, False, False]


def test_session_of_somebody_else_is_not_ended(robin: User) -> None:
    mine, theirs = Client(), Client()
    wren = factories.person("wren", is_staff=True)
    factories.second_factor(wren)
    for client, name in ((mine, "robin"), (theirs, "wren")):
        sign_in(client, name)
        show(client, factories.code_now())
    (theirs_pk,) = wren.usersession_set.values_list("pk", flat=True)  # type: ignore[attr-defined]

    mine.post(reverse("account_sessions"), {"end": theirs_pk})

    assert sees_the_desk(theirs)


@pytest.mark.parametrize(
    ("agent", "words"),
    [
        (FIREFOX, "Firefox on Windows"),
        (
            "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/126.0 Safari/537.36 Edg/126.0",
            "Edge on Windows",
        ),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 17_5) Version/17.5 Mobile Safari/604.1", "Safari on an iPhone"),
        ("Mozilla/5.0 (Linux; Android 14) Chrome/126.0 Mobile Safari/537.36", "Chrome on Android"),
        ("", "A browser on an unknown device"),
    ],
)
def test_browsers_are_told_in_words(agent: str, words: str) -> None:
    assert in_words(agent) == words
