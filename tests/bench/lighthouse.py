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
LEAST = 99
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
    medians = {name: statistics.median(values) for name, values in scores.items()}
    lines = [f"{name:15}{medians[name]:4.0f}   of {sorted(map(round, scores[name]))}" for name in scores]
    lines += [f"{audit}: in {len(said)} of {RUNS} runs; {said[0]}" for audit, said in sorted(losses.items())]
    sys.stdout.write("\n".join([*lines, ""]))
    return int(min(medians.values()) < LEAST)


def run(folder: Path, url: str) -> dict[str, Any]:
    """One report, on the emulated phone and slow network that Lighthouse takes by default."""
    lighthouse = folder / "node_modules" / ".bin" / "lighthouse"
    environment = os.environ | {"CHROME_PATH": os.environ.get("CHROMIUM", "/usr/bin/chromium")}
    output = folder / "report.json"  # not a pipe: Lighthouse may end before a pipe has taken all of it
    command: list[str | Path] = [lighthouse, url, "--quiet", "--output=json", f"--output-path={output}"]
    done = subprocess.run([*command, f"--chrome-flags={FLAGS}"], check=False, env=environment)
    if done.returncode:
        raise SystemExit(f"Lighthouse gave up, with status {done.returncode}.")
    report: dict[str, Any] = json.loads(output.read_text(encoding="utf-8"))
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
