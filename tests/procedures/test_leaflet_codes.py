"""Is my paper current? What the code on a leaflet tells whoever holds it."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from procedures.models import Edition, Procedure
from tests import factories

pytestmark = pytest.mark.django_db
MARCH, MAY = datetime(2026, 3, 1, 9, tzinfo=UTC), datetime(2026, 5, 3, 8, tzinfo=UTC)


@pytest.fixture
def procedure() -> Procedure:
    factories.hospital()
    factories.red_flag_card()
    return factories.procedure()


def edition(
    procedure: Procedure, number: int, code: str, published_at: datetime, *lines: str, **facts: Any
) -> Edition:
    """An edition with what it kept, as lines under one heading."""
    return factories.edition(
        procedure=procedure,
        number=number,
        leaflet_code=code,
        published_at=published_at,
        lines=[["What can go wrong", line] for line in lines],
        **facts,
    )


def check(client: Client, code: str) -> tuple[int, str]:
    response = client.get(f"/leaflets/{code}/")
    return response.status_code, " ".join(response.content.decode().split())


@pytest.mark.parametrize("typed", ["ABCD2345", "abcd2345", "abcd 2345", "ABCD-2345", " aBcD%2023 45 "])
def test_code_of_the_current_edition_however_it_is_typed(
    client: Client, procedure: Procedure, typed: str
) -> None:
    edition(procedure, 1, "ABCD2345", MARCH)

    status, page = check(client, typed)

    assert status == 200
    assert "<h1>This leaflet is current</h1>" in page
    assert "edition 1 of 1 March 2026" in page


def test_replaced_leaflet_says_since_when_and_which_lines_changed(
    client: Client, procedure: Procedure
) -> None:
    edition(procedure, 1, "ABCD2345", MARCH, "7 of 100 people had a leak.", "Rest for a day.")
    edition(
        procedure,
        2,
        "EFGH6789",
        MAY,
        "9 of 100 people had a leak.",
        "Rest for a day.",
        change_summary="We corrected how often cement leaks.",
    )

    _, page = check(client, "ABCD2345")

    assert "<h1>Replaced on 3 May 2026</h1>" in page
    assert "1 line changed." in page
    assert "We corrected how often cement leaks." in page
    assert "Under “What can go wrong”" in page
    assert (
        '<del><span class="vh">[taken out: </span>7<span class="vh">]</span></del>'
        '<ins><span class="vh">[put in: </span>9<span class="vh">]</span></ins> of 100 people had a leak.'
    ) in page
    assert "Rest for a day." not in page


def test_leaflet_replaced_twice_is_compared_with_the_current_one_and_dated_by_the_first(
    client: Client, procedure: Procedure
) -> None:
    edition(procedure, 1, "ABCD2345", MARCH, "Rest for one day.")
    edition(procedure, 2, "EFGH6789", MAY, "Rest for two days.")
    edition(procedure, 3, "JKMN2345", MAY + timedelta(days=30), "Rest for three days.")

    _, page = check(client, "ABCD2345")

    assert "Replaced on 3 May 2026" in page
    assert "three days" in page
    assert "two days" not in page


def test_leaflet_is_dated_by_what_readers_saw_even_when_that_was_withdrawn_since(
    client: Client, procedure: Procedure
) -> None:
    edition(procedure, 1, "ABCD2345", MARCH)
    edition(
        procedure,
        2,
        "EFGH6789",
        MARCH + timedelta(days=9),
        withdrawn_at=MAY,
        change_summary="We corrected how often cement leaks.",
    )
    edition(
        procedure, 3, "JKMN2345", MARCH + timedelta(days=29), change_summary="We say who brings you home."
    )

    _, page = check(client, "ABCD2345")

    assert "<h1>Replaced on 10 March 2026</h1>" in page
    assert "Edition 2, 10 March 2026, withdrawn 3 May 2026" in page
    assert "We corrected how often cement leaks." in page
    assert "Edition 3, 30 March 2026" in page
    assert "We say who brings you home." in page
    assert "We corrected" not in check(client, "JKMN2345")[1]


def test_leaflet_that_was_current_again_is_dated_by_its_last_day(
    client: Client, procedure: Procedure
) -> None:
    edition(procedure, 1, "ABCD2345", MARCH)
    edition(procedure, 2, "EFGH6789", MARCH + timedelta(days=9), withdrawn_at=MARCH + timedelta(days=10))
    edition(procedure, 3, "JKMN2345", MAY)

    assert "<h1>Replaced on 3 May 2026</h1>" in check(client, "ABCD2345")[1]


@pytest.mark.parametrize(
    ("signed_at", "revoked_at", "said"),
    [
        (None, None, "No clinician has signed off its text."),
        (
            MARCH - timedelta(days=1),
            None,
            "The sign-off still stands: reviewed by Dr Morgan Vale, Consultant radiologist, on 28 February 2026.",
        ),
        (
            MAY,
            None,
            "It has been signed off since: reviewed by Dr Morgan Vale, Consultant radiologist, on 3 May 2026.",
        ),
        (
            MARCH,
            MAY,
            "sign-off was taken back on 3 May 2026.</b> Do not rely on this leaflet unless a clinician signs it off again.",
        ),
    ],
    ids=["never signed", "still signed", "signed since", "taken back"],
)
def test_it_tells_how_the_sign_off_stands_today(
    client: Client, procedure: Procedure, signed_at: datetime | None, revoked_at: datetime | None, said: str
) -> None:
    held = edition(procedure, 1, "ABCD2345", MARCH, clinical_hash="a" * 64)
    if signed_at:
        factories.sign_off(
            held, factories.reviewer(), clinical_hash="a" * 64, signed_at=signed_at, revoked_at=revoked_at
        )

    page = check(client, "ABCD2345")[1]
    assert said in page
    assert ("This leaflet is current" in page) == (revoked_at is None)


def test_sign_off_given_again_after_one_was_taken_back_is_what_counts(
    client: Client, procedure: Procedure
) -> None:
    held = edition(procedure, 1, "ABCD2345", MARCH, clinical_hash="a" * 64)
    reviewer = factories.reviewer()
    factories.sign_off(held, reviewer, clinical_hash="a" * 64, signed_at=MARCH, revoked_at=MAY)
    factories.sign_off(held, reviewer, clinical_hash="a" * 64, signed_at=MAY + timedelta(days=1))

    page = check(client, "ABCD2345")[1]

    assert "It has been signed off since" in page
    assert "taken back" not in page


def test_withdrawn_leaflet_is_not_to_be_relied_on(client: Client, procedure: Procedure) -> None:
    edition(procedure, 1, "ABCD2345", MARCH, withdrawn_at=MAY)

    _, page = check(client, "ABCD2345")

    assert "<h1>Withdrawn on 3 May 2026</h1>" in page
    assert "Do not rely on this leaflet." in page
    assert "There is no page to take its place yet." in page


def test_leaflet_is_current_again_once_the_newer_one_is_withdrawn(
    client: Client, procedure: Procedure
) -> None:
    edition(procedure, 1, "ABCD2345", MARCH)
    edition(procedure, 2, "EFGH6789", MAY, withdrawn_at=MAY + timedelta(days=1))

    assert "This leaflet is current" in check(client, "ABCD2345")[1]
    assert "Use the page as it is now." in check(client, "EFGH6789")[1]


@pytest.mark.parametrize(
    "facts",
    [
        {"published_at": None},
        {"published_at": timezone.now() + timedelta(days=2)},
        {"published_at": timezone.now() + timedelta(days=2), "withdrawn_at": timezone.now()},
    ],
    ids=["draft", "still to come", "withdrawn before its minute"],
)
def test_code_that_no_reader_has_yet_is_unknown(
    client: Client, procedure: Procedure, facts: dict[str, Any]
) -> None:
    factories.edition(procedure=procedure, leaflet_code="ABCD2345", is_first_text=False, **facts)

    assert check(client, "ABCD2345")[0] == 404


@pytest.mark.parametrize("typed", ["ZZZZ9999", "A", "-", "%00", "<script>", "ABCD2345ABCD2345", "ſſſſ2345"])
def test_unknown_code_says_where_to_look_and_whom_to_ring(
    client: Client, procedure: Procedure, typed: str
) -> None:
    edition(procedure, 1, "ABCD2345", MARCH)

    status, page = check(client, typed)

    assert status == 404
    assert "We do not know that leaflet code" in page
    assert "foot of every page" in page
    assert "01632 960101" in page
    assert "<script>" not in page.partition("<main")[2].partition("</main")[0]


def test_red_flags_stand_on_it_as_they_are_today(client: Client, procedure: Procedure) -> None:
    edition(procedure, 1, "ABCD2345", MARCH)

    assert "both legs are weak" in check(client, "ABCD2345")[1]


@pytest.mark.parametrize("typed", ["ABCD2345", "ZZZZ9999"])
def test_search_engines_are_kept_out(client: Client, procedure: Procedure, typed: str) -> None:
    edition(procedure, 1, "ABCD2345", MARCH)

    assert '<meta name="robots" content="noindex">' in check(client, typed)[1]


def test_changed_words_cannot_run(client: Client, procedure: Procedure) -> None:
    edition(procedure, 1, "ABCD2345", MARCH, "Rest.")
    edition(procedure, 2, "EFGH6789", MAY, "<script>alert(1)</script>")

    assert "<script>alert" not in check(client, "ABCD2345")[1]


def test_box_for_a_code_leads_to_the_leaflet_however_it_is_typed(
    procedure: Procedure, client: Client
) -> None:
    edition(procedure, 1, "ABCD2345", MARCH)

    response = client.get("/leaflets/", {"code": "abcd 2345"}, follow=True)

    assert response.redirect_chain == [("/leaflets/ABCD2345/", 302)]
    assert "This leaflet is current" in response.text


@pytest.mark.parametrize("typed", ["", " - "])
def test_box_for_a_code_is_shown_until_one_is_typed(procedure: Procedure, client: Client, typed: str) -> None:
    response = client.get("/leaflets/", {"code": typed})

    assert response.status_code == 200
    assert "Code on your leaflet" in response.text


def test_page_of_an_unknown_code_has_a_box_to_try_again(procedure: Procedure, client: Client) -> None:
    _, said = check(client, "WXYZ6789")

    assert 'action="/leaflets/"' in said


def test_older_edition_that_readers_see_again_is_not_called_new(procedure: Procedure, client: Client) -> None:
    edition(procedure, 1, "ABCD2345", MARCH)
    edition(procedure, 2, "EFGH6789", MAY, withdrawn_at=MAY + timedelta(days=1))

    assert "Print the leaflet of edition 1, which readers see now" in check(client, "EFGH6789")[1]
