"""What may be uploaded as a picture, and how it is made safe: decoded, shrunk and written anew."""

from io import BytesIO
from pathlib import PurePath

from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile, File
from django.core.validators import FileExtensionValidator
from PIL import Image, ImageOps, UnidentifiedImageError

LONGEST_SIDE = 1600
MOST_BYTES = 10 * 1024 * 1024
MOST_PIXELS = 50_000_000


def not_too_large(picture: File) -> None:
    """Refuse a file larger than MOST_BYTES.

    Raises ValidationError.
    """
    if picture.size > MOST_BYTES:
        raise ValidationError("This picture is over 10 MB. Save a smaller copy and upload that.")


picture_validators = [FileExtensionValidator(["jpg", "jpeg", "png", "webp"]), not_too_large]


def written_anew(picture: File) -> ContentFile:
    """The picture as a fresh WebP, at most LONGEST_SIDE pixels a side, without its EXIF or place data.

    Raises ValidationError when it is no picture, or one too large to open safely.
    """
    try:
        with Image.open(picture, formats=["JPEG", "PNG", "WEBP"]) as image:
            if image.width * image.height > MOST_PIXELS:
                raise ValidationError(
                    "This picture has too many pixels. Save a smaller copy and upload that."
                )
            upright = ImageOps.exif_transpose(image).convert(
                "RGBA" if image.mode in ("RGBA", "LA", "P") else "RGB"
            )
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise ValidationError(
            "This file cannot be read as a picture. Use a JPEG, PNG or WebP file."
        ) from error
    upright.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    fresh = BytesIO()
    upright.save(fresh, "WEBP", quality=82)
    return ContentFile(fresh.getvalue(), name=f"{PurePath(picture.name or 'picture').stem}.webp")
