"""Pictures and films that explain, each with its words for people who cannot see or hear it."""

import re

from django.contrib.postgres.fields import ArrayField
from django.contrib.staticfiles import finders
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.template.defaultfilters import pluralize
from simple_history.models import HistoricalRecords

from procedures.pictures import Copies, Picture, keep, picture_validators
from procedures.richtext import RichTextField
from procedures.videos import Film


def is_one_of_our_drawings(name: str) -> None:
    """Refuse the name of a drawing that does not exist, since the pages that show it would fail.

    Raises ValidationError.
    """
    if not re.fullmatch(r"[a-z0-9-]+\.svg", name) or not finders.find(f"img/drawings/{name}"):
        raise ValidationError(
            "There is no drawing of that name. Give the name of a file, such as “step-1-tubes.svg”."
        )


class Illustration(models.Model):
    """One of our own drawings, or a picture that staff uploaded: exactly one of the two.

    Its files are named by their content and never overwritten, so a page that was published goes on showing the
    picture it was published with, whatever is uploaded here later.
    """

    key = models.SlugField(unique=True, help_text="A short name for staff, such as “step-1-tubes”.")
    drawing = models.CharField(
        max_length=60,
        blank=True,
        validators=[is_one_of_our_drawings],
        help_text="A file of static/img/drawings. Leave empty when you upload a picture.",
    )
    upload = models.FileField(
        upload_to="pictures/",
        blank=True,
        validators=picture_validators,
        help_text="A JPEG, PNG or WebP picture of up to 10 MB, best 1600 pixels wide or more. Where it was taken is not kept.",
    )
    alt = models.CharField(
        "alternative text",
        max_length=300,
        blank=True,
        help_text="What the picture shows, for people who cannot see it.",
    )
    is_decorative = models.BooleanField(
        "only decoration",
        default=False,
        help_text="It says nothing that the text does not. Screen readers pass over it.",
    )
    caption = models.CharField(max_length=300, blank=True, help_text="Shown under the picture.")
    key_lines = models.TextField(
        "key", blank=True, help_text="What each number in the picture points at, one a line, in order."
    )
    width = models.PositiveSmallIntegerField(default=520)
    height = models.PositiveSmallIntegerField(default=400)
    widths = ArrayField(models.PositiveSmallIntegerField(), default=list, blank=True, editable=False)
    focal_x = models.PositiveSmallIntegerField(
        "focus, across",
        default=50,
        help_text="Where the point that matters lies from left to right. It stays in sight where an edge is cut off.",
    )
    focal_y = models.PositiveSmallIntegerField(
        "focus, down",
        default=50,
        help_text="Where it lies from top to bottom. It stays in sight where an edge is cut off.",
    )

    history = HistoricalRecords(excluded_fields=["width", "height", "widths"])

    class Meta:
        ordering = ["key"]
        constraints = [
            models.CheckConstraint(
                name="illustration_is_a_drawing_or_an_upload",
                condition=Q(drawing="") ^ Q(upload=""),
                violation_error_message="Give the name of a drawing or upload a picture, not both.",
            ),
            models.CheckConstraint(
                name="illustration_is_described_or_decorative",
                condition=Q(is_decorative=True, alt="") | Q(is_decorative=False) & ~Q(alt=""),
                violation_error_message="Say what the picture shows, or tick that it is only decoration.",
            ),
            models.CheckConstraint(
                name="illustration_focus_lies_within_it",
                condition=Q(focal_x__lte=100, focal_y__lte=100),
                violation_error_message="The focus lies between 0 and 100 per cent.",
            ),
        ]

    def __str__(self) -> str:
        return self.key

    @property
    def numbered_parts(self) -> list[str]:
        """What the numbers in the picture point at, in order."""
        return self.key_lines.splitlines()

    @property
    def name(self) -> str:
        """Where its file is kept: for good, under a name made of its content. A drawing is copied there."""
        return keep(self.drawing) if self.drawing else str(self.upload.name)

    @property
    def copies(self) -> Copies:
        """Where its files are found."""
        return Copies(self.name, self.widths)

    @property
    def focus(self) -> str:
        """The focus to the nearest quarter, as the style sheet names it; nothing in the middle."""
        across, down = round(self.focal_x / 25) * 25, round(self.focal_y / 25) * 25
        return " ".join(f"{name}-{part}" for name, part in (("across", across), ("down", down)) if part != 50)

    def show(self, picture: Picture) -> None:
        """Show this picture from now on, in place of the one before. To be saved."""
        picture.store()
        self.upload = picture.name  # by its name alone: the upload itself would be kept once more
        self.width, self.height = picture.image.size
        self.widths = picture.widths


class Video(models.Model):
    """A film, with its words for people who cannot hear it or do not play it.

    Its files are named by their content and never overwritten, as a picture's are.
    """

    key = models.SlugField(unique=True, help_text="A short name for staff, such as “balloon-kyphoplasty”.")
    title = models.CharField(max_length=150, help_text="What readers see above it.")
    mp4 = models.FileField(
        "MP4 file", upload_to="videos/", help_text="H.264, which every phone plays. 20 MB at most."
    )
    webm = models.FileField(
        "WebM file",
        upload_to="videos/",
        blank=True,
        help_text="The same film, smaller, for phones that play it.",
    )
    poster = models.FileField(upload_to="pictures/", help_text="The picture shown before it plays.")
    captions = models.FileField(
        upload_to="videos/", help_text="A WebVTT file with every word that is spoken or shown."
    )
    transcript = RichTextField(help_text="All of it in words: what is said, and what is seen.")
    seconds = models.PositiveSmallIntegerField(help_text="How long it runs.")
    width = models.PositiveSmallIntegerField()
    height = models.PositiveSmallIntegerField()
    has_sound = models.BooleanField(default=False)

    history = HistoricalRecords(excluded_fields=["seconds", "width", "height", "has_sound"])

    class Meta:
        ordering = ["key"]
        constraints = [
            models.CheckConstraint(
                name="film_has_captions_and_a_transcript",
                condition=~Q(captions="") & ~Q(transcript=""),
                violation_error_message="A film needs captions and a transcript.",
            ),
        ]

    def __str__(self) -> str:
        return self.key

    @property
    def length(self) -> str:
        """How long it runs, in words."""
        minutes, seconds = divmod(self.seconds, 60) if self.seconds >= 120 else (0, self.seconds)
        parts = [(minutes, "minute"), (seconds, "second")]
        return " ".join(f"{count} {unit}{pluralize(count)}" for count, unit in parts if count)

    def show(self, film: Film) -> None:
        """Take from the film itself how long and large it is, and whether it can be heard. To be saved."""
        self.seconds, self.has_sound = film.seconds, film.has_sound
        self.width, self.height = film.width, film.height
