"""Writing a draft: its own words, the order of its blocks, what the checks find, and what goes when it is deleted."""

import re
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db.models import Max
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.html import strip_tags

from procedures import gate
from procedures.admin.draft_form import EditionForm, NewEditionForm
from procedures.admin.together import TogetherAdmin
from procedures.models import Block, Edition
from procedures.publishing import changed_by

# Where words stand apart though no space is written: a stressed word does not end one.
BLOCK_ENDS = re.compile(r"</(?:li|h4|t[dhr]|caption)>|<br>")


@dataclass(frozen=True)
class Row:
    """A block as the edition's page lists it."""

    block: Block
    place: int
    stopping: int
    advice: int

    @property
    def first_words(self) -> str:
        """What it begins with, without its markup."""
        apart = BLOCK_ENDS.sub(" ", self.block.body.replace("</p>", " · "))
        return " ".join(strip_tags(apart).split()).rstrip("· ")

    @property
    def is_section(self) -> bool:
        """Whether it opens a part of the page."""
        return self.block.kind == Block.Kind.SECTION


class DraftEditing(TogetherAdmin):
    """The page of a draft. A published edition can be read here and not changed."""

    form = EditionForm
    change_form_template = "admin/procedures/edition/change_form.html"
    save_on_top = True

    def has_change_permission(self, request: HttpRequest, obj: Edition | None = None) -> bool:
        return super().has_change_permission(request, obj) and (obj is None or obj.is_draft)

    def has_delete_permission(self, request: HttpRequest, obj: Edition | None = None) -> bool:
        return super().has_delete_permission(request, obj) and (obj is None or obj.is_draft)

    def get_form(
        self, request: HttpRequest, obj: Edition | None = None, change: bool = False, **kwargs: Any
    ) -> Any:
        return super().get_form(request, obj, change, **kwargs | ({} if obj else {"form": NewEditionForm}))

    def get_fieldsets(self, request: HttpRequest, obj: Edition | None = None) -> Any:
        if obj is None:
            return [(None, {"fields": ["procedure", "lead", "description", "opened"]})]
        opened = ["opened"] if self.has_change_permission(request, obj) else []
        return [
            ("At the top of the page", {"fields": ["lead", "description", *opened]}),
            ("In the list of changes", {"fields": ["change_summary", "change_reason"]}),
            ("For colleagues", {"fields": ["internal_note"]}),
        ]

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> Any:
        form = context["adminform"].form
        if form.instance.pk:
            edition = Edition.objects.with_blocks().get(pk=form.instance.pk)
            findings = (
                sorted(gate.findings(edition), key=lambda found: not found.is_blocking)
                if edition.is_draft
                else []
            )
            context |= {
                "rows": [_row(block, place, findings) for place, block in enumerate(edition.blocks.all(), 1)],
                "order": ",".join(str(block.pk) for block in edition.blocks.all()),
                "stopping": [found for found in findings if found.is_blocking],
                "advice": [found for found in findings if not found.is_blocking],
                "findings": [found for found in findings if found.block is None and found.field],
                "title": str(edition),
            }
        context |= {"subtitle": None, "show_save_and_add_another": False, "show_save_and_continue": False}
        return super().render_change_form(request, context, *args, **kwargs)

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """Whoever may delete a draft may delete what goes with it. Says in words what that is."""
        *_, protected = super().get_deleted_objects(objs, request)
        goes = [words for draft in objs for words in what_goes_with(draft)]
        return goes, {}, set(), protected

    def delete_model(self, request: HttpRequest, obj: Edition) -> None:
        """The draft as it is now: published meanwhile, it stays."""
        if not Edition.objects.locked(obj.pk).is_draft:
            raise PermissionDenied
        super().delete_model(request, obj)

    def save_model(self, request: HttpRequest, obj: Edition, form: Any, change: bool) -> None:
        if not change:
            numbers = Edition.objects.filter(procedure=obj.procedure_id).aggregate(latest=Max("number"))
            obj.number = (numbers["latest"] or 0) + 1
        super().save_model(request, obj, form, change)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        if change and form.is_rearranged:
            _put_in_order(form.instance, form.wanted)
        if not change or form.has_changed() or form.is_rearranged:
            changed_by(form.instance, request.user)  # type: ignore[arg-type]

    def construct_change_message(
        self, request: HttpRequest, form: Any, formsets: Any, add: bool = False
    ) -> Any:
        message = super().construct_change_message(request, form, formsets, add)
        return "Moved blocks." if not add and form.is_rearranged and not form.changed_data else message

    def response_change(self, request: HttpRequest, obj: Edition) -> HttpResponse:
        """Stay on the draft, at the block that was moved if one was."""
        self.message_user(request, "Saved in the draft. Readers do not see it before it is published.")
        moved = request.POST.get("_move", "").partition(":")[0]
        place = f"#block-{moved}" if moved.isdecimal() else ""
        return redirect(f"{reverse('admin:procedures_edition_change', args=[obj.pk])}{place}")

    def response_add(
        self, request: HttpRequest, obj: Edition, post_url_continue: str | None = None
    ) -> HttpResponse:
        self.message_user(request, "This is the draft of a new page. Add its blocks below.")
        return redirect("admin:procedures_edition_change", obj.pk)


def _row(block: Block, place: int, findings: list[gate.Finding]) -> Row:
    own = [found.is_blocking for found in findings if found.block and found.block.pk == block.pk]
    return Row(block, place, sum(own), len(own) - sum(own))


def what_goes_with(draft: Edition) -> list[str]:
    """All that is deleted with a draft, each in a few words."""
    counted = [
        (draft.blocks.count(), "block, with all its text", "blocks, with all their text"),
        (draft.tasks.count(), "task", "tasks"),
        (
            draft.preview_links.count(),
            "preview link, which opens nothing from then on",
            "preview links, which open nothing from then on",
        ),
        (draft.editors.count(), "note of who wrote in it", "notes of who wrote in it"),
    ]
    return [f"{count} {one if count == 1 else many}" for count, one, many in counted if count]


def _put_in_order(edition: Edition, keys: list[int]) -> None:
    """Give each block its place. Needs the edition locked."""
    blocks = edition.blocks.in_bulk(keys)
    for place, key in enumerate(keys, 1):
        blocks[key].position = place
    Block.objects.bulk_update(blocks.values(), ["position"])
