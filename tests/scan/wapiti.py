"""wapiti as each visitor: named modules alone, on each address that they may open and on the forms that are theirs."""

import json
import re
import sqlite3
import subprocess
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit

from tests.scan.findings import Finding, Report
from tests.scan.pages import TOKEN, VISITORS, Scope
from tests.scan.programs import said, told
from tests.scan.serving import HOST, SITE

# By name, since some of the others call outside: `ssrf` and `xxe` have the site ask a server of theirs, `nikto` and `wapp`
# fetch lists. What `blindsql`, `buster` and `brute_login_form` do, sqlmap, ffuf and the tests of guessing do here.
QUICK = (
    *("cookieflags", "crlf", "csp", "csrf", "htaccess", "http_headers"),
    *("methods", "permanentxss", "redirect", "shellshock", "sql", "xss"),
)
# Some hundred requests for each parameter; what is not reached in the time given is told.
SLOW = ("exec", "file")
LOGGED = ("sql", "xss", *SLOW)  # those that go through all parameters and log how far they came
FEEDER = Path(__file__).with_name("wapiti_session.py")
# These end the session that the scan goes on in.
ENDING = ("logout", "/accounts/sessions/", "/accounts/password/change/")
SIDE_BY_SIDE = 3
CUT = re.compile(r"Max attack time was reached for module (\w+)")


def scan(scope: Scope, folder: Path, seconds: int) -> Report:
    report = Report({"modules": ", ".join((*QUICK, *SLOW)), "visitors": {}})
    with ThreadPoolExecutor(SIDE_BY_SIDE) as pool:
        asked = partial(_asked, scope, folder, seconds)
        for visitor, (found, figures) in zip(VISITORS, pool.map(asked, VISITORS), strict=True):
            report.found |= found
            report.figures["visitors"][visitor] = figures
            told(f"wapiti: {visitor}, {figures}")
    return report


def _asked(scope: Scope, folder: Path, seconds: int, visitor: str) -> tuple[set[Finding], dict[str, Any]]:
    home = folder / visitor.replace(" ", "-")
    home.mkdir()
    forms = [form for form in scope.forms[visitor] if form.fresh and not is_ending(form.address)]
    requests = [{"method": form.method, "address": form.path, "fields": form.fields} for form in forms] + [
        {"method": "GET", "address": urljoin(SITE, address).partition("?")[0], "fields": []}
        for address in scope.opened[visitor]
        if not is_ending(address)
    ]
    feed = ["/usr/bin/python3", str(FEEDER), str(home / "session"), f"{SITE}/"]
    subprocess.run(feed, input=json.dumps(requests).encode(), check=True)
    (home / "cookies.json").write_text(json.dumps(_cookies(scope.cookies(visitor))))
    found: set[Finding] = set()
    cut: list[str] = []
    for modules, most in ((QUICK, 0), (SLOW, seconds)):
        answer = said(_command(home, modules, most), home, 7_200)
        (home / f"{modules[0]}.txt").write_text(answer)
        cut += CUT.findall(answer)
        found |= _found(home / "report.json", visitor)
    for module, count in _left(home, forms=len(forms)).items():
        if module not in cut:
            found.add(Finding("wapiti", f"{module} left out {count} forms", visitor))
    figures = {"addresses": len(scope.opened[visitor]), "forms": len(forms), "requests": len(requests)}
    return found, figures | ({"cut short": ", ".join(cut)} if cut else {})


def is_ending(address: str) -> bool:
    return any(word in address for word in ENDING)


def _left(home: Path, forms: int) -> dict[str, int]:
    """How many forms a module has not come to, as wapiti’s own log of its attacks has it."""
    (session,) = (home / "session").glob("*.db")
    with closing(sqlite3.connect(session)) as line:
        asked = "SELECT path_id FROM attack_log WHERE module_name = ? AND path_id <= ?"
        came = {name: len(set(line.execute(asked, [name, forms]).fetchall())) for name in LOGGED}
    return {name: forms - count for name, count in came.items() if count < forms}


def _command(home: Path, modules: tuple[str, ...], seconds: int) -> list[str]:
    where = [
        "-u",
        f"{SITE}/",
        "--skip-crawl",
        "--store-session",
        str(home / "session"),
        "--store-config",
        str(home),
    ]
    how = ["-m", ",".join(modules), "--skip", TOKEN, "-c", str(home / "cookies.json"), "-t", "30", "-v", "1"]
    limit = ["--max-attack-time", str(seconds)] if seconds else []
    return ["wapiti", *where, *how, *limit, "--no-bugreport", "-f", "json", "-o", str(home / "report.json")]


def _cookies(held: dict[str, str]) -> dict[str, Any]:
    """As wapiti keeps them."""
    kept = {"expires": None, "secure": True, "port": None, "version": 0}
    return {f".{HOST}": {"/": {name: kept | {"value": value} for name, value in held.items()}}}


def _found(report: Path, visitor: str) -> set[Finding]:
    told_of = json.loads(report.read_text())
    return {
        Finding(
            "wapiti", f"{kind}: {one['info']}", f"{one['method']} {urlsplit(one['path']).path} as {visitor}"
        )
        for group in ("vulnerabilities", "anomalies")
        for kind, held in told_of[group].items()
        for one in held
    }
