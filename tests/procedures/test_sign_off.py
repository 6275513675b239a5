"""A sign-off: of exactly one clinical text, by a clinician who did not write it, and only as long as it stands."""

from datetime import date, timedelta

import pytest
import time_machine
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from procedures import publishing
from procedures.admin.sign_off import in_a_year
from procedures.models import Block, Edition, Figure, SignOff, Task
from tests import factories
from tests.enquiries.pages import Page
from tests.procedures.staff import Desk, administrator, clinician, editor, reviewer_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def draft() -> Edition:
    """A draft with a figure in its risk, a price note and a question, sent for sign-off by nobody who is in the story."""
    procedure = factories.published_procedure()
    made = factories.whole_draft(
        procedure=procedure, change_summary="More on leaks.", change_reason="A study."
    )
    factories.shown_in(made.blocks.get(kind="risk"), factories.figure())
    factories.block(made, Block.Kind.COST, heading="Without insurance", body="<p>Ring us.</p>")
    factories.block(made, Block.Kind.QUESTION, heading="May I drive home?")
    publishing.send_for_sign_off(made)
    return made


@pytest.fixture
def morgan() -> Desk:
    return clinician()


def live(draft: Edition) -> SignOff | None:
    return publishing.live_sign_off(Edition.objects.with_blocks().get(pk=draft.pk))


def test_reviewer_reads_the_whole_text_and_signs_exactly_that(draft: Edition, morgan: Desk) -> None:
    page = morgan.open(draft, "sign_off")

    assert "Cement can leak out of the bone." in page.text
    assert "7 of 100" in page.text
    assert page.words("//p[span[@class='mark']]") == [
        "Not clinical Without insurance",
        "Not clinical Ring us.",
        "Not clinical May I drive home?",
    ]
    signed = morgan.signs(draft)
    given = SignOff.objects.get()
    assert "Signed off by Dr Morgan Vale." in signed.text
    assert (given.reviewer_name, given.reviewer_post) == ("Dr Morgan Vale", "Consultant radiologist")
    assert live(draft) == given


def test_next_review_is_due_in_a_year_unless_the_reviewer_says_otherwise(
    draft: Edition, morgan: Desk
) -> None:
    assert morgan.open(draft, "sign_off").value("next_review_on") == str(in_a_year())
    later = in_a_year() + timedelta(days=30)
    morgan.signs(draft, next_review_on=str(later))
    assert SignOff.objects.get().next_review_on == later


def test_reviewer_must_say_that_they_have_read_it(draft: Edition, morgan: Desk) -> None:
    page = morgan.signs(draft, has_read_it="")

    assert "Tick this once you have read all of it." in page.text
    assert not SignOff.objects.exists()


def test_next_review_lies_ahead(draft: Edition, morgan: Desk) -> None:
    page = morgan.signs(draft, next_review_on=str(timezone.localdate()))

    assert "Choose a day after today for the next review." in page.text
    assert not SignOff.objects.exists()


def test_text_that_changed_while_it_was_read_is_not_signed(draft: Edition, morgan: Desk) -> None:
    shown = morgan.open(draft, "sign_off").hidden()
    draft.blocks.filter(kind="risk").update(body="<p>Cement leaks.</p>")

    page = morgan.press(draft, "sign_off", **shown | {"has_read_it": "on"})

    assert "The text has changed since you opened it. Read it again, then sign off." in page.text
    assert not SignOff.objects.exists()


def test_price_that_changed_while_it_was_read_is_no_matter(draft: Edition, morgan: Desk) -> None:
    shown = morgan.open(draft, "sign_off").hidden()
    draft.blocks.filter(kind="cost").update(body="<p>It costs more.</p>")

    morgan.press(draft, "sign_off", **shown | {"has_read_it": "on"})

    assert live(draft)


CLINICAL = {
    "a risk": lambda draft: draft.blocks.filter(kind="risk").update(body="<p>Cement leaks.</p>"),
    "a figure": lambda draft: Figure.objects.update(count=8),
    "the lead": lambda draft: Edition.objects.filter(pk=draft.pk).update(lead="It always works."),
    "a block taken out": lambda draft: draft.blocks.get(kind="benefit").delete(),
}
NOT_CLINICAL = {
    "the price": lambda draft: draft.blocks.filter(kind="cost").update(body="<p>It costs more.</p>"),
    "a question": lambda draft: draft.blocks.filter(kind="question").update(heading="Who drives?"),
    "a note for colleagues": lambda draft: Edition.objects.filter(pk=draft.pk).update(internal_note="Hm."),
    "what changed": lambda draft: Edition.objects.filter(pk=draft.pk).update(change_summary="Much."),
}


@pytest.mark.parametrize("change", CLINICAL.values(), ids=CLINICAL)
def test_clinical_change_voids_the_sign_off(draft: Edition, morgan: Desk, change: object) -> None:
    morgan.signs(draft)
    change(draft)  # type: ignore[operator]

    page = editor().press(draft, "publish", when="now", confirmed="yes")

    assert live(draft) is None
    assert "No clinician has signed off this text." in page.text
    assert Edition.objects.get(pk=draft.pk).is_draft


@pytest.mark.parametrize("change", NOT_CLINICAL.values(), ids=NOT_CLINICAL)
def test_change_elsewhere_leaves_the_sign_off(draft: Edition, morgan: Desk, change: object) -> None:
    morgan.signs(draft)
    change(draft)  # type: ignore[operator]

    editor().press(draft, "publish", when="now", confirmed="yes")

    assert not Edition.objects.get(pk=draft.pk).is_draft


def test_nobody_signs_off_what_they_changed(draft: Edition, morgan: Desk) -> None:
    shown = morgan.open(draft, "sign_off").hidden()
    publishing.changed_by(draft, morgan.person)

    page = morgan.press(draft, "sign_off", **shown | {"has_read_it": "on"})

    assert "You changed something in this edition, so somebody else must sign it off." in page.text
    assert "Read and sign off" not in morgan.deeds(draft)
    assert not SignOff.objects.exists()


def test_database_refuses_the_sign_off_of_somebody_who_changed_it(draft: Edition, morgan: Desk) -> None:
    publishing.changed_by(draft, morgan.person)

    with pytest.raises(IntegrityError, match="Nobody signs off their own text"):
        factories.sign_off(draft, reviewer_of(morgan))


def test_database_refuses_a_reviewer_who_may_no_longer_sign(draft: Edition) -> None:
    with pytest.raises(IntegrityError, match="This reviewer may no longer sign off"):
        factories.sign_off(draft, factories.reviewer(is_active=False))


@pytest.mark.parametrize("facts", [{"is_active": False}, None], ids=["no longer active", "no record"])
def test_role_alone_signs_nothing(draft: Edition, facts: dict[str, object] | None) -> None:
    morgan = clinician(**facts or {})
    if facts is None:
        reviewer_of(morgan).delete()

    page = morgan.open(draft, "sign_off")
    address = reverse("admin:procedures_edition_sign_off", args=[draft.pk])
    answers = {"has_read_it": "on", "next_review_on": "2099-01-01", "seen_hash": "0"}

    assert "Ask an administrator to add you as a reviewer." in page.text
    assert morgan.client.post(address, answers).status_code == 403
    back = reverse("admin:procedures_edition_send_back", args=[draft.pk])
    assert morgan.client.post(back, {"note": "No."}).status_code == 403


def test_draft_is_sent_back_with_what_to_change(draft: Edition, morgan: Desk) -> None:
    wordless = morgan.press(draft, "send_back", note="")
    morgan.press(draft, "send_back", note="Say how often.")

    assert "Say what should change." in wordless.text
    assert "The reviewer asks: Say how often." in editor().open(draft).text
    assert Edition.objects.get(pk=draft.pk).sent_at is None


def test_reviewer_takes_back_their_own_and_an_administrator_anybodys(draft: Edition, morgan: Desk) -> None:
    for desk in (morgan, administrator()):
        publishing.send_for_sign_off(draft)
        morgan.signs(draft)
        given = SignOff.objects.live().get()

        page = desk.post("procedures_edition_take_back", draft.pk, given.pk)

        assert "was taken back." in page.text
        assert live(draft) is None


def test_nobody_else_takes_back_a_sign_off(draft: Edition, morgan: Desk) -> None:
    morgan.signs(draft)
    given = SignOff.objects.get()
    other = editor()
    address = reverse("admin:procedures_edition_take_back", args=[draft.pk, given.pk])

    assert other.client.post(address).status_code == 403
    assert live(draft) == given


def test_taking_back_the_sign_off_of_what_readers_see_makes_a_task(draft: Edition, morgan: Desk) -> None:
    morgan.signs(draft)
    editor().press(draft, "publish", when="now", confirmed="yes")
    given = SignOff.objects.get()

    asked = morgan.get("procedures_edition_take_back", draft.pk, given.pk)
    morgan.post("procedures_edition_take_back", draft.pk, given.pk)

    assert "Readers see this text, and will be told that it is not signed off" in asked.text
    assert Task.objects.open().get().edition == draft
    assert Edition.objects.get(pk=draft.pk).sign_off is None


def test_text_that_readers_see_can_be_signed_as_it_is_and_again_at_its_review(morgan: Desk) -> None:
    factories.whole_draft(number=1, procedure=factories.procedure())
    edition = Edition.objects.get()
    publishing.publish_first_text(edition)

    morgan.signs(edition, next_review_on=str(in_a_year()))
    morgan.signs(edition, next_review_on=str(in_a_year() + timedelta(days=1)))

    signed = Edition.objects.get()
    assert signed.next_review_on == in_a_year() + timedelta(days=1)
    assert signed.is_first_text
    assert "Nobody’s sign-off" not in morgan.open(signed).text


def test_first_change_of_what_the_site_opened_with_needs_a_sign_off(morgan: Desk) -> None:
    factories.whole_draft(number=1, procedure=factories.procedure())
    first = Edition.objects.get()
    publishing.publish_first_text(first)
    draft = publishing.start_draft(first)
    draft.change_summary = draft.change_reason = "A word."
    draft.save()

    assert "No clinician has signed off this text." in publishing.obstacles(
        Edition.objects.with_blocks().get(pk=draft.pk)
    )
    with pytest.raises(IntegrityError, match="Nobody has signed off"), transaction.atomic():
        Edition.objects.filter(pk=draft.pk).update(published_at=timezone.now())
    with pytest.raises(IntegrityError, match="only_a_first_edition_opened_the_site"), transaction.atomic():
        Edition.objects.filter(pk=draft.pk).update(published_at=timezone.now(), is_first_text=True)


def test_sign_off_of_another_text_publishes_nothing_even_by_sql(draft: Edition, morgan: Desk) -> None:
    morgan.signs(draft)

    with pytest.raises(IntegrityError, match="Nobody has signed off"), connection.cursor() as cursor:
        cursor.execute(
            "UPDATE procedures_edition SET published_at = now(), clinical_hash = 'other' WHERE id = %s",
            [draft.pk],
        )


def test_reviewers_are_made_by_an_administrator_and_never_of_oneself() -> None:
    bay, ash = administrator(), editor()
    fern = factories.person("fern", is_staff=True)
    answers = {"name": "Dr Fern Hazel", "post": "Spinal surgeon", "is_active": "on"}
    none = {"sign_offs-TOTAL_FORMS": 0, "sign_offs-INITIAL_FORMS": 0}

    own = bay.post("procedures_reviewer_add", **answers, **none, user=bay.person.pk)
    made = bay.post("procedures_reviewer_add", **answers, **none, user=fern.pk)
    refused = ash.client.post(reverse("admin:procedures_reviewer_add"), answers | {"user": ash.person.pk})

    assert "Another administrator must make you a reviewer." in own.text
    assert "Fern also needs the role “Clinical reviewer” to open the sign-off page." in made.text
    assert refused.status_code == 403


def test_reviewer_whose_sign_offs_cannot_be_counted_is_asked_for_again(admin_client: Client) -> None:
    """No browser sends this, but a refusal looks for the box to put right, and what was signed has none."""
    reviewer = factories.reviewer()
    signed = factories.sign_off(factories.whole_draft(procedure=factories.procedure()), reviewer)
    counts = {"TOTAL_FORMS": 1, "INITIAL_FORMS": "x", "0-id": signed.pk, "0-reviewer": "y"}
    broken = {f"sign_offs-{name}": value for name, value in counts.items()}
    address = reverse("admin:procedures_reviewer_change", args=[reviewer.pk])

    page = Page(admin_client.post(address, {"name": "Dr Bay", "post": "Surgeon", **broken}))

    assert "ManagementForm data is missing or has been tampered with" in page.text


def test_review_a_year_after_29_february_is_a_day_that_exists() -> None:
    with time_machine.travel("2028-02-29 12:00"):
        assert in_a_year() == date(2029, 2, 28)
