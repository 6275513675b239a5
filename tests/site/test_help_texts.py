"""Every field that staff fill in says, in a sentence or two, what it wants of them."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.admin import site
from django.contrib.auth.models import User
from django.test import RequestFactory
from django.utils.html import strip_tags

from procedures.admin.block_form import BlockForm
from procedures.admin.kinds import ASKS
from procedures.admin.places import Place
from procedures.models import Block, Edition
from procedures.readability import long_sentences

# What says itself by its name, and would only be said twice.
SAYS_ITSELF = {"auth.user": {"first_name", "last_name", "email", "password"}}
# Rows that are shown on a page of ours in place of Django's form, or whose form nobody is given.
NO_FORM = {"enquiries.enquiry", "auth.group"}


def asked(superuser: User) -> Iterator[tuple[str, str, Any]]:
    """Each field of each form of the desk, its inline rows included: on which page, by which name."""
    request = RequestFactory().get("/")
    request.user = superuser
    for model, desk in site._registry.items():
        label = model._meta.label_lower
        may_fill_in = desk.has_add_permission(request) or desk.has_change_permission(request)
        if model is Block:
            yield from of_blocks()
        if model is Block or label in NO_FORM or not may_fill_in:
            continue
        for row in (None, model()):
            yield from fields(label, desk.get_form(request, row, change=row is not None))
            for inline in desk.get_inline_instances(request, row):
                rows: Any = inline.get_formset(request, row)
                yield from fields(inline.model._meta.label_lower, rows.form, parent=rows.fk.name)


def of_blocks() -> Iterator[tuple[str, str, Any]]:
    """A block asks for what its kind needs."""
    for kind in Block.Kind:
        form = type("Asked", (BlockForm,), {"place": Place(Edition(), kind, None)})()
        for name in set(ASKS[kind].fields) & set(form.fields):
            yield f"procedures.block ({kind.label})", name, form.fields[name]


def fields(label: str, form: Any, parent: str = "") -> Iterator[tuple[str, str, Any]]:
    for name, field in form.base_fields.items():
        if not field.widget.is_hidden and name not in SAYS_ITSELF.get(label, ()) and name != parent:
            yield label, name, field


def fault(help_text: str) -> str:
    """What is wrong with it as something said to a person; nothing when it is fine."""
    said = strip_tags(help_text).strip()
    if not said:
        return "says nothing"
    if not said.endswith((".", ".”")) or not (said[0].isupper() or said[0] in "“0123456789"):
        return f"is no sentence: {said}"
    if len(said.split()) < 4:
        return f"is too short to help: {said}"
    return f"is too long: {long[0]}" if (long := long_sentences(said)) else ""


@pytest.mark.django_db
def test_every_field_of_the_desk_says_what_it_wants() -> None:
    person = User.objects.create(username="bay", is_staff=True, is_superuser=True)

    wrong = {
        f"{label}.{name} {found}" for label, name, field in asked(person) if (found := fault(field.help_text))
    }

    assert not wrong, "Say what you want, in whole plain sentences:\n" + "\n".join(sorted(wrong))
