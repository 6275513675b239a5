"""bandit on all that runs: the site, its scripts and migrations; at medium and above it tells nothing."""

import json
import subprocess

from tests.scan.findings import Finding, Report
from tests.scan.programs import told
from tests.serve.conftest import ROOT

PROGRAM = ROOT / ".tools" / "bin" / "bandit"
CODE = ("manage.py", "procedures", "consultants", "enquiries", "kyphoplasty_site")


def scan() -> Report:
    told("bandit")
    done = subprocess.run(
        [str(PROGRAM), "-r", *CODE, "-f", "json", "-q"], cwd=ROOT, capture_output=True, check=False
    )
    said = json.loads(done.stdout)
    totals = said["metrics"]["_totals"]
    found = {
        Finding("bandit", f"{one['test_id']} {one['issue_text']}", f"{one['filename']}:{one['line_number']}")
        for one in said["results"]
        if one["issue_severity"] != "LOW"
    } | {Finding("bandit", error["reason"], error["filename"]) for error in said["errors"]}
    levels = {level: totals[f"SEVERITY.{level.upper()}"] for level in ("low", "medium", "high")}
    return Report(
        {"lines": totals["loc"], **levels, "with a reason beside them": totals["skipped_tests"]}, found
    )
