"""Other people's scanners on the real site behind nginx, each finding explained or a failure: `make scan`.

The site is served as in production, apart from every network, with a certificate of a CA made for this run. wapiti and sqlmap
go in as nobody and in each role. What a finding is and why it is no fault stands in explained.toml; one that is not there
fails, and an explanation that fits nothing any more is told. The figures are kept in results.json.
"""

import argparse
import json
import os
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

from tests.scan import bandit, observatory_package, serving
from tests.scan.findings import Finding, explanations, outdated, unexplained
from tests.scan.programs import told

RESULTS = Path(__file__).with_name("results.json")
# Each scanner with the programs that it needs, and the package of each.
BEHIND_NGINX = {
    "nginx": "nginx",
    "redis-server": "redis-server",
    "openssl": "openssl",
    "curl": "curl",
    "unshare": "util-linux",
}
SCANNERS: dict[str, dict[str, str]] = {
    "bandit": {},
    "testssl": {"testssl": "testssl.sh"},
    "observatory": {"node": "nodejs", "npm": "npm"},
    "ffuf": {"ffuf": "ffuf", "sqlmap": "sqlmap"},
    "slow": {"slowhttptest": "slowhttptest"},
    "wapiti": {"wapiti": "wapiti"},
    "sqlmap": {"sqlmap": "sqlmap"},
}


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument(
        "--only", nargs="+", choices=SCANNERS, default=list(SCANNERS), help="these alone (default: all)"
    )
    parser.add_argument(
        "--seconds",
        type=int,
        default=120,
        help="how long each of wapiti’s slow modules may take for each visitor (default: 120; 0 for as long as they need)",
    )
    options = parser.parse_args()
    ready = [name for name in options.only if has_all(name)]
    reports: dict[str, Any] = {}
    if "bandit" in ready:
        made = bandit.scan()
        reports["bandit"] = {"figures": made.figures, "found": [vars(one) for one in made.found]}
    if behind := [name for name in ready if name != "bandit"]:
        reports |= scanned(behind, options.seconds)
    return told_of(reports, lacking=len(options.only) - len(ready))


def has_all(scanner: str) -> bool:
    """Whether all that it needs is there. What is not is said, since then it was not run."""
    if scanner == "bandit":
        missing = [] if bandit.PROGRAM.exists() else ["make scan, which fetches it"]
    else:
        needs = BEHIND_NGINX | SCANNERS[scanner]
        missing = [package for program, package in needs.items() if not shutil.which(program)]
        if os.getuid():
            print(f"not run: {scanner}, be root, who may make networks")
            return False
    if missing:
        print(f"not run: {scanner}, install {' '.join(missing)}")
    return not missing


def scanned(names: list[str], seconds: int) -> dict[str, Any]:
    if "observatory" in names:
        observatory_package.fetched()
    folder = Path(tempfile.mkdtemp(prefix="scan-", dir="/var/tmp"))
    folder.chmod(0o755)
    try:
        done = serving.apart(
            folder, sys.executable, "-m", "tests.scan.within", str(folder), str(seconds), *names
        )
        if done.returncode:
            raise SystemExit(
                f"The scan broke off, with status {done.returncode}. What it left is in {folder}."
            )
        reports: dict[str, Any] = json.loads((folder / "report.json").read_text())
    except BaseException:
        told(f"What there is stands in {folder}.")
        raise
    shutil.rmtree(folder)
    return reports


def told_of(reports: dict[str, Any], lacking: int) -> int:
    """Print the figures, what has no explanation and what has one for nothing; keep the figures; the exit code."""
    found = [Finding(**one) for report in reports.values() for one in report["found"]]
    known = explanations()
    faults, old = unexplained(found, known), outdated(found, known, reports)
    kept = json.loads(RESULTS.read_text()) if RESULTS.exists() else {}
    for name, report in reports.items():
        theirs = [one for one in found if one.scanner == name]
        left = [one for one in faults if one.scanner == name]
        counts = {"explained": len(set(theirs)) - len(left), "unexplained": len(left)}
        kept[name] = report["figures"] | counts
        print(name, json.dumps(kept[name], ensure_ascii=False))
    RESULTS.write_text(json.dumps(kept, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    for fault in faults:
        print(f"UNEXPLAINED  {fault}")
    for each in old:
        print(f"explained, but not found any more: {each.scanner}: {each.finding}")
    return int(bool(faults or lacking))


if __name__ == "__main__":
    sys.exit(main())
