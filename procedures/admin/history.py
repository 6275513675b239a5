"""Who changed what, when and why: from what to what, word by word. Read by those who may see the row."""

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse

from procedures.admin.putting_back import PuttingBack
from procedures.admin.reasons import Reasoned
from procedures.admin.trails import Entry, Trail, named, page_of, permission_to_see

__all__ = ["HistoryAdmin", "Trail", "named", "permission_to_see"]


@dataclass(frozen=True)
class Shown:
    """An entry as this person meets it: with where to put it back, if they may and there is anything to put back."""

    entry: Entry
    put_back: str = ""


class HistoryAdmin(PuttingBack, Reasoned):
    """A row whose history says from what to what. Stands on Django's own history page, under its own permissions."""

    object_history_template = "admin/procedures/history.html"

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        response = super().history_view(request, object_id, extra_context)
        if isinstance(response, TemplateResponse) and response.context_data:
            obj = response.context_data["object"]
            trails = self.trails(request, obj)
            page = page_of(trails, request.GET.get("changes"))
            may = {trail.model: self.may_put_back(request, obj, trail) for trail in trails}
            shown = [Shown(entry, self._address(obj, entry, may)) for entry in page.object_list]
            response.context_data |= {"entries": shown, "changes_page": page}
        return response

    def _address(self, obj: Any, entry: Entry, may: dict[Any, bool]) -> str:
        """Where to put the row back to this; nothing where it is like that now."""
        record, model = entry.record, entry.record.instance_type
        is_so_now = record.is_latest and record.history_type != "-"
        if is_so_now or not may[model]:
            return ""
        name = f"admin:{self.opts.app_label}_{self.opts.model_name}_put_back"
        return reverse(name, args=[obj.pk, model._meta.model_name, record.pk])
