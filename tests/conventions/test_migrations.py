"""Migrations say what the models say, every one can be taken back, and none shuts out who uses a table with many rows."""

import json
import subprocess
import sys
from collections import defaultdict
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.contrib.postgres.operations import AddIndexConcurrently, RemoveIndexConcurrently
from django.core.management import call_command
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.operations import RunPython, RunSQL

from tests.conventions.sources import APPS

pytestmark = pytest.mark.django_db

# What squawk warns of and we do all the same.
OF_NO_CONCERN = [
    "prefer-text-field",  # a column with a limit in the database as well as in the form
    "prefer-bigint-over-int",  # of numbers of our own, such as a count of pages
    "prefer-bigint-over-smallint",
    "ban-drop-default",  # Django takes away the default that it gave a new column for the rows that were there
    "require-lock-timeout",  # `migrate` waits for no table longer than half a second
    "require-statement-timeout",
    "prefer-robust-stmts",  # an index alone in its migration, which `migrate` drops if it was left half made
]
NEW_ROWS = {"adding-foreign-key-constraint", "adding-required-field", "constraint-missing-not-valid"}
INDEXES = {"require-concurrent-index-creation"}
FEWER = {"require-concurrent-index-deletion"}
# Made before anybody read the site, when no table had rows and nobody could be kept waiting. Nothing is added here: a
# migration that squawk warns of is written anew, as 0012 of the enquiries was, with indexes made beside the readers.
BEFORE_THE_FIRST_READER = {
    "consultants.0002_facts_of_a_profile_and_counts": NEW_ROWS | INDEXES,
    "consultants.0006_days_that_can_be_true_and_history_of_counts": NEW_ROWS - {"adding-required-field"},
    "consultants.0007_indexes_of_the_desks_lists": INDEXES,
    "consultants.0009_questions_still_out": INDEXES,
    "enquiries.0002_let_followers_outlive_and_encrypt_patient_name": FEWER | {"changing-column-type"},
    "enquiries.0003_from_enquiry_to_answered_call": NEW_ROWS
    | INDEXES
    | FEWER
    | {"ban-drop-column", "ban-drop-constraint"},
    "enquiries.0007_indexes_of_the_desks_lists": INDEXES,
    "enquiries.0009_what_each_request_was_promised": INDEXES | {"constraint-missing-not-valid"},
    "enquiries.0010_order_of_calls_and_indexes_for_a_million": INDEXES
    | FEWER
    | {"adding-field-with-default"},
    "kyphoplasty_site.0008_index_of_the_desks_log": INDEXES,
    "procedures.0001_initial": NEW_ROWS - {"constraint-missing-not-valid"},
    "procedures.0002_editions_evidence_and_sign_off": NEW_ROWS
    | INDEXES
    | {"ban-drop-constraint", "disallowed-unique-constraint"},
    "procedures.0003_keep_what_happens_on_bank_holidays": {"constraint-missing-not-valid"},
    "procedures.0005_search": NEW_ROWS - {"constraint-missing-not-valid"}
    | INDEXES
    | {"adding-field-with-default"},
}


def test_migrations_match_the_models() -> None:
    printed = StringIO()

    call_command("makemigrations", check=True, dry_run=True, stdout=printed)

    assert printed.getvalue() == "No changes detected\n"


def test_every_migration_can_be_taken_back() -> None:
    loader = MigrationLoader(connection)
    stuck = [
        f"{app}.{name}"
        for (app, name), migration in loader.disk_migrations.items()
        if app in APPS
        for operation in migration.operations
        if isinstance(operation, RunPython | RunSQL) and not operation.reversible
    ]

    assert stuck == []


@pytest.mark.django_db(
    transaction=True
)  # an index that is made beside the readers can be made in no transaction
def test_no_migration_shuts_out_who_uses_its_tables(tmp_path: Path) -> None:
    loader = MigrationLoader(connection)
    for (app, name), migration in loader.disk_migrations.items():
        if app in APPS:
            sql = "\n".join(loader.collect_sql([(migration, False)]))
            whole = f"BEGIN;\n{sql}\nCOMMIT;\n" if migration.atomic else sql
            (tmp_path / f"{app}.{name}.sql").write_text(whole, encoding="utf-8")
    squawk = [str(Path(sys.executable).parent / "squawk"), "--pg-version=15", "--reporter=json"]
    rules = f"--exclude={','.join(OF_NO_CONCERN)}"
    files = sorted(map(str, tmp_path.iterdir()))

    ran = subprocess.run([*squawk, rules, *files], capture_output=True, text=True, check=False)

    warned = defaultdict(set)
    for warning in json.loads(ran.stdout):
        warned[Path(warning["file"]).stem].add(warning["rule_name"])
    assert len(files) > 40
    assert warned == BEFORE_THE_FIRST_READER


def test_what_is_no_transaction_is_one_step_so_that_it_can_be_tried_again() -> None:
    steps = {
        f"{app}.{name}": migration.operations
        for (app, name), migration in MigrationLoader(connection).disk_migrations.items()
        if app in APPS and not migration.atomic
    }
    beside_readers = (
        AddIndexConcurrently | RemoveIndexConcurrently
    )  # all that `migrate` waits for without end

    assert all(isinstance(step, beside_readers) for each in steps.values() for step in each)
    assert [name for name, each in steps.items() if len(each) > 1] == [
        "enquiries.0012_finding_among_a_million"
    ]


def test_migrations_are_named_for_what_they_do() -> None:
    names = [name for app, name in MigrationLoader(connection).disk_migrations if app in APPS]

    assert [name for name in names if "_auto_" in name or "_and_more" in name] == []


@pytest.mark.parametrize(
    ("app", "name"),
    [("enquiries", "0006_what_the_site_came_with"), ("kyphoplasty_site", "0006_who_sets_the_site")],
)
def test_rows_that_stayed_when_a_migration_was_taken_back_are_left_as_they_are(app: str, name: str) -> None:
    """They are made once, and so is the note of how they stood."""
    loader = MigrationLoader(connection)
    state: Any = loader.project_state().apps
    noted = [model for model in apps.get_app_config(app).get_models() if hasattr(model, "history")]
    before = [model.history.count() for model in noted]

    with connection.schema_editor() as editor:
        for operation in loader.disk_migrations[app, name].operations:
            if isinstance(operation, RunPython):
                operation.code(state, editor)

    assert [model.history.count() for model in noted] == before
    assert min(before) > 0
