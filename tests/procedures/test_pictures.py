"""What becomes of a picture that staff upload, and how pages show it."""

from io import BytesIO
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.template.loader import render_to_string
from django.test import Client
from django.urls import reverse
from lxml import html
from PIL import Image, ImageCms

from procedures import pictures
from procedures.models import Illustration
from procedures.pictures import Picture, keep, opened
from tests import factories
from tests.enquiries.pages import Page
from tests.staff import signed_in

PLACE = 0x8825  # where EXIF keeps the place a photograph was taken
LEFT_SIDE_DOWN = 6
ADD = "admin:procedures_illustration_add"
CHANGE = "admin:procedures_illustration_change"


def picture(
    kind: str = "JPEG", size: tuple[int, int] = (40, 30), mode: str = "RGB", **more: Any
) -> ContentFile:
    written = BytesIO()
    Image.new(mode, size, more.pop("colour", "#00008880" if mode == "RGBA" else "navy")).save(
        written, kind, **more
    )
    return ContentFile(written.getvalue(), name=f"me.{kind.lower()}")


def photograph_with_a_place(**more: Any) -> ContentFile:
    exif = Image.Exif()
    exif.get_ifd(PLACE)[1] = "N"
    exif[0x010E] = "at home"
    return picture(exif=exif, **more)


def stored(name: str) -> bytes:
    with default_storage.open(name) as file:
        return bytes(file.read())


def seen(name: str) -> Image.Image:
    return Image.open(BytesIO(stored(name)))


def shown(illustration: Illustration) -> Any:
    return html.fromstring(
        render_to_string("components/picture.html", {"illustration": illustration, "sizes": "100vw"})
    )


def illustration_of(upload: ContentFile, **facts: Any) -> Illustration:
    made = Illustration(**{"key": "x-ray", "alt": "An X-ray of a spine."} | facts)
    made.show(Picture(opened(upload)))
    made.save()
    return made


@pytest.fixture
def desk(client: Client) -> Client:
    """The staff desk, opened by somebody who may do everything."""
    signed_in(client, factories.person(is_staff=True, is_superuser=True))
    return client


def given(**facts: Any) -> dict[str, Any]:
    """The form of a picture, filled in."""
    return {"key": "x-ray", "alt": "An X-ray of a spine.", "focal_x": 50, "focal_y": 50} | facts


def upload(file: ContentFile, name: str = "spine.jpg") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, file.read(), "image/jpeg")


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_picture_is_written_anew_as_webp(kind: str) -> None:
    fresh = pictures.written_anew(picture(kind))

    assert fresh.name == "me.webp"
    assert Image.open(fresh).format == "WEBP"


def test_hidden_data_of_the_sender_is_left_behind_in_every_copy() -> None:
    sent = photograph_with_a_place(size=(400, 300), comment=b"my home", xmp=b"<x:xmpmeta>my home</x:xmpmeta>")
    assert dict(Image.open(sent).getexif())

    kept = Picture(opened(sent))
    kept.store()

    for kind in ("avif", "webp", "jpg"):
        for width in (320, 400):
            file = stored(f"pictures/{kept.digest}-{width}.{kind}")
            copy = Image.open(BytesIO(file))
            assert not dict(copy.getexif())
            assert not {"exif", "xmp", "icc_profile", "comment"} & set(copy.info)
            assert b"home" not in file


def test_large_picture_is_shrunk() -> None:
    fresh = Image.open(pictures.written_anew(picture(size=(3200, 800))))

    assert fresh.size == (1600, 400)


def test_picture_lying_on_its_side_is_turned_upright() -> None:
    exif = Image.Exif()
    exif[0x0112] = LEFT_SIDE_DOWN

    assert opened(picture(size=(40, 30), exif=exif)).size == (30, 40)
    assert opened(picture(size=(5200, 2600), exif=exif)).size == (1200, 2400)


def test_see_through_picture_stays_see_through_and_falls_back_to_png() -> None:
    kept = Picture(opened(picture("PNG", size=(400, 300), mode="RGBA")))
    kept.store()

    assert kept.name.endswith("-400.png")
    for kind in ("avif", "webp", "png"):
        assert (
            seen(f"pictures/{kept.digest}-320.{kind}").convert("RGBA").getchannel("A").getpixel((5, 5)) == 128
        )


def test_colours_stay_what_they_were_when_a_colour_profile_is_left_behind() -> None:
    sent = picture(colour=(30, 200, 60), quality=100, icc_profile=_swapped_profile())

    assert opened(sent).getpixel((5, 5)) == pytest.approx((200, 30, 60), abs=12)


def _swapped_profile() -> bytes:
    """The web's own colours, with red and green changing places."""
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    return profile.replace(b"rXYZ", b"tXYZ", 1).replace(b"gXYZ", b"rXYZ", 1).replace(b"tXYZ", b"gXYZ", 1)


def test_sixteen_bits_of_grey_stay_grey() -> None:
    assert opened(picture("PNG", mode="I;16", colour=0x8000)).getpixel((5, 5)) == (128, 128, 128)


def test_picture_is_kept_at_several_widths_and_never_enlarged() -> None:
    wide, narrow = Picture(opened(picture(size=(1000, 500)))), Picture(opened(picture(size=(200, 100))))
    wide.store()

    assert wide.widths == [320, 640, 960, 1000]
    assert narrow.widths == [200]
    assert [seen(f"pictures/{wide.digest}-{width}.avif").size for width in wide.widths] == [
        (320, 160),
        (640, 320),
        (960, 480),
        (1000, 500),
    ]


def test_same_picture_is_kept_once_and_one_cut_off_while_it_was_written_is_written_again() -> None:
    kept = Picture(opened(picture(colour="teal")))
    kept.store()
    whole = stored(kept.name)
    default_storage.delete(kept.name)
    default_storage.save(kept.name, ContentFile(whole[:50]))

    kept.store()
    kept.store()

    assert stored(kept.name) == whole
    files = default_storage.listdir("pictures")[1]
    assert len([name for name in files if kept.digest in name]) == 3


def test_page_offers_each_width_in_three_kinds_and_looks_into_no_file() -> None:
    illustration = Illustration(key="x-ray", alt="An X-ray of a spine.")
    illustration.show(Picture(opened(picture(size=(700, 350)))))
    default_storage.delete(illustration.name)

    drawn = shown(illustration)

    digest = illustration.copies.digest
    assert drawn.xpath("//source/@type") == ["image/avif", "image/webp"]
    assert drawn.xpath("//@srcset") == [
        ", ".join(f"/media/pictures/{digest}-{width}.{kind} {width}w" for width in (320, 640, 700))
        for kind in ("avif", "webp", "jpg")
    ]
    (fallback,) = drawn.xpath("//img")
    assert fallback.get("src") == f"/media/pictures/{digest}-700.jpg"
    assert (fallback.get("width"), fallback.get("height")) == ("700", "350")
    assert (fallback.get("loading"), fallback.get("decoding")) == ("lazy", "async")
    assert fallback.get("alt") == "An X-ray of a spine."


@pytest.mark.parametrize(
    ("focus", "named"), [((50, 50), None), ((10, 50), "across-0"), ((95, 30), "across-100 down-25")]
)
def test_point_that_matters_stays_in_sight_where_a_frame_cuts(
    focus: tuple[int, int], named: str | None
) -> None:
    illustration = Illustration(key="x-ray", focal_x=focus[0], focal_y=focus[1], widths=[320], upload="a.jpg")

    assert shown(illustration).xpath("//img")[0].get("class") == named


@pytest.mark.django_db
def test_published_picture_stays_when_another_is_uploaded(client: Client) -> None:
    illustration = illustration_of(picture(size=(400, 300), colour="teal"))
    first = shown(illustration).xpath("//img/@src")[0]
    before = client.get(first).getvalue()

    illustration.show(Picture(opened(picture(size=(400, 300), colour="maroon"))))
    illustration.save()

    assert shown(illustration).xpath("//img/@src")[0] != first
    assert client.get(first).getvalue() == before
    assert Image.open(BytesIO(before)).getpixel((5, 5)) == pytest.approx((0, 128, 128), abs=6)


def test_drawing_is_kept_as_it_was_when_it_was_shown(client: Client, tmp_path: Any, settings: Any) -> None:
    (tmp_path / "img/drawings").mkdir(parents=True)
    drawing = tmp_path / "img/drawings/a-spine.svg"
    settings.STATICFILES_DIRS = [tmp_path]
    drawing.write_text("<svg xmlns='http://www.w3.org/2000/svg'><title>first</title></svg>")
    first = Illustration(drawing="a-spine.svg").copies.address

    keep.cache_clear()
    drawing.write_text("<svg xmlns='http://www.w3.org/2000/svg'><title>second</title></svg>")
    second = Illustration(drawing="a-spine.svg").copies.address
    drawing.unlink()

    assert Illustration(drawing="a-spine.svg").copies.address == second, "Drawn again, it is not read again."
    assert "first" in client.get(first).text
    assert "second" in client.get(second).text


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
def test_editor_uploads_a_picture_and_sees_it(desk: Client) -> None:
    desk.post(reverse(ADD), given(upload=upload(picture(size=(800, 600))), focal_x=100))

    kept = Illustration.objects.get()
    page = Page(desk.get(reverse(CHANGE, args=[kept.pk])))
    assert (kept.width, kept.height, kept.widths) == (800, 600, [320, 640, 800])
    assert page.tree.xpath("//*[@class='picture-shown']/img/@src") == [
        kept.copies.address,
        kept.copies.address,
    ]
    assert "across-100" in page.tree.xpath("//*[@class='picture-shown']/img/@class")[0]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("words", "field", "said"),
    [
        ({"alt": ""}, "alt", "Say what the picture shows, or tick that it is only decoration."),
        ({"is_decorative": "on"}, "is_decorative", "A picture that is described is more than decoration."),
    ],
)
def test_picture_without_words_is_refused_at_the_field(
    desk: Client, words: dict[str, str], field: str, said: str
) -> None:
    page = Page(desk.post(reverse(ADD), given(drawing="step-1-tubes.svg", **words)))

    row = page.tree.xpath(f"//*[contains(@class, 'field-{field}')]")[0].text_content()
    assert said in row
    assert not Illustration.objects.exists()


@pytest.mark.django_db
def test_decoration_needs_no_words(desk: Client) -> None:
    desk.post(reverse(ADD), given(drawing="step-1-tubes.svg", alt="", is_decorative="on"))

    assert shown(Illustration.objects.get()).xpath("//@alt") == [""]


@pytest.mark.django_db
@pytest.mark.parametrize(("width", "is_warned"), [(639, True), (640, False)])
def test_editor_is_warned_of_a_small_picture(desk: Client, width: int, is_warned: bool) -> None:
    page = Page(desk.post(reverse(ADD), given(upload=upload(picture(size=(width, 400)))), follow=True))

    assert (f"only {width} pixels wide" in page.text) == is_warned
    assert Illustration.objects.exists()


@pytest.mark.django_db
def test_upload_at_the_desk_is_kept_once_and_for_good(desk: Client) -> None:
    desk.post(reverse(ADD), given(upload=upload(picture(size=(400, 300)))))

    kept = Illustration.objects.get()
    assert kept.upload.name == f"pictures/{kept.copies.digest}-400.jpg"
    response = desk.get(kept.copies.address)
    response.close()
    assert "immutable" in response["Cache-Control"]


@pytest.mark.django_db
def test_words_can_be_changed_without_uploading_again(desk: Client) -> None:
    kept = illustration_of(picture(size=(400, 300)))
    before = kept.copies.address

    address = reverse(CHANGE, args=[kept.pk])
    opened = Page(desk.get(address)).tree.xpath("//input[@name='opened']/@value")[0]
    desk.post(address, given(alt="A spine, seen from the side.", opened=str(opened)))

    kept.refresh_from_db()
    assert kept.alt == "A spine, seen from the side."
    assert (kept.copies.address, kept.widths) == (before, [320, 400])


@pytest.mark.django_db
@pytest.mark.parametrize("typed", ["no-such.svg", "../../css/site.css", "step-1-tubes.svg' AND 1=1"])
def test_page_that_refuses_the_name_of_a_drawing_shows_the_one_that_stands(
    client: Client, typed: str
) -> None:
    signed_in(client, factories.person(is_staff=True, is_superuser=True))
    address = reverse(CHANGE, args=[factories.illustration().pk])

    answer = client.post(address, {"key": "tubes", "drawing": typed, "alt": "Thin tubes."})

    assert answer.status_code == 200
    assert Illustration.objects.get().drawing == "step-1-tubes.svg"
    assert keep("step-1-tubes.svg") in answer.content.decode()
