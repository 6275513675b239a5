"""What the registries share on the staff desk: each row says where it stands, and a change tells those who must know."""

from typing import Any

from django.contrib import messages
from django.contrib.admin.utils import unquote
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.html import format_html

from procedures import where_used
from procedures.admin.history import HistoryAdmin
from procedures.admin.reasons import WHY_CLINICAL
from procedures.admin.together import TogetherAdmin
from procedures.where_used import Thing

KEYS = ("key", "slug")


class Registry(HistoryAdmin, TogetherAdmin):
    """Rows that editions show. One that stands somewhere is never deleted; what changes in it is told to its editions."""

    change_form_template = "admin/procedures/registry_change_form.html"
    why_help = WHY_CLINICAL
    # Trust in it is not won back by an old record.
    not_put_back = frozenset({"withdrawn_on", "withdrawn_reason"})

    def get_readonly_fields(self, request: HttpRequest, obj: Thing | None = None) -> list[str]:
        """Its key stays: published editions keep their copy of it under that."""
        asked = [*super().get_readonly_fields(request, obj)]
        return [*asked, *(name for name in KEYS if hasattr(obj, name))] if obj else asked

    def get_prepopulated_fields(self, request: HttpRequest, obj: Thing | None = None) -> dict[str, Any]:
        return {} if obj else {**super().get_prepopulated_fields(request, obj)}

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        thing = self.get_object(request, unquote(object_id))
        uses = where_used.uses(thing) if thing else []
        return super().change_view(request, object_id, form_url, {"uses": uses} | (extra_context or {}))

    def delete_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        thing = self.get_object(request, unquote(object_id))
        if thing and self.has_delete_permission(request, thing) and (uses := where_used.uses(thing)):
            context = {
                **self.admin_site.each_context(request),
                "opts": self.opts,
                "title": "This cannot be deleted",
                "thing": thing,
                "name": where_used.name(thing),
                "uses": uses,
                "can_be_withdrawn": hasattr(thing, "withdrawn_on"),
            }
            return TemplateResponse(request, "admin/procedures/registry_in_use.html", context)
        return super().delete_view(request, object_id, extra_context)

    def save_model(self, request: HttpRequest, obj: Thing, form: Any, change: bool) -> None:
        """Save it with its tasks, all or nothing: the desk's own transaction holds both."""
        was = type(obj).objects.select_for_update().get(pk=obj.pk) if change else None
        editions = where_used.locked_uses(*([was] if was else []), obj)
        super().save_model(request, obj, form, change)
        happened = (
            where_used.what_happened(was, obj, form.changed_data) if was else where_used.what_is_new(obj)
        )
        if happened and editions:
            where_used.tell(editions, happened, request.user)  # type: ignore[arg-type]
            self._say_where(request, happened, len(editions))

    def _say_where(self, request: HttpRequest, happened: str, count: int) -> None:
        tasks = reverse("admin:procedures_task_changelist")
        said = format_html(
            '{} It stands in {}, and each now has a task. <a href="{}">See the tasks</a>',
            happened,
            "1 edition" if count == 1 else f"{count} editions",
            tasks,
        )
        self.message_user(request, said, messages.WARNING)
