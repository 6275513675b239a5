"""slowhttptest holds 2,000 connections through nginx, in three ways; a reader asks for a page all the while."""

import re
import resource
import subprocess
import threading
import time
from pathlib import Path

from tests.scan.findings import Finding, Report
from tests.scan.pages import Scope
from tests.scan.programs import told
from tests.scan.serving import SITE

CONNECTIONS, SECONDS = 2_000, 60
WAYS = {
    "slow headers": ("-H", "-i", "5", "-t", "GET", "-u", f"{SITE}/"),
    "slow body": ("-B", "-i", "5", "-s", "8192", "-u", f"{SITE}/call-back/"),
    "slow reading": (
        "-X",
        "-n",
        "5",
        "-w",
        "1",
        "-y",
        "2",
        "-z",
        "1",
        "-k",
        "3",
        "-u",
        f"{SITE}/procedures/balloon-kyphoplasty/",
    ),
}
PATIENCE = 5.0


def scan(_scope: Scope, folder: Path) -> Report:
    report = Report()
    resource.setrlimit(resource.RLIMIT_NOFILE, (16_384, 16_384))
    for way, options in WAYS.items():
        told(f"slowhttptest: {way}, {SECONDS} seconds")
        command = [
            "slowhttptest",
            *options,
            "-c",
            str(CONNECTIONS),
            "-r",
            "400",
            "-l",
            str(SECONDS),
            "-p",
            "5",
        ]
        with (folder / f"{way}.txt").open("w+") as output:
            running = subprocess.Popen(command, stdout=output, stderr=output, cwd=folder)
            waits = asked_meanwhile(running, folder.parent / "ca.pem")
            output.seek(0)
            most = most_connected(output.read())
        lost = sum(wait is None for wait in waits)
        answered = [wait for wait in waits if wait is not None]
        report.figures[way] = {
            "connections": most,
            "pages asked": len(waits),
            "pages lost": lost,
            "slowest page in seconds": round(max(answered, default=PATIENCE), 2),
        }
        if lost:
            report.found.add(Finding("slow", f"{way}: a reader is not answered within 5 seconds", "/"))
        if most < CONNECTIONS * 0.5:
            report.found.add(Finding("slow", f"{way}: too few connections were held to say anything", "/"))
    return report


def asked_meanwhile(running: subprocess.Popen[bytes], ca: Path) -> list[float | None]:
    """How long each page took, from an address of its own; None for one that did not come."""
    waits: list[float | None] = []
    while running.poll() is None:
        began = time.monotonic()
        asked = ["curl", "--silent", "--fail", "--output", "/dev/null", "--max-time", str(PATIENCE)]
        came = subprocess.run(
            [*asked, "--interface", "127.0.0.9", "--cacert", str(ca), f"{SITE}/"], check=False
        )
        waits.append(time.monotonic() - began if came.returncode == 0 else None)
        threading.Event().wait(0.5)
    return waits


def most_connected(said: str) -> int:
    """The most connections that it held at one time."""
    plain = re.sub(r"\x1b\[[0-9;]*m", "", said)
    return max((int(count) for count in re.findall(r"connected:\s+(\d+)", plain)), default=0)
