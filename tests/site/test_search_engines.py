"""What search engines and shared links are told: nothing that the page does not show."""

import json
import re
from collections.abc import Iterator
from typing import Any
from xml.etree import ElementTree

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from kyphoplasty_site.sitemaps import ConsultantSitemap
from procedures.models.confirmations import HIDE_AFTER
from tests import factories
from tests.enquiries.pages import Page
from tests.seeded import SeededSite, seen, sitemap

ORIGIN = "http://testserver"
NAMES_OF_THINGS = {"@context", "@type", "url", "item", "position", "inLanguage"}
XML = "{http://www.sitemaps.org/schemas/sitemap/0.9}"


def told(page: Page) -> list[dict[str, Any]]:
    """The page's JSON-LD."""
    return [json.loads(text) for text in page.tree.xpath("//script[@type='application/ld+json']/text()")]


def values(data: Any, key: str = "") -> Iterator[tuple[str, Any]]:
    """Every value in it with its own key."""
    if isinstance(data, dict):
        for inner, value in data.items():
            yield from values(value, inner)
    elif isinstance(data, list):
        for value in data:
            yield from values(value, key)
    else:
        yield key, data


def meta(page: Page, name: str) -> list[str]:
    return [str(value) for value in page.tree.xpath(f"//meta[@name='{name}' or @property='{name}']/@content")]


def test_every_value_told_can_be_read_on_the_page(site: SeededSite) -> None:
    for address, page in site.pages.items():
        words = seen(page)
        dates = {str(value) for value in page.tree.xpath("//time/@datetime")}
        for key, value in values(told(page)):
            if key in ("datePublished", "dateModified"):
                assert value in dates, address
            elif key not in NAMES_OF_THINGS:
                assert str(value) in words, f"{address} tells {key} {value!r} and does not show it"


def test_every_page_opened_by_name_tells_the_way_to_it(site: SeededSite) -> None:
    for address, page in site.opened().items():
        kinds = [block["@type"] for block in told(page)]
        assert kinds.count("BreadcrumbList") == (address != "/"), address


def test_crumbs_told_are_the_crumbs_shown(site: SeededSite) -> None:
    for page in site.opened().values():
        for crumbs in (block for block in told(page) if block["@type"] == "BreadcrumbList"):
            steps = crumbs["itemListElement"]
            assert [step["position"] for step in steps] == list(range(1, len(steps) + 1))
            assert [(step["name"], step["item"]) for step in steps] == [
                (link.text_content(), ORIGIN + link.get("href"))
                for link in page.tree.xpath("//nav[@class='crumbs']//a")
            ]


@pytest.mark.parametrize(
    ("address", "kind"),
    [
        ("/procedures/balloon-kyphoplasty/", "MedicalWebPage"),
        ("/procedures/mri-scan/", "MedicalWebPage"),
        ("/hospitals/spire-harpenden/", "Hospital"),
        ("/consultants/peter-dyson/", "Physician"),
    ],
)
def test_each_kind_of_page_says_what_it_is_about(site: SeededSite, address: str, kind: str) -> None:
    (about,) = [block for block in told(site.pages[address]) if block["@type"] == kind]

    assert about["url"] == ORIGIN + address
    assert about["name"] == site.pages[address].heading


@pytest.mark.parametrize(
    ("slug", "kind"),
    [("balloon-kyphoplasty", "MedicalProcedure"), ("mri-scan", "MedicalTest"), ("x-ray", "MedicalTest")],
)
def test_treatment_is_told_from_a_test(site: SeededSite, slug: str, kind: str) -> None:
    page = told(site.pages[f"/procedures/{slug}/"])[0]

    assert page["about"]["@type"] == kind
    assert not {"reviewedBy", "lastReviewed", "author"} & set(page)


def test_titles_are_all_different_and_end_with_the_sites_name(site: SeededSite) -> None:
    titles = [page.title for page in site.opened().values()]

    assert len(titles) == len(set(titles))
    assert all(title.endswith(" | Kyphoplasty at Harpenden") for title in titles)


def test_descriptions_are_all_different_and_not_too_long(site: SeededSite) -> None:
    described = {address: meta(page, "description") for address, page in site.opened().items()}

    assert {
        address for address, texts in described.items() if len(texts) != 1 or not 40 <= len(texts[0]) <= 165
    } == set()
    assert len({texts[0] for texts in described.values()}) == len(described)


def test_every_page_names_its_own_address_and_what_a_shared_link_shows(site: SeededSite) -> None:
    for address, page in site.opened().items():
        assert page.tree.xpath("//link[@rel='canonical']/@href") == [ORIGIN + address]
        assert meta(page, "og:url") == [ORIGIN + address]
        assert meta(page, "og:type") == ["website"]
        assert meta(page, "og:site_name") == ["Kyphoplasty at Harpenden"]
        assert meta(page, "og:title") == [page.title.partition(" | ")[0]], address


@pytest.mark.django_db
def test_canonical_address_leaves_out_what_was_asked(client: Client) -> None:
    page = Page(client.get("/procedures/?q=scan&kind=scan"))

    assert page.tree.xpath("//link[@rel='canonical']/@href") == [f"{ORIGIN}/procedures/"]


@pytest.mark.django_db
def test_canonical_address_is_the_public_one(client: Client, settings: Any) -> None:
    settings.PUBLIC_URL = "https://kyphoplasty.example"

    page = Page(client.get("/glossary/"))

    assert page.tree.xpath("//link[@rel='canonical']/@href") == ["https://kyphoplasty.example/glossary/"]


def test_states_of_a_form_are_kept_out_of_search_engines(site: SeededSite) -> None:
    for address in set(site.pages) - set(site.addresses):
        assert meta(site.pages[address], "robots") == ["noindex"], address
        assert site.pages[address].tree.xpath("//link[@rel='canonical']") == [], address


def test_text_cannot_end_the_script_that_holds_it(client: Client, db: None) -> None:
    consultant = factories.consultant(family_name="</script><b>&Quill")
    factories.practice(consultant, factories.hospital())

    response = client.get(consultant.get_absolute_url())

    script = re.findall(r"<script[^>]*ld\+json[^>]*>(.*?)</script>", response.content.decode(), re.DOTALL)
    assert [block["name"] for block in map(json.loads, script) if block["@type"] == "Physician"] == [
        "Miss Ada </script><b>&Quill"
    ]


def test_sitemap_names_every_page_a_reader_may_open_and_no_other(site: SeededSite) -> None:
    assert site.sitemap == {ORIGIN + address for address in site.addresses}


@pytest.mark.django_db
def test_sitemap_says_when_a_page_last_changed(client: Client) -> None:
    moment = timezone.now()
    factories.edition(procedure=factories.procedure(), published_at=moment)

    parts = [client.get(f"/sitemap-{part}.xml").content for part in ("procedures", "beside")]

    assert [
        changed.text for part in parts for changed in ElementTree.fromstring(part).iter(f"{XML}lastmod")
    ] == [moment.date().isoformat()] * 4  # the page, its changes, the visit sheet, the page for the GP


@pytest.mark.django_db
def test_sitemap_leaves_out_what_the_public_may_not_see(client: Client) -> None:
    factories.edition(procedure=factories.procedure(), published_at=None)
    hospital = factories.hospital()
    factories.practice(factories.consultant(is_listed=False), hospital)
    factories.practice(
        factories.consultant(slug="bo-marsh"),
        hospital,
        confirmed_on=timezone.localdate() - HIDE_AFTER,
    )

    listed = sitemap(client)

    assert f"{ORIGIN}/hospitals/elm-park/" in listed
    assert not any(name in address for address in listed for name in ("kyphoplasty", "quill", "marsh"))


@pytest.mark.django_db
def test_many_consultants_take_several_parts_of_the_sitemap(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ConsultantSitemap, "limit", 2)
    hospital = factories.hospital()
    people = [factories.consultant(slug=f"ada-{number}") for number in range(3)]
    for consultant in people:
        factories.practice(consultant, hospital)
    last = (people[-1].pk + 1) // 2

    parts = client.get("/sitemap.xml").content.decode()

    assert f"{ORIGIN}/sitemap-consultants.xml?p={last}" in parts
    assert {f"{ORIGIN}/consultants/ada-{number}/" for number in range(3)} <= set(sitemap(client))
    assert client.get(f"/sitemap-consultants.xml?p={last + 1}").status_code == 404
    assert client.get("/sitemap-nothing.xml").status_code == 404


@pytest.mark.django_db
@pytest.mark.parametrize("how_many", [2, 30])
def test_sitemap_asks_the_database_as_often_for_thirty_as_for_two(
    client: Client, how_many: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(how_many):
        factories.published_procedure(name=f"Scan {number}", slug=f"scan-{number}")
        hospital = factories.hospital(name=f"Ash {number}", slug=f"ash-{number}")
        factories.practice(factories.consultant(slug=f"ada-{number}"), hospital)

    # The editions, consultants and hospitals are counted, and the editions read for what stands beside them and for
    # when each kind last changed.
    with django_assert_num_queries(6):
        client.get("/sitemap.xml")
    with django_assert_num_queries(2):  # counted, then read
        client.get("/sitemap-consultants.xml")


@pytest.mark.django_db
def test_robots_may_read_everything_but_the_desk_and_private_pages(client: Client) -> None:
    response = client.get("/robots.txt")

    assert response.headers["Content-Type"].startswith("text/plain")
    assert response.content.decode().splitlines() == [
        "User-agent: *",
        "Disallow: /accounts/",
        "Disallow: /admin/",
        "Disallow: /requests/",
        "Disallow: /preview/",
        "Disallow: /confirm/",
        "Disallow: /enquiry/send/",
        "Disallow: /call-back/send/",
        "",
        "Sitemap: http://testserver/sitemap.xml",
    ]
