"""Write requirements.txt: every package that requirements.in leads to, pinned, with the hashes of its files.

    make lock

The site's packages come first and the tests' own after them, so that an image can leave the second part out. What a package
needs on another system or version of Python is listed too, with the condition.
"""

import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

ROOT = Path(__file__).parent.parent
TESTS = "# Its tests and checks\n"
HEAD = "# Written from requirements.in by `make lock`. Nothing but these very files is installed.\n"


def main() -> None:
    wanted = (ROOT / "requirements.in").read_text(encoding="utf-8")
    site = _blocks(wanted.partition(TESTS)[0])
    everything = _blocks(wanted)
    own = [block for block in everything if block not in site]
    parts = [HEAD, "\n# The site\n", *site, f"\n{TESTS}", *own]
    (ROOT / "requirements.txt").write_text("".join(parts), encoding="utf-8")
    sys.stdout.write(f"{len(site)} packages for the site, {len(own)} more for its tests.\n")


def _blocks(wanted: str) -> list[str]:
    """A package each, with its hashes."""
    with TemporaryDirectory() as folder:
        named = Path(folder) / "requirements.in"
        named.write_text(wanted, encoding="utf-8")
        how = ["--universal", "--python-version=3.11", "--generate-hashes", "--no-header", "--no-annotate"]
        command = [sys.executable, "-m", "uv", "pip", "compile", "--quiet", *how, str(named)]
        locked = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    blocks: list[str] = []
    for line in locked.splitlines(keepends=True):
        if line[0].isspace():
            blocks[-1] += line
        else:
            blocks.append(line)
    return blocks


if __name__ == "__main__":
    main()
