"""For each page of the guide: where it begins, what is typed on the way, and what it has led to at its end."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from allauth.mfa.models import Authenticator
from django.contrib.auth.models import User
from django.utils.timezone import localdate
from PIL import Image
from playwright.sync_api import Page

from consultants import answers
from consultants.models import Consultant
from enquiries.models import Attempt, Deletion, Enquiry, Export, MailFence, MailText, OutgoingMail
from enquiries.models.fence import lift_fence
from kyphoplasty_site.access import Role
from kyphoplasty_site.models import SiteSettings
from procedures import publishing
from procedures.models import Closure, Edition, Figure, Hospital, Illustration, SignOff
from tests import factories
from tests.consultants.sheets import KEYS, csv_file
from tests.journeys.guide import Follower
from tests.journeys.test_calls import let_in, ten_requests


@dataclass
class Stage:
    """A hospital of the story's own, a folder, and a browser for whoever comes in."""

    visit: Callable[..., Page]
    origin: str
    folder: Path
    hospital: Hospital

    def following(self, role: Role, **words: Any) -> Follower:
        """Somebody in that role and in the hospital's team, before the front of the desk."""
        page = self.visit()
        let_in(page, self.person(role), self.origin)
        page.goto("/admin/")
        return Follower(page, **words)

    def person(self, role: Role) -> User:
        """Robin, in that role."""
        found = User.objects.filter(username="robin").first()
        return found or factories.handler("robin", self.hospital, role=role)

    def picture(self) -> Path:
        """A photograph as somebody sends it."""
        file = self.folder / "photograph.jpg"
        Image.new("RGB", (1600, 1200), "#7a8f86").save(file)
        return file


Walk = Iterator[Follower]
CHANGED = {"What changed": ["A line is clearer."], "Why it changed": ["Readers asked."]}


def published_page() -> Edition:
    """A page that readers see, signed off, with a figure among its risks and a picture among its benefits."""
    page = factories.procedure(name="Elm brace", slug="elm-brace")
    draft = factories.whole_draft(procedure=page, number=1)
    factories.shown_in(draft.blocks.get(kind="risk"), factories.figure(what="had their brace break"))
    draft.blocks.filter(kind="benefit").update(illustration=factories.illustration(key="brace"))
    return factories.published(draft)


def sent_page() -> Edition:
    """The next edition of that page, changed and put before the reviewers."""
    draft = publishing.start_draft(published_page())
    draft.blocks.filter(kind="risk").update(heading="Cement can leak")
    Edition.objects.filter(pk=draft.pk).update(change_summary="A heading.", change_reason="Readers asked.")
    draft = Edition.objects.get(pk=draft.pk)
    publishing.send_for_sign_off(draft)
    return draft


def next_draft(edition: Edition) -> Edition:
    return edition.procedure.editions.get(number=2)


def correct_a_figure(stage: Stage) -> Walk:
    edition = published_page()
    yield stage.following(
        Role.CONTENT_EDITOR,
        typed={"Count": ["9"], "Out of": ["110"]} | CHANGED,
        yours={
            "what the figure counts": "had their brace break",
            "the edition that readers see": str(edition),
        },
    )

    assert Figure.objects.get(key="elm-leaks").count == 9
    assert next_draft(edition).sent_at
    assert edition.tasks.exists()


def fix_the_wording(stage: Stage) -> Walk:
    edition = published_page()
    yield stage.following(
        Role.CONTENT_EDITOR,
        typed={"Text": ["The pain may ease."]} | CHANGED,
        yours={"the edition that readers see": str(edition), "the heading above the words": "Less pain"},
    )

    assert "may ease" in next_draft(edition).blocks.get(kind="benefit").body
    assert next_draft(edition).sent_at


def replace_a_picture(stage: Stage) -> Walk:
    edition = published_page()
    yield stage.following(
        Role.CONTENT_EDITOR,
        typed={"Drawing": [""], "Upload": [stage.picture()], "Alternative text": ["A brace, worn."]}
        | CHANGED,
        yours={"the name of the picture": "brace", "the edition that readers see": str(edition)},
    )

    picture = Illustration.objects.get(key="brace")
    assert picture.upload
    assert picture.alt == "A brace, worn."
    assert next_draft(edition).sent_at
    assert edition.tasks.exists()


def sign_off_a_page(stage: Stage) -> Walk:
    draft = sent_page()
    factories.reviewer(user=stage.person(Role.CLINICAL_REVIEWER), name="Dr Robin Ash")
    yield stage.following(
        Role.CLINICAL_REVIEWER,
        typed={
            "Next review due": [str(localdate() + timedelta(days=365))],
            "I have read all of it": [True],
        },
        yours={"the page": str(draft)},
    )

    assert SignOff.objects.live().get(edition=draft).reviewer_name == "Dr Robin Ash"


def publish_a_page(stage: Stage) -> Walk:
    draft = sent_page()
    given = SignOff.objects.get()
    factories.sign_off(draft, given.reviewer)
    yield stage.following(
        Role.CONTENT_EDITOR,
        typed={"Day": [str(localdate() + timedelta(days=7))], "Time": ["09:00"]},
        yours={
            "the draft that was signed off": str(draft),
            "the button that withdraws it": "Yes, withdraw edition 2",
        },
    )

    draft.refresh_from_db()
    assert draft.published_at
    assert draft.withdrawn_at


def close_the_phones(stage: Stage) -> Walk:
    yield stage.following(
        Role.DIRECTORY_EDITOR,
        typed={"Closed on": ["2026-12-26"], "Reason": ["Boxing Day"]},
        yours={"the hospital": stage.hospital.name},
    )

    assert Closure.objects.get(hospital=stage.hospital).reason == "Boxing Day"


def add_a_consultant(stage: Stage) -> Walk:
    factories.hospital(name="Oak Hill Hospital", short_name="Oak Hill", slug="oak-hill", position=10)
    yield stage.following(
        Role.DIRECTORY_EDITOR,
        typed={
            "Title": ["Dr"],
            "Given name": ["Una"],
            "Family name": ["Holm"],
            "Role": ["Spinal consultant"],
            "In the public directory": [True],
            "Hospital": ["Elm Park", "Oak Hill"],
            "Confirmed on": [str(localdate())] * 2,
        },
    )

    assert Consultant.objects.listed().get(slug="una-holm").practices.count() == 2


def replace_a_photograph(stage: Stage) -> Walk:
    ada = factories.known_consultant(stage.hospital)
    yield stage.following(
        Role.DIRECTORY_EDITOR,
        typed={"Photograph": [stage.picture()]},
        yours={"the consultant": "Miss Ada Quill"},
    )

    ada.refresh_from_db()
    assert ada.photograph_widths


def import_consultants(stage: Stage) -> Walk:
    sheet = stage.folder / "people.csv"
    row = ["una-holm", "Una", "Holm", "elm-park", "", str(localdate())]
    sheet.write_bytes(csv_file([*KEYS, "Role"], [*row, "Spinal consultant"]).read())
    follower = stage.following(
        Role.DIRECTORY_EDITOR,
        typed={"Excel workbook (.xlsx) or CSV file": [sheet]},
        yours={"the button that imports": "Import: 1 new, 0 changed"},
        files={"Export for Excel (.xlsx)": None},
    )
    yield follower

    assert follower.files["Export for Excel (.xlsx)"]
    assert Consultant.objects.get(slug="una-holm").practices.get().hospital == stage.hospital


def decide_on_corrections(stage: Stage) -> Walk:
    ada = factories.known_consultant(stage.hospital)
    asked = factories.question(ada, by=factories.person("wren"))
    answers.correct(asked, {"nhs_base": ["Ash Hospital", "Beech Hospital"]})
    yield stage.following(
        Role.DIRECTORY_EDITOR,
        typed={"Accept": [True]},
        yours={"the corrections that wait": "Miss Ada Quill"},
    )

    ada.refresh_from_db()
    assert ada.nhs_base == "Beech Hospital"


def ring_people_back(stage: Stage) -> Walk:
    requests = ten_requests(stage.hospital)
    wren = factories.handler("wren", stage.hospital)
    yield stage.following(
        Role.ENQUIRY_HANDLER,
        typed={
            "Note, kept with whatever you press": ["She is back at six."],
            "Colleague at Elm Park": ["wren"],
            "Then take a break": [True],
        },
        yours={"the field for a colleague": "Colleague at Elm Park"},
    )

    first, second, third = requests[:3]
    assert first.notes.exists()
    assert [attempt.outcome for attempt in Attempt.objects.order_by("pk")] == ["no_answer", "spoke"]
    second.refresh_from_db()
    assert second.owner == wren
    assert third.attempts.exists()


ASKED: dict[str, list[Any]] = {
    "How do you know that it is them?": ["Rang back on the number we hold."],
    "Their phone number": ["07700 900001"],
    "Their email": ["someone1@example.org"],
    "Their name": ["Pat Rowan"],
    "Theirs": [True],
}


def what_we_hold(stage: Stage) -> Walk:
    ten_requests(stage.hospital)
    follower = stage.following(
        Role.ENQUIRY_MANAGER,
        typed=ASKED,
        files={"Download the copy": None},
    )
    yield follower

    handed = follower.files["Download the copy"]
    assert handed
    assert "Pat Rowan" in handed.path().read_text(encoding="utf-8")


def delete_their_details(stage: Stage) -> Walk:
    ten_requests(stage.hospital)
    before = Deletion.objects.count()
    yield stage.following(Role.ENQUIRY_MANAGER, typed=ASKED)

    assert not Enquiry.objects.filter(name="Pat Rowan").exists()
    assert Enquiry.objects.count() == 9
    assert Deletion.objects.count() == before + 1


def export_requests(stage: Stage) -> Walk:
    ten_requests(stage.hospital)
    yield stage.following(
        Role.ENQUIRY_MANAGER,
        typed={"State": ["Not taken yet"], "Why do you need this file?": ["The count for the board."]},
        files={"Export for Excel (.xlsx)": None},
    )

    assert Export.objects.get().requests == 10


def put_up_a_notice(stage: Stage) -> Walk:
    yield stage.following(
        Role.DIRECTORY_EDITOR,
        typed={
            "Notice": ["Our phones rest today."],
            "Show the notice from": ["2020-01-01T09:00"],
            "Show the notice until": ["2099-01-01T09:00"],
        },
    )

    assert SiteSettings.objects.get().current_notice == "Our phones rest today."
    SiteSettings.objects.update(notice="", notice_from=None, notice_until=None)


def change_what_a_mail_says(stage: Stage) -> Walk:
    manager = stage.person(Role.ENQUIRY_MANAGER)
    manager.email = "robin@elmpark.example"
    manager.save()
    yield stage.following(
        Role.ENQUIRY_MANAGER,
        typed={"Subject": ["We have your words: {reference}"]},
        yours={"the mail": "Mail to the patient: we have your request"},
    )

    assert MailText.objects.get(purpose=OutgoingMail.Purpose.RECEIVED).subject.startswith(
        "We have your words"
    )
    MailText.objects.update(subject="", body="")


def invite_a_colleague(stage: Stage) -> Walk:
    yield stage.following(
        Role.ADMINISTRATOR,
        typed={
            "First name": ["Una"],
            "Last name": ["Marsh"],
            "Username": ["una.marsh"],
            "Email address": ["una@elmpark.example"],
            "Directory editor": [True],
        },
    )

    una = User.objects.get(username="una.marsh")
    assert [group.name for group in una.groups.all()] == [Role.DIRECTORY_EDITOR]
    assert not una.has_usable_password()


def help_with_a_lost_phone(stage: Stage) -> Walk:
    una = factories.person("una", is_staff=True, email="una@elmpark.example")
    factories.second_factor(una)
    yield stage.following(
        Role.ADMINISTRATOR,
        typed={"Why, in a few words": ["Lost phone"]},
        yours={"their account": "una"},
    )

    una.refresh_from_db()
    assert not una.has_usable_password()
    assert not Authenticator.objects.filter(user=una).exists()


def let_mail_leave(stage: Stage) -> Walk:
    yield stage.following(Role.ADMINISTRATOR)

    assert MailFence.objects.get().lifted_by == stage.person(Role.ADMINISTRATOR)
    lift_fence(by=None)


WALKS: dict[str, Callable[[Stage], Walk]] = {
    walk.__name__.replace("_", "-"): walk
    for walk in (
        *(correct_a_figure, fix_the_wording, replace_a_picture, sign_off_a_page, publish_a_page),
        *(
            close_the_phones,
            add_a_consultant,
            replace_a_photograph,
            import_consultants,
            decide_on_corrections,
        ),
        *(ring_people_back, what_we_hold, delete_their_details, export_requests, let_mail_leave),
        *(change_what_a_mail_says, put_up_a_notice, invite_a_colleague, help_with_a_lost_phone),
    )
}
