"""Whatever is typed into an address or a form of the desk, it answers in order: never with an error of ours."""

from typing import Any

import pytest
from django.urls import reverse

from procedures.models import Block, Edition
from tests import factories
from tests.procedures.staff import Desk, editor

pytestmark = pytest.mark.django_db
NUMBERS = [
    "",
    "0",
    "-1",
    "1.5",
    "abc",
    "\0",
    "%00",
    "²",
    "٣",
    "9" * 19,
    "9" * 5000,
    "1e400",
    "nan",
    "0x1",
    "_",
]


@pytest.fixture
def draft() -> Edition:
    made = factories.draft(procedure=factories.procedure(), number=2)
    factories.edition(procedure=made.procedure)
    factories.block(made, "risk", heading="Leaks", body="<p>Cement may leak.</p>")
    factories.block(made, "text", body="<p>More of it.</p>")
    return made


@pytest.fixture
def ash() -> Desk:
    return editor()


@pytest.mark.parametrize("key", ["abc", "%00", "%2500", "_00", "9" * 30, "9" * 5000, "²", "-1", "1.0"])
@pytest.mark.parametrize("model", ["edition", "block", "figure", "source", "glossaryterm", "video"])
@pytest.mark.parametrize("page", ["change", "delete", "history"])
def test_row_that_cannot_be_is_looked_for_and_not_found(ash: Desk, model: str, page: str, key: str) -> None:
    address = f"/admin/procedures/{model}/{key}/{page}/"

    assert {ash.client.get(address).status_code, ash.client.post(address).status_code} <= {302, 404}


@pytest.mark.parametrize("number", NUMBERS)
def test_odd_numbers_in_an_address_are_no_rows(ash: Desk, draft: Edition, number: str) -> None:
    add, compare = (
        reverse("admin:procedures_block_add"),
        reverse("admin:procedures_edition_compare", args=[draft.pk]),
    )

    answers = [
        ash.client.get(compare, {"with": number}),
        ash.client.get(add, {"edition": number, "kind": "faq"}),
        ash.client.get(add, {"edition": str(draft.pk), "after": number, "kind": "faq"}),
        ash.client.get(add, {"edition": str(draft.pk), "after": str(draft.pk), "kind": number}),
        ash.client.post(f"{add}?edition={draft.pk}&kind=faq&after=x", {"heading": number}),
        ash.client.get(reverse("admin:procedures_edition_preview", args=[draft.pk]), {"width": number}),
        ash.client.get(reverse("admin:procedures_block_changelist"), {"kind__exact": number}),
        ash.client.get(reverse("admin:procedures_block_changelist"), {"p": number, "o": number}),
        ash.client.get(
            reverse("admin:procedures_block_changelist"), {"edition__procedure__id__exact": number}
        ),
        ash.client.get(reverse("admin:procedures_figure_changelist"), {"q": number, "shape__exact": number}),
        ash.client.get(reverse("admin:procedures_edition_changelist"), {"published_at__year": number}),
    ]

    assert {answer.status_code for answer in answers} <= {200, 302, 400, 404}


@pytest.mark.parametrize("number", NUMBERS)
def test_odd_numbers_in_the_forms_of_a_draft_change_nothing(ash: Desk, draft: Edition, number: str) -> None:
    keys = list(draft.blocks.values_list("pk", flat=True))
    sent: list[dict[str, Any]] = [
        {"shown_order": number},
        {"shown_order": f"{keys[0]},{number},{keys[1]}"},
        {"shown_order": f"{keys[0]},{keys[1]}", f"place-{keys[0]}": number},
        {"shown_order": f"{keys[0]},{keys[1]}", "_move": f"{number}:up"},
        {"shown_order": f"{keys[0]},{keys[1]}", "_move": number},
    ]

    answers = [
        ash.client.post(
            reverse("admin:procedures_edition_change", args=[draft.pk]),
            {"lead": draft.lead, "description": draft.description, "opened": number} | odd,
        )
        for odd in sent
    ]

    assert {answer.status_code for answer in answers} <= {200, 302}
    assert set(draft.blocks.values_list("pk", flat=True)) == set(keys)


@pytest.mark.parametrize("number", NUMBERS)
@pytest.mark.parametrize("field", ["sources", "shown_figures", "illustration", "heading", "anchor"])
def test_odd_choices_in_a_block_are_refused_in_words(
    ash: Desk, draft: Edition, field: str, number: str
) -> None:
    before = list(draft.blocks.values())

    for block in draft.blocks.all():
        answered = ash.client.post(
            reverse("admin:procedures_block_change", args=[block.pk]),
            {"heading": "Other", "body": "<p>Other.</p>", "opened": "stale", field: [number, number]},
        )
        assert answered.status_code == 200

    assert list(Block.objects.filter(edition=draft).values()) == before


@pytest.mark.parametrize("number", NUMBERS)
def test_odd_facts_of_a_figure_are_refused_in_words(ash: Desk, number: str) -> None:
    figure = factories.figure()

    answered = ash.client.post(
        reverse("admin:procedures_figure_change", args=[figure.pk]),
        dict.fromkeys(("count", "out_of", "source", "year", "withdrawn_on", "shape"), number),
    )

    figure.refresh_from_db()
    assert answered.status_code == 200
    assert figure.count == 7


@pytest.mark.parametrize("number", NUMBERS)
def test_odd_answers_about_an_edition_are_taken_calmly(ash: Desk, draft: Edition, number: str) -> None:
    answers = [
        ash.client.post(
            reverse("admin:procedures_edition_preview", args=[draft.pk]), {"shown_to": number, "days": number}
        ),
        ash.client.post(
            reverse("admin:procedures_edition_publish", args=[draft.pk]),
            {"when": "later", "day": number, "minute": number, "confirmed": number},
        ),
        ash.client.post(
            reverse("admin:procedures_task_changelist"), {"action": "mark_done", "_selected_action": number}
        ),
    ]

    assert {answer.status_code for answer in answers} <= {200, 302, 400}
    assert Edition.objects.get(pk=draft.pk).is_draft
