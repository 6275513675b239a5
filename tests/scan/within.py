"""The scanners that need the site, one after the other; what they found is written to report.json of the folder.

Run apart from every network by `python -m tests.scan`, with the environment that serving.py made.
"""

import json
import re
import sys
import time
from collections import Counter
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any

import django

django.setup()

from tests.scan import ffuf, observatory, serving, slow, sqlmap, testssl, wapiti  # noqa: E402 - the site must be set up first
from tests.scan.findings import Finding, Report  # noqa: E402
from tests.scan.pages import STAFF_VISITORS, Scope, named  # noqa: E402
from tests.scan.programs import told  # noqa: E402

LOG = Path("/var/log/nginx/access.log")
FAILED = re.compile(r'"path":"([^"]*)","status":(5\d\d)')


def main(folder: Path, seconds: int, names: list[str]) -> None:
    """In an order in which what changes rows comes last."""
    scanners: dict[str, Any] = {
        "testssl": testssl.scan,
        "observatory": observatory.scan,
        "ffuf": ffuf.scan,
        "slow": slow.scan,
        "wapiti": partial(wapiti.scan, seconds=seconds),
        "sqlmap": sqlmap.scan,
    }
    told("The site is made ready; a few minutes.")
    with serving.served(folder):
        scope = Scope()
        told(f"{sum(len(form.fresh) for held in scope.forms.values() for form in held)} parameters")
        reports = {}
        for name in [name for name in scanners if name in names]:
            (folder / name).mkdir()
            before, began = LOG.stat().st_size, time.monotonic()
            with scope.seen():
                report: Report = scanners[name](scope, folder / name)
            out = [visitor for visitor in STAFF_VISITORS if not scope.is_in(visitor)]
            report.found |= {
                Finding(name, "the session had ended before the scan did", visitor) for visitor in out
            }
            report.figures["seconds"] = round(time.monotonic() - began)
            report.figures["answers"] = answers(before, name, report)
            reports[name] = {
                "figures": report.figures,
                "found": [asdict(one) for one in sorted(report.found)],
            }
            (folder / "report.json").write_text(json.dumps(reports))


def answers(before: int, name: str, report: Report) -> dict[str, int]:
    """How often nginx answered with which status meanwhile. A page that failed is a finding whatever the scanner says."""
    serving.until(lambda: b'"status"' in written(before) or name == "testssl", 10, "nginx writes its log")
    lines = written(before).decode(errors="replace")
    report.found |= {
        Finding(name, f"answers {status}", named(path)) for path, status in FAILED.findall(lines)
    }
    return dict(sorted(Counter(re.findall(r'"status":(\d+)', lines)).items()))


def written(before: int) -> bytes:
    with LOG.open("rb") as log:
        log.seek(before)
        return log.read()


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3:])
