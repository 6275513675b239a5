"""How fast the site answers, beside nginx serving the same bytes from a file: `make bench`.

The site is served as `make serve` does, with nginx before it in the project's own configuration. Rounds are interleaved and
the median of each is told, as requests a second and as a ratio to the file in the same run: a busy machine slows all alike.
The table is printed, and written as JSON to `speed.json` beside this file. Nothing is judged: figures differ by machine.
"""

import argparse
import json
import os
import re
import secrets
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from typing import Any
from urllib.parse import urlencode
from urllib.request import Request, urlopen

from tests.bench.serving import ROOT, Site, free_port, served

from django.db import connection  # isort: skip - the site must be set up first
from django.test import Client, RequestFactory  # isort: skip

from enquiries.limits import mint_submission_id  # isort: skip
from enquiries.models import Enquiry  # isort: skip
from procedures.models import Hospital  # isort: skip
from procedures.remembering import memory as memory_of_pages  # isort: skip

EXPLAINER = "/procedures/balloon-kyphoplasty/"
PAGES = {
    "explainer": EXPLAINER,
    "directory, a name": "/consultants/?q=singh",
    "finder": "/procedures/?q=spine",
    "search": "/search/?q=broken+back",
    "form page": "/call-back/",
}
TOKEN = "bench" * 6 + "bb"


@dataclass
class Told:
    """One kind of answer, over all rounds."""

    what: str
    per_second: float
    p99_ms: float
    ratio: float


@contextmanager
def nginx(site: Site, folder: Path) -> Iterator[int]:
    """nginx before the site, with the page as a file beside: /static/page.html."""
    port = free_port()
    conf = "".join(
        (ROOT / "kyphoplasty_site" / "nginx" / f"{name}.conf").read_text() for name in ("web", "site")
    )
    places = {
        "127.0.0.1:8000": f"127.0.0.1:{site.port}",
        "listen 8080": f"listen 127.0.0.1:{port}",
        "/srv/site": f"{folder}/srv",
        "/var/cache/nginx/": f"{folder}/cache-",
        "/var/log/nginx/": f"{folder}/site-",
        "$http_host;": f"127.0.0.1:{site.port};",
    }
    for place, here in places.items():
        conf = conf.replace(place, here)
    (folder / "site.conf").write_text(conf)
    who = "user root;" if os.getuid() == 0 else ""
    connections = ROOT / "kyphoplasty_site" / "nginx" / "connections.conf"
    (folder / "nginx.conf").write_text(
        f"{who} worker_processes 2; pid {folder}/pid; error_log {folder}/error.log; include {connections};"
        f"http {{ include /etc/nginx/mime.types; include {folder}/site.conf; }}"
    )
    running = subprocess.Popen(["nginx", "-c", f"{folder}/nginx.conf", "-g", "daemon off;"])
    time.sleep(1)
    try:
        yield port
    finally:
        running.terminate()
        running.wait(10)


@contextmanager
def behind_nginx(**variables: str) -> Iterator[tuple[Site, int, Path]]:
    """The site, the port of the nginx before it, and a folder that goes with them. Ends the bench where a part is lacking."""
    if missing := [name for name in ("wrk", "nginx") if not shutil.which(name)]:
        sys.exit(f"not run: install {' and '.join(missing)}")
    folder = Path(tempfile.mkdtemp(prefix="bench-", dir="/var/tmp"))
    folder.chmod(0o755)
    try:
        with served(**variables) as site, nginx(site, folder) as port:
            yield site, port, folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def wrk(url: str, seconds: int, *more: str, clients: int = 32) -> tuple[float, float, str]:
    """Answers a second, the 99th percentile in milliseconds, and what wrk said."""
    command = ["wrk", "-t1", f"-c{clients}", f"-d{seconds}s", "--latency", *more, url]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    per_second = float(re.findall(r"Requests/sec:\s+([\d.]+)", said)[0])
    slow, unit = re.findall(r"99%\s+([\d.]+)(us|ms|s)", said)[0]
    return per_second, float(slow) * {"us": 0.001, "ms": 1, "s": 1000}[unit], said


def bodies(folder: Path, number: int) -> Path:
    """What so many patients send from the check page, each with an id of their own, and the script that has wrk send it."""
    hospital = Hospital.objects.earliest("pk").slug
    run = secrets.token_hex(3)  # the answers of an earlier run again would be its requests again
    # Each of a browser of its own, which makes the id another.
    lines = [
        urlencode(
            {
                "name": f"Jo Larkspur {run} {n}",
                "phone": f"07700900{n % 1000:03}",
                "hospital": hospital,
                "consent": "1",
                "question": f"Could this help my mother? {n}",
                "submission_id": mint_submission_id(RequestFactory().get("/")),
                "csrfmiddlewaretoken": TOKEN,
            }
        )
        for n in range(number)
    ]
    (folder / "bodies").write_text("\n".join(lines))
    script = folder / "send.lua"
    script.write_text(
        f"""
local lines = {{}}
for line in io.lines("{folder}/bodies") do lines[#lines + 1] = line end
local at = 0
local headers = {{["Content-Type"] = "application/x-www-form-urlencoded", ["Cookie"] = "csrf={TOKEN}"}}
request = function()
  at = at + 1
  return wrk.format("POST", nil, headers, lines[at] or "")
end
"""
    )
    return script


def drawn(rounds: int, *, is_changed: bool) -> dict[str, float]:
    """The explainer as Django draws it in a web process that keeps no page: processor time and queries."""
    client = Client(headers={"host": "127.0.0.1"})
    state = [0]
    memory_of_pages.generation = lambda: str(state[0])
    asked: list[str] = []

    def draw() -> None:
        state[0] += is_changed
        client.get(EXPLAINER)

    def counted(execute: Any, sql: str, *rest: Any) -> Any:
        asked.append(sql)
        return execute(sql, *rest)

    draw()
    with connection.execute_wrapper(counted):
        draw()
    times = []
    for _ in range(rounds):
        began = time.process_time()
        draw()
        times.append(1000 * (time.process_time() - began))
    memory_of_pages.generation = str
    return {"cpu_ms": round(median(times), 2), "queries": len(asked)}


def cold(rounds: int) -> dict[str, dict[str, float]]:
    """The first time after a change of the content, and each time after that."""
    return {"first": drawn(rounds, is_changed=True), "again": drawn(rounds, is_changed=False)}


def memory(site: Site) -> list[float]:
    """The proportional set size of each web process, in MB."""
    pid = site.pid("web")
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    found = []
    for child in children:
        rollup = Path(f"/proc/{child}/smaps_rollup").read_text()
        found.append(round(int(re.findall(r"Pss:\s+(\d+)", rollup)[0]) / 1024, 1))
    return found


def boot() -> float:
    """Seconds until a web process has everything loaded, the median of five."""
    times = []
    for _ in range(5):
        began = time.perf_counter()
        subprocess.run([sys.executable, "-c", "import kyphoplasty_site.wsgi"], cwd=ROOT, check=True)
        times.append(time.perf_counter() - began)
    return round(median(times), 2)


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=5, help="of each (5)")
    parser.add_argument("--seconds", type=int, default=4, help="a round lasts (4)")
    parser.add_argument("--requests", type=int, default=20_000, help="made ready to be stored (20,000)")
    options = parser.parse_args()
    limits = {"SENDS_PER_HOUR": "1000000000", "SENDS_PER_NUMBER": "1000000000"}
    with behind_nginx(**limits) as (site, port, folder):
        figures = measure(site, port, folder, options)
    (Path(__file__).parent / "speed.json").write_text(json.dumps(figures, indent=2) + "\n")
    return 0


def measure(site: Site, port: int, folder: Path, options: Any) -> dict[str, Any]:
    """Every figure, as it is printed and kept."""
    here = f"http://127.0.0.1:{site.port}"
    page = urlopen(Request(f"{here}{EXPLAINER}", headers={"Accept-Encoding": "br"})).read()
    (folder / "srv" / "static").mkdir(parents=True)
    (folder / "srv" / "static" / "page.html").write_bytes(page)
    takes = ("-H", "Accept-Encoding: br")
    kinds = {
        "file by nginx": (f"http://127.0.0.1:{port}/static/page.html", ()),
        "our cache by nginx": (f"http://127.0.0.1:{port}{EXPLAINER}", takes),
        "our cache by granian": (f"{here}{EXPLAINER}", takes),
        "bare Django answer (healthz)": (f"{here}/healthz", ()),
        **{f"drawn: {name}": (f"{here}{path}", takes) for name, path in PAGES.items() if name != "explainer"},
    }
    seen: dict[str, list[tuple[float, float]]] = {name: [] for name in kinds}
    before = memory(site)
    for number in range(options.rounds):
        for name, (url, more) in kinds.items():
            print(f"\rround {number + 1}: {name:40}", end="", file=sys.stderr, flush=True)
            wrk(url, 1, *more)  # wrk counts a first stall once for each answer it would have had
            seen[name].append(wrk(url, options.seconds, *more)[:2])
    print(file=sys.stderr)
    static = median(speed for speed, _ in seen["file by nginx"])
    table = [
        Told(
            name,
            round(median(speed for speed, _ in rounds), 1),
            round(median(slow for _, slow in rounds), 2),
            round(median(speed for speed, _ in rounds) / static, 4),
        )
        for name, rounds in seen.items()
    ]
    stored = submissions(here, folder, options)
    table.append(
        Told("requests stored", stored["per_second"], stored["p99_ms"], stored["per_second"] / static)
    )
    for row in table:
        print(
            f"{row.what:32} {row.per_second:10.1f}/s   p99 {row.p99_ms:8.2f} ms   {row.ratio:.4f} of a file"
        )
    rest = {
        "page_bytes": len(page),
        "stored": stored,
        "cold": cold(50),
        "memory_mb": {"at_first": before, "after": memory(site)},
        "boot_s": boot(),
        "load": os.getloadavg(),
    }
    print(json.dumps(rest))
    return {"answers": [asdict(row) for row in table], **rest}


def submissions(here: str, folder: Path, options: Any) -> dict[str, Any]:
    """Requests sent from the check page by 32 clients, and how many rows they became."""
    script = bodies(folder, options.requests)
    before = Enquiry.objects.count()
    connection.close()
    per_second, slow, said = wrk(f"{here}/enquiry/send/", 2 * options.seconds, "-s", str(script))
    rows = Enquiry.objects.count() - before
    connection.close()
    sent = int(re.findall(r"(\d+) requests in", said)[0])
    if rows < sent or "Non-2xx" in said:
        sys.exit(f"{sent} requests were sent, and {rows} became rows: that is no measure of storing.\n{said}")
    return {"per_second": per_second, "p99_ms": slow, "sent": sent, "rows": rows}


if __name__ == "__main__":
    sys.exit(main())
