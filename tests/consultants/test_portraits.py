"""A photograph of a consultant, from the upload to the page."""

from io import BytesIO
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.core.files.base import ContentFile
from django.template.loader import render_to_string
from django.test import Client
from lxml import html
from PIL import Image, ImageColor

from consultants.models import Consultant
from procedures.pictures import opened, portrait
from tests import factories
from tests.consultants.sheets import directory_editor
from tests.enquiries.pages import Page
from tests.procedures.staff import Desk
from tests.procedures.test_pictures import photograph_with_a_place, picture, stored, upload

pytestmark = pytest.mark.django_db
CHANGE = "consultants_consultant_change"


@pytest.fixture
def desk() -> Desk:
    return directory_editor()


@pytest.fixture
def ada() -> Consultant:
    return factories.consultant()


def given(desk: Desk, row: Consultant, **facts: Any) -> dict[str, Any]:
    """The form of a consultant as their page holds it, changed."""
    form = desk.get(CHANGE, row.pk).tree.xpath("//form[@id='consultant_form']")[0]
    held = {name: value for name, value in form.form_values() if name != "csrfmiddlewaretoken"}
    return held | facts


def drawn(consultant: Consultant) -> Any:
    return html.fromstring(
        f"<div>{render_to_string('components/avatar.html', {'consultant': consultant})}</div>"
    )


def test_photograph_uploaded_at_the_desk_is_kept_square_small_and_without_its_place(
    desk: Desk, ada: Consultant, client: Client
) -> None:
    sent = upload(photograph_with_a_place(size=(900, 1200)), "ada.jpg")

    desk.post(CHANGE, ada.pk, **given(desk, ada, photograph=sent))

    ada.refresh_from_db()
    assert ada.photograph_widths == [112, 224, 336, 448]
    for width in ada.photograph_widths:
        for kind in ("avif", "webp", "jpg"):
            file = stored(f"portraits/{ada.portrait.digest}-{width}.{kind}")
            copy = Image.open(BytesIO(file))
            assert copy.size == (width, width)
            assert not dict(copy.getexif())
            assert b"home" not in file
    factories.practice(ada, factories.hospital())
    page = Page(client.get(ada.get_absolute_url()))
    (image,) = page.tree.xpath("//main//picture//img[contains(@class, 'avatar')]")
    assert (image.get("alt"), image.get("width"), image.get("height")) == ("Miss Ada Quill", "112", "112")
    response = client.get(image.get("src"))
    assert response.status_code == 200
    assert "immutable" in response["Cache-Control"]
    response.close()


def test_head_is_cut_off_less_than_the_feet() -> None:
    tall = Image.new("RGB", (100, 200), "navy")
    tall.paste("white", (0, 0, 100, 30))

    image = portrait(tall).image

    assert image.size == (100, 100)
    assert image.getpixel((50, 2)) == (255, 255, 255)


@pytest.mark.parametrize(("face_down", "seen"), [("0", "top"), ("50", "middle"), ("100", "bottom")])
def test_photograph_is_cut_round_the_face(desk: Desk, ada: Consultant, face_down: str, seen: str) -> None:
    bands = {"top": "red", "middle": "lime", "bottom": "blue"}
    tall = Image.new("RGB", (300, 900))
    for place, colour in enumerate(bands.values()):
        tall.paste(colour, (0, 300 * place, 300, 300 * (place + 1)))
    written = BytesIO()
    tall.save(written, "PNG")
    sent = upload(ContentFile(written.getvalue()), "ada.png")

    desk.post(CHANGE, ada.pk, **given(desk, ada, photograph=sent, face_down=face_down))

    ada.refresh_from_db()
    copy: Any = Image.open(BytesIO(stored(str(ada.photograph.name))))
    wanted = ImageColor.getrgb(bands[seen])
    assert all(abs(one - other) < 16 for one, other in zip(copy.getpixel((150, 150)), wanted, strict=True))


def test_where_the_face_lies_is_asked_anew_and_no_change_of_the_record(desk: Desk, ada: Consultant) -> None:
    saved = desk.post(CHANGE, ada.pk, **given(desk, ada, face_across="100", role="Radiologist"))
    page = desk.get(CHANGE, ada.pk)

    assert "No photograph was chosen, so nothing was cut round the face." in saved.text
    assert LogEntry.objects.latest("pk").get_change_message() == "Changed Role."

    ada.refresh_from_db()
    assert ada.role == "Radiologist"
    assert (page.value("face_across"), page.value("face_down")) == ("50", "25")


def test_component_offers_small_copies_of_every_kind(ada: Consultant) -> None:
    ada.show(portrait(opened(picture(size=(500, 500)))))

    sources = drawn(ada).xpath("//picture//*/@srcset")

    assert [source.count("portraits/") for source in sources] == [4, 4, 4]
    assert [source.rpartition(".")[2].split()[0] for source in sources] == ["avif", "webp", "jpg"]


def test_initials_stand_where_there_is_no_photograph(ada: Consultant) -> None:
    assert drawn(ada).xpath("string(//span[@aria-hidden='true'])") == "AQ"


def test_photograph_can_be_taken_away(desk: Desk, ada: Consultant) -> None:
    ada.show(portrait(opened(picture())))
    ada.save()

    desk.post(CHANGE, ada.pk, **given(desk, ada, **{"photograph-clear": "on"}))

    ada.refresh_from_db()
    assert (str(ada.photograph), ada.photograph_widths) == ("", [])


def test_save_without_a_new_photograph_keeps_the_old(desk: Desk, ada: Consultant) -> None:
    ada.show(portrait(opened(picture())))
    ada.save()

    desk.post(CHANGE, ada.pk, **given(desk, ada, role="Radiologist"))

    was = ada.photograph.name
    ada.refresh_from_db()
    assert (ada.role, ada.photograph.name, ada.photograph_widths) == ("Radiologist", was, [30])


def test_what_is_no_picture_is_refused_in_plain_words(desk: Desk, ada: Consultant) -> None:
    sent = upload(picture(), "ada.jpg")
    sent.file = BytesIO(b"<svg onload='alert(1)'/>")
    page = desk.post(CHANGE, ada.pk, **given(desk, ada, photograph=sent, role="Kept"))

    assert "This file cannot be read as a picture. Use a JPEG, PNG or WebP file." in page.text
    assert page.tree.xpath("//input[@name='role']/@value") == ["Kept"]
    assert Consultant.objects.get().photograph_widths == []


def test_very_small_photograph_is_taken_with_a_warning(desk: Desk, ada: Consultant) -> None:
    page = desk.post(CHANGE, ada.pk, **given(desk, ada, photograph=upload(picture(size=(90, 90)), "ada.jpg")))

    assert "This photograph is very small, so it looks coarse." in page.text


def test_desk_shows_the_spellings_in_use(desk: Desk, ada: Consultant) -> None:
    factories.consultant(slug="bo", specialties=["Spinal surgery", "Pain medicine"])

    assert "In use: Pain medicine, Spinal surgery." in desk.get(CHANGE, ada.pk).text


def test_desk_asks_for_every_fact_and_for_numbers_of_procedures(desk: Desk, ada: Consultant) -> None:
    page = desk.get(CHANGE, ada.pk)

    asked = {
        str(name) for name in page.tree.xpath("//*[self::input or self::textarea or self::select]/@name")
    }
    assert {
        "specialties",
        "secretary_email",
        "insurers",
        "first_fee",
        "procedure_counts-TOTAL_FORMS",
    } <= asked
