"""What of the consultants waits for a person: the front of the desk counts it, and Facts to confirm lists it."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.contrib.auth.models import User
from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.text import slugify

from consultants.models import Consultant, Practice, Reconfirmation
from consultants.models.practices import MOST_COUNTED, REMIND_AFTER
from procedures.counting import counted
from procedures.models.confirmations import CHECK_AFTER, HIDE_AFTER
from procedures.waiting import Waiting

BY_NAME = ("consultant__family_name", "consultant__given_name", "pk")


@dataclass(frozen=True)
class Due:
    """Practices that wait to be confirmed, and for what reason."""

    heading: str
    hint: str
    which: Q
    is_urgent: bool = False
    order: tuple[str, ...] = ("confirmed_on", *BY_NAME)

    @property
    def anchor(self) -> str:
        """Where Facts to confirm lists them."""
        return slugify(self.heading)


def due() -> list[Due]:
    """Every reason to confirm a practice, the most pressing first."""
    today = timezone.localdate()
    check, remind, hide = (today - after for after in (CHECK_AFTER, REMIND_AFTER, HIDE_AFTER))
    return [
        Due(
            "Lapsing within 14 days",
            "Unless somebody confirms them in time, patients no longer find them in lists.",
            Q(confirmed_on__lte=remind, confirmed_on__gt=hide),
            is_urgent=True,
        ),
        Due(
            "Lapsed",
            "Last confirmed a year ago or more. Patients do not find them in lists.",
            Q(confirmed_on__lte=hide),
        ),
        Due(
            "Due",
            "Last confirmed 180 days ago or more. Patients are told to ring and check.",
            Q(confirmed_on__lte=check, confirmed_on__gt=remind),
        ),
        Due(
            "Never confirmed",
            "Named by a hospital. Nothing is stated as current. Their secretaries are asked only by your press.",
            Q(confirmed_on=None),
            order=BY_NAME,
        ),
    ]


def consultants_waiting(user: User) -> Iterator[Waiting]:
    """For whoever keeps the directory: corrections from secretaries, facts to confirm, and those whom nobody can ask."""
    if not user.has_perm("consultants.change_reconfirmation"):
        return
    page = reverse("admin:facts_to_confirm")
    corrections = Reconfirmation.objects.undecided().count()
    yield Waiting("Corrections from secretaries", f"{page}#corrections", corrections, bool(corrections))
    reasons = due()
    counts = {reason.anchor.replace("-", "_"): Count("pk", filter=reason.which) for reason in reasons}
    found = Practice.objects.filter(consultant__is_listed=True).aggregate(**counts)
    for reason, count in zip(reasons, found.values(), strict=True):
        is_urgent = reason.is_urgent and bool(count)
        yield Waiting(f"Facts: {reason.heading.lower()}", f"{page}#{reason.anchor}", count, is_urgent)
    without = counted(without=nobody_to_ask())["without"]
    if without > MOST_COUNTED:
        what = f"More than {MOST_COUNTED:,} consultants whose secretary we cannot ask"
        yield Waiting(what, f"{page}#nobody-to-ask")
    else:
        yield Waiting("Consultants whose secretary we cannot ask", f"{page}#nobody-to-ask", without)


def nobody_to_ask() -> QuerySet[Consultant]:
    """Consultants with facts to confirm and no email address of a secretary; counted no further than anybody reads."""
    practices = Practice.objects.due().filter(consultant=OuterRef("pk"))
    found = Consultant.objects.filter(Exists(practices), is_listed=True, secretary_email="")
    return found[: MOST_COUNTED + 1]
