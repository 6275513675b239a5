"""Pictures and films: what staff uploaded, and the drawings of what was published."""

import re
from http import HTTPStatus
from pathlib import PurePath
from typing import Any

from django.core.exceptions import SuspiciousOperation
from django.core.files.base import File
from django.core.files.storage import default_storage
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseNotModified
from django.http.response import HttpResponseBase
from django.utils.http import http_date
from django.views.decorators.http import require_safe
from django.views.static import was_modified_since
from whitenoise.responders import SlicedFile

# What may be served, and as what. Nothing else that lies in the folder can be had.
KINDS = {
    ".avif": "image/avif",
    ".jpeg": "image/jpeg",
    ".jpg": "image/jpeg",
    ".mp4": "video/mp4",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".vtt": "text/vtt; charset=utf-8",
    ".webm": "video/webm",
    ".webp": "image/webp",
}
SENT_WHOLE = {".svg", ".vtt"}  # small texts, which are compressed on the way
# Named by its content, so that it never changes.
FOR_GOOD = re.compile(r"(pictures|portraits|videos)/[0-9a-f]{32}(-\d+)?\.\w+")
# A drawing brings its own colours. Opened by itself it may do nothing else.
POLICY = "default-src 'none'; style-src 'unsafe-inline'; sandbox"


@require_safe
def media(request: HttpRequest, path: str) -> HttpResponseBase:
    """A picture or film, whole or, as players ask for it, in part. It comes from the folder or, through us, the bucket."""
    suffix = PurePath(path).suffix
    kind = KINDS.get(suffix)
    if not kind:
        raise Http404
    try:
        file = default_storage.open(path)
        changed_at = default_storage.get_modified_time(path).timestamp()
    except ConnectionError:
        away = HTTPStatus.SERVICE_UNAVAILABLE
        return HttpResponse(status=away, headers={"Retry-After": "30", "Cache-Control": "no-store"})
    except (SuspiciousOperation, OSError, ValueError) as error:
        raise Http404 from error
    response: HttpResponseBase
    if not was_modified_since(request.headers.get("If-Modified-Since"), changed_at):
        response = HttpResponseNotModified()
    elif suffix in SENT_WHOLE:
        response = HttpResponse(file.read())
    else:
        response = _whole_or_part(request, file)
    if not isinstance(response, FileResponse):
        file.close()
    response["Content-Type"] = kind
    response["Last-Modified"] = http_date(changed_at)
    response["Cache-Control"] = (
        "public, max-age=31536000, immutable" if FOR_GOOD.fullmatch(path) else "public, max-age=3600"
    )
    response["Content-Security-Policy"] = POLICY
    response["X-Content-Type-Options"] = "nosniff"
    return response


def _whole_or_part(request: HttpRequest, file: File) -> HttpResponseBase:
    """What a Range header asks for (RFC 9110, section 14). One that cannot be read is as good as none."""
    size = file.size
    asked = re.fullmatch(r"bytes=(\d{0,15})-(\d{0,15})", request.headers.get("Range", "").replace(" ", ""))
    if not asked or asked[0] == "bytes=-" or (asked[1] and asked[2] and int(asked[1]) > int(asked[2])):
        response = FileResponse(part(file))
        response["Content-Length"] = str(size)
    else:
        first = int(asked[1]) if asked[1] else max(0, size - int(asked[2]))
        last = min(int(asked[2]), size - 1) if asked[1] and asked[2] else size - 1
        if first > last:
            return HttpResponse(status=416, headers={"Content-Range": f"bytes */{size}"})
        response = FileResponse(part(file, first, last), status=206)
        response["Content-Range"] = f"bytes {first}-{last}/{size}"
        response["Content-Length"] = str(last - first + 1)
    response["Accept-Ranges"] = "bytes"
    return response


def part(file: Any, first: int = 0, last: int | None = None) -> Any:
    """What a bucket holds is handed on as it comes; django-storages would first fetch all of it."""
    if hasattr(file, "obj"):
        return file.obj.get(**({} if last is None else {"Range": f"bytes={first}-{last}"}))["Body"]
    return file if last is None else SlicedFile(file, first, last)
