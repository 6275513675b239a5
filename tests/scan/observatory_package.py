"""Mozilla's HTTP Observatory as npm has it, pinned.

Apart from observatory.py, which reads our models: this is fetched before the site is set up, while there is a network.
"""

import subprocess
import tempfile
from pathlib import Path

PACKAGE = "@mdn/mdn-http-observatory@1.4.8"


def fetched() -> Path:
    """The folder of the package, fetched where it is not there yet; none of its scripts is run.

    One of those would fetch the list of hosts that browsers know for https alone. Ours is made up, so it is on none.
    """
    home = Path(tempfile.gettempdir()) / PACKAGE.replace("@", "-").replace("/", "-").strip("-")
    here = home / "node_modules" / "@mdn" / "mdn-http-observatory"
    if not here.exists():
        quietly = ("--silent", "--no-audit", "--no-fund", "--ignore-scripts")
        subprocess.run(["npm", "install", *quietly, "--prefix", str(home), PACKAGE], check=True)
    (here / "conf" / "hsts-preload.json").write_text("{}")
    return here
