"""What the desk keeps of the site itself: accounts, and what every page says at its head and foot."""

from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.admin.utils import unquote
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db.models import DateTimeField, ManyToManyField, QuerySet
from django.forms.models import ModelMultipleChoiceField
from django.http import HttpRequest, HttpResponse

from kyphoplasty_site.models import SiteSettings
from procedures.admin.fields import MomentInput
from procedures.admin.history import HistoryAdmin
from procedures.admin.single import SingleRowAdmin
from procedures.admin.together import TogetherAdmin
from procedures.models import Reviewer

admin.site.unregister(User)


@admin.register(User)
class AccountAdmin(UserAdmin):
    """An administrator keeps accounts, and cannot use one to gain what they were not given.

    Only a superuser makes a superuser, changes one, sets the password of somebody who signs off, or gives a permission
    that no role has. Nobody gives themselves a role.
    """

    list_display = ["username", "first_name", "last_name", "roles", "is_active", "is_staff", "last_login"]
    list_filter = ["groups", "is_active", "is_staff"]
    filter_horizontal = ["user_permissions"]
    readonly_fields = ["roles", "last_login", "date_joined"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        return super().get_queryset(request).prefetch_related("groups")

    def has_change_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        return super().has_change_permission(request, obj) and _is_within_reach(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        return super().has_delete_permission(request, obj) and _is_within_reach(request, obj)

    def get_fieldsets(self, request: HttpRequest, obj: User | None = None) -> Any:
        if obj is None:
            return self.add_fieldsets
        gives_roles = obj != request.user and self.has_change_permission(request, obj)
        beyond_roles = ["is_superuser", "user_permissions"] if request.user.is_superuser else []
        return [
            (None, {"fields": ["username", "password"]}),
            ("Who", {"fields": ["first_name", "last_name", "email"]}),
            (
                "What they may do",
                {"fields": ["is_active", "is_staff", "groups" if gives_roles else "roles", *beyond_roles]},
            ),
            ("Dates", {"fields": ["last_login", "date_joined"]}),
        ]

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        """An account that is made here is a colleague's, so it may log in here."""
        if not change:
            obj.is_staff = True
        super().save_model(request, obj, form, change)

    def user_change_password(
        self,
        request: HttpRequest,
        id: str,  # noqa: A002 — Django's own name for it
        form_url: str = "",
    ) -> HttpResponse:
        """A clinician's password is set by a superuser alone: whoever knows it could sign in their name."""
        account = self.get_object(request, unquote(id))
        if account and not request.user.is_superuser and Reviewer.objects.filter(user=account).exists():
            raise PermissionDenied
        return super().user_change_password(request, id, form_url)

    def formfield_for_manytomany(
        self, db_field: ManyToManyField, request: HttpRequest, **kwargs: Any
    ) -> ModelMultipleChoiceField | None:
        if db_field.name == "groups":
            kwargs |= {"widget": forms.CheckboxSelectMultiple, "label": "Roles"}
            kwargs["help_text"] = "A person may hold several. Somebody else must give you yours."
        return super().formfield_for_manytomany(db_field, request, **kwargs)

    @admin.display(description="roles")
    def roles(self, user: User) -> str:
        return ", ".join(sorted(group.name for group in user.groups.all())) or "None"


def _is_within_reach(request: HttpRequest, account: User | None) -> bool:
    return request.user.is_superuser or account is None or not account.is_superuser


@admin.register(SiteSettings)
class SiteSettingsAdmin(SingleRowAdmin, HistoryAdmin, TogetherAdmin):
    """What every page says at its head and foot."""

    fieldsets = [
        ("What the site is called", {"fields": ["name"]}),
        ("Phone numbers on every page", {"fields": ["self_pay_phone", "phone"]}),
        ("A notice on every page, for a time", {"fields": ["notice", "notice_from", "notice_until"]}),
    ]
    formfield_overrides = {DateTimeField: {"form_class": forms.DateTimeField, "widget": MomentInput}}
