"""An edition as one person meets it on the staff desk: how it stands, and which buttons are theirs to press."""

from dataclasses import dataclass

from django.contrib.admin.models import LogEntry
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.functional import cached_property

from procedures import publishing, standing
from procedures.admin.sign_off import may_take_back, why_not_sign
from procedures.models import Edition, EditionEditor, SignOff, Task


@dataclass
class Desk:
    """An edition as one person meets it: how it stands, and the buttons that they may press now."""

    edition: Edition
    request: HttpRequest
    history: QuerySet[LogEntry]

    def _may(self, permission: str) -> bool:
        return self.request.user.has_perm(f"procedures.{permission}")

    @property
    def standing(self) -> str:
        """How far it has come."""
        return standing.in_words(self.edition, is_current=self.is_current)

    @cached_property
    def is_current(self) -> bool:
        """Whether it is what readers see."""
        return publishing.is_current(self.edition)

    @property
    def tasks(self) -> QuerySet[Task]:
        """What is still to be done about it."""
        return self.edition.tasks.open()

    @property
    def is_unsigned(self) -> bool:
        """Whether readers see it though nobody signed it off."""
        return not self.edition.is_draft and not self.edition.withdrawn_at and not self.sign_offs

    @cached_property
    def sign_offs(self) -> list[SignOff]:
        """The live sign-offs of its text, the latest first."""
        latest = publishing.live_sign_off(self.edition)
        found = SignOff.objects.of(self.edition.procedure, latest.clinical_hash) if latest else []
        return list(found)

    @property
    def sign_offs_to_take_back(self) -> list[SignOff]:
        """Those that this person may take back."""
        return [given for given in self.sign_offs if may_take_back(self.request, given)]

    @cached_property
    def draft(self) -> Edition | None:
        """The draft of the same page, if there is another."""
        return self.edition.procedure.editions.drafts().exclude(pk=self.edition.pk).first()

    @property
    def others(self) -> QuerySet[Edition]:
        """The editions that it can be compared with."""
        return self.edition.procedure.editions.exclude(pk=self.edition.pk).select_related("procedure")

    @property
    def may_start(self) -> bool:
        return self._may("add_edition") and not self.edition.is_draft and not self.draft

    @property
    def is_sent(self) -> bool:
        """Whether it lies before the reviewers."""
        return self.edition.is_draft and self.edition.sent_at is not None

    @property
    def may_send(self) -> bool:
        return (
            self._may("change_edition") and self.edition.is_draft and not self.is_sent and not self.sign_offs
        )

    @property
    def may_read_for_sign_off(self) -> bool:
        return self._may("add_signoff") and not self.edition.withdrawn_at

    @cached_property
    def why_not_sign(self) -> str:
        """Why a reviewer cannot sign it now."""
        return why_not_sign(self.request, self.edition)

    @property
    def may_publish(self) -> bool:
        return self._may("change_edition") and self.edition.is_draft

    @property
    def may_withdraw(self) -> bool:
        return self._may("change_edition") and not self.edition.is_draft and not self.edition.withdrawn_at

    @property
    def may_delete(self) -> bool:
        return self._may("delete_edition") and self.edition.is_draft

    @property
    def editors(self) -> list[str]:
        """Who changed something in it, and so may not sign it off."""
        named = EditionEditor.objects.filter(edition=self.edition).select_related("user")
        return [editor.user.get_full_name() or editor.user.get_username() for editor in named]
