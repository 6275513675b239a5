"""sqlmap on each distinct form and parameter, signed in as the first visitor who has it."""

import re
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from urllib.parse import urlencode

from tests.scan.findings import Finding, Report
from tests.scan.pages import Form, Scope
from tests.scan.programs import said, told

SIDE_BY_SIDE = 3
# In the dialect of PostgreSQL, which the site always has: by what differs, by errors and by time. Who can put in a second
# statement or a UNION is found by these as well. A page that refuses or sends on is an answer like any other.
OPTIONS = (
    *("--batch", "--dbms=PostgreSQL", "--technique=BET", "--level=1", "--risk=1", "--keep-alive"),
    *("--skip-waf", "--ignore-redirects", "--ignore-code=400,401,403,404,405,410,413,429,500,503"),
    *("--timeout=30", "--disable-coloring", "--flush-session"),
)
TESTED = re.compile(r"testing for SQL injection on (?:GET|POST) parameter '([^']+)'")
FOUND = re.compile(r"(?:GET|POST) parameter '([^']+)' (?:is vulnerable|appears to be .*injectable)")
# What seemed to be one, and was none when sqlmap looked a second time, as it does by itself.
TAKEN_BACK = re.compile(r"(?:GET|POST) parameter '([^']+)' does not seem to be injectable")


def scan(scope: Scope, folder: Path) -> Report:
    forms = scope.distinct()
    report = Report()
    with ThreadPoolExecutor(SIDE_BY_SIDE) as pool:
        asked = partial(_asked, scope, folder)
        for number, (found, tested) in enumerate(pool.map(asked, forms), 1):
            report.found |= found
            report.figures["parameters"] = report.figures.get("parameters", 0) + tested
            told(f"sqlmap: form {number} of {len(forms)}")
    report.figures["forms"] = len(forms)
    return report


def _asked(scope: Scope, folder: Path, one: tuple[str, Form]) -> tuple[set[Finding], int]:
    visitor, form = one
    page = f"{form.method} {form.view} as {visitor}"
    answer = said(["sqlmap", *OPTIONS, *_request(form, scope.cookies(visitor), folder)], folder)
    tested = set(TESTED.findall(answer))
    was_none = set(TAKEN_BACK.findall(answer))
    found = {Finding("sqlmap", one[0], page) for one in FOUND.finditer(answer) if one[1] not in was_none}
    found |= {Finding("sqlmap", f"not tested: {name}", page) for name in set(form.fresh) - tested}
    if set(form.fresh) - tested:
        (folder / f"{form.view.replace(':', '-')}.txt").write_text(answer)
    return found, len(tested)


def _request(form: Form, cookies: dict[str, str], folder: Path) -> list[str]:
    address, sent = form.path, urlencode(form.fields)
    output = folder / f"sqlmap-{abs(hash(form))}"
    told_of = [f"--output-dir={output}", "-p", ",".join(form.fresh), f"--referer={address}"]
    if cookies:
        told_of.append(f"--cookie={'; '.join(f'{name}={value}' for name, value in cookies.items())}")
    if form.method == "POST":
        return ["-u", address, f"--data={sent}", "--method=POST", *told_of]
    return ["-u", f"{address}?{sent}", *told_of]
