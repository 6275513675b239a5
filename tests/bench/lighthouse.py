"""Lighthouse on a phone and a slow line: the median of each category and figure, for each kind of page.

    python -m tests.bench.lighthouse http://127.0.0.1:8000

The site must be running. Lighthouse is fetched by npm; CHROMIUM names the browser. The
table is printed, and written as JSON to `lighthouse.json` beside this file. It ends with 1 when a median is under 100.
Pages that no search engine may list are not asked about search. Whatever else the machine does counts as the page's own
work, so measure while it does nothing else.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median
from typing import Any

from tests.npm import fetched

PACKAGE = "lighthouse@12.8.2"
TRIES = 3  # it sometimes misses the beginning of a page
FLAGS = "--headless=new --no-sandbox --disable-dev-shm-usage"
INDEXED = ["performance", "accessibility", "best-practices", "seo"]
PAGES = {
    "/procedures/balloon-kyphoplasty/": INDEXED,
    "/": INDEXED,
    "/consultants/": INDEXED,
    "/hospitals/spire-harpenden/": INDEXED,
    "/glossary/": INDEXED,
    "/call-back/": INDEXED,
    "/search/?q=pain": INDEXED[:3],
}
# Name in the table, name in Lighthouse, decimals. Milliseconds and bytes, save for the shift, which has no unit.
FIGURES = (
    ("FCP ms", "first-contentful-paint", 0),
    ("LCP ms", "largest-contentful-paint", 0),
    ("TBT ms", "total-blocking-time", 0),
    ("CLS", "cumulative-layout-shift", 3),
    ("bytes", "total-byte-weight", 0),
)


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("site", help="address of the running site, such as http://127.0.0.1:8000")
    parser.add_argument("--rounds", type=int, default=5, help="reports of each page (default: 5)")
    parser.add_argument(
        "--page", action="append", choices=list(PAGES), help="only this page; may be repeated (default: all)"
    )
    options = parser.parse_args()
    package = fetched(PACKAGE)
    if not package:
        raise SystemExit("not run: Lighthouse, install npm")
    measured = {}
    for page in options.page or PAGES:
        reports = []
        for number in range(options.rounds):
            sys.stderr.write(f"\r{page}, {number + 1} of {options.rounds} ")
            reports.append(report(package, options.site.rstrip("/") + page, PAGES[page]))
        measured[page] = medians(reports)
        sys.stderr.write("\r\033[K")
        sys.stdout.write(_said(page, measured[page]))
    told = json.dumps(measured, indent=1, ensure_ascii=False)
    Path(__file__).with_suffix(".json").write_text(told + "\n", encoding="utf-8")
    return int(any(score < 100 for page in measured.values() for score in page["categories"].values()))


def report(package: Path, url: str, categories: list[str]) -> dict[str, Any]:
    """One report, on the emulated phone and slow network that Lighthouse takes by default."""
    environment = os.environ | {"CHROME_PATH": os.environ.get("CHROMIUM", "/usr/bin/chromium")}
    output = (
        Path(tempfile.gettempdir()) / "lighthouse.json"
    )  # not a pipe: Lighthouse may end before a pipe has taken all of it
    wanted = [f"--only-categories={','.join(categories)}", f"--chrome-flags={FLAGS}"]
    command = ["node", str(package / "cli" / "index.js"), url, "--quiet", "--output=json", *wanted]
    for _ in range(TRIES):
        done = subprocess.run([*command, f"--output-path={output}"], check=False, env=environment)
        if not done.returncode:
            break
    else:
        raise SystemExit(f"Lighthouse gave up {TRIES} times, with status {done.returncode}.")
    said: dict[str, Any] = json.loads(output.read_text(encoding="utf-8"))
    return said


def medians(reports: list[dict[str, Any]]) -> dict[str, Any]:
    """Of categories (0 to 100) and figures, with what was lost in more than half of the reports."""
    first = reports[0]
    lost = [audit for each in reports for audit in _lost(each)]
    return {
        "categories": {
            name: median(100 * each["categories"][name]["score"] for each in reports)
            for name in first["categories"]
        },
        "figures": {
            name: round(median(each["audits"][audit]["numericValue"] for each in reports), decimals)
            for name, audit, decimals in FIGURES
        }
        | {"requests": median(_requests(each) for each in reports)},
        "lost": sorted({audit for audit in lost if lost.count(audit) * 2 > len(reports)}),
    }


def _requests(report: dict[str, Any]) -> int:
    """Files fetched over the network: what a page holds within itself, or uses twice, is none."""
    asked = report["audits"]["network-requests"]["details"]["items"]
    return len({item["url"] for item in asked if item["url"].startswith("http")})


def _lost(report: dict[str, Any]) -> set[str]:
    """The audits that count and are not perfect."""
    counted = {
        ref["id"]
        for category in report["categories"].values()
        for ref in category["auditRefs"]
        if ref["weight"]
    }
    scores = {name: audit["score"] for name, audit in report["audits"].items() if name in counted}
    return {
        report["audits"][name]["title"] for name, score in scores.items() if score is not None and score < 1
    }


def _said(page: str, measured: dict[str, Any]) -> str:
    said = [
        f"{name} {value:g}" for kind in ("categories", "figures") for name, value in measured[kind].items()
    ]
    return "\n  ".join([page, "  ".join(said), *(f"loses: {audit}" for audit in measured["lost"])]) + "\n"


if __name__ == "__main__":
    sys.exit(main())
