"""What was deleted from a list can be seen, and added again through its own form."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from kyphoplasty_site.access import Role
from procedures.models import GlossaryTerm, Source, Synonym
from tests import factories
from tests.enquiries.pages import Page
from tests.procedures.staff import Desk, editor

pytestmark = pytest.mark.django_db
DELETED = reverse("admin:procedures_synonym_deleted")


def again(desk: Desk, page: Page) -> Page:
    """Press “Add it again”, and save what the form then says."""
    (address,) = page.tree.xpath("//a[starts-with(., 'Add it again')]/@href")
    return desk.typed(address)


def test_deleted_synonym_is_listed_and_added_again_as_it_was() -> None:
    desk = editor()
    gone = Synonym.objects.create(phrase="sore spine", means="kyphoplasty")
    desk.post("procedures_synonym_delete", gone.pk, post="yes")

    listed = desk.get("procedures_synonym_changelist")
    page = desk.get("procedures_synonym_deleted")

    assert "Deleted" in listed.words("//ul[@class='object-tools']//a")
    assert "sore spine" in page.text
    assert "by ash" in page.text
    again(desk, page)
    assert Synonym.objects.filter(phrase="sore spine", means="kyphoplasty").exists()
    assert "sore spine" not in desk.get("procedures_synonym_deleted").text


def test_deleted_term_and_source_come_back_with_all_that_they_said() -> None:
    desk = editor()
    term = GlossaryTerm.objects.create(term="Elm ring", slug="elm-ring", definition="A ring around it.")
    source = factories.source(key="elm-ring", title="Rings of elm")
    for row in (term, source):
        desk.post(f"procedures_{row._meta.model_name}_delete", row.pk, post="yes")
        assert not type(row).objects.filter(pk=row.pk).exists()
        again(desk, desk.get(f"procedures_{row._meta.model_name}_deleted"))

    assert GlossaryTerm.objects.get(term="Elm ring").definition == term.definition
    back = Source.objects.get(key="elm-ring")
    assert (back.title, back.url, back.checked_on) == (source.title, source.url, source.checked_on)


def test_who_may_not_add_one_sees_no_deleted_ones_and_no_way_to_them() -> None:
    desk = Desk(Role.CLINICAL_REVIEWER, "morgan")

    assert desk.client.get(DELETED).status_code == 403
    assert DELETED not in desk.get("procedures_synonym_changelist").tree.xpath("//a/@href")


def test_whoever_deletes_one_is_told_that_it_can_be_added_again() -> None:
    synonym = Synonym.objects.create(phrase="sore spine", means="kyphoplasty")

    page = editor().get("procedures_synonym_delete", synonym.pk)

    assert "can be added again from “Deleted” above the list" in page.text
    assert "This cannot be undone" not in page.text


def test_as_many_queries_for_ten_deleted_ones_as_for_one() -> None:
    desk = editor()

    def queries_once_deleted(number: int) -> int:
        Synonym.objects.create(phrase=f"sore spine {number}", means="kyphoplasty").delete()
        with CaptureQueriesContext(connection) as asked:
            assert desk.client.get(DELETED).status_code == 200
        return len(asked)

    first, *later = [queries_once_deleted(number) for number in range(10)]

    assert later[-1] == later[0] <= first


@pytest.mark.parametrize("odd", ["", "x", "0", "99999999999999999999"])
def test_form_for_a_new_one_takes_no_odd_record(odd: str) -> None:
    page = Page(editor().client.get(reverse("admin:procedures_synonym_add"), {"deleted": odd}))

    assert page.value("phrase") == ""


def test_row_whose_name_reads_like_a_tie_is_listed_before_it_goes() -> None:
    source = factories.source(key="elm-ring", title="The dose-response relationship: rings of elm")

    page = editor().get("procedures_source_delete", source.pk)

    assert "relationship: rings of elm" in page.words("//*[@id='deleted-objects']")[0]
