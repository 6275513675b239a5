"""How long a backup of 100,000 requests takes, and a restore of it into a server of its own: `make bench-backup`.

The requests are made up, in a data folder of their own, with some mails that wait. The restore compares every table and
file with the backup by itself. The exit code is 1 where a promise is broken: longer than five minutes, other rows, or a
mail that leaves before a person lets it.
"""

import argparse
import json
import os
import subprocess
import sys
import time
from contextlib import closing
from io import StringIO
from pathlib import Path
from typing import Any

import psycopg2

from kyphoplasty_site import localdb
from tests.bench.serving import ROOT, judged

from django.conf import settings  # isort: skip - the site must be set up first
from django.core.management import call_command  # isort: skip
from django.utils import timezone  # isort: skip
from enquiries.models import Enquiry, OutgoingMail  # isort: skip
from kyphoplasty_site.demo_requests import add_enquiries  # isort: skip
from kyphoplasty_site.management.commands.serve import prepare  # isort: skip
from procedures.models import Hospital  # isort: skip
from tests.bench.multiplying import multiply  # isort: skip

REQUESTS, ONE_BY_ONE, MAILS, WITHIN = 100_000, 5_000, 50, 300
LET_MAIL_LEAVE = "from enquiries.models.fence import lift_fence; lift_fence(None)"


def fill(requests: int) -> None:
    """As many requests as are missing, and a few mails that wait."""
    prepare()
    for add, there_must_be in ((add_enquiries, min(requests, ONE_BY_ONE)), (multiply, requests)):
        missing = there_must_be - Enquiry.objects.count()
        for done in add(missing) if missing > 0 else ():
            print(f"\rmaking up requests: {done} of {missing}", end="", file=sys.stderr, flush=True)
    Hospital.objects.update(enquiries_email="team@elmpark.example")
    waiting = OutgoingMail.objects.order_by("pk").values("pk")[:MAILS]
    OutgoingMail.objects.filter(pk__in=list(waiting.values_list("pk", flat=True))).update(
        sent_at=None, held_at=None, attempts=0, created_at=timezone.now(), due_at=timezone.now()
    )


def emptied(folder: Path) -> None:
    """The database of that data folder made anew, with nothing in it."""
    where = {"host": str(localdb.socket_folder(folder)), "port": localdb.PORT, "user": localdb.NAME}
    with closing(psycopg2.connect(dbname="postgres", **where)) as line:
        line.autocommit = True
        with line.cursor() as cursor:
            cursor.execute(f"DROP DATABASE IF EXISTS {localdb.NAME}")
            cursor.execute(f"CREATE DATABASE {localdb.NAME}")


def told(folder: Path, *words: str) -> Any:
    """What a command says in the restored copy."""
    environment = os.environ | {"DATA_DIR": str(folder), "DATABASE_URL": localdb.url(folder)}
    command = [sys.executable, "manage.py", *words]
    done = subprocess.run(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True, check=True)
    return json.loads(done.stdout or "{}")


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--requests", type=int, default=REQUESTS, help=f"how many (default {REQUESTS:,})")
    options = parser.parse_args()
    fill(options.requests)
    data_dir = Path(settings.DATA_DIR)
    backups, folder, printed = data_dir / "backups", data_dir / "restored", StringIO()
    backups.mkdir(exist_ok=True)
    call_command("backup", to=backups, stdout=printed)
    made = json.loads(printed.getvalue())
    with localdb.running(folder, say=lambda line: print(line, file=sys.stderr)):
        emptied(folder)
        began = time.monotonic()
        restored = told(folder, "restore", made["file"])
        took = time.monotonic() - began
        before = told(folder, "worker", "--once")["sent"]
        told(folder, "shell", "-v0", "-c", LET_MAIL_LEAVE)
        after = told(folder, "worker", "--once")["sent"]
    Path(made["file"]).unlink()
    print(f"{options.requests:,} requests, {made['rows']:,} rows, {made['bytes'] / 1e6:.0f} MB")
    print(
        f"backup {made['seconds']:.0f} s, restore {took:.0f} s; mails sent {before}, and {after} once released"
    )
    return judged(
        {
            f"restored within {WITHIN} s": took <= WITHIN,
            "every table and file as it was": restored["rows"] == made["rows"],
            "no mail left until it was let": before == 0 and after > 0,
        }
    )


if __name__ == "__main__":
    sys.exit(main())
