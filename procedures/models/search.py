"""What search looks through, and what helps it to understand: passages, synonyms and every word the site knows."""

from typing import Self

from django.contrib.postgres.indexes import GinIndex
from django.core.exceptions import ValidationError
from django.db import connection, models
from django.db.models import Func, Q, Value
from django.db.models.functions import Length
from simple_history.models import HistoricalRecords

from procedures.models.editions import Edition
from procedures.models.frozen import FrozenWithItsEdition, NoTruncate
from procedures.models.vectors import CONFIG, SearchKey, vector


class PassageQuerySet(models.QuerySet["Passage"]):
    """Which passages."""

    def current(self) -> Self:
        """Passages of the pages that readers see now."""
        return self.filter(edition__in=Edition.objects.current().values("pk"))


class Passage(models.Model):
    """A part of a published page that search can lead to: a section, or a common question with its answer."""

    class Kind(models.TextChoices):
        SECTION = "section", "Section"
        QUESTION = "question", "Common question"

    edition = models.ForeignKey(Edition, on_delete=models.PROTECT, related_name="passages")
    kind = models.CharField(max_length=8, choices=Kind)
    anchor = models.CharField(max_length=60, blank=True)
    heading = models.CharField(max_length=200)
    words = models.TextField(blank=True)  # none, where a section is all questions, each a passage of its own
    search = vector(heading="A", words="C")

    objects = PassageQuerySet.as_manager()

    class Meta:
        ordering = ["edition", "pk"]
        indexes = [GinIndex(fields=["search"], name="passages_by_words")]
        constraints = [
            models.CheckConstraint(
                name="passage_is_a_section_or_a_question",
                condition=Q(kind__in=["section", "question"]),
                violation_error_message="A passage is a section or a common question.",
            ),
        ]
        triggers = [
            FrozenWithItsEdition(name="passages_are_frozen", edition="{row}.edition_id"),
            NoTruncate(name="passages_are_kept"),
        ]

    def __str__(self) -> str:
        return f"{self.edition}: {self.heading}"

    def get_absolute_url(self) -> str:
        """Where it stands on the page that readers see now."""
        address = self.edition.procedure.get_absolute_url()
        return f"{address}#{self.anchor}" if self.anchor else address


class Synonym(models.Model):
    """What people say, and what the site calls it. Search then looks for both."""

    phrase = models.CharField(
        "what people say", max_length=80, help_text="As they would type it: “broken back”."
    )
    means = models.CharField(
        "what we call it",
        max_length=300,
        help_text="Words of our pages, separated by commas: “spinal fracture, kyphoplasty”. Search looks for each.",
    )
    key = models.GeneratedField(
        expression=SearchKey("phrase"), output_field=models.TextField(), db_persist=True, editable=False
    )

    history = HistoricalRecords(excluded_fields=["key"])

    class Meta:
        ordering = ["phrase"]
        constraints = [
            models.UniqueConstraint(
                fields=["key"],
                name="synonym_stands_once",
                violation_error_message="That is in the list already. Add to its meanings instead.",
            ),
            models.CheckConstraint(
                name="synonym_has_a_word_and_a_meaning",
                condition=~Q(key="") & ~Q(means=""),
                violation_error_message="Write at least one word, and what we call it.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.phrase}: {self.means}"

    def clean(self) -> None:
        """Words such as “who” and “about” say nothing to search, which leaves them out. And a phrase stands once, however it is typed."""
        same = Synonym.objects.filter(key=SearchKey(Value(self.phrase))).exclude(pk=self.pk)
        if same.exists():
            raise ValidationError({"phrase": "That is in the list already. Add to its meanings instead."})
        for text in (self.phrase, self.means):
            with connection.cursor() as cursor:
                cursor.execute("SELECT numnode(plainto_tsquery(%s::regconfig, %s))", [CONFIG, text])
                (nodes,) = cursor.fetchone()
            if text and not nodes:
                raise ValidationError(
                    f"“{text}” is all small words, which search leaves out. Add one that says something."
                )


class SearchWord(models.Model):
    """A word of the pages, names and lists, against which spelling is corrected. The database notes each by itself."""

    word = models.TextField(primary_key=True, db_collation="C")

    class Meta:
        indexes = [
            models.Index(Length("word"), name="search_words_by_length"),
            models.Index(
                Func("word", function="dmetaphone", output_field=models.TextField()),
                name="search_words_by_sound",
            ),
        ]

    def __str__(self) -> str:
        return self.word
