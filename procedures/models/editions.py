"""What a procedure's page says: one complete version of it, made of blocks."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import groupby
from typing import Self

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import F, Min, Prefetch, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.html import strip_tags

from procedures.models.blocks import Block
from procedures.models.evidence import Figure, GlossaryTerm, Source
from procedures.models.frozen import (
    FrozenOncePublished,
    FrozenWithItsEdition,
    NoTruncate,
    SignedOffBeforePublished,
)
from procedures.models.pictures import Illustration, Video
from procedures.models.sign_off import SignOff

# The columns whose words a page explains.
WHERE_WORDS_STAND = [
    *("body", "why_they_differ", "illustration__caption", "illustration__key_lines", "video__transcript"),
    *(f"figures__{words}" for words in ("what", "others", "setting", "quality", "range", "scale")),
    *("figures__treatment", "figures__comparator"),
]


class EditionQuerySet(models.QuerySet["Edition"]):
    """Which editions."""

    def published(self) -> Self:
        """Editions whose minute has come and which nobody has withdrawn."""
        return self.filter(published_at__lte=timezone.now(), withdrawn_at=None)

    def current(self) -> Self:
        """The one edition of each procedure that readers see: the latest published."""
        return self.published().order_by("procedure", "-published_at", "-number").distinct("procedure")

    def drafts(self) -> Self:
        """Editions still being written."""
        return self.filter(published_at=None)

    def awaiting_sign_off(self) -> Self:
        """Drafts that were sent to a reviewer, the longest waiting first."""
        return self.drafts().filter(sent_at__isnull=False).order_by("sent_at")

    def once_public(self) -> Self:
        """Editions that readers have seen: not the drafts, not what was withdrawn before its minute came. The latest first."""
        seen = Q(withdrawn_at=None) | Q(withdrawn_at__gt=F("published_at"))
        return self.filter(seen, published_at__lte=timezone.now()).order_by("-published_at", "-number")

    def next_publication(self) -> datetime | None:
        """When the next edition that is set for later comes out."""
        later = self.filter(published_at__gt=timezone.now(), withdrawn_at=None)
        moment: datetime | None = later.aggregate(at=Min("published_at"))["at"]
        return moment

    def standing(self) -> Self:
        """Editions in which a mistake still has to be put right: current, set for later, or a draft."""
        coming = Q(published_at=None) | Q(published_at__gt=timezone.now(), withdrawn_at=None)
        return self.filter(coming | Q(pk__in=Edition.objects.current().values("pk")))

    def standing_on(self, thing: "Figure | Source | GlossaryTerm | Illustration | Video") -> Self:
        """Editions that the figure, source, hard word, picture or film stands in."""
        match thing:
            case Figure():
                found = Q(blocks__figures=thing)
            case Source():
                found = Q(blocks__sources=thing) | Q(blocks__figures__source=thing)
            case Illustration():
                found = Q(blocks__illustration=thing)
            case Video():
                found = Q(blocks__video=thing)
            case GlossaryTerm():
                said = rf"\y(?:{'|'.join(map(re.escape, thing.forms))})s?\y"
                found = Q(copies__glossary__has_key=thing.slug)
                for words in WHERE_WORDS_STAND:
                    found |= Q(**{f"blocks__{words}__iregex": said})
        return self.filter(pk__in=Edition.objects.filter(found).values("pk"))

    def with_blocks(self) -> Self:
        """With all that a page needs, in a handful of queries however many blocks there are."""
        return self.select_related("procedure").prefetch_related(self.blocks())

    @staticmethod
    def blocks() -> Prefetch:
        """The blocks with all that they show, to be read with their editions."""
        blocks = Block.objects.select_related("illustration", "video").prefetch_related(
            Prefetch("figures", Figure.objects.select_related("source").order_by("blockfigure__position")),
            "sources",
        )
        return Prefetch("blocks", blocks)

    def locked(self, pk: int) -> "Edition":
        """The edition with its blocks, while nobody else may change or publish it. Needs a transaction.

        Raises Edition.DoesNotExist.
        """
        self.select_for_update(of=("self",)).get(pk=pk)
        return self.with_blocks().get(pk=pk)


@dataclass(frozen=True)
class Group:
    """Neighbouring blocks of one kind, which one template draws together."""

    kind: str
    blocks: list["Block"]

    @property
    def template(self) -> str:
        """The template that draws this kind."""
        return f"procedures/blocks/{self.kind}.html"


@dataclass
class Part:
    """A part of the page: the section block that opens it, and what follows up to the next section."""

    section: "Block"
    groups: list[Group] = field(default_factory=list)


class Edition(models.Model):
    """One complete version of what a procedure's page says. With no time of publication it is a draft.

    From its publication on, the database refuses every change to it and to what it is made of. What readers are
    shown is then the HTML kept in it, and the figures, sources, hard words and pictures as they were copied into it.
    """

    procedure = models.ForeignKey(
        "procedures.Procedure",
        on_delete=models.PROTECT,
        related_name="editions",
        help_text="Choose the page that has no edition yet. Every later edition starts from an earlier one.",
    )
    number = models.PositiveIntegerField()
    lead = models.CharField(max_length=300, help_text="One or two plain sentences under the title.")
    description = models.CharField(max_length=155, help_text="What search engines show under the title.")
    review_due_on = models.DateField(
        "next review due", null=True, blank=True, help_text="When a clinician should read it again."
    )

    # What the public change log says of it.
    change_summary = models.CharField(
        "what changed",
        max_length=300,
        blank=True,
        help_text="For readers, in the list of changes: “We corrected how often cement leaks.” Name nobody.",
    )
    change_reason = models.CharField(
        "why it changed",
        max_length=300,
        blank=True,
        help_text="For readers: “A newer study counted more carefully.” Name nobody.",
    )
    internal_note = models.TextField("note for colleagues", blank=True, help_text="Readers never see this.")

    # Who works on it, and how far it has come.
    started_from = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    editors = models.ManyToManyField(settings.AUTH_USER_MODEL, through="EditionEditor", related_name="+")
    sent_at = models.DateTimeField("sent for sign-off", null=True, blank=True)
    returned_note = models.TextField("what the reviewer asks for", blank=True)

    # Its publication.
    published_at = models.DateTimeField(
        null=True, blank=True, help_text="Readers see it from this minute on. Empty: a draft."
    )
    published_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    is_first_text = models.BooleanField(
        "opened the site unsigned",
        default=False,
        help_text="A text the site opened with, before anybody could sign off. It is marked as such for readers too.",
    )
    is_clinical_change = models.BooleanField(default=False)
    clinical_hash = models.CharField(max_length=64, blank=True)

    # What was kept when it was published.
    html = models.JSONField(default=dict, blank=True)
    lines = models.JSONField(default=list, blank=True)
    copies = models.JSONField(default=dict, blank=True, encoder=DjangoJSONEncoder)
    leaflet_code = models.CharField(max_length=8, null=True, blank=True, unique=True)

    objects = EditionQuerySet.as_manager()

    class Meta:
        ordering = ["procedure", "-number"]
        constraints = [
            models.UniqueConstraint(
                fields=["procedure", "number"],
                name="edition_number_stands_once",
                violation_error_message="This procedure already has an edition with that number.",
            ),
            models.UniqueConstraint(
                fields=["procedure"],
                condition=Q(published_at=None, withdrawn_at=None),
                name="procedure_has_one_draft_at_most",
                violation_error_message="This procedure already has a draft. Finish that one first.",
            ),
            models.CheckConstraint(
                name="only_a_published_edition_is_withdrawn",
                condition=Q(withdrawn_at=None) | Q(published_at__isnull=False),
                violation_error_message="Only a published edition can be withdrawn.",
            ),
            models.CheckConstraint(
                name="only_a_first_edition_opened_the_site_unsigned",
                condition=Q(is_first_text=False) | Q(number=1),
                violation_error_message="Only the first edition of a page may stand without a sign-off.",
            ),
        ]
        triggers = [
            FrozenOncePublished(name="published_edition_is_frozen"),
            SignedOffBeforePublished(name="published_edition_is_signed_off"),
            NoTruncate(name="editions_are_kept"),
        ]

    def __str__(self) -> str:
        return f"{self.procedure}, edition {self.number}"

    def get_absolute_url(self) -> str:
        """Where it can be read as it was."""
        return reverse("procedures:edition_detail", args=[self.procedure.slug, self.number])

    @property
    def is_draft(self) -> bool:
        """Whether it is still being written."""
        return self.published_at is None

    @property
    def is_scheduled(self) -> bool:
        """Whether it is published for a minute that has not come."""
        return (
            self.published_at is not None and self.withdrawn_at is None and self.published_at > timezone.now()
        )

    @cached_property
    def sign_off(self) -> SignOff | None:
        """The live sign-off of exactly this clinical text, the latest first; None when nobody has given one."""
        return SignOff.objects.of(self.procedure, self.clinical_hash).first() if self.clinical_hash else None

    @cached_property
    def first_published_at(self) -> datetime | None:
        """When readers first saw any edition of this page."""
        if self.number == 1:
            return self.published_at
        first = self.procedure.editions.once_public().last()
        return first.published_at if first else self.published_at

    @property
    def next_review_on(self) -> date | None:
        """When a clinician should read it again: as the sign-off says, or else as the edition says."""
        return self.sign_off.next_review_on if self.sign_off else self.review_due_on

    @property
    def is_overdue(self) -> bool:
        """Whether its next review should have been done."""
        return self.next_review_on is not None and self.next_review_on < timezone.localdate()

    @property
    def opening(self) -> list[Group]:
        """What stands before the first section: the key facts."""
        return self._grouped[0].groups

    @property
    def parts(self) -> list[Part]:
        """The sections of the page in order, each with what belongs to it."""
        return self._grouped[1:]

    @property
    def _grouped(self) -> list[Part]:
        parts = [Part(Block(kind=Block.Kind.SECTION))]
        for kind, blocks in groupby(self.blocks.all(), key=lambda block: block.kind):
            if kind == Block.Kind.SECTION:
                parts.extend(Part(block) for block in blocks)
            else:
                parts[-1].groups.append(Group(kind, list(blocks)))
        return parts

    @property
    def minutes_to_read(self) -> int:
        """How long the page takes at 200 words a minute, which is unhurried."""
        words = sum(len(strip_tags(f"{block.heading} {block.body}").split()) for block in self.blocks.all())
        return max(1, round(words / 200))

    @property
    def sources(self) -> list[Source]:
        """Every source the page stands on, once each: the last read first, then by publisher and year."""
        return sorted(
            set(self._cited()),
            key=lambda source: (
                -source.checked_on.toordinal(),
                source.publisher.lower(),
                source.year or 0,
                source.title,
            ),
        )

    def _cited(self) -> Iterator[Source]:
        for block in self.blocks.all():
            yield from block.sources.all()
            yield from (figure.source for figure in block.figures.all())


class EditionEditorQuerySet(models.QuerySet["EditionEditor"]):
    """Which writers."""

    def of_text(self, edition: Edition, clinical_hash: str) -> Self:
        """Who wrote in the edition, or in another of its page that says the same to a clinician."""
        same_words = Q(edition__procedure=edition.procedure, edition__clinical_hash=clinical_hash)
        return self.filter(Q(edition=edition) | same_words)


class EditionEditor(models.Model):
    """Somebody who changed something in an edition, and so may not sign it off."""

    edition = models.ForeignKey(Edition, on_delete=models.CASCADE)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")

    objects = EditionEditorQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["edition", "user"],
                name="editor_is_named_once",
                violation_error_message="This person is already named as an editor of it.",
            ),
        ]
        triggers = [
            FrozenWithItsEdition(name="editors_are_frozen", edition="{row}.edition_id"),
            NoTruncate(name="editors_are_kept"),
        ]

    def __str__(self) -> str:
        return f"{self.user} in {self.edition}"
