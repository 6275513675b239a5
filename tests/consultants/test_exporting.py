"""Exporting the directory: those whom the list shows, in a file that changes nothing when it is imported again."""

import csv
from datetime import date
from decimal import Decimal
from io import BytesIO, StringIO

import pytest
from django.contrib.admin.models import LogEntry
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import load_workbook

from consultants import sheets
from consultants.columns import COLUMNS
from consultants.models import Consultant
from kyphoplasty_site.access import Role
from tests import factories
from tests.consultants.sheets import EXPORT, directory_editor, exported, preview
from tests.procedures.staff import Desk

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk() -> Desk:
    return directory_editor()


@pytest.fixture
def directory() -> None:
    """Ada at two hospitals, with every fact; Bo, of whom nobody knows anything; and somebody at the wrong hospital."""
    elm, ash = factories.hospital(), factories.hospital(name="Ash Hospital", slug="ash")
    balloon = factories.procedure()
    x_ray = factories.procedure(name="X-ray", slug="x-ray", kind="test")
    ada = factories.consultant(
        post_nominals="FRCS, MD",
        gmc_number="0123456",
        gender="female",
        about='=SUM(A1)\r\n\r\nShe says “hello”; twice, "quoted".',
        interests="-none\n+two",
        languages=["French", "Cymraeg"],
        specialties=["Spinal surgery"],
        insurers=["@Elm Mutual"],
        nhs_base="'=quoted",
        secretary_name="@Kit",
        secretary_phone="+44 1632 960123",
        secretary_email="kit@elmpark.example",
        first_fee=Decimal("250"),
        follow_up_fee=Decimal("99.50"),
        profile_url="https://profiles.example/ada?a=1&b=2",
    )
    factories.practice(ada, elm, balloon, x_ray, confirmed_on=date(2026, 3, 31), clinic_days="-Mondays")
    factories.practice(ada, ash, balloon, named_source=factories.source())
    factories.consultant(
        title="", given_name="Bo", family_name="Marsh", slug="bo-marsh", role="", is_listed=False
    )


def cells(content: bytes) -> list[list[str]]:
    return list(csv.reader(StringIO(content.decode("utf-8-sig"))))


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_what_is_exported_and_imported_again_changes_nothing(desk: Desk, directory: None, kind: str) -> None:
    page = preview(desk, SimpleUploadedFile(f"people.{kind}", exported(desk, kind)))

    assert "3 unchanged" in page.text
    assert "0 new 0 changed" in page.text
    assert "There is nothing to import." in page.text


def test_csv_has_a_byte_order_mark_and_a_row_for_each_practice(desk: Desk, directory: None) -> None:
    content = exported(desk, "csv")

    header, *rows = cells(content)
    assert content.startswith(b"\xef\xbb\xbf")
    assert header == [column.label for column in COLUMNS]
    assert [row[0] for row in rows] == ["bo-marsh", "ada-quill", "ada-quill"]


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_no_cell_can_be_taken_for_a_formula(desk: Desk, directory: None, kind: str) -> None:
    content = exported(desk, kind)
    if kind == "csv":
        rows = cells(content)
    else:
        sheet = load_workbook(BytesIO(content)).worksheets[0]
        rows = [[str(value or "") for value in row] for row in sheet.iter_rows(values_only=True)]

    everything = [cell for row in rows for cell in row]
    assert not [cell for cell in everything if cell[:1] in ("=", "+", "-", "@", "\t", "\r")]
    assert "'+44 1632 960123" in everything
    assert "''=quoted" in everything


@given(st.text(alphabet="'=+-@\t\r\nab ", max_size=6))
def test_escaping_can_always_be_taken_back(text: str) -> None:
    cell = sheets.escaped(text)

    assert cell[:1] not in set("=+-@\t\r\n")
    assert sheets.unescaped(cell) == text


def test_export_holds_what_the_list_shows(desk: Desk, directory: None) -> None:
    page = desk.client.get("/admin/consultants/consultant/?q=marsh").content.decode()
    assert 'href="/admin/consultants/consultant/export/?q=marsh"' in page

    assert [row[0] for row in cells(exported(desk, "csv", "?q=marsh"))[1:]] == ["bo-marsh"]
    assert len(cells(exported(desk, "csv", "?is_listed__exact=1"))) == 3


def test_export_is_noted_with_who_and_how_many_rows(desk: Desk, directory: None) -> None:
    exported(desk, "xlsx", "?q=quill")

    entry = LogEntry.objects.get(object_id=None)
    assert (entry.user, entry.object_repr, entry.change_message) == (
        desk.person,
        "Exported 2 rows as XLSX",
        "q=quill",
    )


def test_looking_at_the_page_notes_nothing_and_says_how_much_it_is(desk: Desk, directory: None) -> None:
    page = desk.get("consultants_consultant_export")

    assert "The whole list: 2 consultants, 3 rows." in page.text
    assert not LogEntry.objects.exists()


def test_workbook_has_no_more_rows_than_can_be_imported(
    desk: Desk, directory: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sheets, "MOST_ROWS", 2)

    page = desk.post("consultants_consultant_export", kind="xlsx")

    assert "For Excel, narrow the list first: 2 rows at most." in page.text
    assert len(cells(exported(desk, "csv"))) == 4


def test_secretaries_addresses_are_exported_by_those_alone_who_may_change_consultants() -> None:
    factories.consultant(secretary_email="kit@elmpark.example")

    met = {
        role: Desk(role, f"p{n}").client.post("/admin/consultants/consultant/export/", {"kind": "csv"})
        for n, role in enumerate(Role)
    }

    assert {role for role, response in met.items() if response.status_code == 200} == {
        Role.DIRECTORY_EDITOR,
        Role.ADMINISTRATOR,
    }


def test_every_fact_of_a_consultant_has_its_column() -> None:
    kept_elsewhere = {"id", "photograph", "photograph_widths", "merged_into"}

    assert {field.name for field in Consultant._meta.concrete_fields} - kept_elsewhere == {
        column.name for column in COLUMNS if not column.is_of_practice
    }


@pytest.mark.parametrize(
    "question", ["foo=bar", "is_listed__exact=maybe", "is_listed__exact=", "o=x&foo__in=1"]
)
@pytest.mark.parametrize("method", ["get", "post"])
def test_odd_question_leads_back_to_the_list(question: str, method: str) -> None:
    desk = directory_editor()
    address = f"{reverse(EXPORT)}?{question}"

    response = desk.client.post(address, {"kind": "csv"}) if method == "post" else desk.client.get(address)

    assert response.status_code == 302
    assert response["Location"] == reverse("admin:consultants_consultant_changelist") + "?e=1"


@pytest.mark.parametrize("key", [0, 2**31, 2**63, 10**30])
def test_pages_about_records_that_cannot_be_are_not_found(key: int) -> None:
    client, ada = directory_editor().client, factories.consultant()

    for address in (
        reverse("admin:consultants_consultant_merge", args=[ada.pk, key]),
        reverse("admin:ask_secretary", args=[key]),
        reverse("admin:take_back_question", args=[key]),
        reverse("admin:corrections", args=[key]),
    ):
        assert {client.get(address).status_code, client.post(address).status_code} <= {404, 405}
