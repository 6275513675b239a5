"""The staff desk as one person meets it, and the people of its stories."""

from typing import Any

from django.contrib.auth.models import Group
from django.test import Client
from django.urls import reverse

from kyphoplasty_site.access import Role
from procedures.models import Edition, Reviewer
from tests import factories
from tests.enquiries.pages import Page
from tests.staff import signed_in


class Desk:
    """Somebody in a role, with the desk open in front of them."""

    def __init__(self, role: Role, username: str) -> None:
        self.person = factories.person(username, is_staff=True, email=f"{username}@elmpark.example")
        self.person.groups.add(Group.objects.get(name=role))
        self.client = Client()
        signed_in(self.client, self.person)

    def get(self, address: str, *args: object) -> Page:
        """A page of the desk."""
        return Page(self.client.get(reverse(f"admin:{address}", args=args)))

    def post(self, address: str, *args: object, **answers: Any) -> Page:
        """Press a button, and see where it leads."""
        return Page(self.client.post(reverse(f"admin:{address}", args=args), answers, follow=True))

    def filled(self, address: str, **typed: str) -> dict[str, Any]:
        """The form of that page as a browser sends it back, with some of it typed over."""
        (form,) = Page(self.client.get(address)).tree.xpath("//*[@id='content-main']/form")
        return dict(form.form_values()) | typed

    def typed(self, address: str, **typed: str) -> Page:
        """The form of that page, filled in and saved with the first button."""
        return Page(self.client.post(address, self.filled(address, **typed), follow=True))

    def pressed_again(self, address: str, page: Page, **typed: str) -> Page:
        """What the page carries is sent once more, with some of it typed over."""
        (form,) = page.tree.xpath("//*[@id='content-main']/form")
        return Page(self.client.post(address, dict(form.form_values()) | typed, follow=True))

    def open(self, edition: Edition, deed: str = "change") -> Page:
        """The page of an edition, or of something to do with it."""
        return self.get(f"procedures_edition_{deed}", edition.pk)

    def press(self, edition: Edition, deed: str, **answers: Any) -> Page:
        """Do something with an edition. Who publishes it has read what its page says now, unless they say what they saw."""
        if deed == "publish" and "seen" not in answers:
            answers["seen"] = self.seen(self.open(edition, deed))
        return self.post(f"procedures_edition_{deed}", edition.pk, **answers)

    def seen(self, page: Page) -> str:
        """What the page for publishing carries of what it showed; nothing where it has no button."""
        return "".join(page.tree.xpath("(//input[@name='seen'])[1]/@value"))

    def signs(self, edition: Edition, **answers: Any) -> Page:
        """Read all of it and sign it off."""
        given = self.open(edition, "sign_off").hidden()
        return self.press(edition, "sign_off", **given | {"has_read_it": "on"} | answers)

    def deeds(self, edition: Edition) -> list[str]:
        """The buttons on its page, in order."""
        return self.open(edition).words("//*[@class='workflow__deeds']//*[self::a or self::button]")


def editor() -> Desk:
    """Ash, who writes."""
    return Desk(Role.CONTENT_EDITOR, "ash")


def administrator() -> Desk:
    """Bay, who keeps the accounts."""
    return Desk(Role.ADMINISTRATOR, "bay")


def clinician(**facts: Any) -> Desk:
    """Dr Morgan Vale, who may sign off."""
    desk = Desk(Role.CLINICAL_REVIEWER, "morgan")
    factories.reviewer(user=desk.person, **facts)
    return desk


def reviewer_of(desk: Desk) -> Reviewer:
    """Their record as a reviewer."""
    return Reviewer.objects.get(user=desk.person)
