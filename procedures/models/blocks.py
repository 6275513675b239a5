"""What an edition is made of: blocks of many kinds in one table, and the figures where they stand."""

from django.db import models
from django.db.models import Deferrable, Q

from procedures.models.evidence import Comparison, Figure, Source, comparisons
from procedures.models.frozen import FrozenWithItsEdition, NoTruncate
from procedures.models.pictures import Illustration, Video
from procedures.richtext import RichTextField


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
        VIDEO = "video", "Film"

    # What a clinician need not read: what it costs, and questions that claim nothing.
    NOT_CLINICAL = frozenset({Kind.COST, Kind.QUESTION})

    edition = models.ForeignKey("procedures.Edition", on_delete=models.CASCADE, related_name="blocks")
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
    video = models.ForeignKey(
        Video,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="blocks",
        help_text="Choose the film. Add it under “Videos” first if it is not in the list.",
    )
    figures = models.ManyToManyField(Figure, through="BlockFigure", related_name="blocks")
    why_they_differ = models.CharField(
        "why the figures differ",
        max_length=300,
        blank=True,
        help_text="With two figures, the lowest and the highest: one plain sentence on why they clash.",
    )
    sources = models.ManyToManyField(Source, blank=True, related_name="blocks")

    class Meta:
        ordering = ["edition", "position"]
        triggers = [
            FrozenWithItsEdition(name="blocks_are_frozen", edition="{row}.edition_id"),
            NoTruncate(name="blocks_are_kept"),
        ]
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
                condition=Q(kind__in=["section", "video"])
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
            models.CheckConstraint(
                name="only_a_film_block_shows_a_film",
                condition=Q(kind="video", video__isnull=False) | ~Q(kind="video") & Q(video=None),
                violation_error_message="A film block needs a film, and no other block has one.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.heading}" if self.heading else self.get_kind_display()

    @property
    def is_clinical(self) -> bool:
        """Whether a change to it needs a clinician's sign-off."""
        return self.kind not in self.NOT_CLINICAL

    @property
    def comparisons(self) -> list[Comparison]:
        """Its figures, by what they count."""
        return comparisons(self.figures.all(), self.why_they_differ)


class BlockSource(Block.sources.through):  # type: ignore[name-defined]
    """A source that a block stands on."""

    class Meta:
        proxy = True
        triggers = [
            FrozenWithItsEdition(
                name="block_sources_are_frozen",
                edition="SELECT edition_id FROM {blocks} WHERE id = {row}.block_id",
            ),
            NoTruncate(name="block_sources_are_kept"),
        ]

    def __str__(self) -> str:
        return f"{self.source} in {self.block}"


class BlockFigure(models.Model):
    """A figure where it stands in a block: with two, the lowest first and the highest second."""

    block = models.ForeignKey(Block, on_delete=models.CASCADE)
    figure = models.ForeignKey(Figure, on_delete=models.PROTECT)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["position"]
        triggers = [
            FrozenWithItsEdition(
                name="block_figures_are_frozen",
                edition="SELECT edition_id FROM {blocks} WHERE id = {row}.block_id",
            ),
            NoTruncate(name="block_figures_are_kept"),
        ]
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
