"""Writing a draft on the staff desk: its words, its blocks and their order, and what a published edition refuses."""

from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.test import Client
from django.urls import reverse

from kyphoplasty_site.access import Role
from procedures.models import Block, BlockFigure, Edition, EditionEditor, Figure, PreviewLink
from tests import factories
from tests.enquiries.pages import Page
from tests.staff import signed_in

pytestmark = pytest.mark.django_db


def editor(username: str = "robin", role: Role = Role.CONTENT_EDITOR) -> Client:
    """The desk, opened by a person of this role."""
    person = factories.person(username, is_staff=True, first_name=username.title())
    person.groups.add(Group.objects.get(name=role))
    client = Client()
    signed_in(client, person)
    return client


def page_of(edition: Edition) -> str:
    return reverse("admin:procedures_edition_change", args=[edition.pk])


def block_page(block: Block) -> str:
    return reverse("admin:procedures_block_change", args=[block.pk])


def shown(desk: Client, address: str) -> Page:
    return Page(desk.get(address))


def answers(response: Any) -> dict[str, Any]:
    """What the form of a page holds, as a browser would send it back."""
    form = response.context["adminform"].form
    held = {field.html_name: field.value() for field in form}
    given = {name: value for name, value in held.items() if value not in (None, "")}
    rows = response.context.get("rows") or []
    given |= {f"place-{row.block.pk}": row.place for row in rows}
    return given | ({"shown_order": response.context["order"]} if rows else {})


@pytest.fixture
def draft() -> Edition:
    """A draft with two parts: two risks, then one common question."""
    draft = factories.draft(procedure=factories.procedure())
    factories.block(draft, "section", heading="What can go wrong?", anchor="risks")
    factories.block(draft, "risk", heading="Leaks", body="<p>Cement may leak.</p>")
    factories.block(draft, "risk", heading="Infection", body="<p>The wound may get infected.</p>")
    factories.block(draft, "section", heading="Questions", anchor="questions")
    factories.block(draft, "faq", heading="Will it hurt?", body="<p>A little.</p>")
    return draft


def headings(edition: Edition) -> list[str]:
    return list(edition.blocks.order_by("position").values_list("heading", flat=True))


def test_draft_lists_its_blocks_in_the_order_of_the_page(draft: Edition) -> None:
    _, _, listed = shown(editor(), page_of(draft)).text.partition("The page, block by block")

    assert listed.index("What can go wrong?") < listed.index("Leaks") < listed.index("Will it hurt?")
    assert "Cement may leak." in listed


def test_words_of_a_draft_are_saved_and_their_editor_noted(draft: Edition) -> None:
    desk = editor()
    given = answers(desk.get(page_of(draft)))

    desk.post(page_of(draft), given | {"lead": "A plain sentence."})

    draft.refresh_from_db()
    assert draft.lead == "A plain sentence."
    assert EditionEditor.objects.get().user.username == "robin"


def test_saving_a_draft_unchanged_makes_nobody_its_editor(draft: Edition) -> None:
    desk = editor()

    desk.post(page_of(draft), answers(desk.get(page_of(draft))))

    assert not EditionEditor.objects.exists()


@pytest.mark.parametrize(
    "field", ["number", "published_at", "withdrawn_at", "is_first_text", "clinical_hash"]
)
def test_what_only_publishing_sets_cannot_be_typed(draft: Edition, field: str) -> None:
    desk, before = editor(), getattr(draft, field)
    given = answers(desk.get(page_of(draft)))
    forged = {"published_at": "2026-01-01", "published_at_0": "2026-01-01", "published_at_1": "09:00"}

    desk.post(page_of(draft), given | {field: "7"} | forged)

    draft.refresh_from_db()
    assert getattr(draft, field) == before


@pytest.mark.parametrize(
    ("numbers", "order"),
    [
        ({"Infection": "2"}, ["What can go wrong?", "Infection", "Leaks", "Questions", "Will it hurt?"]),
        ({"Leaks": "3"}, ["What can go wrong?", "Infection", "Leaks", "Questions", "Will it hurt?"]),
        ({"Leaks": "70"}, ["What can go wrong?", "Infection", "Questions", "Will it hurt?", "Leaks"]),
        ({"Leaks": "soon"}, ["What can go wrong?", "Leaks", "Infection", "Questions", "Will it hurt?"]),
        ({"Leaks": ""}, ["What can go wrong?", "Leaks", "Infection", "Questions", "Will it hurt?"]),
        ({"Will it hurt?": "0"}, ["Will it hurt?", "What can go wrong?", "Leaks", "Infection", "Questions"]),
        ({"Leaks": "1e999"}, ["What can go wrong?", "Infection", "Questions", "Will it hurt?", "Leaks"]),
        ({"Leaks": "nan"}, ["What can go wrong?", "Leaks", "Infection", "Questions", "Will it hurt?"]),
    ],
)
def test_blocks_change_places_by_their_numbers_however_carelessly_typed(
    draft: Edition, numbers: dict[str, str], order: list[str]
) -> None:
    desk = editor()
    places = {f"place-{draft.blocks.get(heading=heading).pk}": number for heading, number in numbers.items()}

    desk.post(page_of(draft), answers(desk.get(page_of(draft))) | places)

    assert headings(draft) == order
    assert list(draft.blocks.order_by("position").values_list("position", flat=True)) == [1, 2, 3, 4, 5]


@pytest.mark.parametrize(
    ("heading", "way", "order"),
    [
        ("Infection", "up", ["What can go wrong?", "Infection", "Leaks", "Questions", "Will it hurt?"]),
        ("Leaks", "down", ["What can go wrong?", "Infection", "Leaks", "Questions", "Will it hurt?"]),
        ("Questions", "up", ["Questions", "Will it hurt?", "What can go wrong?", "Leaks", "Infection"]),
        (
            "What can go wrong?",
            "down",
            ["Questions", "Will it hurt?", "What can go wrong?", "Leaks", "Infection"],
        ),
        (
            "What can go wrong?",
            "up",
            ["What can go wrong?", "Leaks", "Infection", "Questions", "Will it hurt?"],
        ),
        ("Will it hurt?", "down", ["What can go wrong?", "Leaks", "Infection", "Questions", "Will it hurt?"]),
    ],
)
def test_buttons_move_a_block_one_place_and_a_section_whole(
    draft: Edition, heading: str, way: str, order: list[str]
) -> None:
    desk = editor()
    block = draft.blocks.get(heading=heading)

    response = desk.post(page_of(draft), answers(desk.get(page_of(draft))) | {"_move": f"{block.pk}:{way}"})

    assert headings(draft) == order
    assert response["Location"].endswith(f"#block-{block.pk}")


def test_moving_a_block_keeps_what_was_typed_beside_it(draft: Edition) -> None:
    desk = editor()
    given = answers(desk.get(page_of(draft)))
    block = draft.blocks.get(heading="Leaks")

    desk.post(page_of(draft), given | {"lead": "Typed before moving.", "_move": f"{block.pk}:down"})

    draft.refresh_from_db()
    assert draft.lead == "Typed before moving."


def test_block_is_added_after_another(draft: Edition) -> None:
    desk, leaks = editor(), draft.blocks.get(heading="Leaks")
    address = reverse("admin:procedures_block_add") + f"?edition={draft.pk}&after={leaks.pk}&kind=risk"
    given = answers(desk.get(address))

    response = desk.post(address, given | {"heading": "Bleeding", "body": "<p>You may bleed.</p>"})

    added = Block.objects.get(heading="Bleeding")
    assert headings(draft)[:4] == ["What can go wrong?", "Leaks", "Bleeding", "Infection"]
    assert response["Location"] == f"{page_of(draft)}#block-{added.pk}"
    assert EditionEditor.objects.get().edition == draft


def test_adding_a_block_first_asks_which_kind(draft: Edition) -> None:
    page = shown(editor(), reverse("admin:procedures_block_add") + f"?edition={draft.pk}")

    assert "Something that can go wrong, with its published figure." in page.text


def test_nothing_is_added_to_a_published_edition() -> None:
    published = factories.edition(procedure=factories.procedure())
    address = reverse("admin:procedures_block_add") + f"?edition={published.pk}&kind=faq"

    editor().post(address, {"heading": "Will it hurt?", "body": "<p>A little.</p>"})

    assert not published.blocks.exists()


def test_section_without_an_anchor_gets_one_from_its_heading(draft: Edition) -> None:
    desk = editor()
    address = reverse("admin:procedures_block_add") + f"?edition={draft.pk}&kind=section"

    desk.post(address, answers(desk.get(address)) | {"heading": "What can go wrong later?"})

    assert Block.objects.get(heading="What can go wrong later?").anchor == "what-can-go-wrong-later"


def test_anchor_that_another_block_has_is_refused_in_words(draft: Edition) -> None:
    desk, section = editor(), draft.blocks.get(heading="Questions")

    page = Page(desk.post(block_page(section), answers(desk.get(block_page(section))) | {"anchor": "risks"}))

    assert "Another block of this page already has that anchor." in page.text


@pytest.mark.parametrize("body", ["", "<p></p>", "<p> </p>", "<script>alert(1)</script>"])
def test_block_that_needs_a_text_is_not_saved_without_one(draft: Edition, body: str) -> None:
    desk, leaks = editor(), draft.blocks.get(heading="Leaks")

    response = desk.post(block_page(leaks), answers(desk.get(block_page(leaks))) | {"body": body})

    leaks.refresh_from_db()
    assert response.status_code == 200
    assert leaks.body == "<p>Cement may leak.</p>"


@pytest.mark.parametrize("kind", Block.Kind.values)
def test_each_kind_asks_only_for_what_it_needs(draft: Edition, kind: str) -> None:
    address = reverse("admin:procedures_block_add") + f"?edition={draft.pk}&kind={kind}"

    response = editor().get(address)

    form = response.context["adminform"].form
    assert ("shown_figures" in form.fields) == (kind in ("risk", "benefit"))
    assert ("illustration" in form.fields) == (kind in ("step", "text"))
    assert ("video" in form.fields) == (kind == "video")
    assert not {"edition", "kind", "position"} & set(form.fields)


def test_figures_stand_lowest_first_whatever_order_they_are_chosen_in(draft: Edition) -> None:
    desk, leaks = editor(), draft.blocks.get(heading="Leaks")
    high = factories.figure(key="high", count=41)
    low = factories.figure(key="low", count=2)
    middle = factories.figure(
        key="middle", shape=Figure.Shape.PERCENTAGE, count=None, out_of=None, percentage="7.5"
    )
    given = answers(desk.get(block_page(leaks)))

    desk.post(block_page(leaks), given | {"shown_figures": [high.pk, low.pk, middle.pk]})

    assert [(one.figure, one.position) for one in BlockFigure.objects.filter(block=leaks)] == [
        (low, 0),
        (middle, 1),
        (high, 2),
    ]


def test_review_date_is_no_matter_of_the_draft(draft: Edition) -> None:
    assert "review_due_on" not in answers(editor().get(page_of(draft)))


def test_sources_are_named_by_title_and_publisher(draft: Edition) -> None:
    factories.source()

    response = editor().get(block_page(draft.blocks.get(heading="Leaks")))

    assert "The Elm study of broken backs (Elm Press, 2020)" in response.text


def test_saving_a_block_leads_back_to_its_place_or_on_to_the_next(draft: Edition) -> None:
    desk, leaks = editor(), draft.blocks.get(heading="Leaks")
    following = draft.blocks.get(heading="Infection")
    given = answers(desk.get(block_page(leaks)))

    back = desk.post(block_page(leaks), given | {"_save": "yes"})
    on = desk.post(block_page(leaks), given | {"_next": "yes"})

    assert back["Location"] == f"{page_of(draft)}#block-{leaks.pk}"
    assert on["Location"] == block_page(following)


def test_deleting_a_block_notes_who_did_it(draft: Edition) -> None:
    desk, leaks = editor(), draft.blocks.get(heading="Leaks")
    delete = reverse("admin:procedures_block_delete", args=[leaks.pk])
    asked = desk.get(delete)

    response = desk.post(delete, {"post": "yes", "opened": asked.context["opened"]})

    assert "Cement may leak." in asked.text

    assert response["Location"] == page_of(draft)
    assert "Leaks" not in headings(draft)
    assert EditionEditor.objects.get().user.username == "robin"


def test_published_edition_and_its_blocks_open_to_be_read_and_not_changed() -> None:
    published = factories.edition(procedure=factories.procedure())
    block = factories.block(published, "faq", heading="Will it hurt?", body="<p>A <b>little</b>.</p>")
    desk = editor()

    pages = [desk.get(page_of(published)), desk.get(block_page(block))]
    refused = [
        desk.post(page_of(published), {"lead": "Other"}).status_code,
        desk.post(block_page(block), {"heading": "Other"}).status_code,
        desk.post(reverse("admin:procedures_block_delete", args=[block.pk]), {"post": "yes"}).status_code,
    ]

    for page in pages:
        assert "published edition" in page.text
        assert "cannot be changed by anybody" in page.text
        assert 'type="submit"' not in page.text.split('id="content"')[1]
    assert "<p>A <b>little</b>.</p>" in pages[1].text
    assert refused == [403, 403, 403]


def test_findings_stand_on_the_draft_and_beside_their_block(draft: Edition) -> None:
    leaks = draft.blocks.get(heading="Leaks")
    Block.objects.filter(pk=leaks.pk).update(body="<p>Cement leaks in 8% of people.</p>")
    desk = editor()

    edition_page, page = shown(desk, page_of(draft)), shown(desk, block_page(leaks))

    assert "Stops publication:" in edition_page.text
    assert "Cement leaks in 8% of people." in edition_page.text
    assert "What the checks found here" in page.text


def test_first_edition_of_a_page_takes_the_next_number() -> None:
    procedure, desk = factories.procedure(), editor()
    words = {"procedure": procedure.pk, "lead": "What it is.", "description": "About it."}

    desk.post(reverse("admin:procedures_edition_add"), words)
    again = Page(desk.post(reverse("admin:procedures_edition_add"), words))

    assert procedure.editions.get().number == 1
    assert "Open one of them and start a draft from it." in again.text


def test_reviewer_reads_a_draft_and_changes_nothing(draft: Edition) -> None:
    desk = editor("morgan", Role.CLINICAL_REVIEWER)

    page = desk.get(page_of(draft))

    assert "Leaks" in page.text
    assert 'name="_move"' not in page.text
    assert desk.post(page_of(draft), {"lead": "Mine"}).status_code == 403


def test_preview_shows_the_draft_in_a_frame_of_either_width(draft: Edition) -> None:
    desk = editor()
    preview = reverse("admin:procedures_edition_preview", args=[draft.pk])
    inner = reverse("admin:procedures_edition_preview_page", args=[draft.pk])

    phone, wide, page = desk.get(preview), desk.get(preview + "?width=desk"), desk.get(inner)

    assert 'class="preview preview--phone"' in phone.text
    assert 'class="preview preview--desk"' in wide.text
    assert f'src="{inner}"' in phone.text
    assert "Cement may leak." in page.text


def test_only_the_preview_may_frame_and_be_framed_and_only_by_ourselves(draft: Edition) -> None:
    desk = editor()
    preview = desk.get(reverse("admin:procedures_edition_preview", args=[draft.pk]))
    inner = desk.get(reverse("admin:procedures_edition_preview_page", args=[draft.pk]))
    other = desk.get(page_of(draft))

    assert "frame-src 'self'" in preview["Content-Security-Policy"]
    assert "frame-ancestors 'none'" in preview["Content-Security-Policy"]
    assert "frame-ancestors 'self'" in inner["Content-Security-Policy"]
    assert inner["X-Frame-Options"] == "SAMEORIGIN"
    assert "frame-src" not in other["Content-Security-Policy"]
    assert "frame-ancestors 'none'" in other["Content-Security-Policy"]


def test_link_for_somebody_without_an_account_is_shown_once(draft: Edition) -> None:
    desk = editor()
    preview = reverse("admin:procedures_edition_preview", args=[draft.pk])

    made = desk.post(preview, {"shown_to": "Sam, patient reader", "days": "3"})
    link = made.context["made"]

    assert link in made.text
    assert (
        "Made a preview link for Sam, patient reader, which opens for 3 days."
        in desk.get(page_of(draft)).text
    )
    assert link not in desk.get(preview).text
    assert "Sam, patient reader" in desk.get(preview).text
    assert "Cement may leak." in Client().get(link).text


@pytest.mark.parametrize("days", ["0", "31", "-1", "many", ""])
def test_link_opens_for_at_most_thirty_days(draft: Edition, days: str) -> None:
    editor().post(
        reverse("admin:procedures_edition_preview", args=[draft.pk]), {"shown_to": "Sam", "days": days}
    )

    assert not PreviewLink.objects.exists()


def test_link_that_is_taken_back_opens_nothing(draft: Edition) -> None:
    desk = editor()
    preview = reverse("admin:procedures_edition_preview", args=[draft.pk])
    link = desk.post(preview, {"shown_to": "Sam", "days": "3"}).context["made"]

    desk.post(
        reverse("admin:procedures_edition_revoke_preview", args=[draft.pk, PreviewLink.objects.get().pk])
    )

    assert Client().get(link).status_code == 404
    assert "Taken back on" in desk.get(preview).text


def test_reviewer_may_preview_and_make_no_link(draft: Edition) -> None:
    desk = editor("morgan", Role.CLINICAL_REVIEWER)
    preview = reverse("admin:procedures_edition_preview", args=[draft.pk])

    assert desk.get(preview).status_code == 200
    assert desk.post(preview, {"shown_to": "Sam", "days": "3"}).status_code == 403
    assert not PreviewLink.objects.exists()
