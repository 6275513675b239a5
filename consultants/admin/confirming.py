"""“Confirmed today” for several practices at once: a page that lists them and says what it means, and then the deed."""

from collections.abc import Sequence
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.utils import unquote
from django.db import transaction
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.template.response import TemplateResponse
from django.utils import timezone

from consultants.columns import OF_PRACTICE
from consultants.facts import ABOUT, in_words, plain
from consultants.models import Consultant, Practice
from consultants.unconfirming import unconfirming
from procedures.admin.keys import row_key
from procedures.fingerprints import fingerprint

MOST = 200
SPOKEN = "Confirmed with the secretary, as one of several"


def confirm_page(
    desk: admin.ModelAdmin,
    request: HttpRequest,
    asked: QuerySet[Practice],
    said: str = "",
    left: Sequence[Consultant] = (),
) -> TemplateResponse | None:
    """The practices that would be confirmed, and what that says; those ticked who are left out. Nothing is written yet."""
    with transaction.atomic():
        practices = _with_facts(asked)
    if not practices:
        desk.message_user(request, "There is no practice to confirm among those.", messages.ERROR)
        return None
    if len(practices) > MOST:
        desk.message_user(
            request,
            f"That is {asked.count():,} practices. Confirm {MOST} at most at a time: you have spoken to each secretary.",
            messages.ERROR,
        )
        return None
    return TemplateResponse(
        request,
        "admin/consultants/confirm.html",
        {
            **desk.admin_site.each_context(request),
            "opts": Practice._meta,
            "title": "Confirm today?",
            "practices": [(practice, _told_of(practice.consultant)) for practice in practices],
            "today": timezone.localdate(),
            "seen": _seen(practices),
            "said_at_top": [said] if said else [],
            "left": left,
            "checkbox": ACTION_CHECKBOX_NAME,
        },
    )


def confirm(
    desk: admin.ModelAdmin, request: HttpRequest, asked: QuerySet[Practice]
) -> TemplateResponse | None:
    """Confirm those that were listed, if they still say what was read out."""
    with transaction.atomic():
        practices = _with_facts(asked)
        if _seen(practices) != request.POST.get("seen"):
            return confirm_page(
                desk, request, asked, "Somebody changed one of these after you saw them. Read them once more."
            )
        fresh = [practice for practice in practices if practice.confirmed_on != timezone.localdate()]
        for practice in fresh:
            practice.confirm(timezone.localdate(), SPOKEN)
            desk.log_change(request, practice, f"{SPOKEN}.")
    count, left = len(fresh), len(practices) - len(fresh)
    told = f"{count} practice{'s' if count != 1 else ''} confirmed today."
    if left:
        told += f" {left} {'was' if left == 1 else 'were'} left: confirmed today already."
    desk.message_user(request, told, messages.SUCCESS)
    return None


def _with_facts(practices: QuerySet[Practice]) -> list[Practice]:
    """The practices with all that is read out, locked; their consultants first, as everybody does who locks both."""
    wanted = Practice.objects.filter(pk__in=practices.values("pk"))
    list(Consultant.objects.select_for_update().filter(pk__in=wanted.values("consultant")).order_by("pk"))
    return list(
        wanted.select_related("consultant", "hospital", "named_source")
        .prefetch_related("procedures")
        .order_by("consultant__family_name", "consultant__given_name", "hospital__position", "pk")
        .select_for_update(of=("self",))[: MOST + 1]
    )


def _told_of(consultant: Consultant) -> list[tuple[str, str]]:
    """The consultant's own facts, with their names: one practice that is confirmed makes all of them current."""
    facts = {name: in_words(name, plain(getattr(consultant, name)), {}) for name in ABOUT}
    return [(ABOUT[name], words) for name, words in facts.items() if words]


def _seen(practices: list[Practice]) -> str:
    """A few letters that change with any fact that was read out."""
    facts: dict[str, Any] = {
        str(practice.pk): [
            practice.consultant.name,
            _told_of(practice.consultant),
            *(column.text(practice) for column in OF_PRACTICE),
        ]
        for practice in practices
    }
    return fingerprint(facts)


class Unconfirming(admin.ModelAdmin):
    """A page on which facts are changed. Those that were confirmed are so no longer, unless it gives a new day."""

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> Any:
        if request.method != "POST":
            return super().changeform_view(request, object_id, form_url, extra_context)
        key = row_key(unquote(object_id or ""))
        about = Q(pk=key) if self.model is Consultant else Q(practices=key)
        with transaction.atomic():
            concerned = Consultant.objects.filter(about) if key else Consultant.objects.none()
            list(concerned.select_for_update(of=("self",)))
            with unconfirming(concerned) as unconfirmed:
                response = super().changeform_view(request, object_id, form_url, extra_context)
        warn_of(request, unconfirmed)
        return response


def warn_of(request: HttpRequest, unconfirmed: list[Practice]) -> None:
    """Say which practices are confirmed no longer, and what to do about it."""
    if unconfirmed:
        names = "; ".join(str(practice) for practice in unconfirmed[:20])
        more = f" and {len(unconfirmed) - 20:,} more" if len(unconfirmed) > 20 else ""
        messages.warning(
            request,
            f"No longer confirmed, since facts were changed: {names}{more}. Patients are told to ring and check."
            " If the consultant or their secretary told you the new facts, set “Confirmed on”.",
        )
