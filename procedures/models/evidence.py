"""Where a fact comes from, the figures as they were published, and the hard words explained."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower
from django.urls import reverse
from simple_history.models import HistoricalRecords

from procedures.models.vectors import vector


class Source(models.Model):
    """A citation: what was read, who published it, when, and when somebody last looked."""

    key = models.SlugField(
        unique=True, max_length=80, help_text="A short name for staff: publisher-subject-year."
    )
    title = models.CharField(max_length=250, help_text="The title as it is printed, word for word.")
    publisher = models.CharField(
        max_length=120, help_text="Who published it: the journal, society or authority."
    )
    year = models.PositiveSmallIntegerField(
        null=True, blank=True, help_text="Empty when the page gives none."
    )
    url = models.URLField(
        "address",
        max_length=400,
        help_text="The address of the page, such as https://www.nice.org.uk/. Each address stands once.",
    )
    checked_on = models.DateField(help_text="When somebody last opened it and found the fact there.")
    gone_on = models.DateField(
        "link dead since", null=True, blank=True, help_text="When its address was found not to open any more."
    )
    withdrawn_on = models.DateField(
        null=True,
        blank=True,
        help_text="When its publisher took it back, or we stopped trusting it. A page that stands on it cannot be published.",
    )
    withdrawn_reason = models.CharField(
        "why it was withdrawn",
        max_length=300,
        blank=True,
        help_text="Say in a sentence why nobody should rely on it. Those who keep the pages read it.",
    )

    history = HistoricalRecords()

    class Meta:
        ordering = ["publisher", "year", "title"]
        constraints = [
            models.UniqueConstraint(
                fields=["url"],
                name="source_stands_once",
                violation_error_message="That address is already a source.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.title} ({self.publisher}{f', {self.year}' if self.year else ''})"


# Written out null by null, since a comparison with nothing is neither true nor false and would let a row through.
_IS_SCORED = Q(score__isnull=False) | Q(comparator_score__isnull=False) | ~Q(scale="")


class Figure(models.Model):
    """A published number, exactly as published. Missing parts stay empty and are never worked backwards."""

    class Shape(models.TextChoices):
        PROPORTION = "proportion", "A count out of a total"
        PERCENTAGE = "percentage", "A percentage alone"
        SCORE = "score", "A score, with its scale"
        REPORTS = "reports", "Voluntary reports, which give no rate"

    class Counted(models.TextChoices):
        PEOPLE = "people", "people"
        PROCEDURES = "procedures", "operations"
        LEVELS = "levels", "treated bones"
        FRACTURES = "fractures", "fractures"
        REPORTS = "reports", "reports"

    key = models.SlugField(unique=True, max_length=80, help_text="A short name for staff.")
    shape = models.CharField(
        max_length=10,
        choices=Shape,
        help_text="Choose how the number was published. Fill in only what belongs to that shape.",
    )
    what = models.CharField(
        max_length=200, help_text="What happened to them, to follow the count: “had some cement leak”."
    )
    others = models.CharField(
        "what the others did",
        max_length=60,
        default="did not",
        help_text="To follow the count of all the others: “did not”; of an estimate, “would not”.",
    )
    counted = models.CharField(
        max_length=10, choices=Counted, blank=True, help_text="What the number counts."
    )
    count = models.PositiveIntegerField(
        null=True, blank=True, help_text="To how many it happened, as it was published."
    )
    out_of = models.PositiveIntegerField(
        null=True, blank=True, help_text="Out of how many, as it was published."
    )
    percentage = models.DecimalField(
        max_digits=5,
        decimal_places=2,
        null=True,
        blank=True,
        help_text="The percentage with the decimals that were published, if there is no count.",
    )
    score = models.DecimalField(
        max_digits=8,
        decimal_places=2,
        null=True,
        blank=True,
        help_text="The score as it was published, for those who had the treatment.",
    )
    scale = models.CharField(
        max_length=120, blank=True, help_text="For a score: “points, on a scale of 0 to 100”."
    )
    comparator_score = models.DecimalField(
        max_digits=8,
        decimal_places=2,
        null=True,
        blank=True,
        help_text="The score of those it is compared with, if one was published.",
    )
    range = models.CharField("published range", max_length=120, blank=True, help_text="“95% CI 1.1 to 21.7”.")
    treatment = models.CharField(
        max_length=120, blank=True, help_text="What was done to these people, in a few words."
    )
    comparator = models.CharField(
        "compared with",
        max_length=120,
        blank=True,
        help_text="What the others had, in a few words, if there were others.",
    )
    year = models.PositiveSmallIntegerField(
        null=True, blank=True, help_text="The year in which it was published."
    )
    setting = models.CharField(max_length=200, blank=True, help_text="Who was studied, where, for how long.")
    quality = models.CharField(
        max_length=300, blank=True, help_text="What to be careful about, in plain words."
    )
    source = models.ForeignKey(
        Source,
        on_delete=models.PROTECT,
        related_name="figures",
        help_text="Choose where it was published. Add the source first if it is not in the list.",
    )
    withdrawn_on = models.DateField(
        null=True,
        blank=True,
        help_text="When we stopped trusting it. A page that stands on it cannot be published.",
    )
    withdrawn_reason = models.CharField(
        "why it was withdrawn",
        max_length=300,
        blank=True,
        help_text="Say in a sentence why nobody should rely on it. Those who keep the pages read it.",
    )

    history = HistoricalRecords()

    class Meta:
        ordering = ["key"]
        constraints = [
            models.CheckConstraint(
                name="figure_holds_what_its_shape_needs_and_no_more",
                condition=(
                    Q(
                        shape="proportion",
                        count__isnull=False,
                        out_of__isnull=False,
                        out_of__gt=0,
                        percentage=None,
                    )
                    & ~_IS_SCORED
                    | Q(shape="percentage", percentage__isnull=False, count=None, out_of=None) & ~_IS_SCORED
                    | Q(shape="score", score__isnull=False, count=None, out_of=None, percentage=None)
                    & ~Q(scale="")
                    | Q(shape="reports", out_of=None, percentage=None) & ~_IS_SCORED
                ),
                violation_error_message=(
                    "Give a count and its total, or a percentage, or a score and its scale, as the shape says."
                ),
            ),
            models.CheckConstraint(
                name="figure_counts_something_we_have_a_word_for",
                condition=Q(counted__in=["", "people", "procedures", "levels", "fractures", "reports"]),
                violation_error_message="Choose what the number counts.",
            ),
            models.CheckConstraint(
                name="figure_counts_no_more_than_its_total",
                condition=Q(out_of__isnull=True) | Q(count__lte=F("out_of")),
                violation_error_message="The count cannot be larger than the total.",
            ),
            models.CheckConstraint(
                name="figure_percentage_is_between_0_and_100",
                condition=Q(percentage__isnull=True) | Q(percentage__range=(0, 100)),
                violation_error_message="A percentage lies between 0 and 100.",
            ),
            models.CheckConstraint(
                name="figure_that_is_a_rate_says_what_it_counts",
                condition=~Q(shape__in=["proportion", "percentage"]) | ~Q(counted=""),
                violation_error_message="Say what the number counts: people, operations, bones, fractures or reports.",
            ),
        ]

    def __str__(self) -> str:
        return self.key

    @property
    def published_percentage(self) -> str:
        """The percentage with the decimals that were published, and no more."""
        return f"{self.percentage:.2f}".rstrip("0").rstrip(".") + "%"

    @property
    def share(self) -> Decimal | None:
        """The rate in every hundred, for drawing only; None for what is no rate."""
        if self.shape == self.Shape.PROPORTION:
            return 100 * Decimal(self.count or 0) / Decimal(self.out_of or 1)
        return self.percentage

    @property
    def is_drawn(self) -> bool:
        """Whether a drawing of 100 small figures tells the truth: it never shows none, or all, where there are some."""
        return self.share is not None and (1 <= self.share <= 99 or self.share == 100)

    @property
    def is_a_percentage_below_one(self) -> bool:
        """Whether it can be said as fewer than 1 of every 100.

        That holds of 0.5 %, whatever was counted and however it was rounded; “1 in 200” would be worked backwards. It
        is not said of a count: 1 of 15,000 says itself, and after 0 of 50 nobody knows how rare it is.
        """
        return self.percentage is not None and 0 < self.percentage < 1

    @property
    def is_a_percentage_above_99(self) -> bool:
        """Whether it can be said as more than 99 of every 100, by the same rule."""
        return self.percentage is not None and 99 < self.percentage < 100

    @property
    def is_already_of_a_hundred(self) -> bool:
        """Whether what was published is itself a count of 100, so that saying it in hundredths says it twice."""
        return self.out_of == 100

    @property
    def has_two_scores(self) -> bool:
        """Whether there are two named things to set side by side."""
        return self.comparator_score is not None and bool(self.treatment and self.comparator)

    @property
    def published_scores(self) -> list[str]:
        """The score and the one it is compared with, both with as many decimals as the more exact has."""
        scores = [score.normalize() for score in (self.score, self.comparator_score) if score is not None]
        decimals = max((-int(score.as_tuple().exponent) for score in scores), default=0)
        return [f"{score:.{max(decimals, 0)}f}" for score in scores]

    @property
    def per_hundred(self) -> int:
        """How many of 100 small figures to fill: the nearest whole number, never shown as the published one."""
        return int((self.share or Decimal(0)).to_integral_value(ROUND_HALF_UP))

    @property
    def not_per_hundred(self) -> int:
        """How many of the 100 stay empty."""
        return 100 - self.per_hundred

    @property
    def drawn_rows(self) -> tuple[int, int]:
        """How many whole rows of ten to fill, and how many figures of the next row."""
        return divmod(self.per_hundred, 10)

    @property
    def not_affected(self) -> int:
        """How many of a published total it did not happen to."""
        return (self.out_of or 0) - (self.count or 0)

    @property
    def is_drawn_exactly(self) -> bool:
        """Whether the 100 small figures show the published number itself."""
        return self.share == self.per_hundred


@dataclass(frozen=True)
class Comparison:
    """Figures that may stand side by side, since they count the same thing."""

    figures: list[Figure]
    why_they_differ: str = ""

    @property
    def is_a_clash(self) -> bool:
        """Whether they are rates from sources that do not agree, with the reason why."""
        shares = {figure.share for figure in self.figures}
        return bool(self.why_they_differ) and len(shares) > 1 and None not in shares

    @property
    def in_order(self) -> list[Figure]:
        """As the editor ordered them; in a clash the lowest first and the highest last."""
        return sorted(self.figures, key=lambda figure: figure.share or 0) if self.is_a_clash else self.figures

    @property
    def names_treatments(self) -> bool:
        """Whether each must say what was done to people, since it was not the same for all."""
        return len({figure.treatment for figure in self.figures}) > 1


def comparisons(figures: Iterable[Figure], why_they_differ: str = "") -> list[Comparison]:
    """The figures of a block, by what they count and in their order.

    People, operations, bones and scores never stand in one comparison, even where somebody put them into one block.
    """
    alike: dict[tuple[bool, str], list[Figure]] = {}
    for figure in figures:
        alike.setdefault((figure.share is not None, figure.counted or figure.scale), []).append(figure)
    return [Comparison(of_a_kind, why_they_differ) for of_a_kind in alike.values()]


class GlossaryTerm(models.Model):
    """A hard word and what it means."""

    term = models.CharField(
        max_length=80, unique=True, help_text="The hard word, as pages write it most often."
    )
    slug = models.SlugField(
        unique=True,
        max_length=80,
        help_text="The last part of its address in the list of hard words. It cannot be changed later.",
    )
    also = models.CharField(
        "also said as",
        max_length=200,
        blank=True,
        help_text="Other forms of it on the pages, separated by commas: “vertebrae, vertebral body”. A plural s needs none.",
    )
    definition = models.CharField(max_length=300, help_text="One plain sentence, 25 words at most.")
    search = vector(term="A", also="A", definition="C")

    history = HistoricalRecords(excluded_fields=["search"])

    class Meta:
        indexes = [GinIndex(fields=["search"], name="hard_words_by_words")]
        ordering = [Lower("term")]

    def __str__(self) -> str:
        return self.term

    def get_absolute_url(self) -> str:
        return f"{reverse('procedures:glossary')}#{self.slug}"

    @property
    def forms(self) -> list[str]:
        """Every way in which pages say it: the term, and what it is also said as."""
        return [self.term, *(form.strip() for form in self.also.split(",") if form.strip())]
