"""What a procedure's page says: one complete version of it, made of blocks."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import groupby
from typing import Self

from django.db import models
from django.db.models import Deferrable, Prefetch, Q
from django.utils import timezone
from django.utils.html import strip_tags

from procedures.models.evidence import Figure, Source
from procedures.models.pictures import Illustration
from procedures.richtext import RichTextField


class EditionQuerySet(models.QuerySet["Edition"]):
    """Which editions."""

    def published(self) -> Self:
        """Editions whose minute has come and which nobody has withdrawn."""
        return self.filter(published_at__lte=timezone.now(), withdrawn_at=None)

    def current(self) -> Self:
        """The one edition of each procedure that readers see: the latest published."""
        return self.published().order_by("procedure", "-published_at", "-number").distinct("procedure")

    def with_blocks(self) -> Self:
        """With all that a page needs, in a handful of queries however many blocks there are."""
        blocks = Block.objects.select_related("illustration").prefetch_related(
            Prefetch("figures", Figure.objects.select_related("source").order_by("blockfigure__position")),
            "sources",
        )
        return self.select_related("procedure").prefetch_related(Prefetch("blocks", blocks))


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
    """One complete version of what a procedure's page says. With no time of publication it is a draft."""

    procedure = models.ForeignKey("procedures.Procedure", on_delete=models.PROTECT, related_name="editions")
    number = models.PositiveIntegerField()
    lead = models.CharField(max_length=300, help_text="One or two plain sentences under the title.")
    description = models.CharField(max_length=155, help_text="What search engines show under the title.")
    published_at = models.DateTimeField(
        null=True, blank=True, help_text="Readers see it from this minute on. Empty: a draft."
    )
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    review_due_on = models.DateField(
        null=True, blank=True, help_text="When a clinician should read it again."
    )
    created_at = models.DateTimeField(auto_now_add=True)

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
        ]

    def __str__(self) -> str:
        return f"{self.procedure}, edition {self.number}"

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


class Block(models.Model):
    """A piece of an edition: a section that opens a part of the page, or something that stands in one."""

    class Kind(models.TextChoices):
        KEY_FACT = "key_fact", "Key fact"
        SECTION = "section", "Section heading"
        SUMMARY = "summary", "The short version"
        TEXT = "text", "Text"
        STEP = "step", "Step"
        SUITS = "suits", "It may help if"
        ASKS = "asks", "Ask first if"
        BENEFIT = "benefit", "Benefit"
        RISK = "risk", "Risk"
        DISAGREEMENT = "disagreement", "What doctors do not agree on"
        CHECKLIST = "checklist", "Checklist"
        STAGE = "stage", "Stage of recovery"
        CARE = "care", "Care advice"
        ALTERNATIVE = "alternative", "Other choice"
        COST = "cost", "Cost note"
        QUESTION = "question", "Question to ask"
        FAQ = "faq", "Common question"

    edition = models.ForeignKey(Edition, on_delete=models.CASCADE, related_name="blocks")
    position = models.PositiveSmallIntegerField()
    kind = models.CharField(max_length=12, choices=Kind)
    heading = models.CharField(max_length=150, blank=True)
    anchor = models.SlugField(
        blank=True, help_text="For a section: the last part of the link to it, such as “risks” for #risks."
    )
    body = RichTextField(blank=True, help_text="Plain English, in sentences under 20 words.")
    illustration = models.ForeignKey(
        Illustration, null=True, blank=True, on_delete=models.PROTECT, related_name="blocks"
    )
    figures = models.ManyToManyField(Figure, through="BlockFigure", related_name="blocks")
    sources = models.ManyToManyField(Source, blank=True, related_name="blocks")

    class Meta:
        ordering = ["edition", "position"]
        constraints = [
            models.UniqueConstraint(
                fields=["edition", "position"],
                name="block_has_its_own_place",
                deferrable=Deferrable.DEFERRED,
                violation_error_message="Two blocks stand in the same place.",
            ),
            models.UniqueConstraint(
                fields=["edition", "anchor"],
                condition=~Q(anchor=""),
                name="block_anchor_stands_once",
                violation_error_message="Another block of this page already has that anchor.",
            ),
            models.CheckConstraint(
                name="section_has_a_heading_and_an_anchor",
                condition=~Q(kind="section") | (~Q(heading="") & ~Q(anchor="")),
                violation_error_message="A section needs a heading and an anchor.",
            ),
            models.CheckConstraint(
                name="block_has_the_words_its_kind_needs",
                condition=Q(kind="section")
                | (Q(kind="question") & ~Q(heading=""))
                | (Q(kind__in=["summary", "text", "checklist"]) & ~Q(body=""))
                | (
                    Q(kind__in=["key_fact", "step", "suits", "asks", "benefit", "risk", "disagreement"])
                    | Q(kind__in=["stage", "care", "alternative", "cost", "faq"])
                )
                & ~Q(heading="")
                & ~Q(body=""),
                violation_error_message="This kind of block needs a heading and a text.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.heading}" if self.heading else self.get_kind_display()


class BlockFigure(models.Model):
    """A figure where it stands in a block: with two, the lowest first and the highest second."""

    block = models.ForeignKey(Block, on_delete=models.CASCADE)
    figure = models.ForeignKey(Figure, on_delete=models.PROTECT)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(
                fields=["block", "figure"],
                name="figure_stands_once_in_a_block",
                violation_error_message="This figure already stands in this block.",
            ),
            models.UniqueConstraint(
                fields=["block", "position"],
                name="figure_has_its_own_place_in_a_block",
                violation_error_message="Two figures stand in the same place.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.figure} in {self.block}"
