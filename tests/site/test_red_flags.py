"""The red-flag text: once, as data, and the same word for word wherever somebody may need it."""

import procedures.seed
from tests.enquiries.pages import Page
from tests.seeded import BESIDE, CHANGES, SeededSite

# Pages without it: they say nothing clinical and take no request.
QUIET = {"/procedures/", "/hospitals/", "/consultants/", "/privacy/", "/accessibility/"}


def panel(page: Page) -> list[str]:
    """Every line of the panel, as it is read."""
    return page.words("//section[@id='urgent']//*[self::h2 or self::li or self::p]")


def test_same_text_stands_on_every_clinical_page_form_check_page_and_confirmation(site: SeededSite) -> None:
    whole = panel(site.pages["/"])

    differing = {address for address, page in site.pages.items() if panel(page) != whole}

    assert len(whole) > 50
    assert differing == QUIET


def test_text_is_the_one_in_the_seed(site: SeededSite) -> None:
    cards = procedures.seed.read(procedures.seed.HERE / "red_flags.toml")["cards"]

    assert [line for line in panel(site.pages["/"]) if line in {card["heading"] for card in cards}] == [
        card["heading"] for card in cards
    ]


def test_every_place_that_must_have_it_was_looked_at(site: SeededSite) -> None:
    places = {
        "/",
        "/glossary/",
        "/enquiry/",
        "/call-back/",
        "/enquiry/ check",
        "/call-back/ check",
        "/enquiry/ errors",
        "/call-back/ errors",
        *(f"{kind} {page}" for kind in ("enquiry", "call_back") for page in ("thanks", *CHANGES)),
        *site.explainers,
        *(f"{address}{page}/" for address in site.explainers for page in BESIDE),
        *(consultant.get_absolute_url() for consultant in site.consultants),
        *(hospital.get_absolute_url() for hospital in site.hospitals),
    }

    assert places == set(site.pages) - QUIET


def test_no_template_types_it_a_second_time(site: SeededSite) -> None:
    for address, page in site.pages.items():
        assert page.text.count("Both legs are weak, numb, tingling or painful") <= 1, address
