"""Who read which request. The record itself is joined here; until then nothing is kept."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from django.contrib.auth.models import User
from django.db import models

if TYPE_CHECKING:
    from enquiries.models.requests import Enquiry


class Reading:
    """That somebody read requests."""

    class Deed(models.TextChoices):
        LISTED = "listed", "Saw it in a list"
        SEARCHED = "searched", "Found it by a search"
        OPENED = "opened", "Opened it"
        PRINTED = "printed", "Printed it"
        EXPORTED = "exported", "Exported it"


def record(user: User, deed: Reading.Deed, enquiries: Iterable["Enquiry"]) -> None:
    """Put down that somebody read these requests, before they are shown."""
