"""What a kept page may cost: no cookie, nothing it varies by, so many queries and so many bytes. The limits stand in one table."""

import re
from collections import defaultdict
from operator import gt
from typing import Any, NamedTuple

import brotli
import pytest
from django.db import connection
from django.forms import Form
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import resolve

from consultants.forms import ConsultantSearchForm
from kyphoplasty_site.page_cache.serving import KEPT
from procedures.forms import DayForm, ProcedureSearchForm
from procedures.remembering import Memory
from tests.seeded import SeededSite


class Limit(NamedTuple):
    """Of the dearest page by that name: queries with nothing remembered, and with what is; bytes as they are sent."""

    queries: int
    remembered: int
    size: int


LIMITS = {
    "home": Limit(2, 0, 4_000),
    "privacy": Limit(2, 1, 3_000),
    "accessibility": Limit(1, 0, 2_000),
    "robots": Limit(0, 0, 200),
    "sitemap": Limit(6, 6, 300),
    "sitemap_part": Limit(2, 2, 300),
    "procedures:procedure_list": Limit(7, 6, 3_000),
    "procedures:procedure_detail": Limit(11, 0, 21_000),
    "procedures:change_list": Limit(3, 1, 3_500),
    "procedures:edition_detail": Limit(5, 3, 19_000),
    "procedures:visit_sheet": Limit(4, 2, 4_000),
    "procedures:for_your_gp": Limit(8, 6, 12_500),
    "procedures:leaflet_find": Limit(2, 0, 3_000),
    "procedures:hospital_list": Limit(2, 1, 1_500),
    "procedures:hospital_detail": Limit(12, 6, 6_500),
    "procedures:glossary": Limit(5, 3, 5_000),
    "consultants:consultant_list": Limit(8, 4, 2_500),
    "consultants:consultant_detail": Limit(6, 4, 4_000),
}


def addresses(site: SeededSite) -> dict[str, list[str]]:
    """Every address that is kept, by the name of its page."""
    paths = {re.sub("^https?://[^/]+", "", address) for address in [*site.addresses, *site.sitemap]}
    paths |= {"/robots.txt", "/sitemap.xml", "/sitemap-procedures.xml", "/leaflets/"}
    paths |= {f"{explainer}editions/1/" for explainer in site.explainers}
    named = defaultdict(list)
    for path in sorted(paths):
        if (name := resolve(path).view_name) in KEPT:
            named[name].append(path)
    return named


def drawn(address: str) -> tuple[Any, int]:
    with CaptureQueriesContext(connection) as asked:
        page = Client().get(address)
    return page, len(asked)


def test_kept_pages_stay_within_their_limits(seeded: None, site: SeededSite, memory: Memory) -> None:
    found = addresses(site)
    assert found.keys() == LIMITS.keys() == KEPT.keys()

    cost = {}
    for name, paths in found.items():
        memory.generation = str
        anew = [drawn(path) for path in paths]
        memory.generation = lambda: "as it stands"
        again = [(drawn(path), drawn(path))[1] for path in paths]
        for page, _ in [*anew, *again]:
            assert page.status_code == 200
            assert not page.cookies
            assert page.get("Vary", "Accept-Encoding") == "Accept-Encoding"
        largest = max((page.content for page, _ in anew), key=len)
        most, fewest = (max(asked for _, asked in pages) for pages in (anew, again))
        cost[name] = Limit(most, fewest, len(brotli.compress(largest)))

    assert {name: seen for name, seen in cost.items() if any(map(gt, seen, LIMITS[name]))} == {}


@pytest.mark.parametrize(
    ("name", "form"),
    [
        ("consultants:consultant_list", ConsultantSearchForm),
        ("procedures:procedure_list", ProcedureSearchForm),
        ("procedures:change_list", DayForm),
    ],
)
def test_whatever_a_list_can_be_asked_makes_another_page_of_it(name: str, form: type[Form]) -> None:
    """Else who asks for a woman is answered with everybody, as it was kept."""
    assert KEPT[name] == form.base_fields.keys()
