"""Editions and their blocks."""

from django.contrib import admin

from procedures.models import Block, BlockFigure, Edition


class BlockInline(admin.TabularInline):
    """The page at a glance: blocks change places here, and each opens on its own page for the rest."""

    model = Block
    fields = ["position", "kind", "heading"]
    readonly_fields = ["kind", "heading"]
    max_num = 0
    can_delete = False
    show_change_link = True


class BlockFigureInline(admin.TabularInline):
    """The figures of a block: one, or the lowest and the highest."""

    model = BlockFigure
    autocomplete_fields = ["figure"]
    extra = 0


@admin.register(Edition)
class EditionAdmin(admin.ModelAdmin):
    """One complete version of what a procedure's page says."""

    list_display = ["procedure", "number", "published_at", "withdrawn_at", "review_due_on"]
    list_filter = ["procedure"]
    list_select_related = ["procedure"]
    search_fields = ["procedure__name"]
    autocomplete_fields = ["procedure"]
    date_hierarchy = "published_at"
    inlines = [BlockInline]


@admin.register(Block)
class BlockAdmin(admin.ModelAdmin):
    """A piece of an edition."""

    list_display = ["edition", "position", "kind", "heading"]
    list_display_links = ["position", "heading"]
    list_filter = ["kind", "edition__procedure"]
    list_select_related = ["edition__procedure"]
    search_fields = ["heading", "body"]
    autocomplete_fields = ["edition", "illustration", "sources"]
    inlines = [BlockFigureInline]
