"""What each mail says: written beside a preview, and tried on oneself before it is saved."""

from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.widgets import AdminTextareaWidget
from django.core.exceptions import ValidationError
from django.db.models import TextField
from django.http import HttpRequest

from enquiries import mail
from enquiries.models import MailText
from enquiries.models.fence import may_mail_leave
from enquiries.models.mail_texts import TO_PATIENTS
from procedures.admin.history import HistoryAdmin
from procedures.admin.twice import TwiceAdmin, TwiceForm

WORDS = ("subject", "body")
ASKED = "Nothing is saved yet. Below is how the mail will look. Press “Save” once more to have it sent so from now on."


class MailTextForm(TwiceForm):
    """Shows the words that are sent now, whoever wrote them. Those of the code are stored as nothing, so that they follow it."""

    def prepare(self) -> None:
        self.initial.update(self.instance.words)

    def clean_subject(self) -> str:
        return self._checked("subject", " ".join(self.cleaned_data["subject"].split()))

    def clean_body(self) -> str:
        body = self._checked("body", self.cleaned_data["body"].replace("\r\n", "\n").strip())
        if body and "{link}" not in body:
            raise ValidationError(
                "Put {link} where the address is to stand: without it the mail leads nowhere."
            )
        return body

    def _checked(self, name: str, words: str) -> str:
        self.instance.check_places(name, words)
        return "" if words == self.instance.came_with[name] else words

    @property
    def is_only_shown(self) -> bool:
        return "_test" in self.data

    def what_saving_does(self, given: dict[str, Any]) -> str:
        is_changed = self.typed.words != {name: self.stands[name] for name in WORDS}
        return ASKED if is_changed or self.is_only_shown else ""

    @property
    def typed(self) -> MailText:
        """The mail with what stands in the boxes."""
        typed = getattr(self, "cleaned_data", self.initial)
        words = {name: typed.get(name, self.data.get(name, "")) for name in WORDS}
        return MailText(purpose=self.instance.purpose, **words)


@admin.register(MailText)
class MailTextAdmin(HistoryAdmin, TwiceAdmin):
    """One row for each mail that we send; none is added or deleted."""

    form = MailTextForm
    change_form_template = "enquiries/admin/mail_text.html"
    list_display = ["__str__", "subject_now", "is_as_it_came"]
    ordering = ["pk"]
    fieldsets = [
        (
            None,
            {
                "fields": ["subject", "body"],
                "description": "This mail is the same for every hospital: a change is sent by all of them.",
            },
        )
    ]
    formfield_overrides = {TextField: {"widget": AdminTextareaWidget({"rows": 22})}}

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: MailText | None = None) -> bool:
        return False

    def get_fieldsets(self, request: HttpRequest, obj: MailText | None = None) -> Any:
        """Who may only read it has the preview."""
        return super().get_fieldsets(request, obj) if self.has_change_permission(request, obj) else []

    @admin.display(description="subject")
    def subject_now(self, text: MailText) -> str:
        return text.words["subject"]

    @admin.display(description="as it came", boolean=True)
    def is_as_it_came(self, text: MailText) -> bool:
        return text.is_as_it_came

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> Any:
        """With what stands in the boxes as it will look, and sent to the person if they asked for that."""
        form, text = context["adminform"].form, context["original"]
        shown = form.typed if isinstance(form, MailTextForm) else text
        if isinstance(form, MailTextForm) and form.asked and form.is_only_shown:
            self.send_test(request, shown)
        context |= {"preview": shown.filled(mail.made_up(text)), "has_page": text.purpose in TO_PATIENTS}
        return super().render_change_form(request, context, *args, **kwargs)

    def send_test(self, request: HttpRequest, text: MailText) -> None:
        """Send it to the person who asked, and nobody else; say in words what keeps it from leaving."""
        person: Any = request.user
        if not person.email:
            said = (
                "Your account has no email address, so no test could be sent. Ask an administrator to add it."
            )
        elif not may_mail_leave():
            said = "No mail leaves from this copy of the database, so no test was sent."
        else:
            try:
                mail.message_to_try(text, person).send()
            except OSError:
                said = "The mail server did not take the test. Try again in a minute; if it stays so, tell an administrator."
            else:
                messages.success(request, f"A test was sent to {person.email}.")
                return
        messages.error(request, said)
