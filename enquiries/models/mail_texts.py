"""What each mail says: the words that it came with, or those that staff gave it. A closed list of places is filled in.

No place holds what a patient wrote, nor, in a mail to staff, who they are: a mail carries a link instead.
"""

import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pgtrigger
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from simple_history.models import HistoricalRecords

from enquiries.models.outbox import OutgoingMail

Purpose = OutgoingMail.Purpose
TO_PATIENTS = {Purpose.RECEIVED, Purpose.CHANGED, Purpose.MISSED}
CAME_WITH = tomllib.loads((Path(__file__).parents[1] / "seed/mail_texts.toml").read_text())
assert set(CAME_WITH) == set(Purpose)  # noqa: S101

# What can be filled in, and what that is.
FOR_BOTH = {"reference": "the reference of the request", "hospital": "the name of the hospital"}
FOR_PATIENTS = FOR_BOTH | {
    "link": "the address of their private page; the mail must have it",
    "when": "the sentence that says by when we call or write, as on their page",
    "which_number": "the sentence that says how the number we ring ends; nothing where there is none",
    "phone": "the hospital’s number to call",
    "self_pay": "the sentence with the self-pay line; nothing where the hospital has none",
}
FOR_STAFF = FOR_BOTH | {
    "link": "the address of the request on the desk; the mail must have it",
    "overdue": "the address of the list of overdue calls",
    "kind": "enquiry or call-back",
    "received": "when it came in",
}
# Addresses. A subject stands on locked screens and in the logs of mail servers.
IN_NO_SUBJECT = ("link", "overdue")
PLACE = re.compile(r"\{([a-z_]+)\}")


class MailTextQuerySet(models.QuerySet["MailText"]):
    """Which text."""

    def of(self, purpose: str) -> "MailText":
        """The text of that mail; where there is no row, the words that it came with."""
        return self.filter(purpose=purpose).first() or MailText(purpose=purpose)

    def of_each(self) -> dict[str, "MailText"]:
        """The text of every mail, by which mail it is."""
        rows = {text.purpose: text for text in self}
        return {purpose: rows.get(purpose) or MailText(purpose=purpose) for purpose in Purpose}


class MailText(models.Model):
    """The subject and the text of one mail. What is empty is as it came, so what was never changed follows the code."""

    purpose = models.CharField(
        "mail", max_length=8, choices=OutgoingMail.Purpose, unique=True, editable=False
    )
    subject = models.CharField(
        max_length=120,
        blank=True,
        help_text="The line that is seen before the mail is opened. Empty it to go back to the words that it came with.",
    )
    body = models.TextField(
        "text",
        max_length=3000,
        blank=True,
        help_text="An empty line begins a new paragraph. Empty it to go back to the words that it came with.",
    )

    objects = MailTextQuerySet.as_manager()
    history = HistoricalRecords()

    class Meta:
        verbose_name = "mail text"
        constraints = [
            models.CheckConstraint(
                name="mail_text_has_a_purpose_we_know",
                condition=Q(purpose__in=["received", "team", "changed", "missed", "overdue"]),
                violation_error_message="Choose which mail it is.",
            ),
            models.CheckConstraint(
                name="mail_text_leads_to_the_request",
                condition=Q(body="") | Q(body__contains="{link}"),
                violation_error_message="The text must have {link}, which leads to the request.",
            ),
            models.CheckConstraint(
                name="mail_subject_is_one_line",
                condition=Q(subject__regex=r"^[^\r\n]*$"),
                violation_error_message="Write the subject as one line.",
            ),
            models.CheckConstraint(
                name="mail_subject_has_no_address",
                condition=~Q(subject__contains="{link}") & ~Q(subject__contains="{overdue}"),
                violation_error_message="No address can stand in a subject.",
            ),
        ]
        triggers = [pgtrigger.Protect(name="mail_texts_stay", operation=pgtrigger.Delete)]

    def __str__(self) -> str:
        return self.get_purpose_display()

    @property
    def places(self) -> dict[str, str]:
        """What can be filled in, and what that is."""
        return FOR_PATIENTS if self.purpose in TO_PATIENTS else FOR_STAFF

    @staticmethod
    def stands_for_empty(kept: Any, name: str) -> str:
        """What is sent where a row, or a record of one, says nothing: the words that the mail came with."""
        return CAME_WITH[kept.purpose].get(name, "").strip()

    @property
    def came_with(self) -> dict[str, str]:
        """The words of the code."""
        return {name: words.strip() for name, words in CAME_WITH[self.purpose].items()}

    @property
    def is_as_it_came(self) -> bool:
        """Whether nobody has given it other words."""
        return not self.subject and not self.body

    @property
    def words(self) -> dict[str, str]:
        """The subject and the text that it has now."""
        return {name: getattr(self, name) or as_it_came for name, as_it_came in self.came_with.items()}

    def filled(self, values: Mapping[str, str]) -> dict[str, str]:
        """Its words as they are sent. A paragraph of which nothing is left goes."""
        return {name: _fill(words, values) for name, words in self.words.items()}

    def check_places(self, part: str, words: str) -> None:
        """Refuse what cannot be filled in in the subject or the body, whichever this part is.

        Raises ValidationError.
        """
        left_out = IN_NO_SUBJECT if part == "subject" else ()
        places = [name for name in self.places if name not in left_out]
        known = ", ".join(f"{{{name}}}" for name in places)
        if unknown := [name for name in PLACE.findall(words) if name not in places]:
            where = "the subject of this mail" if part == "subject" else "this mail"
            raise ValidationError(f"There is no {{{unknown[0]}}} in {where}. What can be filled in: {known}.")
        if set("{}") & set(PLACE.sub("", words)):
            raise ValidationError(
                f"A curly bracket stands alone. Write what is to be filled in as one of these: {known}."
            )


def _fill(words: str, values: Mapping[str, str]) -> str:
    filled = PLACE.sub(lambda place: values.get(place[1], ""), words.replace("\r\n", "\n"))
    tidy = "\n".join(line.rstrip() for line in filled.splitlines())
    return re.sub(r"\n{3,}", "\n\n", tidy).strip()
