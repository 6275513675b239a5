"""What the desk keeps of the site itself: accounts, and what every page says at its head and foot."""

from functools import partial
from typing import Any

from allauth.account.admin import EmailAddress
from allauth.mfa.admin import Authenticator
from allauth.usersessions.admin import UserSession
from django import forms
from django.contrib import admin, messages
from django.contrib.admin import ModelAdmin
from django.contrib.admin.utils import unquote
from django.contrib.admin.widgets import AdminTextareaWidget
from django.contrib.auth.admin import GroupAdmin, UserAdmin
from django.contrib.auth.models import Group, User
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import DateTimeField, ManyToManyField, QuerySet
from django.forms.models import ModelMultipleChoiceField
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.views.decorators.http import require_http_methods

from kyphoplasty_site.accounts import invitations, letters
from kyphoplasty_site.accounts.invitations import AccountForm, HelpForm, InvitationForm
from kyphoplasty_site.models import SiteSettings
from procedures.admin.history import HistoryAdmin
from procedures.admin.lists import CalmList
from procedures.admin.single import SingleRowAdmin
from procedures.admin.together import TogetherAdmin, TogetherForm
from procedures.fields import MomentInput
from procedures.models import Reviewer

# Allauth would show each person's second factors, sessions and addresses. Nobody needs to see those of others.
admin.site.unregister([Group, User, EmailAddress, Authenticator, UserSession])


@admin.register(User)
class AccountAdmin(CalmList, UserAdmin):
    """An administrator keeps accounts, and cannot use one to gain what they were not given.

    Only a superuser makes a superuser, changes one, helps somebody who signs off back in, changes where they or an
    account that is in use are written to, or gives a permission that no role has. Nobody gives themselves a role. Nobody
    sets a password: people are mailed a link, and choose it themselves.
    """

    form = AccountForm
    add_form = InvitationForm
    list_display = ["username", "first_name", "last_name", "roles", "standing"]
    list_filter = ["groups", "is_active"]
    filter_horizontal = ["user_permissions"]
    readonly_fields = ["roles", "standing", "last_login", "date_joined"]
    add_form_template = "admin/auth/user/add_form.html"

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        return invitations.with_invitations(super().get_queryset(request)).prefetch_related("groups")

    def get_urls(self) -> list[URLPattern]:
        sign_in = self.admin_site.admin_view(require_http_methods(["GET", "POST"])(self.sign_in))
        return [path("<id>/sign-in/", sign_in, name="auth_user_sign_in"), *ModelAdmin.get_urls(self)]

    def get_form(
        self, request: HttpRequest, obj: User | None = None, change: bool = False, **options: Any
    ) -> Any:
        said = {
            "username": "What they sign in with. It is shown beside what they do.",
            "is_active": "Take the tick away when somebody leaves: they are signed out at once, and what they did stays.",
        }
        return super().get_form(
            request, obj, change=change, **({"help_texts": said} if obj else {}) | options
        )

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> list[str]:
        """Whoever changes where links go could sign in as a colleague."""
        is_fixed = obj is not None and (_signs_off(obj) or (obj.email and invitations.has_accepted(obj)))
        return [*self.readonly_fields, *(["email"] if is_fixed and not request.user.is_superuser else [])]

    def has_change_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        return super().has_change_permission(request, obj) and _is_within_reach(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        return super().has_delete_permission(request, obj) and _is_within_reach(request, obj)

    def get_fieldsets(self, request: HttpRequest, obj: User | None = None) -> Any:
        if obj is None:
            return [(None, {"fields": list(InvitationForm.Meta.fields)})]
        gives_roles = obj != request.user and self.has_change_permission(request, obj)
        beyond_roles = ["is_superuser", "user_permissions"] if request.user.is_superuser else []
        return [
            (None, {"fields": ["username", "standing"]}),
            ("Who", {"fields": ["first_name", "last_name", "email"]}),
            (
                "What they may do",
                {"fields": ["is_active", "groups" if gives_roles else "roles", *beyond_roles]},
            ),
            ("Dates", {"fields": ["last_login", "date_joined"]}),
        ]

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        """An account that is made here is a colleague's, so it may sign in here, once they have chosen how."""
        if not change:
            obj.is_staff = True
            obj.set_unusable_password()
        elif "email" in form.changed_data and form.initial["email"]:
            told = partial(letters.tell_of_change, obj, "address_changed", to=form.initial["email"])
            transaction.on_commit(told)
        super().save_model(request, obj, form, change)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        if not change:
            transaction.on_commit(partial(self._invite, request, form.instance))

    def _invite(self, request: HttpRequest, user: User) -> None:
        """Once the account is sure to stay: an account that is not kept after all must get no link."""
        self._told(request, user, invitations.invite(user), invitations.INVITED)

    def sign_in(self, request: HttpRequest, id: str) -> HttpResponse:  # noqa: A002 - Django's own name for it
        """Help somebody in: invite them again, mail a link to a new password, or take away what was lost or stolen."""
        user = self.get_object(request, unquote(id))
        if user is None:
            raise Http404
        if not self.has_change_permission(request, user):
            raise PermissionDenied
        if advice := _why_not_help(request, user):
            messages.error(request, advice)
            return redirect("admin:auth_user_change", user.pk)
        takes_away = request.POST.get("deed") == "start_again"
        form = HelpForm(request.POST if takes_away else None)
        if request.method == "POST" and (not takes_away or form.is_valid()):
            self._help(request, user, form.cleaned_data["reason"] if takes_away else "")
            return redirect("admin:auth_user_change", user.pk)
        context = {
            **self.admin_site.each_context(request),
            "title": f"Help {user.get_full_name() or user.username} to sign in",
            "account": user,
            "has_accepted": invitations.has_accepted(user),
            "form": form,
        }
        return TemplateResponse(request, "admin/auth/user/sign_in.html", context)

    def _help(self, request: HttpRequest, user: User, reason: str) -> None:
        if reason:
            self._told(
                request, user, invitations.start_again(user), invitations.TOOK_AWAY.format(reason=reason)
            )
        elif invitations.has_accepted(user):
            self._told(request, user, invitations.send_link(user), invitations.SENT_A_LINK)
        else:
            self._invite(request, user)

    def _told(self, request: HttpRequest, user: User, has_left: bool, deed: str) -> None:
        """For the log, and for whoever did it."""
        self.log_change(request, user, deed)
        if has_left:
            messages.success(
                request,
                f"{deed.partition(':')[0].rstrip('.')}. A mail with a link is on its way to {user.email}. It works for three days.",
            )
        else:
            messages.error(
                request,
                f"No mail has left for {user.email}: the mail server did not take it. The account is saved."
                " Press “Help with signing in” on its page to try again.",
            )

    @admin.display(description="sign-in")
    def standing(self, user: User) -> str:
        return invitations.standing(user)

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


def _why_not_help(request: HttpRequest, account: User) -> str:
    """Why this person may not help that one in; empty where they may.

    A clinician's ways in are touched by a superuser alone: whoever had them could sign in their name.
    """
    if account == request.user:
        return "This is your own account. Use “My account” at the top."
    if not request.user.is_superuser and _signs_off(account):
        return "They sign off pages, so only a superuser may do this."
    if not account.is_active:
        return "This account is closed. To open it, tick “Active” and save."
    if not account.email:
        return "This account has no email address. Add one first."
    return ""


def _signs_off(account: User) -> bool:
    return Reviewer.objects.filter(user=account.pk).exists()


@admin.register(Group)
class RoleAdmin(CalmList, GroupAdmin):
    """The roles and what each may do, to be looked at: migrations give and take it."""


class SiteSettingsForm(TogetherForm):
    """A notice is a sentence or two: seen whole while it is written, and stored as one line."""

    class Meta:
        widgets = {"notice": AdminTextareaWidget({"rows": 3})}

    def clean_notice(self) -> str:
        return " ".join(self.cleaned_data["notice"].split())


@admin.register(SiteSettings)
class SiteSettingsAdmin(SingleRowAdmin, HistoryAdmin, TogetherAdmin):
    """What every page says at its head and foot."""

    form = SiteSettingsForm
    fieldsets = [
        ("What the site is called", {"fields": ["name"]}),
        ("Phone numbers on every page", {"fields": ["self_pay_phone", "phone"]}),
        ("A notice on every page, for a time", {"fields": ["notice", "notice_from", "notice_until"]}),
    ]
    formfield_overrides = {DateTimeField: {"form_class": forms.DateTimeField, "widget": MomentInput}}
