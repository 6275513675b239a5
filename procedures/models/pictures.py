"""Pictures that explain, each with its words for people who cannot see it."""

import re

from django.contrib.staticfiles import finders
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q

from procedures.pictures import picture_validators


def is_one_of_our_drawings(name: str) -> None:
    """Refuse the name of a drawing that does not exist, since the pages that show it would fail.

    Raises ValidationError.
    """
    if not re.fullmatch(r"[a-z0-9-]+\.svg", name) or not finders.find(f"img/drawings/{name}"):
        raise ValidationError(
            "There is no drawing of that name. Give the name of a file, such as “step-1-tubes.svg”."
        )


class Illustration(models.Model):
    """One of our own drawings, or a picture that staff uploaded: exactly one of the two."""

    key = models.SlugField(unique=True, help_text="A short name for staff, such as “step-1-tubes”.")
    drawing = models.CharField(
        max_length=60,
        blank=True,
        validators=[is_one_of_our_drawings],
        help_text="A file of static/img/drawings. Leave empty when you upload a picture.",
    )
    upload = models.ImageField(
        upload_to="illustrations/",
        blank=True,
        width_field="width",
        height_field="height",
        validators=picture_validators,
    )
    alt = models.CharField(
        "alternative text",
        max_length=300,
        blank=True,
        help_text="What the picture shows, for people who cannot see it. Empty only if it is decoration.",
    )
    caption = models.CharField(max_length=300, blank=True, help_text="Shown under the picture.")
    key_lines = models.TextField(
        "key", blank=True, help_text="What each number in the picture points at, one a line, in order."
    )
    width = models.PositiveSmallIntegerField(default=520)
    height = models.PositiveSmallIntegerField(default=400)

    class Meta:
        ordering = ["key"]
        constraints = [
            models.CheckConstraint(
                name="illustration_is_a_drawing_or_an_upload",
                condition=Q(drawing="") ^ Q(upload=""),
                violation_error_message="Give the name of a drawing or upload a picture, not both.",
            ),
        ]

    def __str__(self) -> str:
        return self.key

    @property
    def numbered_parts(self) -> list[str]:
        """What the numbers in the picture point at, in order."""
        return self.key_lines.splitlines()
