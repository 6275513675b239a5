"""Four journeys in Firefox, on a phone of 390 px: `make test-firefox`.

The real site is served from a data folder of its own. Axe looks at each page that is reached; nothing may scroll sideways,
at 400 % neither; no page may complain or ask another host for anything. The exit code is 1 where that is not so.
"""

import argparse
import json
import shutil
import subprocess
import sys
from io import StringIO
from pathlib import Path
from typing import Any

from axe_playwright_python.base import AXE_SCRIPT
from django.core.management import call_command

from tests.bench.serving import judged, served
from tests.npm import fetched

from django.db import connection  # isort: skip - the site must be set up first

from enquiries.models import Enquiry  # isort: skip
from procedures.models import Hospital  # isort: skip
from tests import factories  # isort: skip
from tests.journeys.hands import FOCUS  # isort: skip
from tests.journeys.states import DRESS  # isort: skip
from tests.journeys.test_accessibility import FAULTS, LET_THE_BAR_LIE, RULES  # isort: skip
from tests.journeys.test_layout import SIDEWAYS  # isort: skip

PUPPETEER = "puppeteer-core@24.43.1"
MODULE = "lib/esm/puppeteer/puppeteer-core.js"
JOURNEYS = {
    "risks": "a patient reads about the treatment in the dark, and finds the risks",
    "call-back": "a patient whose browser loads no script asks for a call, puts a number right, sends and withdraws",
    "question": "a patient sends a question by keyboard alone",
    "desk": "a member of staff signs in with a code, takes the next call and records what came of it",
}
LOOKS = {
    "axe": AXE_SCRIPT,
    "rules": RULES | {"preload": False},  # our policy lets no sheet be fetched by a script
    "faults": FAULTS,
    "sideways": SIDEWAYS,
    "focus": FOCUS,
    "dress": DRESS,
    "still": LET_THE_BAR_LIE,
}


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--only", nargs="+", choices=JOURNEYS, default=list(JOURNEYS), help="these journeys (default: all)"
    )
    options = parser.parse_args()
    firefox = shutil.which("firefox-esr") or shutil.which("firefox")
    puppeteer = fetched(PUPPETEER)
    lacking = [name for name, found in (("firefox-esr", firefox), ("npm", puppeteer)) if not found]
    if lacking:
        print(f"not run: journeys in Firefox, install {' '.join(lacking)}")
        return 1
    with served() as site:
        ways = {
            "site": f"http://127.0.0.1:{site.port}",
            "firefox": firefox,
            "puppeteer": f"{puppeteer}/{MODULE}",
        }
        return judged({JOURNEYS[name]: is_well(name, **ways) for name in options.only})


def is_well(journey: str, **ways: Any) -> bool:
    """Tell the journey, and whether nothing was amiss on it."""
    print(f"{journey}:", flush=True)
    told = {"journey": journey, **ways, **LOOKS, "staff": handler() if journey == "desk" else {}}
    script = Path(__file__).with_name("journey.mjs")
    return not subprocess.run(
        ["node", str(script)], input=json.dumps(told), text=True, check=False
    ).returncode


def handler() -> dict[str, str]:
    """Who rings people back, with a code of now, and one call to make."""
    Enquiry.objects.all().delete()
    factories.stored_enquiry(Hospital.objects.earliest("pk"), kind=Enquiry.Kind.CALL_BACK)
    printed = StringIO()
    call_command("seed_staff", stdout=printed)
    connection.close()
    staff: dict[str, Any] = json.loads(printed.getvalue())
    return next(one for one in staff["users"] if one["username"] == "enquiry-handler") | {
        "password": staff["password"]
    }


if __name__ == "__main__":
    sys.exit(main())
