"""Packages of npm, each pinned, and fetched once into the environment; none of their scripts is run."""

import shutil
import subprocess
import sys
from pathlib import Path


def fetched(package: str) -> Path | None:
    """The folder of the package, such as `vnu-jar@26.9.27`; nothing where it is not there and npm does not bring it."""
    name, _, _ = package.rpartition("@")
    # Without an @ in its name: npm would take the folder for a package.
    home = Path(sys.prefix) / "npm" / package.replace("@", "-").replace("/", "-").strip("-")
    here = home / "node_modules" / name
    if not here.exists() and shutil.which("npm"):
        home.mkdir(parents=True, exist_ok=True)
        quietly = ("--silent", "--no-audit", "--no-fund", "--ignore-scripts")
        subprocess.run(["npm", "install", *quietly, "--prefix", str(home), package], check=False)
    return here if here.exists() else None
