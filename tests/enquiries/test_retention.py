"""Why each field is kept, and how long."""

from itertools import chain

from enquiries import retention
from enquiries.models import Enquiry


def test_every_field_of_a_request_has_one_rule() -> None:
    """A new field needs a line in enquiries/retention.py: why we keep it, and for how long."""
    ruled = list(chain.from_iterable(rule.fields for rule in retention.RULES))

    assert sorted(ruled) == sorted(field.name for field in Enquiry._meta.concrete_fields)


def test_every_rule_says_what_why_and_how_long() -> None:
    for rule in retention.RULES:
        assert rule.what
        assert rule.why.startswith("to ")
        assert 0 < rule.days <= 90


def test_patients_are_told_the_longest_time() -> None:
    longest = max(rule.days for rule in retention.RULES)

    assert f"{longest} days" in retention.how_long()
