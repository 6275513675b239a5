"""The documents for whoever answers for the site tell the truth: tests they name exist, and the retention table is the code's."""

import re
from datetime import timedelta
from pathlib import Path

import pytest
import yaml
from prometheus_client import CollectorRegistry

from enquiries.retention import RECORDS, REQUESTS, RULES, SPAM, WITH_THE_SITE, Rule
from kyphoplasty_site.metrics import KEPT_PAGES, SECONDS, WRONG_LOOKS, Waiting
from tests.conventions.sources import ROOT

FOLDER = ROOT / "kyphoplasty_site" / "docs"
DOCUMENTS = sorted(FOLDER.glob("*.md"))
ASSESSMENT = (FOLDER / "privacy-assessment.md").read_text(encoding="utf-8")


def kept_for(keep: timedelta | None) -> str:
    if keep == WITH_THE_SITE:
        return "with the site"
    return f"{keep.days} days" if keep else "as long as its request"


def row(rule: Rule) -> str:
    encrypted = "yes" if rule.is_encrypted else ""
    what = rule.what[0].upper() + rule.what[1:]
    return f"| {what} | {rule.model} | {rule.why} | {kept_for(rule.keep)} | {encrypted} |"


def test_retention_table_is_that_of_the_code() -> None:
    heading = ["| What | Table | Why | Kept | Encrypted |", "|---|---|---|---|---|"]
    table = "\n".join([*heading, *map(row, [*RULES, *RECORDS])])

    assert f"<!-- retention -->\n{table}\n<!-- /retention -->" in ASSESSMENT, f"Put this there:\n{table}"


def test_limits_are_those_of_the_code() -> None:
    said = " ".join(ASSESSMENT.split())

    assert f"is {REQUESTS.least} to {REQUESTS.most} days after" in said
    assert f"{REQUESTS.usual} while it has not chosen" in said
    assert f"spam is kept for {SPAM.least} to {SPAM.most} days" in said


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_file_that_a_document_names_exists(document: Path) -> None:
    named = re.findall(r"`((?:[\w-]+/)*[\w-]+\.(?:py|md|json|yaml))`", document.read_text("utf-8"))
    places = (ROOT, ROOT / "tests", FOLDER)

    assert [name for name in named if not any((place / name).exists() for place in places)] == []


def alarms() -> list[dict[str, str]]:
    rules = yaml.safe_load((ROOT / "kyphoplasty_site" / "prometheus" / "alerts.yaml").read_text("utf-8"))
    return [rule for group in rules["groups"] for rule in group["rules"]]


def test_every_alarm_has_its_steps_and_no_other_has() -> None:
    steps = re.findall(r"^## (\w+)$", (FOLDER / "alarms.md").read_text("utf-8"), re.MULTILINE)

    assert steps == [alarm["alert"] for alarm in alarms()]


@pytest.mark.django_db
def test_every_figure_that_an_alarm_asks_is_served() -> None:
    registry = CollectorRegistry()
    for figure in (SECONDS, KEPT_PAGES, WRONG_LOOKS, Waiting()):
        registry.register(figure)
    served = {
        f"{family.name}{end}" for family in registry.collect() for end in ("", "_count", "_bucket", "_total")
    }
    asked = {name for alarm in alarms() for name in re.findall(r"site_\w+", alarm["expr"])}

    assert "site_request_seconds_bucket" in asked
    never_seen = {"site_worker_seen_seconds", "site_backup_age_seconds"}  # left out until there was one
    assert asked - served == never_seen
