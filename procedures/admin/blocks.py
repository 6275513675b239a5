"""The blocks of a draft: each on a page of its own, which asks only what its kind needs."""

from typing import Any

from csp.constants import SELF
from csp.decorators import csp_update
from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.decorators import method_decorator

from procedures import gate
from procedures.admin.block_form import BlockForm, show_figures
from procedures.admin.filters import asked
from procedures.admin.kinds import ASKS
from procedures.admin.places import Neighbours, Place, draft_asked_for
from procedures.admin.rich_text import RICH_TEXT
from procedures.admin.together import TogetherAdmin, who_saved
from procedures.fingerprints import fingerprint
from procedures.models import Block, Edition
from procedures.publishing import changed_by


@admin.register(Block)
class BlockAdmin(TogetherAdmin):
    """A piece of an edition. Those of a published edition can be read and not changed."""

    form = BlockForm
    formfield_overrides = RICH_TEXT
    change_form_template = "admin/procedures/block/change_form.html"
    delete_confirmation_template = "admin/procedures/block/delete_confirmation.html"
    actions = None
    list_display = ["heading_or_kind", "kind", "edition", "position"]
    list_filter = [
        "kind",
        "edition__procedure",
        asked(
            "edition",
            "edition__published_at__isempty",
            {
                "1": ("Drafts", Q(edition__published_at=None)),
                "0": ("Published", ~Q(edition__published_at=None)),
            },
        ),
    ]
    ordering = ["edition__procedure__name", "-edition__number", "position", "pk"]
    list_select_related = ["edition__procedure"]
    search_fields = ["heading", "body"]

    @admin.display(description="heading")
    def heading_or_kind(self, block: Block) -> str:
        return block.heading or block.get_kind_display()

    def get_queryset(self, request: HttpRequest) -> QuerySet[Block]:
        kept = [f"edition__{name}" for name in ("html", "lines", "copies")]
        rows = super().get_queryset(request).select_related("edition__procedure", "illustration", "video")
        return rows.defer(*kept)  # all that the edition says, which a page of one block needs not

    def has_change_permission(self, request: HttpRequest, obj: Block | None = None) -> bool:
        return super().has_change_permission(request, obj) and (obj is None or obj.edition.is_draft)

    def has_delete_permission(self, request: HttpRequest, obj: Block | None = None) -> bool:
        return super().has_delete_permission(request, obj) and (obj is None or obj.edition.is_draft)

    def get_fields(self, request: HttpRequest, obj: Block | None = None) -> Any:
        if obj and not self.has_change_permission(request, obj):
            return ["heading"]  # the page shows such a block as readers see it
        place = None if obj else Place.asked_for(request)
        kind = obj.kind if obj else place.kind if place else Block.Kind.TEXT
        return list(ASKS[kind].fields)

    def get_form(
        self, request: HttpRequest, obj: Block | None = None, change: bool = False, **kwargs: Any
    ) -> Any:
        form = super().get_form(request, obj, change, **kwargs)
        if obj is None:
            form.place = Place.asked_for(request)
        return form

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """First ask which draft and which kind, then for the block itself."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        if Place.asked_for(request) is None:
            return self._choose_kind(request)
        return super().add_view(request, form_url, extra_context)

    def _choose_kind(self, request: HttpRequest) -> TemplateResponse:
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": "Add a block",
            "drafts": Edition.objects.drafts().select_related("procedure"),
            "edition": draft_asked_for(request),
            "after": request.GET.get("after", ""),
            "kinds": [(kind, kind.label, ASKS[kind].purpose) for kind in Block.Kind],
        }
        return TemplateResponse(request, "admin/procedures/block/choose.html", context)

    @method_decorator(csp_update({"frame-src": [SELF]}))
    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """The form, and beside it the page as it was saved."""
        return super().change_view(request, object_id, form_url, extra_context)

    def lock(self, request: HttpRequest, obj: Block | None) -> None:
        """Lock the whole edition: neither changed nor published meanwhile."""
        if found := obj or Place.asked_for(request):
            Edition.objects.select_for_update().filter(pk=found.edition.pk).first()

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> Any:
        form = context["adminform"].form
        block: Any = form.instance
        edition = Edition.objects.with_blocks().get(pk=block.edition_id)
        blocks = list(edition.blocks.all())
        place = Place.asked_for(request) if block.pk is None else None
        here = Neighbours(
            blocks,
            block.position if block.pk else place.after.position + 1 if place and place.after else None,
        )
        context |= {
            "edition": edition,
            "written": next((one for one in blocks if one.pk == block.pk), block),
            "asks": ASKS[block.kind],
            "here": here,
            "findings": [
                found for found in gate.findings(edition) if found.block and found.block.pk == block.pk
            ]
            if edition.is_draft
            else [],
            "show_save_and_add_another": False,
            "title": f"{block.get_kind_display()}: {block.heading}"
            if block.pk and block.heading
            else block.get_kind_display(),
            "subtitle": None,
        }
        return super().render_change_form(request, context, *args, **kwargs)

    def save_model(self, request: HttpRequest, obj: Block, form: Any, change: bool) -> None:
        if not change:
            obj.position = form.place.open_up()
        super().save_model(request, obj, form, change)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        if "shown_figures" in form.cleaned_data:
            show_figures(form.instance, form.cleaned_data["shown_figures"])
        if not change or form.has_changed():
            changed_by(form.instance.edition, request.user)  # type: ignore[arg-type]

    def delete_model(self, request: HttpRequest, obj: Block) -> None:
        edition = Edition.objects.locked(obj.edition_id)
        if not edition.is_draft:
            raise PermissionDenied
        super().delete_model(request, obj)
        changed_by(edition, request.user)  # type: ignore[arg-type]

    def delete_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> Any:
        """Show what goes and ask; once it is gone, back to the edition. What a colleague changed meanwhile is shown first."""
        with transaction.atomic():
            block = self.get_object(request, unquote(object_id))
            if block is None or not self.has_delete_permission(request, block):
                return super().delete_view(request, object_id, extra_context)
            if request.method == "POST":
                self.lock(request, block)
                block.refresh_from_db()
            shown = _fingerprint(block)
            if request.method == "POST" and request.POST.get("opened") != shown:
                return self._ask_again(request, block)
            response = super().delete_view(request, object_id, {"opened": shown} | (extra_context or {}))
            is_gone = not Block.objects.filter(pk=block.pk).exists()
        return redirect("admin:procedures_edition_change", block.edition_id) if is_gone else response

    def _ask_again(self, request: HttpRequest, block: Block) -> HttpResponse:
        said = f"{who_saved(block)} Nothing is deleted. Read below what it says now, and decide again."
        self.message_user(request, said, messages.ERROR)
        return redirect("admin:procedures_block_delete", block.pk)

    def response_add(
        self, request: HttpRequest, obj: Block, post_url_continue: str | None = None
    ) -> HttpResponse:
        return self._saved(request, obj)

    def response_change(self, request: HttpRequest, obj: Block) -> HttpResponse:
        return self._saved(request, obj)

    def _saved(self, request: HttpRequest, block: Block) -> HttpResponse:
        """On to where the button said: the same block, the next one, or the edition, at the place of this one."""
        messages.success(
            request, f"“{block}” is saved in the draft. Readers do not see it before it is published."
        )
        following = block.edition.blocks.filter(position__gt=block.position).first()
        if "_continue" in request.POST:
            return redirect("admin:procedures_block_change", block.pk)
        if "_next" in request.POST and following:
            return redirect("admin:procedures_block_change", following.pk)
        return redirect(
            f"{reverse('admin:procedures_edition_change', args=[block.edition_id])}#block-{block.pk}"
        )


def _fingerprint(block: Block) -> str:
    """Changes with all that the block says and shows; not with its place."""
    values = {field.name: field.value_from_object(block) for field in Block._meta.concrete_fields}
    shown = {"figures": sorted(block.figures.values_list("pk", flat=True))}
    shown["sources"] = sorted(block.sources.values_list("pk", flat=True))
    return fingerprint(values | shown | {"position": ""})
