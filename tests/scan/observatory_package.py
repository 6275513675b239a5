"""Mozilla's HTTP Observatory as npm has it, pinned.

Apart from observatory.py, which reads our models: this is fetched before the site is set up, while there is a network.
"""

from pathlib import Path

from tests import npm

PACKAGE = "@mdn/mdn-http-observatory@1.4.8"


def fetched() -> Path:
    """The folder of the package, fetched where it is not there yet; none of its scripts is run.

    One of those would fetch the list of hosts that browsers know for https alone. Ours is made up, so it is on none.
    """
    here = npm.fetched(PACKAGE)
    assert here, "npm did not bring the Observatory."
    (here / "conf" / "hsts-preload.json").write_text("{}")
    return here
