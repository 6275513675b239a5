"""The README tells the truth: its commands, variables, paths and picture exist."""

import re
import tomllib

import pytest
from django.core.management import get_commands

from enquiries import retention
from kyphoplasty_site.access import Role
from tests.conventions.sources import APPS, ROOT

README = (ROOT / "README.md").read_text(encoding="utf-8")
CODE = re.findall(r"^```\w*\n(.*?)^```", README, re.DOTALL | re.MULTILINE)
COMMANDS = [line.strip() for block in CODE for line in block.splitlines() if line.strip()]
TARGETS = set(re.findall(r"^([a-z-]+):(?!=)", (ROOT / "Makefile").read_text(), re.MULTILINE))
VARIABLE = re.compile(r"`([A-Z][A-Z_]+)`")
# Read, and not for whoever runs the site: set by make, by CI, by the tests' own runner or for making the film.
NOT_CONFIGURATION = {"CHROMIUM", "CI", "MAKELEVEL", "PATH", "DJANGO_SETTINGS_MODULE", "PYTHON"}


def table_of_variables() -> set[str]:
    """The first column of the configuration table."""
    section = README.partition("## Configure it")[2].partition("\n## ")[0]
    return {found.group(1) for line in section.splitlines() if (found := re.match(r"\| `([A-Z_]+)`", line))}


def variables_read() -> set[str]:
    """What the settings, the local database and the supervisor read from the environment."""
    readers = re.compile(
        r"""(?:env\.\w+|required_in_production|os\.environ\.get|os\.getenv)\(\s*"([A-Z_]+)"|os\.environ\["([A-Z_]+)"\]"""
    )
    found = {
        name
        for app in APPS
        for path in (ROOT / app).rglob("*.py")
        for pair in readers.findall(path.read_text())
        for name in pair
        if name
    }
    return found - NOT_CONFIGURATION


def test_it_shows_commands() -> None:
    assert "make serve" in COMMANDS
    assert "make test" in COMMANDS


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_in_it_exists(command: str) -> None:
    words = [word for word in command.split() if "=" not in word]

    if words[0] == "make":
        assert set(words[1:]) <= TARGETS
    else:
        assert words[:2] == [".venv/bin/python", "manage.py"]
        assert get_commands().get(words[2], "").split(".")[0] in APPS


def test_every_make_target_it_names_in_passing_exists() -> None:
    assert set(re.findall(r"`(?:[A-Z]+=\S+ )?make ([a-z-]+)`", README)) <= TARGETS


def test_its_table_of_variables_is_what_the_site_reads() -> None:
    assert table_of_variables() == variables_read()


def test_every_required_variable_is_starred() -> None:
    settings = (ROOT / "kyphoplasty_site/settings.py").read_text()
    required = set(re.findall(r'required_in_production\(\s*"([A-Z_]+)"', settings))

    assert set(re.findall(r"\| `([A-Z_]+)` \*", README)) == required


def test_every_path_it_names_exists() -> None:
    named = set(re.findall(r"`((?:[\w.-]+/)+[\w.-]*|[\w-]+\.(?:py|toml|md|txt|css))`", README))

    missing = {path for path in named if not (ROOT / path).exists() and path not in ("var/", "manage.py")}
    assert missing == set()
    assert len(named) > 10


def test_every_picture_it_shows_is_there() -> None:
    shown = re.findall(r"!\[([^\]]*)\]\(([^)]+)\)", README)

    assert shown
    for words, path in shown:
        assert words
        assert (ROOT / path).stat().st_size > 1000


def test_it_names_every_role() -> None:
    told = re.findall(
        r"^\| ([A-Z][a-z]+ ?[a-z]*) \| ",
        README.partition("## Log in as staff")[2].partition("\n## ")[0],
        re.MULTILINE,
    )

    assert {role for role in told if role != "Role"} == {str(role) for role in Role}


def test_it_asks_for_the_python_that_the_project_asks_for() -> None:
    needed = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["requires-python"]

    assert f"Python {needed.removeprefix('>=')} or later" in README


def test_its_decisions_are_dated() -> None:
    decisions = [line for line in README.partition("## Decisions")[2].splitlines() if line.startswith("**")]

    assert decisions
    assert all(re.match(r"\*\*\d{4}-\d{2}-\d{2}\. \S", decision) for decision in decisions)


def test_retention_is_where_it_says() -> None:
    assert f"`{retention.__name__.replace('.', '/')}.py`" in README
