"""The privacy page says of each answer what is true of its column."""

import pytest
from django.apps import apps
from django.db import connection
from django.test import Client
from django.utils.text import capfirst

from enquiries import retention
from enquiries.encryption import EncryptedTextField
from enquiries.models import Enquiry
from procedures.models import Hospital
from tests import factories
from tests.enquiries.pages import Page

pytestmark = pytest.mark.django_db


def encrypted_fields(model: str = "Enquiry") -> set[str]:
    fields = apps.get_model("enquiries", model)._meta.concrete_fields
    return {field.name for field in fields if isinstance(field, EncryptedTextField)}


def test_page_lists_what_is_scrambled_and_only_that(client: Client, hospital: Hospital) -> None:
    listed = Page(client.get("/privacy/")).words("//ul[@aria-labelledby='scrambled']/li")

    named = [rule for rule in retention.RULES if capfirst(rule.what) in listed]
    assert len(named) == len(listed)
    assert {name for rule in named for name in rule.fields} == encrypted_fields() | encrypted_fields("Note")


def test_page_says_that_name_and_numbers_are_not_scrambled(client: Client, hospital: Hospital) -> None:
    text = Page(client.get("/privacy/")).text

    assert "We do not scramble the rest, such as your name, phone number and email." in text
    assert not {"name", "phone", "phone_in_full", "email"} & encrypted_fields()


def test_copies_that_outlive_a_request_are_told_of_where_it_is_erased(
    client: Client, hospital: Hospital
) -> None:
    address = f"/requests/{factories.stored_enquiry(hospital).token}/erase/"
    asked, done = client.get(address), client.post(address, follow=True)

    for response in (asked, done):
        (copies,) = Page(response).tree.xpath("//main//a[contains(@href, '#copies')]/@href")
        path, _, part = copies.partition("#")
        assert Page(client.get(path)).tree.xpath(f"//h2[@id='{part}']")


def test_no_rule_mixes_what_is_scrambled_with_what_is_not() -> None:
    for rule in [*retention.RULES, *retention.RECORDS]:
        scrambled = encrypted_fields(rule.model)
        assert {name in scrambled for name in rule.fields} == {rule.is_encrypted}, rule.what


def test_encrypted_columns_hold_text_of_any_length() -> None:
    for name in encrypted_fields():
        assert Enquiry._meta.get_field(name).db_type(connection) == "text"
