"""Saving that is asked about first: the first press says what it would do, the second does it."""

from typing import Any

from django import forms
from django.http import HttpRequest

from procedures.admin.together import TogetherAdmin, TogetherForm
from procedures.fingerprints import fingerprint


class TwiceForm(TogetherForm):
    """A form that is not saved until the person has seen what saving would do, and presses again.

    It carries a fingerprint of what they were told and had typed. Whatever of it has changed since is told again.
    """

    seen = forms.CharField(required=False, widget=forms.HiddenInput)
    asked = ""

    def saved_values(self) -> dict[str, Any]:
        return {name: value for name, value in super().saved_values().items() if name != "seen"}

    def _post_clean(self) -> None:
        """The last thing of all, since what has a fault is put right before anything is asked."""
        super()._post_clean()  # type: ignore[misc]
        given = self.cleaned_data
        if not self.errors and (asked := self.what_saving_does(given)):
            typed = {name: given.get(name) for name in self.fields if name not in ("opened", "seen")}
            told = fingerprint({"asked": asked, **typed})
            if self.is_only_shown or given.get("seen") != told:
                again: Any = self.data.copy()  # type: ignore[attr-defined]
                again[self.add_prefix("seen")] = told
                self.data, self.asked = again, asked
                self.add_error(None, asked)

    @property
    def is_only_shown(self) -> bool:
        """Whether the press was for something else than to save."""
        return False

    def what_saving_does(self, given: dict[str, Any]) -> str:
        """What the person is to know before it is saved; nothing where they need not be asked."""
        raise NotImplementedError


class TwiceAdmin(TogetherAdmin):
    """A row on a page of its own, saved at the second press."""

    change_form_template = "admin/procedures/twice_change_form.html"

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        (title, options), *others = super().get_fieldsets(request, obj)
        carried = ["seen"] if "opened" in options["fields"] else []
        return [(title, options | {"fields": [*options["fields"], *carried]}), *others]

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> Any:
        """What is asked is no error, so it does not look like one."""
        response: Any = super().render_change_form(request, context, *args, **kwargs)
        if asked := getattr(context["adminform"].form, "asked", ""):
            response.context_data |= {"asked_at_top": asked, "said_at_top": [], "errors": []}
        return response
