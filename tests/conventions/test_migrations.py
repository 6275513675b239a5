"""Migrations say what the models say, and every one can be taken back."""

from io import StringIO
from typing import Any

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.operations import RunPython, RunSQL

from tests.conventions.sources import APPS

pytestmark = pytest.mark.django_db


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
