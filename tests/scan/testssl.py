"""testssl on what nginx answers with the checked-in tls.conf, with the CA of this run among those it trusts."""

import json
from pathlib import Path

from tests.scan.findings import Finding, Report
from tests.scan.pages import Scope
from tests.scan.programs import said, told
from tests.scan.serving import HOST, SITE

FINE = ("OK", "INFO", "LOW", "DEBUG")


def scan(_scope: Scope, folder: Path) -> Report:
    told("testssl: some minutes")
    report = folder / "testssl.json"
    options = ["--warnings", "batch", "--quiet", "--color", "0", "--nodns", "none"]
    answer = said(
        ["testssl", *options, "--add-ca", str(folder.parent / "ca.pem"), "--jsonfile", str(report), SITE],
        folder,
    )
    try:
        told_of = json.loads(report.read_text())
    except ValueError as error:
        raise SystemExit(f"testssl broke off:\n{answer[-2000:]}") from error
    counts: dict[str, int] = {}
    for one in told_of:
        counts[one["severity"]] = counts.get(one["severity"], 0) + 1
    graded = {one["id"]: one["finding"] for one in told_of if one["id"] == "overall_grade"}
    found = {
        Finding("testssl", f"{one['severity']} {one['id']}: {one['finding']}", HOST)
        for one in told_of
        if one["severity"] not in FINE
    }
    return Report(counts | graded, found)
