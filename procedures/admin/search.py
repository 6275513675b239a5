"""What helps search to understand patients."""

from urllib.parse import urlencode

from django.contrib import admin
from django.urls import reverse

from procedures.admin.deleted import DeletedAdmin
from procedures.admin.together import TogetherAdmin
from procedures.models import Synonym


@admin.register(Synonym)
class SynonymAdmin(DeletedAdmin, TogetherAdmin):
    """What people say, and what our pages call it. It takes effect with the next search."""

    known_by = "phrase"
    list_display = ["phrase", "means"]
    search_fields = ["phrase", "means"]
    fields = ("phrase", "means")

    def view_on_site(self, obj: Synonym) -> str:
        """What readers find who type it."""
        return f"{reverse('search')}?{urlencode({'q': obj.phrase})}"
