"""Importing a spreadsheet: what it would change, row by row, and then exactly that."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.contrib.admin.models import LogEntry
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from consultants.admin.importing import TOO_MUCH
from consultants.columns import NOT_ONE_LINE
from consultants.models import Consultant, Practice
from consultants.reading import NO_FEE
from kyphoplasty_site.access import Role
from tests import factories
from tests.consultants.sheets import (
    IMPORT,
    KEYS,
    confirm,
    csv_file,
    directory_editor,
    preview,
    rows_of,
    xlsx_file,
)
from tests.procedures.staff import Desk
from tests.staff import signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk() -> Desk:
    return directory_editor()


@pytest.fixture
def ada() -> Consultant:
    """Ada at Elm Park, named there in 2016."""
    made = factories.consultant()
    factories.practice(made, factories.hospital(), factories.procedure())
    return made


def test_preview_says_of_every_row_what_it_would_change_and_writes_nothing(
    desk: Desk, ada: Consultant
) -> None:
    page = preview(
        desk,
        csv_file(
            KEYS,
            ["ada-quill", "Ada", "Quill-Reed", "elm-park", "balloon-kyphoplasty", "2026-03-31"],
            ["bo-marsh", "Bo", "Marsh", "elm-park", "", "31/03/2026"],
        ),
    )

    assert rows_of(page) == [
        [
            "Row 2",
            "Miss Ada Quill-ReedElm Park Hospital",
            "Changed Family name: from Quill → to Quill-Reed Confirmed on: 2026-03-31",
        ],
        [
            "Row 3",
            "Bo MarshElm Park Hospital",
            "New Slug: bo-marsh Given name: Bo Family name: Marsh Hospital: elm-park Confirmed on: 2026-03-31",
        ],
    ]
    assert Consultant.objects.get() == ada
    assert Practice.objects.get().confirmed_on is None


def test_file_that_no_form_could_send_back_is_refused_before_its_preview(
    desk: Desk, ada: Consultant, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is shown is sent back with the button: 3,000 rows of 1,300 letters each are too much for that."""
    file = [["Slug", "Role"], ["ada-quill", "Surgeon"]]
    carried = preview(desk, csv_file(*file)).tree.xpath("string(//input[@name='preview']/@value)")

    monkeypatch.setattr("consultants.admin.importing.MOST_CARRIED", len(carried) - 20)
    page = preview(desk, csv_file(*file))

    assert page.words("//*[@class='errornote']") == [TOO_MUCH]
    assert not page.tree.xpath("//input[@name='preview']")


def test_confirming_does_what_was_shown_and_notes_it(desk: Desk, ada: Consultant) -> None:
    file = csv_file(
        KEYS,
        ["ada-quill", "Ada", "Quill-Reed", "elm-park", "", "2026-03-31"],
        ["bo-marsh", "Bo", "Marsh", "elm-park", "balloon-kyphoplasty", "2026-03-31"],
        ["", "Cy", "Fenn", "", "", ""],
    )

    page = confirm(desk, preview(desk, file))

    assert "Imported 3 rows from people.csv: 2 new, 1 changed." in page.text
    ada.refresh_from_db()
    assert ada.family_name == "Quill-Reed"
    assert not ada.practices.get().procedures.exists()
    bo = Practice.objects.get(consultant__slug="bo-marsh")
    assert (bo.hospital.slug, bo.confirmed_on) == ("elm-park", date(2026, 3, 31))
    assert [procedure.slug for procedure in bo.procedures.all()] == ["balloon-kyphoplasty"]
    assert Consultant.objects.get(slug="cy-fenn").family_name == "Fenn"
    entry = LogEntry.objects.get(object_id=None)
    assert (entry.user, entry.object_repr) == (desk.person, "Imported 3 rows from people.csv")
    assert "Imported 3 rows from people.csv (2 new, 1 changed)" in desk.get(IMPORT).text


def test_import_stands_in_the_history_of_each_row(desk: Desk, ada: Consultant) -> None:
    confirm(desk, preview(desk, csv_file(["Slug", "Role"], ["ada-quill", "Spinal surgeon"])))

    record = ada.history.latest()
    assert (record.history_user, record.history_change_reason) == (desk.person, "Imported from people.csv")


def test_every_kind_of_fact_is_read(desk: Desk, ada: Consultant) -> None:
    factories.source()
    facts = {
        "Slug": "ada-quill",
        "GMC number": "1234567",
        "Gender": "Female",
        "Specialties": "Spinal surgery; Pain medicine",
        "Languages": "French, Welsh",
        "Secretary’s phone": "01632 960123",
        "Secretary's email": "secretary@elmpark.example",
        "Guide fee, first consultation (£)": "£1,250",
        "follow_up_fee": "99.50",
        "Full profile": "https://profiles.example/ada",
        "In the public directory": "no",
        "hospital": "elm-park",
        "Clinic days": "Mondays",
        "Named by the hospital in": "2019",
        "Named source": "elm-study-2020",
    }

    confirm(desk, preview(desk, xlsx_file(list(facts), list(facts.values()))))

    ada.refresh_from_db()
    practice = ada.practices.get()
    assert (ada.gmc_number, ada.gender, ada.is_listed) == ("1234567", "female", False)
    assert (ada.specialties, ada.languages) == (["Spinal surgery", "Pain medicine"], ["French", "Welsh"])
    assert (ada.first_fee, ada.follow_up_fee) == (Decimal("1250.00"), Decimal("99.50"))
    assert ada.secretary_email == "secretary@elmpark.example"
    assert (practice.clinic_days, practice.named_in) == ("Mondays", 2019)
    assert practice.named_source is not None


def test_cells_that_excel_takes_for_numbers_and_days_are_read(desk: Desk, ada: Consultant) -> None:
    file = xlsx_file(
        ["Slug", "GMC number", "First_fee", "In the public directory", "Hospital", "Confirmed on"],
        ["ada-quill", 1234567, 250.0, True, "elm-park", date(2026, 3, 31)],
    )

    page = preview(desk, file)

    assert "Confirmed on: 2026-03-31" in page.text
    assert "GMC number: 1234567" in page.text


def test_row_without_a_slug_is_known_by_its_gmc_number(desk: Desk, ada: Consultant) -> None:
    Consultant.objects.update(gmc_number="1234567")

    confirm(desk, preview(desk, csv_file(["GMC number", "Role"], ["1234567", "Spinal surgeon"])))

    assert Consultant.objects.get().role == "Spinal surgeon"


def test_columns_left_out_stay_and_emptied_cells_empty_the_fact(desk: Desk, ada: Consultant) -> None:
    Consultant.objects.update(nhs_base="Elm General")

    confirm(desk, preview(desk, csv_file(["Slug", "Role"], ["ada-quill", ""])))

    ada.refresh_from_db()
    assert (ada.role, ada.nhs_base, ada.family_name) == ("", "Elm General", "Quill")


ERRORS = [
    ("Given name", "", "This cannot be empty."),
    *[("Given name", f"Ada{odd}B", NOT_ONE_LINE) for odd in ("\n", "\t", "\x7f", "\u2028")],
    *[(name, "Elm\nAsh", NOT_ONE_LINE) for name in ("Role", "Insurers that recognise them", "Clinic days")],
    ("Family name", "x" * 61, "This is too long. Use at most 60 letters."),
    ("GMC number", "123", "A GMC number has seven digits."),
    ("Gender", "lady", "Write female, male or other, or leave it empty."),
    ("Languages", "x" * 41, "Use at most 40 letters, and part several by semicolons."),
    ("Secretary’s phone", "ring us", "Give one phone number and nothing else, such as 01632 960100."),
    ("Secretary’s email", "ada", "Enter a valid email address."),
    *[("First_fee", fee, NO_FEE) for fee in ("lots", "0", "1.234", "99,50", "100000", "٣", "1e3", "-5")],
    ("Full profile", "javascript:alert(1)", "Enter a valid URL."),
    ("In the public directory", "perhaps", "Write yes or no."),
    ("Hospital", "ash", "There is no hospital “ash”. Write one of these: elm-park."),
    ("Procedures", "x-ray", "There is no procedure “x-ray”. Write one of these: balloon-kyphoplasty."),
    ("Confirmed on", "last week", "Write the day as 2026-03-31."),
    ("Confirmed on", "2999-01-01", "This day has not come yet."),
    ("Named by the hospital in", "1066", "Write a year between 1990 and"),
    ("Named by the hospital in", "", "Say when it was confirmed, or in which year the hospital named them."),
    ("Named source", "a-book", "There is no source “a-book”. Write one of these: none yet."),
]


@pytest.mark.parametrize(("column", "cell", "sentence"), ERRORS)
def test_each_error_names_its_row_and_column_and_says_how_to_mend_it(
    desk: Desk, ada: Consultant, column: str, cell: str, sentence: str
) -> None:
    header, row = ["Slug", "Hospital"], ["ada-quill", "elm-park"]
    if column == "Hospital":
        row[1] = cell
    else:
        header, row = [*header, column], [*row, cell]

    page = preview(desk, csv_file(header, row))

    ((number, _, what),) = rows_of(page)
    assert number == "Row 2"
    assert what.startswith("Error ")
    assert sentence in what
    assert "Nothing can be imported yet." in page.text
    assert not page.tree.xpath("//input[@name='preview']")


@pytest.mark.parametrize("cell", ["2026-01-01", ""])
def test_older_file_does_not_set_a_confirmation_back(desk: Desk, ada: Consultant, cell: str) -> None:
    Practice.objects.update(confirmed_on=date(2026, 3, 31))

    said = what_is_said(desk, ["Slug", "Hospital", "Confirmed on"], ["ada-quill", "elm-park", cell])

    assert said == [
        "Error Confirmed on: It was confirmed on 2026-03-31 already. Write that day or a later one."
    ]


def test_address_is_the_same_in_large_letters_and_small(desk: Desk, ada: Consultant) -> None:
    header = ["Slug", "Given name", "Family name", "Role"]

    page = preview(
        desk, csv_file(header, ["Ada-Quill", "Ada", "Quill", "Surgeon"], ["Bo-Marsh", "Bo", "Marsh", ""])
    )

    assert [what for _, _, what in rows_of(page)] == [
        "Changed Role: from Spinal consultant → to Surgeon",
        "New Slug: bo-marsh Given name: Bo Family name: Marsh",
    ]
    confirm(desk, page)
    assert list(Consultant.objects.order_by("slug").values_list("slug", flat=True)) == [
        "ada-quill",
        "bo-marsh",
    ]


def test_address_kept_in_large_letters_is_known_and_stays(desk: Desk, ada: Consultant) -> None:
    Consultant.objects.update(slug="Ada-Quill")

    confirm(desk, preview(desk, csv_file(["Slug", "Role"], ["ada-quill", "Surgeon"])))

    ada.refresh_from_db()
    assert (ada.slug, ada.role) == ("Ada-Quill", "Surgeon")


def test_spaces_are_tidied(desk: Desk, ada: Consultant) -> None:
    file = csv_file(
        ["Slug", "Role", "Specialties"], ["ada-quill", "Spinal  surgeon ", "Spinal  surgery;Pain"]
    )

    confirm(desk, preview(desk, file))

    ada.refresh_from_db()
    assert (ada.role, ada.specialties) == ("Spinal surgeon", ["Spinal surgery", "Pain"])


def what_is_said(desk: Desk, *rows: list[str]) -> list[str]:
    return [what for _, _, what in rows_of(preview(desk, csv_file(*rows)))]


def test_two_rows_that_say_different_things_of_one_person_are_an_error(desk: Desk, ada: Consultant) -> None:
    factories.hospital(name="Ash Hospital", slug="ash")

    said = what_is_said(
        desk,
        ["Slug", "Role", "Hospital", "Named_in"],
        ["ada-quill", "Spinal surgeon", "elm-park", "2016"],
        ["ada-quill", "Radiologist", "ash", "2016"],
    )

    assert said[0] == "Error Role: Row 2 says something else of the same person. Write the same in both."


def test_two_rows_about_one_practice_are_an_error(desk: Desk, ada: Consultant) -> None:
    row = ["ada-quill", "elm-park", "2016"]

    said = what_is_said(desk, ["Slug", "Hospital", "Named_in"], row, row)

    assert said[0] == "Error Hospital: Row 2 is about the same person and hospital."


def test_facts_of_a_practice_without_its_hospital_are_an_error(desk: Desk, ada: Consultant) -> None:
    said = what_is_said(desk, ["Slug", "Hospital", "Clinic days"], ["ada-quill", "", "Mondays"])

    assert said == ["Error Hospital: Say which hospital this is about, or leave all that follows empty."]


def test_gmc_number_of_somebody_else_is_an_error(desk: Desk, ada: Consultant) -> None:
    factories.consultant(given_name="Bo", family_name="Marsh", slug="bo-marsh", gmc_number="7654321")

    said = what_is_said(
        desk,
        ["Slug", "GMC number", "Given name", "Family name"],
        ["ada-quill", "7654321", "Ada", "Quill"],
        ["cy-fenn", "7654321", "Cy", "Fenn"],
        ["di-reed", "1111111", "Di", "Reed"],
        ["ed-wray", "1111111", "Ed", "Wray"],
    )

    assert said[:3] == [
        "Error GMC number: Miss Bo Marsh already has that GMC number.",
        "Error Slug: The GMC number 7654321 is that of Miss Bo Marsh. Their address is bo-marsh: write that here.",
        "Error GMC number: Two people of this file have that GMC number.",
    ]


def test_somebody_of_a_name_that_we_know_needs_a_word_more(desk: Desk, ada: Consultant) -> None:
    said = what_is_said(desk, ["Slug", "Given name", "Family name"], ["", "Ada", "Quill"])

    assert said == [
        "Error Slug: There is Miss Ada Quill already. To change that record, write ada-quill here;"
        " for another person of that name, write a new address."
    ]


def test_new_person_needs_a_name(desk: Desk) -> None:
    said = what_is_said(desk, ["Slug", "Role"], ["ada-quill", "Surgeon"], ["", "Surgeon"])

    assert said == [
        "Error Given name: A new consultant needs this column."
        "Family name: A new consultant needs this column.",
        "Error Slug: Say whom this row is about: their address, or a GMC number that we know.",
    ]


def test_merged_record_is_not_revived_by_an_import(desk: Desk, ada: Consultant) -> None:
    factories.consultant(slug="adah-quill", is_listed=False, merged_into=ada)

    said = what_is_said(desk, ["Slug", "Role"], ["adah-quill", "Surgeon"])

    assert said == ["Error Slug: This record was merged into Miss Ada Quill. Write ada-quill here."]


def test_something_in_a_column_without_a_name_is_an_error(desk: Desk, ada: Consultant) -> None:
    said = what_is_said(desk, ["Slug", "Role", ""], ["ada-quill", "Surgeon", "oops"])

    assert said == ["Error Without a name: This row has something in a column that has no name."]


def test_import_is_refused_when_the_directory_changed_meanwhile(desk: Desk, ada: Consultant) -> None:
    page = preview(desk, csv_file(["Slug", "Role"], ["ada-quill", "Spinal surgeon"]))
    Consultant.objects.update(role="Radiologist")

    page = confirm(desk, page)

    assert (
        "Somebody changed the directory after you saw this. Nothing was imported."
        " Below is what the file would do now." in page.text
    )
    assert "from Radiologist → to Spinal surgeon" in page.text
    assert Consultant.objects.get().role == "Radiologist"
    confirm(desk, page)
    assert Consultant.objects.get().role == "Spinal surgeon"


def test_import_cannot_be_done_twice(desk: Desk, ada: Consultant) -> None:
    page = preview(desk, csv_file(["Slug", "Role"], ["ada-quill", "Spinal surgeon"]))
    confirm(desk, page)

    assert "There is nothing to import." in confirm(desk, page).text
    assert LogEntry.objects.filter(object_id=None).count() == 1


def test_preview_of_somebody_else_or_of_long_ago_is_refused(
    desk: Desk, ada: Consultant, time_machine: object
) -> None:
    page = preview(desk, csv_file(["Slug", "Role"], ["ada-quill", "Spinal surgeon"]))
    colleague = Desk(Role.ADMINISTRATOR, "bay")

    assert "Choose the file again." in confirm(colleague, page).text
    time_machine.move_to(timezone.now() + timedelta(hours=3))  # type: ignore[attr-defined]
    signed_in(desk.client, desk.person)
    assert "Choose the file again." in confirm(desk, page).text
    assert Consultant.objects.get().role == "Spinal consultant"


def test_long_file_asks_the_database_no_more_than_a_short_one(desk: Desk) -> None:
    elm, procedure = factories.hospital(), factories.procedure()
    rows = [["p-1", "Po", "One", "elm-park", procedure.slug, "2026-03-31"]]
    with CaptureQueriesContext(connection) as short:
        preview(desk, csv_file(KEYS, *rows))
    for n in range(2, 40):
        made = factories.consultant(slug=f"p-{n}")
        factories.practice(made, elm, procedure)
        rows.append([f"p-{n}", "Po", "More", "elm-park", procedure.slug, "2026-03-31"])

    with CaptureQueriesContext(connection) as long:
        page = preview(desk, csv_file(KEYS, *rows))

    assert len(rows_of(page)) == 39
    assert len(long) <= len(short) + 2  # of practices and their procedures, which the short one had none of


@pytest.mark.parametrize(
    "role", [role for role in Role if role not in (Role.DIRECTORY_EDITOR, Role.ADMINISTRATOR)]
)
def test_nobody_else_may_import(role: Role) -> None:
    assert Desk(role, "robin").client.get("/admin/consultants/consultant/import/").status_code == 403


def test_every_row_or_none_is_written(desk: Desk, ada: Consultant, monkeypatch: pytest.MonkeyPatch) -> None:
    page = preview(
        desk,
        csv_file(
            ["Slug", "Role", "Given name", "Family name"],
            ["ada-quill", "A", "Ada", "Quill"],
            ["b", "B", "Bo", "Marsh"],
        ),
    )

    with connection.cursor() as cursor:
        cursor.execute(
            "SET CONSTRAINTS ALL IMMEDIATE; ALTER TABLE consultants_consultant ADD CONSTRAINT no_b_today CHECK (role <> 'B')"
        )
    page = confirm(desk, page)

    assert "The database refused a row, so nothing was imported." in page.text
    assert Consultant.objects.get().role == "Spinal consultant"
