"""What every answer must say to the browser."""

import re
from collections.abc import Mapping

ALWAYS = {
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}
POWERS = "camera=(), geolocation=(), microphone=(), payment=(), usb=()"
# A file opened by itself. Drawings bring their own colours, and may do nothing else.
FILE = "default-src 'none'; style-src 'unsafe-inline'; sandbox"
PAGE = r"(?=.*default-src 'none')(?=.*base-uri 'none')(?=.*form-action 'self')(?!.*(unsafe|\*|http|data:)).*"
# Drawn within the desk's own page, beside the form.
FRAMED = "admin:procedures_edition_preview_page"
# Its address is a key, which it tells nobody, not even us.
KEY_TO_ITSELF = "procedures:preview"


def faults(headers: Mapping[str, str], view: str = "", *, is_file: bool = False) -> list[str]:
    """What an answer fails to say. The preview is shown in a frame of our own, unless it is refused; a file may do nothing."""
    frame = headers.get("X-Frame-Options")
    may_be_framed = view == FRAMED and frame == "SAMEORIGIN"
    referrers = {"same-origin", "no-referrer"} if view == KEY_TO_ITSELF else {"same-origin"}
    policy = headers.get("Content-Security-Policy", "")
    is_document = headers.get("Content-Type", "").startswith(("text/html", "image/svg+xml"))
    by = "'self'" if may_be_framed else "'none'"
    if is_file:
        is_fit = policy == FILE
    else:
        is_fit = bool(re.fullmatch(PAGE, policy)) and f"frame-ancestors {by}" in policy
    return [
        *(f"{name}: {headers.get(name)}" for name, value in ALWAYS.items() if headers.get(name) != value),
        *([] if frame == "DENY" or may_be_framed else [f"X-Frame-Options: {frame}"]),
        *([] if headers.get("Referrer-Policy") in referrers else ["Referrer-Policy"]),
        *([] if headers.get("Permissions-Policy") == POWERS or not is_document else ["Permissions-Policy"]),
        *([] if is_fit or not (is_document or policy) else [policy or "no Content-Security-Policy"]),
    ]
