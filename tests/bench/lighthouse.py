"""Lighthouse on a phone, five times: the median of each category, and every audit that loses points.

    python -m tests.bench.lighthouse http://127.0.0.1:8000/procedures/balloon-kyphoplasty/

The site must be running. Lighthouse is fetched into a folder of its own and needs npm; CHROMIUM names the browser.
"""

import json
import os
import statistics
import subprocess
import sys
import tempfile
from collections import defaultdict
from pathlib import Path
from typing import Any

PACKAGE = "lighthouse@12.8.2"
RUNS = 5
FLAGS = "--headless=new --no-sandbox --disable-dev-shm-usage"


def main(url: str) -> int:
    folder = Path(tempfile.gettempdir()) / PACKAGE
    if not (folder / "node_modules").exists():
        subprocess.run(
            ["npm", "install", "--silent", "--no-audit", "--no-fund", "--prefix", folder, PACKAGE], check=True
        )
    scores: dict[str, list[float]] = defaultdict(list)
    losses: dict[str, list[str]] = defaultdict(list)
    for _ in range(RUNS):
        report = run(folder, url)
        for name, category in report["categories"].items():
            scores[name].append(100 * category["score"])
        for audit, said in lost_points(report):
            losses[audit].append(said)
    for name, values in scores.items():
        print(f"{name:15} {statistics.median(values):5.0f}   of {sorted(round(value) for value in values)}")
    for audit, said in sorted(losses.items()):
        print(f"{audit}: in {len(said)} of {RUNS} runs; {said[0]}")
    return int(min(map(statistics.median, scores.values())) < 99)


def run(folder: Path, url: str) -> dict[str, Any]:
    """One report, on the emulated phone and slow network that Lighthouse takes by default."""
    lighthouse = folder / "node_modules" / ".bin" / "lighthouse"
    environment = os.environ | {"CHROME_PATH": os.environ.get("CHROMIUM", "/usr/bin/chromium")}
    command = [lighthouse, url, "--quiet", "--output=json", f"--chrome-flags={FLAGS}"]
    done = subprocess.run(command, capture_output=True, check=True, env=environment)
    report: dict[str, Any] = json.loads(done.stdout)
    return report


def lost_points(report: dict[str, Any]) -> list[tuple[str, str]]:
    """The audits that count and are not perfect."""
    weights = {
        ref["id"]: ref["weight"]
        for category in report["categories"].values()
        for ref in category["auditRefs"]
    }
    return [
        (name, f"{audit['title']} {audit.get('displayValue', '')} (score {audit['score']})")
        for name, audit in report["audits"].items()
        if weights.get(name) and audit["score"] is not None and audit["score"] < 1
    ]


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
