"""Both forms in a page of any app."""

import pytest
from django.template import Context, Template
from lxml import html
from pytest_django import DjangoAssertNumQueries

from procedures.models import Hospital
from tests import factories

pytestmark = pytest.mark.django_db


def draw(**about: object) -> str:
    tag = (
        "{% load enquiries %}{% enquiry_forms hospital=hospital procedure=procedure consultant=consultant %}"
    )
    blank = {"hospital": None, "procedure": None, "consultant": None}
    return Template(tag).render(Context(blank | about))


def test_each_form_leads_to_its_own_page(hospital: Hospital) -> None:
    tree = html.fromstring(draw())

    assert tree.xpath("//form/@action") == ["/call-back/", "/enquiry/"]
    assert tree.xpath("//form/@method") == ["post", "post"]


def test_ids_never_meet_and_names_stay_plain(hospital: Hospital) -> None:
    tree = html.fromstring(draw())

    ids = tree.xpath("//@id")
    assert len(ids) == len(set(ids))
    assert set(tree.xpath("//label/@for")) <= set(ids)
    assert len(tree.xpath("//input[@name='phone']")) == 2


def test_forms_hold_no_token_so_any_cache_may_hold_them(hospital: Hospital) -> None:
    assert "csrf" not in draw()


def test_forms_know_what_the_page_is_about(hospital: Hospital) -> None:
    procedure, consultant = factories.published_procedure(), factories.consultant()
    factories.practice(consultant, hospital)

    tree = html.fromstring(draw(hospital=hospital, procedure=procedure, consultant=consultant))

    assert [field.value for field in tree.xpath("//*[@name='procedure']")] == ["balloon-kyphoplasty"] * 2
    assert [field.value for field in tree.xpath("//*[@name='consultant']")] == ["ada-quill"] * 2
    assert [field.value for field in tree.xpath("//*[@name='hospital']")] == ["elm-park"] * 2


def test_forms_say_what_happens_to_what_is_written(hospital: Hospital) -> None:
    text = html.fromstring(draw()).text_content()

    assert "We delete it 90 days after" in text
    assert "If you are paying for your treatment yourself please call" in text
    assert "Do not use this form in an emergency." in text


def test_both_forms_take_four_queries(
    hospital: Hospital, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(5):
        factories.published_procedure(name=f"Scan {number}", slug=f"scan-{number}")

    with django_assert_num_queries(4):
        draw(hospital=hospital)
