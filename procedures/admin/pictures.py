"""Pictures: an upload is always decoded and written anew."""

from typing import Any

from django import forms
from django.contrib import admin
from django.core.files.uploadedfile import UploadedFile

from procedures.models import Illustration
from procedures.pictures import written_anew


class RewrittenPictureField(forms.ImageField):
    """An upload, replaced by a fresh picture without the sender's hidden data."""

    def clean(self, data: Any, initial: Any = None) -> Any:
        picture = super().clean(data, initial)
        return written_anew(picture) if isinstance(picture, UploadedFile) else picture


class PictureAdmin(admin.ModelAdmin):
    """An admin whose picture fields accept nothing as it came."""

    def formfield_for_dbfield(self, db_field: Any, request: Any, **kwargs: Any) -> Any:
        if db_field.get_internal_type() == "FileField":
            kwargs["form_class"] = RewrittenPictureField
        return super().formfield_for_dbfield(db_field, request, **kwargs)


@admin.register(Illustration)
class IllustrationAdmin(PictureAdmin):
    """A drawing or an uploaded picture, with its words for people who cannot see it."""

    list_display = ["key", "alt", "caption", "width", "height"]
    search_fields = ["key", "alt", "caption"]
