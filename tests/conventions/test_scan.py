"""What `make scan` lets pass: nothing without a reason that fits it."""

import pytest

from tests.scan.__main__ import SCANNERS
from tests.scan.findings import Explanation, Finding, explanations, outdated, unexplained

WILD = Finding("ffuf", "answers 200 and is not listed", "/.git/HEAD")
KNOWN = Explanation("ffuf", "answers 200 .*", r"/\.well-known/.*", "It is meant to be read.")


@pytest.mark.parametrize("one", explanations(), ids=lambda one: f"{one.scanner}: {one.finding}")
def test_explanation_names_a_scanner_and_gives_a_reason(one: Explanation) -> None:
    assert one.scanner in SCANNERS
    assert one.why.endswith(".")


def test_finding_is_unexplained_unless_scanner_words_and_page_fit_whole() -> None:
    told = Finding("ffuf", "answers 200 and is not listed", "/.well-known/security.txt")

    assert unexplained([told], [KNOWN]) == []
    assert unexplained([WILD, told], [KNOWN]) == [WILD]
    assert unexplained([Finding("wapiti", told.what, told.page)], [KNOWN])
    assert unexplained([Finding("ffuf", told.what, f"/x{told.page}")], [KNOWN])


def test_explanation_of_what_is_not_found_any_more_is_told_if_its_scanner_ran() -> None:
    assert outdated([WILD], [KNOWN], ran=["ffuf"]) == [KNOWN]
    assert outdated([WILD], [KNOWN], ran=["wapiti"]) == []
