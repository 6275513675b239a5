"""Why each column is kept, and how long: a column without a rule stops every command."""

from itertools import chain

import pytest
from django.core.checks import run_checks
from django.core.checks.registry import registry

from enquiries import retention
from enquiries.checks import every_column_has_a_rule
from enquiries.models import Enquiry


def test_every_field_of_a_request_has_one_rule() -> None:
    """A new field needs a line in enquiries/retention.py: why we keep it, and for how long."""
    ruled = list(chain.from_iterable(rule.fields for rule in retention.RULES if rule.model == "Enquiry"))

    assert sorted(ruled) == sorted(field.name for field in Enquiry._meta.concrete_fields)


def test_every_rule_says_what_why_and_how_long() -> None:
    for rule in retention.RULES:
        assert rule.what
        assert rule.why.startswith("to ")
        assert rule.keep is None, "It is kept as long as its request: ServicePolicy says for how long."
    for rule in retention.RECORDS:
        assert rule.keep is not None


def test_every_column_of_every_table_has_one_rule() -> None:
    assert every_column_has_a_rule() == []
    assert "every_column_has_a_rule" in {getattr(check, "__name__", "") for check in registry.get_checks()}


def test_column_without_a_rule_fails_the_check(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        retention, "RECORDS", [rule for rule in retention.RECORDS if rule.model != "Deletion"]
    )

    (fault, *others) = [found for found in run_checks() if not found.is_silenced()]

    assert fault.msg == "Deletion.at has no rule."
    assert fault.hint == "Say in enquiries/retention.py why it is kept and for how long."
    assert len(others) == 5


def test_rule_about_a_column_that_is_not_there_fails_the_check(monkeypatch: pytest.MonkeyPatch) -> None:
    gone = retention.Rule(("shoe_size", "name"), "your shoe size", "to fit you")
    monkeypatch.setattr(retention, "RULES", [*retention.RULES, gone])

    assert [fault.msg for fault in every_column_has_a_rule()] == [
        "Enquiry.name has more than one rule.",
        "Enquiry.shoe_size is not there, but has a rule.",
    ]
