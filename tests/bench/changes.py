"""Whether readers see what was changed, and nobody sees what is another's: `make bench-changes`.

The real site behind nginx, under load: a row of the content is changed 1,000 times, and each web process and nginx are
read until they say so; the web processes are started anew, one after the other, under 10,000 requests; and twenty of the
staff read their own pages while strangers read the public ones. The exit code is 1 where a promise is broken.
"""

import argparse
import http.client
import random
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from statistics import median
from typing import Any

from tests.bench.serving import Site, judged
from tests.bench.speed import behind_nginx

from django.contrib.auth.models import User  # isort: skip - the site must be set up first
from django.db import connection  # isort: skip
from django.test import Client  # isort: skip

from procedures.models import Hospital  # isort: skip
from tests.staff import signed_in  # isort: skip

WITHIN = 1.0
PUBLIC = ("/", "/procedures/balloon-kyphoplasty/", "/consultants/", "/glossary/", "/hospitals/")


def get(port: int, host: str, path: str, cookie: str = "") -> tuple[int, bytes, dict[str, str]]:
    """Status, body and headers; status 0 where nothing came back."""
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        line.request("GET", path, headers={"Host": host} | ({"Cookie": cookie} if cookie else {}))
        answer = line.getresponse()
        return answer.status, answer.read(), {key.lower(): value for key, value in answer.getheaders()}
    except (OSError, http.client.HTTPException):
        return 0, b"", {}
    finally:
        line.close()


def edits(site: Site, port: int, number: int) -> tuple[list[float], int]:
    """How long after each change every answer says it, and how many answers asked for later than that said it not."""
    hospital = Hospital.objects.earliest("pk")
    path, waits, stale = hospital.get_absolute_url(), [], 0
    ways = [site.port, site.port, port]  # a connection falls to either process
    host = f"127.0.0.1:{site.port}"
    for edit in range(number):
        if edit % 100 == 0:
            print(f"\redits: {edit}", end="", file=sys.stderr, flush=True)
        street = f"{edit} Sparrow Lane"
        time.sleep(random.random() / 4)  # at any moment of nginx’s second
        Hospital.objects.filter(pk=hospital.pk).update(street=street)
        began = time.monotonic()
        seen = 0
        while seen < 2 * len(ways):  # twice in a row, each way
            asked = time.monotonic()
            said = all(street.encode() in get(way, host, path)[1] for way in ways)
            seen = seen + len(ways) if said else 0
            if not said and asked - began > WITHIN:
                stale += 1
            if stale > number:
                break
        waits.append(time.monotonic() - began)
    print(file=sys.stderr)
    return waits, stale


def restart(site: Site, port: int, requests: int) -> Counter[int]:
    """The statuses of so many requests while each web process is replaced by a new one."""
    statuses: Counter[int] = Counter()
    host = f"127.0.0.1:{site.port}"
    numbers = iter(range(requests))
    guard = threading.Lock()

    def ask() -> None:
        while True:
            with guard:
                number = next(numbers, None)
            if number is None:
                return
            path = "/enquiry/" if number % 20 == 0 else f"{PUBLIC[number % len(PUBLIC)]}?utm_source={number}"
            status = get(port, host, path)[0]
            with guard:
                statuses[status] += 1

    askers = [threading.Thread(target=ask) for _ in range(8)]
    for asker in askers:
        asker.start()
    time.sleep(1)
    site.kill("web", signal.SIGHUP)
    for asker in askers:
        asker.join()
    return statuses


def crossings(site: Site, port: int, seconds: float) -> tuple[int, Counter[str]]:
    """How many answers were read, and what was wrong with some: another's, or not what was asked for."""
    host = f"127.0.0.1:{site.port}"
    people: list[tuple[str, str]] = []
    for number in range(20):
        name = f"wren{number:02}"
        person = User.objects.create_superuser(name, first_name=f"Wren-{number:02}-Quill")
        client = signed_in(Client(), person)
        people.append((person.first_name, f"staff={client.cookies['staff'].value}"))
    connection.close()
    seen, wrong = Counter[int](), Counter[str]()
    until = time.monotonic() + seconds

    def staff(own: str, cookie: str) -> None:
        while time.monotonic() < until:
            status, body, headers = get(port, host, "/admin/", cookie)
            seen[status] += 1
            if any(name.encode() in body for name, _ in people if name != own):
                wrong["another's"] += 1
            elif status != 200:
                wrong[f"{status} for staff"] += 1
            elif own.encode() not in body or "no-store" not in headers.get("cache-control", ""):
                wrong["not their own"] += 1

    def stranger(number: int) -> None:
        while time.monotonic() < until:
            status, body, headers = get(port, host, PUBLIC[number % len(PUBLIC)])
            seen[status] += 1
            if b"Quill" in body or "set-cookie" in headers:
                wrong["another's"] += 1
            elif status != 200:
                wrong[f"{status} for a reader"] += 1
            status, body, headers = get(port, host, "/admin/")
            seen[status] += 1
            if b"Quill" in body or "set-cookie" in headers:
                wrong["another's"] += 1
            elif status != 302:
                wrong[f"{status} for nobody at the desk"] += 1

    threads = [threading.Thread(target=staff, args=person) for person in people]
    threads += [threading.Thread(target=stranger, args=(number,)) for number in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return seen.total(), wrong


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--edits", type=int, default=1_000, help="how often a row is changed (1,000)")
    parser.add_argument("--requests", type=int, default=10_000, help="through the restart (10,000)")
    parser.add_argument("--seconds", type=int, default=20, help="of mixed readers (20)")
    options = parser.parse_args()
    with behind_nginx() as (site, port, _):
        return run(site, port, options)


def run(site: Site, port: int, options: Any) -> int:
    """All three, one after the other."""
    load = subprocess.Popen(
        ["wrk", "-t1", "-c4", "-d3600", f"http://127.0.0.1:{port}/hospitals/"], stdout=subprocess.DEVNULL
    )
    waits, stale = edits(site, port, options.edits)
    load.terminate()
    load.wait()
    waits.sort()
    print(
        f"{options.edits} changes: seen everywhere after {1000 * median(waits):.0f} ms (median), "
        f"{1000 * waits[int(len(waits) * 0.99)]:.0f} ms (p99), {1000 * waits[-1]:.0f} ms (longest)"
    )
    statuses = restart(site, port, options.requests)
    answers, wrong = crossings(site, port, options.seconds)
    crossed = wrong["another's"]
    return judged(
        {
            f"0 answers stale {WITHIN:.0f} s after a change ({stale})": stale == 0,
            f"0 of {options.requests} requests failed while the web processes were replaced ({dict(statuses)})": set(
                statuses
            )
            == {200},
            f"0 of {answers} answers held what is another's ({crossed})": crossed == 0,
            f"and each was what was asked for ({dict(wrong)})": not wrong,
        }
    )


if __name__ == "__main__":
    sys.exit(main())
