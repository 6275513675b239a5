"""What may be uploaded as a picture, and what of it is kept."""

from io import BytesIO

import pytest
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from PIL import Image

from consultants.models import Consultant
from procedures import pictures
from procedures.models import Illustration
from tests import factories
from tests.enquiries.pages import Page

PLACE = 0x8825  # where EXIF keeps the place a photograph was taken


def picture(
    kind: str = "JPEG", size: tuple[int, int] = (40, 30), mode: str = "RGB", **more: object
) -> ContentFile:
    written = BytesIO()
    Image.new(mode, size, "#00008880" if mode == "RGBA" else "navy").save(written, kind, **more)
    return ContentFile(written.getvalue(), name=f"me.{kind.lower()}")


def photograph_with_a_place() -> ContentFile:
    exif = Image.Exif()
    exif.get_ifd(PLACE)[1] = "N"
    exif[0x010E] = "at home"
    return picture(exif=exif)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_picture_is_written_anew_as_webp(kind: str) -> None:
    fresh = pictures.written_anew(picture(kind))

    assert fresh.name == "me.webp"
    assert Image.open(fresh).format == "WEBP"


def test_hidden_data_of_the_sender_is_left_behind() -> None:
    sent = photograph_with_a_place()
    assert dict(Image.open(sent).getexif())

    fresh = Image.open(pictures.written_anew(sent))

    assert not dict(fresh.getexif())
    assert "exif" not in fresh.info


def test_large_picture_is_shrunk() -> None:
    fresh = Image.open(pictures.written_anew(picture(size=(3200, 800))))

    assert fresh.size == (1600, 400)


def test_picture_lying_on_its_side_is_turned_upright() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6

    fresh = Image.open(pictures.written_anew(picture(size=(40, 30), exif=exif)))

    assert fresh.size == (30, 40)


def test_see_through_picture_stays_see_through() -> None:
    fresh = Image.open(pictures.written_anew(picture("PNG", mode="RGBA")))

    assert fresh.mode == "RGBA"


@pytest.mark.parametrize(
    "content", [b"", b"no picture", b"\xff\xd8\xff\xe0 cut off", b"GIF89a\x01\x00\x01\x00"]
)
def test_what_is_no_picture_is_refused_in_words(content: bytes) -> None:
    with pytest.raises(ValidationError, match="cannot be read as a picture"):
        pictures.written_anew(ContentFile(content, name="me.jpg"))


def test_picture_that_would_fill_the_memory_is_refused_in_words(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pictures, "MOST_PIXELS", 40 * 30 - 1)

    with pytest.raises(ValidationError, match="too many pixels"):
        pictures.written_anew(picture())


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["me.svg", "me.gif", "me.exe"])
def test_other_kinds_of_file_are_refused(name: str) -> None:
    illustration = Illustration(key="me", upload=ContentFile(b"x", name=name))

    with pytest.raises(ValidationError) as refused:
        illustration.full_clean()

    assert "upload" in refused.value.message_dict


@pytest.mark.django_db
@pytest.mark.parametrize("drawing", ["../icons.svg", "no-such.svg", "step-1-tubes.svg\n", "STEP-1-TUBES.SVG"])
def test_drawing_must_be_the_name_of_one_of_ours(drawing: str) -> None:
    with pytest.raises(ValidationError, match="no drawing of that name"):
        Illustration(key="me", drawing=drawing).full_clean()


@pytest.mark.django_db
def test_photograph_uploaded_at_the_desk_loses_its_place(client: Client) -> None:
    consultant = factories.consultant()
    client.force_login(factories.person(is_staff=True, is_superuser=True))
    sent = SimpleUploadedFile("ada.jpg", photograph_with_a_place().read(), "image/jpeg")
    facts = {
        "given_name": "Ada",
        "family_name": "Quill",
        "slug": "ada-quill",
        "is_listed": "on",
        "practices-TOTAL_FORMS": 0,
        "practices-INITIAL_FORMS": 0,
    }

    client.post(
        reverse("admin:consultants_consultant_change", args=[consultant.pk]), facts | {"photograph": sent}
    )

    kept = Consultant.objects.get().photograph
    page = Page(client.get(consultant.get_absolute_url()))
    served = client.get(kept.url).getvalue()
    assert page.tree.xpath("//main//img/@src") == [kept.url]
    assert Image.open(BytesIO(served)).format == "WEBP"
    assert not dict(Image.open(BytesIO(served)).getexif())
