"""The form of a consultant's record, with the photograph and how it is cut."""

from typing import Any

from django import forms
from django.contrib.admin.widgets import AdminFileWidget
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import UploadedFile
from django.utils.functional import cached_property

from procedures.admin.pictures import FOCUS
from procedures.admin.together import TogetherForm
from procedures.pictures import Picture, opened, portrait

# Where the face is taken to lie, in per cent, unless somebody says otherwise.
FACE = {"face_across": 50, "face_down": 25}
WHERE = "Where it lies in the photograph that you choose above; the circle is cut round it. To cut another, choose the photograph again."


def _where(name: str, called: str, label: str, help_text: str) -> forms.TypedChoiceField:
    places = list(FOCUS[called].items())
    return forms.TypedChoiceField(
        label=label, choices=places, coerce=int, initial=FACE[name], help_text=help_text
    )


class ConsultantForm(TogetherForm):
    """A consultant's record. `picture` is the photograph uploaded just now, opened safely.

    Where the face lies is asked for with each photograph, and not kept: what is cut off is not kept either.
    """

    picture: Picture | None = None
    face_across = _where("face_across", "focal_x", "Face, across", WHERE)
    face_down = _where("face_down", "focal_y", "Face, down", "From top to bottom.")
    field_order = FACE  # known before the photograph is cut

    class Meta:
        widgets = {"photograph": AdminFileWidget(attrs={"accept": "image/jpeg,image/png,image/webp"})}

    def saved_values(self) -> dict[str, Any]:
        return {name: value for name, value in super().saved_values().items() if name not in FACE}

    @cached_property
    def changed_data(self) -> list[str]:
        return [name for name in super().changed_data if name not in FACE]

    @property
    def has_idle_face(self) -> bool:
        """Whether somebody said where the face lies, and chose no photograph to cut."""
        return not self.picture and any(self.cleaned_data[name] != place for name, place in FACE.items())

    def clean_photograph(self) -> Any:
        upload = self.cleaned_data["photograph"]
        if not isinstance(upload, UploadedFile):
            return upload
        across, down = (self.cleaned_data.get(name, place) for name, place in FACE.items())
        self.picture = portrait(opened(upload), across=across, down=down)
        return ContentFile(self.picture.master, name=self.picture.name)
