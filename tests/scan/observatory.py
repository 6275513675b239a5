"""Mozilla's HTTP Observatory on each kind of page that is for everybody."""

import json
import os
import subprocess
from pathlib import Path
from urllib.parse import urlsplit

from tests.scan.findings import Finding, Report
from tests.scan.observatory_package import fetched
from tests.scan.pages import ANONYMOUS, Scope, named
from tests.scan.programs import told
from tests.scan.serving import HOST

BEST = "A+"


def scan(scope: Scope, folder: Path) -> Report:
    program = fetched() / "src" / "scan.js"
    trusted = os.environ | {"NODE_EXTRA_CA_CERTS": str(folder.parent / "ca.pem")}
    report = Report({"pages": {}})
    for address in scope.pages(ANONYMOUS):
        path = urlsplit(address).path
        told(f"observatory: {path}")
        done = subprocess.run(
            ["node", str(program), f"{HOST}{path}"], stdout=subprocess.PIPE, check=False, env=trusted
        )
        said = json.loads(done.stdout)
        if "error" in said:
            report.found.add(Finding("observatory", said["error"], path))
            continue
        grade, score = said["scan"]["grade"], said["scan"]["score"]
        report.figures["pages"][named(path)] = f"{grade} {score}"
        if grade != BEST:
            report.found.add(Finding("observatory", f"grade {grade}", path))
        failed = {name: test for name, test in said["tests"].items() if not test["pass"]}
        report.found |= {
            Finding("observatory", f"{name}: {test['result']}", path) for name, test in failed.items()
        }
    return report
