"""Rows that were deleted: listed with what they said, each with the way to add it again through the row's own form."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.db.models import Exists, Model, OuterRef, Q, QuerySet
from django.forms import model_to_dict
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.views.decorators.http import require_safe

from procedures.admin.history import HistoryAdmin
from procedures.admin.keys import row_key
from procedures.admin.trails import facts, named, printable

MOST = 100


class DeletedAdmin(HistoryAdmin):
    """A list that leads to what was deleted from it, for whoever may add such rows."""

    shows_deleted = True
    # The field by which a row that was added again is known for the same.
    known_by: str

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(require_safe(self.deleted))
        name = f"{self.opts.app_label}_{self.opts.model_name}_deleted"
        return [path("deleted/", view, name=name), *super().get_urls()]

    def deleted(self, request: HttpRequest) -> HttpResponse:
        """The latest first. Nothing is saved here: the form for a new row opens with what this one said."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        rows = [
            {
                "record": record,
                "name": printable(str(_as_it_was(record))),
                "by": named(record, "history_user"),
                "said": facts(record),
            }
            for record in self._records().select_related("history_user")[:MOST]
        ]
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": f"Deleted {self.opts.verbose_name_plural}",
            "rows": rows,
        }
        return TemplateResponse(request, "admin/procedures/deleted.html", context)

    def delete_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        extra_context = {"can_be_added_again": self.has_add_permission(request)} | (extra_context or {})
        return super().delete_view(request, object_id, extra_context)

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        initial = super().get_changeform_initial_data(request)
        key = row_key(str(initial.pop("deleted", "")))
        record = self._records().filter(pk=key or 0).first()
        return initial | (model_to_dict(_as_it_was(record)) if record else {})

    def _records(self) -> QuerySet[Any]:
        """What was kept of each row as it was deleted, where none stands in its place: it, or one that was added again."""
        model: Any = self.model
        same = Q(pk=OuterRef(model._meta.pk.attname)) | Q((self.known_by, OuterRef(self.known_by)))
        gone = model.history.filter(~Exists(model._base_manager.filter(same)), history_type="-")
        return gone.order_by("-history_date", "-history_id")


def _as_it_was(record: Any) -> Model:
    """The row of a record; a record’s own way to it asks the database for what is not kept, of each row anew."""
    row: Model = record.instance_type(
        **{field.attname: getattr(record, field.attname) for field in record.tracked_fields}
    )
    return row
