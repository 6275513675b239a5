"""Every command explains itself, and prints one line of JSON for whoever reads it by machine."""

import json
from io import StringIO

import pytest
from django.core.management import call_command, get_commands, load_command_class

from procedures.printing import can_print
from tests.conventions.sources import APPS, ROOT

OURS = sorted(command for command, app in get_commands().items() if app in APPS)
# `serve` runs until it is stopped, and says what it does to a person. The others need a request first: see tests/enquiries,
# or a file and an empty database: see tests/site/test_backups.py. `migrate` is Django's, made patient: see test_migrating.py.
TRIED_ELSEWHERE = {"serve", "erase", "subject_access", "export_enquiries", "backup", "restore", "migrate"}
ONE_LINE = {
    "check_content": [],
    "seed_content": [],
    "seed_demo": ["--consultants", "3", "--enquiries", "2"],
    "seed_staff": [],
    "list_urls": [],
    "purge": [],
    "rotate_keys": [],
    "forget_sign_ins": [],
    "make_leaflets": [],
    "remind": [],
    "ask_to_reconfirm": [],
    "write_error_pages": [],
    "worker": ["--once"],
}


def test_every_command_file_is_a_command() -> None:
    files = {path.stem for app in APPS for path in (ROOT / app).glob("management/commands/[a-z]*.py")}

    assert files == set(OURS)
    assert set(OURS) == {*ONE_LINE, *TRIED_ELSEWHERE}, (
        "Name the new command in ONE_LINE, with what it needs to run once."
    )


@pytest.mark.parametrize("command", OURS)
def test_command_explains_itself(command: str) -> None:
    explained = (
        load_command_class(get_commands()[command], command).create_parser("manage.py", command).format_help()
    )

    assert len(explained.split("options:")[0].split()) > 8
    assert f"manage.py {command}" in explained


@pytest.mark.django_db
@pytest.mark.parametrize(("command", "arguments"), ONE_LINE.items(), ids=list(ONE_LINE))
def test_command_prints_one_line_of_json(command: str, arguments: list[str]) -> None:
    if command == "make_leaflets" and not can_print():
        pytest.skip("WeasyPrint's libraries are lacking")
    printed = StringIO()

    call_command(command, *arguments, stdout=printed)

    (line,) = printed.getvalue().splitlines()
    assert json.loads(line)
