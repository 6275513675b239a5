"""How far an edition has come, in the words that staff read."""

from types import EllipsisType

from procedures.models import Edition, SignOff
from procedures.moments import moment
from procedures.publishing import live_sign_off


def in_words(edition: Edition, *, is_current: bool, given: SignOff | EllipsisType | None = ...) -> str:
    """One short sentence on where the edition stands between its writers and its readers.

    `given` is its live sign-off, for who has looked for that already.
    """
    if edition.is_draft:
        return _draft_in_words(edition, given)
    if edition.withdrawn_at:
        return "Withdrawn"
    if edition.is_scheduled:
        return f"Set for {moment(edition.published_at)}"
    return "Readers see this" if is_current else "Replaced"


def _draft_in_words(draft: Edition, given: SignOff | EllipsisType | None) -> str:
    if _looked_for(draft, given):
        return "Signed off, ready to publish"
    if draft.sent_at:
        return "Waiting for sign-off"
    return "Draft, sent back by the reviewer" if draft.returned_note else "Draft"


def sign_off_in_words(edition: Edition, given: SignOff | EllipsisType | None = ...) -> str:
    """Who approved it and when; or that nobody did, and whether the site opened with it so."""
    if signed := _looked_for(edition, given):
        return str(signed)
    return "Opened the site unsigned" if edition.is_first_text else "Not signed off"


def _looked_for(edition: Edition, given: SignOff | EllipsisType | None) -> SignOff | None:
    return live_sign_off(edition) if given is ... else given
