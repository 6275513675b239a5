"""ffuf with names of addresses that the site does not have: whatever answers 200 and is in no list of ours is a finding."""

import json
import re
from pathlib import Path
from urllib.parse import urlsplit

from django.urls import Resolver404, resolve

from kyphoplasty_site.access import addresses
from tests.scan.findings import Finding, Report
from tests.scan.pages import Scope
from tests.scan.programs import said, told
from tests.scan.serving import ROOT, SITE

# What is left lying about on servers, and where frameworks keep what is theirs.
LEFT = Path(__file__).with_name("names.txt").read_text().splitlines()
ENDINGS = ("~", ".bak", ".old", ".orig", ".save", ".swp", ".sql", ".zip", ".tar.gz", ".txt", ".json", ".py")
WORDS = Path("/usr/share/sqlmap/data/txt/common-tables.txt")


def scan(scope: Scope, folder: Path) -> Report:
    tried = names(scope)
    (folder / "names.txt").write_text("\n".join(tried) + "\n")
    told(f"ffuf: {len(tried)} names")
    report = folder / "ffuf.json"
    where = ["-w", str(folder / "names.txt"), "-u", f"{SITE}/FUZZ", "-of", "json", "-o", str(report)]
    said(["ffuf", *where, "-mc", "200", "-t", "10", "-s"], folder)
    answered = [urlsplit(one["url"]).path for one in json.loads(report.read_text())["results"]]
    found = {
        Finding("ffuf", "answers 200 and is not listed", path) for path in answered if not is_listed(path)
    }
    return Report({"names": len(tried), "answered 200": len(answered)}, found)


def names(scope: Scope) -> list[str]:
    """Each part of our own addresses, bare and with what editors and backups add; what is left about; other people's words."""
    routes = {re.sub(r"[<(].*", "", route.route).strip("^$/") for route in addresses()}
    parts = {part for route in routes for part in route.split("/") if part}
    files = {path.name for path in ROOT.iterdir() if path.is_file()}
    ours = {f"{name}{ending}" for name in routes | parts | files for ending in ("", "/", *ENDINGS)}
    theirs = [
        line for line in WORDS.read_text(errors="ignore").splitlines() if re.fullmatch(r"\w{2,20}", line)
    ][:2000]
    return sorted({*ours, *LEFT, *theirs} - {"", "/"})


def is_listed(path: str) -> bool:
    """Whether the address has a name in `manage.py list_urls`, and everybody may read it."""
    listed = {address.name: address.row for address in addresses()}
    try:
        row = listed.get(resolve(path).view_name)
    except Resolver404:
        return False
    return row is not None and "everyone" in row.read
