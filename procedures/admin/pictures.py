"""Pictures and films: nothing is kept as it came. A picture is decoded and written anew, a film is looked into."""

from html import unescape
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile, File
from django.core.files.uploadedfile import UploadedFile
from django.forms.widgets import Script
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.html import strip_tags

from procedures import videos
from procedures.admin.registry import Registry
from procedures.admin.rich_text import RICH_TEXT
from procedures.admin.together import TogetherForm
from procedures.models import Illustration, Video
from procedures.models.pictures import is_one_of_our_drawings
from procedures.pictures import Picture, kept, opened, written_anew

NOT_YET = "Save it to see it here."
POSTER_SIDE = 960
# The places of the point that matters, as the style sheet cuts to them: in per cent, and in words.
FOCUS = {
    "focal_x": {
        0: "At the left edge",
        25: "Left of the middle",
        50: "In the middle",
        75: "Right of the middle",
        100: "At the right edge",
    },
    "focal_y": {
        0: "At the top",
        25: "Above the middle",
        50: "In the middle",
        75: "Below the middle",
        100: "At the bottom",
    },
}


class IllustrationForm(TogetherForm):
    """A picture with its words. `picture` is what was uploaded just now, opened safely."""

    picture: Picture | None = None

    class Meta:
        model = Illustration
        fields = [
            *("key", "drawing", "upload", "alt", "is_decorative", "caption", "key_lines"),
            *("focal_x", "focal_y"),
        ]
        widgets = {
            "alt": forms.Textarea(attrs={"rows": 3}),
            "upload": forms.ClearableFileInput(attrs={"accept": "image/jpeg,image/png,image/webp"}),
            "focal_x": forms.Select,
            "focal_y": forms.Select,
        }

    class Media:
        js = [Script("js/staff/focus.js", type="module")]

    def prepare(self) -> None:
        """Offer the places, and the one that stands, should it lie between them."""
        for name in FOCUS.keys() & self.fields.keys():
            stands = self.initial.get(name, 50)
            offered: Any = self.fields[name].widget
            offered.choices = sorted(({stands: f"{stands} per cent"} | FOCUS[name]).items())

    def clean_drawing(self) -> str:
        """Looked at before the row takes it over: the page that says no draws the picture that stands."""
        drawing: str = self.cleaned_data["drawing"]
        if drawing:
            is_one_of_our_drawings(drawing)
        return drawing

    def clean_upload(self) -> Any:
        upload = self.cleaned_data["upload"]
        if not isinstance(upload, UploadedFile):
            return upload
        self.picture = Picture(opened(upload))
        return ContentFile(self.picture.master, name=self.picture.name)

    def clean(self) -> dict[str, Any]:
        given = super().clean() or self.cleaned_data
        if given.get("is_decorative") and given.get("alt"):
            self.add_error(
                "is_decorative", "A picture that is described is more than decoration. Leave one out."
            )
        elif "alt" in given and not given["alt"] and not given.get("is_decorative"):
            self.add_error("alt", "Say what the picture shows, or tick that it is only decoration.")
        return given


@admin.register(Illustration)
class IllustrationAdmin(Registry):
    """A drawing or an uploaded picture, with its words for people who cannot see it."""

    form = IllustrationForm
    words_tell_of_file = True
    list_display = ["key", "alt", "caption", "width", "height"]
    search_fields = ["key", "alt", "caption"]
    readonly_fields = ["as_it_is_shown", "width", "height"]
    fieldsets = [
        (None, {"fields": ["key", "as_it_is_shown", "drawing", "upload", ("width", "height")]}),
        ("In words", {"fields": ["alt", "is_decorative", "caption", "key_lines"]}),
        (
            "In a frame",
            {
                "fields": [("focal_x", "focal_y")],
                "description": "Beside a step, an uploaded picture is shown four wide and three high."
                " Say which point of it must stay in sight.",
            },
        ),
    ]

    @admin.display(description="as it is shown")
    def as_it_is_shown(self, illustration: Illustration) -> str:
        """The picture whole, and as a step cuts it."""
        drawn = illustration.pk and render_to_string("staff/picture.html", {"illustration": illustration})
        return drawn or NOT_YET

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        if form.picture:
            obj.show(form.picture)
            if form.picture.is_small:
                messages.warning(
                    request,
                    f"This picture is only {obj.width} pixels wide, so it looks coarse on many screens."
                    " Upload a larger one if you have it: at least 640 pixels wide, best 1600.",
                )
        super().save_model(request, obj, form, change)


class Checked(ContentFile):
    """An upload that was looked into, not yet kept."""

    def __init__(self, content: bytes, folder: str, kind: str) -> None:
        super().__init__(content, name=f"upload.{kind}")
        self.folder, self.kind = folder, kind

    def keep(self) -> str:
        """Keep it for good, and say under which name."""
        return kept(self.folder, self.read(), self.kind)


class VideoForm(TogetherForm):
    """A film with its words. `film` is what was uploaded just now."""

    film: videos.Film | None = None
    last_caption: float = 0

    class Meta:
        model = Video
        fields = ["key", "title", "mp4", "webm", "poster", "captions", "transcript"]
        error_messages = {
            "captions": {"required": "A film needs captions, for people who cannot hear it."},
            "transcript": {"required": "A film needs a transcript, for people who cannot see or play it."},
        }

    def clean_mp4(self) -> Any:
        return self._checked("mp4", self._film)

    def clean_webm(self) -> Any:
        return self._checked("webm", lambda upload: Checked(videos.webm(upload), "videos", "webm"))

    def clean_poster(self) -> Any:
        return self._checked("poster", self._poster)

    def clean_captions(self) -> Any:
        return self._checked("captions", self._captions)

    def _checked(self, name: str, check: Any) -> Any:
        upload = self.cleaned_data[name]
        return check(upload) if isinstance(upload, UploadedFile) else upload

    def _film(self, upload: File) -> Checked:
        self.film = videos.film(upload)
        return Checked(self.film.content, "videos", "mp4")

    def _poster(self, upload: File) -> Checked:
        return Checked(written_anew(upload, longest=POSTER_SIDE).read(), "pictures", "webp")

    def _captions(self, upload: File) -> Checked:
        content, self.last_caption = videos.captions(upload)
        return Checked(content, "videos", "vtt")

    def clean_transcript(self) -> str:
        transcript: str = self.cleaned_data["transcript"]
        if not unescape(strip_tags(transcript)).strip():
            raise ValidationError(self.fields["transcript"].error_messages["required"])
        return transcript

    def clean(self) -> dict[str, Any]:
        given = super().clean() or self.cleaned_data
        runs_for = self.film.seconds if self.film else self.instance.seconds
        if runs_for and self.last_caption > runs_for + 1:
            self.add_error(
                "captions", "These captions go on after the film has ended. Are they of another film?"
            )
        return given


@admin.register(Video)
class VideoAdmin(Registry):
    """A film, with its words for people who cannot hear it or do not play it."""

    form = VideoForm
    words_tell_of_file = True
    formfield_overrides = RICH_TEXT
    list_display = ["key", "title", "runs_for", "sound"]
    search_fields = ["key", "title", "transcript"]
    readonly_fields = ["as_it_is_shown"]
    fieldsets = [
        (None, {"fields": ["key", "title", "as_it_is_shown", "mp4", "webm", "poster"]}),
        ("In words", {"fields": ["captions", "transcript"]}),
    ]

    @admin.display(description="runs for", ordering="seconds")
    def runs_for(self, video: Video) -> str:
        return f"{video.seconds // 60} min {video.seconds % 60} s"

    @admin.display(description="sound", ordering="has_sound")
    def sound(self, video: Video) -> str:
        return "With sound" if video.has_sound else "Silent"

    @admin.display(description="as it is shown")
    def as_it_is_shown(self, video: Video) -> str:
        """The film as readers meet it."""
        drawn = video.pk and render_to_string("components/film.html", {"video": video})
        return drawn or NOT_YET

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        if form.film:
            obj.show(form.film)
            if not form.film.starts_at_once:
                messages.warning(
                    request,
                    "This film starts slowly: its index stands at the end."
                    " Save it again with “web optimised” or “fast start” ticked, and upload that.",
                )
        for name in ("mp4", "webm", "poster", "captions"):
            if isinstance(form.cleaned_data[name], Checked):
                setattr(obj, name, form.cleaned_data[name].keep())
        super().save_model(request, obj, form, change)
