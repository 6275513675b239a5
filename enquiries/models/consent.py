"""What a patient agrees to. Each request keeps the words that stood on its page, their version and their hash.

The box on the page carries the version, since a page may be read long after it was made. New words are a new version;
the old ones stay, and the database refuses to change them.
"""

from hashlib import sha256
from typing import Self

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import Q, Subquery
from django.utils import timezone

from enquiries import retention
from enquiries.models.policy import ServicePolicy

_REFUSE = "RAISE EXCEPTION 'Words that patients agreed to are kept.' USING ERRCODE = 'restrict_violation';"


class ConsentWordingQuerySet(models.QuerySet["ConsentWording"]):
    """Which words."""

    def current(self) -> "ConsentWording":
        """The words on the page now: the latest."""
        return self.order_by("-number")[0]

    def in_version(self, version: str) -> "ConsentWording | None":
        """The words of that version, if there is one."""
        number = int(version) if version.isdecimal() and len(version) <= 4 else 0
        return self.filter(number=number).first()

    def beside_forms(self) -> Self:
        """With how long a request is kept, which stands beside the same form, read in the same query."""
        days = ServicePolicy.objects.values("requests_days")[:1]
        return self.annotate(requests_days=Subquery(days))


class ConsentWording(models.Model):
    """One version of the words beside the box that must be ticked."""

    number = models.PositiveSmallIntegerField("version", unique=True, editable=False)
    text = models.TextField(
        "words beside the box",
        max_length=300,
        help_text="They stand beside the box at the end of both forms, and must say what we may do with what a patient"
        " types. A request keeps the words that were on its own page. A page that was opened before the change"
        " keeps its words, and stays valid.",
    )
    in_force_at = models.DateTimeField("in force since", default=timezone.now, editable=False)
    written_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+", editable=False
    )

    objects = ConsentWordingQuerySet.as_manager()

    class Meta:
        verbose_name = "consent wording"
        constraints = [
            models.CheckConstraint(
                name="consent_wording_says_something",
                condition=~Q(text=""),
                violation_error_message="Write what patients agree to.",
            ),
        ]
        triggers = [
            pgtrigger.Trigger(
                name="consent_wordings_are_kept",
                when=pgtrigger.Before,
                operation=pgtrigger.Update | pgtrigger.Delete,
                func=_REFUSE,
            ),
            pgtrigger.Trigger(
                name="consent_wordings_are_not_emptied",
                when=pgtrigger.Before,
                level=pgtrigger.Statement,
                operation=pgtrigger.Truncate,
                func=_REFUSE,
            ),
        ]

    def __str__(self) -> str:
        return f"Consent wording {self.number}"

    @property
    def version(self) -> str:
        """What the page and the request know it by."""
        return str(self.number)

    @property
    def hash(self) -> str:
        """Proves that the stored words are the words that were shown."""
        return sha256(self.text.encode()).hexdigest()

    @property
    def how_long(self) -> str:
        """How long we keep what they allow us to use, where it was read with that."""
        return retention.how_long(self.requests_days)  # type: ignore[attr-defined]
