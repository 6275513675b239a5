"""The site as the web server loads it, before its processes are forked: nothing that two of them could not share."""

import subprocess
import sys

from tests.conventions.sources import ROOT

LOOK = """
import os, threading
import kyphoplasty_site.granian_server
from django.db import connection
opened = [os.readlink(f"/proc/self/fd/{number}") for number in os.listdir("/proc/self/fd") if number != "3"]
print(threading.active_count(), connection.connection, [name for name in opened if name.startswith("socket:")])
"""


def test_loading_starts_no_thread_and_asks_no_database() -> None:
    seen = subprocess.run(
        [sys.executable, "-c", LOOK],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
        stdin=subprocess.DEVNULL,
    )

    assert seen.stdout == "1 None []\n"
