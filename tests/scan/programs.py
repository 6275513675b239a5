"""Running other people's programs."""

import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path


def told(what: str) -> None:
    """How far it is, for whoever waits."""
    sys.stderr.write(f"{what}\n")
    sys.stderr.flush()


def said(command: Iterable[str], folder: Path, seconds: float = 3_600) -> str:
    """All that a program says, its complaints too; what it would read is nothing."""
    done = subprocess.run(
        [*command],
        cwd=folder,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
        timeout=seconds,
    )
    return done.stdout.decode(errors="replace")
