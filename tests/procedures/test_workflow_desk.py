"""An edition's way over the staff desk: the buttons each person has, and what they do."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from procedures import publishing
from procedures.models import Block, Edition, PreviewLink, Procedure, Reviewer, SignOff, Task
from tests import factories
from tests.enquiries.pages import Page
from tests.procedures.staff import Desk, administrator, clinician, editor

pytestmark = pytest.mark.django_db
NOON = datetime(2027, 4, 1, 12, 0, tzinfo=UTC)


@pytest.fixture
def noon() -> Iterator[time_machine.Traveller]:
    """A clock that stands still on 1 April 2027, and can be moved."""
    with time_machine.travel(NOON, tick=False) as clock:
        yield clock


@pytest.fixture
def first() -> Edition:
    """The first edition, which readers see unsigned."""
    factories.procedure()
    made = factories.whole_draft(number=1, procedure=Procedure.objects.get())
    publishing.publish_first_text(made)
    return Edition.objects.get(pk=made.pk)


@pytest.fixture
def draft(first: Edition) -> Edition:
    """A draft with another risk, which says what changed."""
    made = publishing.start_draft(first)
    made.blocks.filter(kind="risk").update(body="<p>Cement can leak out of the bone unseen.</p>")
    made.change_summary, made.change_reason = "We say more of leaks.", "Readers asked."
    made.save()
    return made


def now(edition: Edition) -> Edition:
    return Edition.objects.get(pk=edition.pk)


def test_editor_starts_a_draft_from_what_readers_see(first: Edition) -> None:
    desk = editor()

    page = desk.press(first, "start_draft")

    draft = Edition.objects.drafts().get()
    assert "This is your draft, edition 2. Readers see none of it yet." in page.text
    assert (draft.started_from, draft.blocks.count()) == (first, first.blocks.count())
    assert "ash: Started from edition 1." in desk.open(draft).text


def test_a_page_has_one_draft_and_its_editions_lead_to_it(first: Edition, draft: Edition) -> None:
    desk = editor()

    page = desk.press(first, "start_draft")

    assert "This page already has a draft. Finish or delete that one first." in page.text
    assert Edition.objects.drafts().count() == 1
    assert desk.deeds(first) == ["Go to the draft, edition 2", "Compare with…", "Withdraw…"]


def test_each_state_has_its_words_in_the_list_and_on_the_page(first: Edition, draft: Edition) -> None:
    desk, morgan = editor(), clinician()

    def told() -> set[str]:
        listed = desk.get("procedures_edition_changelist").words("//td[contains(@class, 'field-standing')]")
        shown = {desk.open(edition).words("//*[@id='workflow-h']")[0] for edition in (first, draft)}
        assert set(listed) == shown
        return shown

    assert told() == {"Readers see this", "Draft"}
    desk.press(draft, "send")
    assert told() == {"Readers see this", "Waiting for sign-off"}
    morgan.press(draft, "send_back", note="Say how often.")
    assert told() == {"Readers see this", "Draft, sent back by the reviewer"}
    desk.press(draft, "send")
    morgan.signs(draft)
    assert told() == {"Readers see this", "Signed off, ready to publish"}
    desk.press(draft, "publish", when="later", day="2099-05-03", minute="09:00", confirmed="yes")
    assert told() == {"Readers see this", "Set for Sun 3 May 2099, 9am"}
    desk.press(draft, "withdraw")
    assert told() == {"Readers see this", "Withdrawn"}


def test_page_of_a_draft_says_what_comes_next_by_where_it_stands(draft: Edition) -> None:
    desk, morgan = editor(), clinician()

    def told() -> str:
        (section,) = desk.open(draft).words("//section[contains(@class, 'checks')]/p")
        return section

    assert "Before it is sent, say below" in told()
    desk.press(draft, "send")
    assert "It is with the reviewers" in told()
    morgan.signs(draft)
    assert "It is signed off" in told()


def test_new_edition_is_offered_for_pages_without_one_and_else_says_what_to_do(first: Edition) -> None:
    desk = editor()

    page = desk.get("procedures_edition_add")
    assert page.words("//select[@name='procedure']/option") == ["---------"]
    assert "Every page has an edition already." in page.text

    oak = factories.procedure(name="Oak brace", slug="oak-brace")
    page = desk.get("procedures_edition_add")
    assert page.words("//select[@name='procedure']/option") == ["---------", "Oak brace"]
    assert "Every page has an edition already." not in page.text
    refused = desk.post("procedures_edition_add", procedure=first.procedure_id, lead="A.", description="B.")
    assert "This page has editions already." in refused.text
    assert not oak.editions.exists()


def test_text_that_opened_the_site_unsigned_is_marked_for_staff(first: Edition) -> None:
    desk = editor()

    assert "The site opened with this text unsigned." in desk.open(first).text
    assert "Opened the site unsigned" in desk.get("procedures_edition_changelist").text


def test_buttons_of_an_editor_follow_the_draft(first: Edition, draft: Edition) -> None:
    desk, morgan = editor(), clinician()

    assert desk.deeds(draft) == ["Send for sign-off", "Publish…", "Compare with…", "Delete this draft…"]
    desk.press(draft, "send")
    assert desk.deeds(draft) == ["Publish…", "Compare with…", "Delete this draft…"]
    morgan.signs(draft)
    desk.press(draft, "publish", when="now", confirmed="yes")
    assert desk.deeds(draft) == ["Start a draft from this edition", "Compare with…", "Withdraw…"]
    assert desk.deeds(first) == ["Start again from this edition", "Compare with…", "Withdraw…"]


def test_reviewer_reads_and_changes_nothing(first: Edition, draft: Edition) -> None:
    morgan, ash = clinician(), editor()
    ash.press(draft, "send")

    assert morgan.deeds(draft) == ["Read and sign off", "Compare with…"]
    assert morgan.open(draft).tree.xpath("//main//textarea[@name='lead']") == []
    for deed in ("start_draft", "send", "publish", "withdraw"):
        address = reverse(f"admin:procedures_edition_{deed}", args=[draft.pk])
        assert morgan.client.post(address).status_code == 403


def test_editor_and_administrator_cannot_sign_off(draft: Edition) -> None:
    ash = editor()
    ash.press(draft, "send")

    for desk in (ash, administrator()):
        for deed in ("sign_off", "send_back"):
            address = reverse(f"admin:procedures_edition_{deed}", args=[draft.pk])
            assert desk.client.get(address).status_code in (403, 405)
            assert desk.client.post(address, {"note": "no"}).status_code == 403
    assert not draft.procedure.sign_offs.exists()


def test_unsigned_text_cannot_be_published_by_anybody(draft: Edition) -> None:
    for desk in (editor(), administrator()):
        asked = desk.open(draft, "publish")
        page = desk.press(draft, "publish", when="now", confirmed="yes")

        assert "No clinician has signed off this text." in asked.text
        assert "No clinician has signed off this text." in page.text
        assert now(draft).is_draft


def test_draft_with_a_blocking_finding_is_neither_sent_nor_published(draft: Edition) -> None:
    draft.blocks.filter(kind="disagreement").delete()
    desk = editor()

    sent = desk.press(draft, "send")

    assert "The checks found 1 thing to mend first." in sent.text
    assert "The checks found 1 thing to mend first." in desk.open(draft, "publish").text
    assert now(draft).sent_at is None


def test_publishing_shows_what_changes_then_does_it_at_one_press(draft: Edition) -> None:
    ash, morgan = editor(), clinician()
    ash.press(draft, "send")
    morgan.signs(draft)

    asked = ash.open(draft, "publish")

    assert now(draft).is_draft
    assert "[put in: unseen]" in asked.text
    assert "They are told: We say more of leaks. Readers asked." in asked.text
    assert asked.words("//button[@form='now']") == ["Publish it now"]
    given = {one.get("name"): one.get("value") for one in asked.tree.xpath("//form[@id='now']/input")}
    page = ash.press(draft, "publish", **given, confirmed="yes")
    assert "Published now." in page.text
    assert "Readers see this" in page.text


def test_what_a_colleague_changed_meanwhile_is_not_published_unread(draft: Edition) -> None:
    ash, morgan = editor(), clinician()
    ash.press(draft, "send")
    morgan.signs(draft)
    seen = ash.seen(ash.open(draft, "publish"))
    Edition.objects.filter(pk=draft.pk).update(change_reason="A colleague wrote this.")

    page = ash.press(draft, "publish", when="now", seen=seen, confirmed="yes")

    assert "Somebody changed it after you had opened this page. Nothing is published." in page.text
    assert "A colleague wrote this." in page.text
    assert now(draft).is_draft
    ash.press(draft, "publish", when="now", seen=ash.seen(page), confirmed="yes")
    assert not now(draft).is_draft


def test_what_changes_stands_above_the_button_and_obstacles_in_its_place(draft: Edition) -> None:
    ash, morgan = editor(), clinician()
    ash.press(draft, "send")
    morgan.signs(draft)
    page = ash.open(draft, "publish")
    Edition.objects.filter(pk=draft.pk).update(change_summary="")

    stopped = ash.open(draft, "publish")

    assert page.text.index("What changes for readers") < page.text.index("Publish it now")
    assert "It cannot be published yet." in stopped.text
    assert "Publish it now" not in stopped.text


def test_draft_is_saved_and_sent_at_one_press(draft: Edition) -> None:
    ash = editor()
    page = ash.open(draft)
    words = {
        "opened": page.value("opened"),
        "shown_order": page.value("shown_order"),
        "lead": draft.lead,
        "description": "Another line.",
        "change_summary": draft.change_summary,
        "change_reason": draft.change_reason,
    }

    page = ash.press(draft, "change", **words, _send="Save and send for sign-off")

    assert "Sent for sign-off. A reviewer now reads it." in page.text
    assert now(draft).description == "Another line."
    assert now(draft).sent_at


def test_set_minute_is_asked_in_uk_time(draft: Edition, noon: time_machine.Traveller) -> None:
    ash, morgan = editor(), clinician()
    ash.press(draft, "send")
    morgan.signs(draft)

    asked = ash.press(draft, "publish", when="later", day="2027-05-03", minute="09:00")
    ash.press(draft, "publish", **asked.hidden(), confirmed="yes")

    assert "Readers will see edition 2 from Mon 3 May, 9am, UK time" in asked.text
    assert now(draft).published_at == datetime(2027, 5, 3, 8, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("day", "minute", "told"),
    [
        ("", "09:00", "Give the day and the time."),
        ("2027-05-03", "", "Give the day and the time."),
        ("2027-04-01", "12:59", "Choose a time that is still to come, or publish now."),
        ("2028-03-26", "01:30", "couldn’t be interpreted in time zone"),
    ],
    ids=["no day", "no time", "past", "an hour that the clocks skip"],
)
def test_time_that_cannot_be_is_refused_in_words(
    draft: Edition, noon: time_machine.Traveller, day: str, minute: str, told: str
) -> None:
    factories.sign_off(draft, factories.reviewer())

    page = editor().press(draft, "publish", when="later", day=day, minute=minute)

    assert told in page.text
    assert now(draft).is_draft


def test_readers_see_the_new_edition_from_its_very_second_on(
    first: Edition, draft: Edition, noon: time_machine.Traveller, client: Client
) -> None:
    """Nothing is run in between: the clock alone decides."""
    ash, morgan = editor(), clinician()
    ash.press(draft, "send")
    morgan.signs(draft)
    ash.press(draft, "publish", when="later", day="2027-05-03", minute="09:00", confirmed="yes")
    page = draft.procedure.get_absolute_url()

    noon.move_to(datetime(2027, 5, 3, 7, 59, 59, 999999, tzinfo=UTC))
    before = Page(client.get(page)).text
    noon.move_to(datetime(2027, 5, 3, 8, 0, 0, tzinfo=UTC))
    after = Page(client.get(page)).text

    assert "bone unseen" not in before
    assert "bone unseen" in after


def test_withdrawing_says_what_readers_see_next_and_then_they_do(
    first: Edition, draft: Edition, client: Client
) -> None:
    ash, morgan = editor(), clinician()
    ash.press(draft, "send")
    morgan.signs(draft)
    ash.press(draft, "publish", when="now", confirmed="yes")

    asked = ash.open(draft, "withdraw")
    ash.press(draft, "withdraw")

    assert "Readers will see edition 1 again" in asked.text
    assert "bone unseen" not in Page(client.get(draft.procedure.get_absolute_url())).text
    assert "Only a published edition can be withdrawn, and only once." in ash.press(draft, "withdraw").text


def test_withdrawing_the_only_edition_warns_that_the_page_goes(first: Edition, client: Client) -> None:
    ash = editor()

    asked = ash.open(first, "withdraw")
    ash.press(first, "withdraw")

    assert (
        "There is no edition before it that may stand. The page of Balloon kyphoplasty disappears"
        in asked.text
    )
    assert client.get(first.procedure.get_absolute_url()).status_code == 404


def test_withdrawing_passes_over_what_nobody_signed_off_any_more(
    first: Edition, draft: Edition, client: Client
) -> None:
    second = factories.published(draft)
    third = factories.next_edition(second, change=("unseen", "unnoticed"))
    publishing.take_back(SignOff.objects.get(clinical_hash=second.clinical_hash))
    ash = editor()

    asked = ash.open(third, "withdraw")
    ash.press(third, "withdraw")

    assert "Readers will see edition 1 again" in asked.text
    assert "No sign-off stands for edition 2, so it is withdrawn as well." in asked.text
    assert now(second).withdrawn_at
    assert "unnoticed" not in Page(client.get(first.procedure.get_absolute_url())).text


def test_withdrawing_what_is_set_for_later_says_that_it_is_never_shown(
    first: Edition, draft: Edition
) -> None:
    ash, morgan = editor(), clinician()
    ash.press(draft, "send")
    morgan.signs(draft)
    ash.press(draft, "publish", when="later", day="2099-05-03", minute="09:00", confirmed="yes")

    assert (
        "Withdrawn now, it is never shown. Readers go on seeing edition 1."
        in ash.open(draft, "withdraw").text
    )


def test_draft_is_deleted_and_a_published_edition_is_not(first: Edition, draft: Edition) -> None:
    ash = editor()

    ash.press(draft, "delete", post="yes")
    refused = ash.client.post(reverse("admin:procedures_edition_delete", args=[first.pk]), {"post": "yes"})

    assert list(Edition.objects.all()) == [first]
    assert refused.status_code == 403


@pytest.mark.parametrize("role", [editor, administrator])
def test_draft_is_deleted_with_all_that_goes_with_it(
    first: Edition, draft: Edition, role: Callable[[], Desk]
) -> None:
    desk, morgan = role(), clinician()
    Task.objects.create(edition=draft, what="Read it again.")
    PreviewLink.objects.mint(draft, shown_to="Sam", by=desk.person, days=7)
    publishing.changed_by(draft, desk.person)
    given = factories.sign_off(draft, Reviewer.objects.get(user=morgan.person))
    blocks = draft.blocks.count()

    asked = desk.open(draft, "delete")
    left = desk.press(draft, "delete", post="yes")

    assert asked.words("//main//ul[not(@class)]/li") == [
        f"{blocks} blocks, with all their text",
        "1 task",
        "1 preview link, which opens nothing from then on",
        "1 note of who wrote in it",
    ]
    assert "any sign-off of this text, which is kept on record" in asked.text
    assert "was deleted successfully" in left.text
    assert list(Edition.objects.all()) == [first]
    given.refresh_from_db()
    assert (given.edition, given.reviewer_name) == (None, "Dr Morgan Vale")
    assert "Dr Morgan Vale" in desk.get("procedures_reviewer_change", given.reviewer_id).text


def test_reviewer_deletes_no_draft(draft: Edition) -> None:
    address = reverse("admin:procedures_edition_delete", args=[draft.pk])

    assert clinician().client.post(address, {"post": "yes"}).status_code == 403
    assert now(draft).is_draft


def test_any_two_editions_are_compared_word_by_word(first: Edition, draft: Edition) -> None:
    page = editor().open(draft, "compare")

    assert page.words("//del") == ["taken out"]
    assert page.words("//ins") == ["put in", "[put in: unseen]"]
    assert page.words("//*[contains(@class, 'changes')]/li/span[1]") == ["Clinical"]
    assert "This is a clinical change: edition 2 stands only on a sign-off of its own." in page.text


def test_change_to_the_price_is_marked_as_not_clinical(first: Edition) -> None:
    draft = publishing.start_draft(first)
    factories.block(draft, Block.Kind.COST, heading="Without insurance", body="<p>Ring for a price.</p>")

    page = editor().open(draft, "compare")

    assert set(page.words("//*[contains(@class, 'changes')]/li/span[1]")) == {"Not clinical"}
    assert "The clinical text is the same" in page.text


def test_comparing_with_what_is_no_edition_of_the_page_is_not_found(first: Edition, draft: Edition) -> None:
    other = factories.edition(procedure=factories.procedure(name="MRI scan", slug="mri-scan", kind="scan"))
    address = reverse("admin:procedures_edition_compare", args=[draft.pk])
    ash = editor()

    for asked in (str(other.pk), "0", "all", "-1"):
        assert ash.client.get(address, {"with": asked}).status_code == 404


def test_old_edition_can_be_started_again(first: Edition, draft: Edition) -> None:
    ash, morgan = editor(), clinician()
    ash.press(draft, "send")
    morgan.signs(draft)
    ash.press(draft, "publish", when="now", confirmed="yes")

    ash.press(first, "start_draft")

    again = Edition.objects.drafts().get()
    assert (again.number, again.started_from) == (3, first)
    assert "bone unseen" not in "".join(again.blocks.values_list("body", flat=True))


def test_everybody_who_may_look_reads_who_did_what(first: Edition, draft: Edition) -> None:
    ash, morgan = editor(), clinician()
    ash.press(draft, "send")
    morgan.press(draft, "send_back", note="Say how often.")
    ash.press(draft, "send")
    morgan.signs(draft)
    ash.press(draft, "publish", when="now", confirmed="yes")
    ash.press(draft, "withdraw")

    told = morgan.open(draft, "history").words("//*[@id='change-history']//tbody/tr/td[2]")

    assert [line.partition(".")[0] for line in sorted(told)] == sorted(
        [
            "Sent for sign-off",
            "Sent back to its editors: “Say how often",
            "Sent for sign-off",
            "Signed off by Dr Morgan Vale",
            "Published now",
            "Withdrawn",
        ]
    )


def test_anonymous_is_sent_to_log_in_from_every_deed(draft: Edition, client: Client) -> None:
    for deed in ("start_draft", "compare", "send", "sign_off", "send_back", "publish", "withdraw"):
        address = reverse(f"admin:procedures_edition_{deed}", args=[draft.pk])

        assert client.post(address).status_code in (401, 405)
        assert client.get(address).headers["Location"].startswith(reverse("admin:login"))


def test_publication_closes_the_open_tasks_of_the_page(first: Edition, draft: Edition) -> None:
    task = Task.objects.create(edition=first, what="Read it again.")
    ash, morgan = editor(), clinician()
    ash.press(draft, "send")
    morgan.signs(draft)

    ash.press(draft, "publish", when="now", confirmed="yes")

    task.refresh_from_db()
    assert (task.done_by, task.done_at is not None) == (ash.person, True)


def test_front_of_the_desk_shows_a_reviewer_what_waits_for_them(draft: Edition) -> None:
    ash, morgan = editor(), clinician()
    ash.press(draft, "send")

    assert "Waiting for your sign-off" in morgan.get("index").text
    assert "Waiting for your sign-off" not in ash.get("index").text


def test_edition_set_for_a_later_minute_bars_a_second_before_it(first: Edition, draft: Edition) -> None:
    ash, morgan = editor(), clinician()
    ash.press(draft, "send")
    morgan.signs(draft)
    ash.press(draft, "publish", when="later", day="2099-05-03", minute="09:00", confirmed="yes")
    third = publishing.start_draft(now(draft))
    third.change_summary = third.change_reason = "Once more."
    third.save()

    page = ash.open(third, "publish")

    assert (
        "Another edition is set for Sun 3 May 2099, 9am. Withdraw that one, or choose a later time."
        in page.text
    )
