"""Which questions a page asked. Each request keeps their version and hash, so that what its answers answer is known.

questions.toml has the words of every version. A page carries the version, since it may be read long after it was made.
Whoever changes a question adds a version at the end of the file, and a test says how; the old ones stay.
"""

import tomllib
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path


@dataclass(frozen=True)
class QuestionSet:
    """One version of the questions of one form, word by word."""

    form: str
    version: str
    text: str

    @property
    def hash(self) -> str:
        """Proves that these are the words that were shown."""
        return sha256(self.text.encode()).hexdigest()


SETS = [
    QuestionSet(**asked)
    for asked in tomllib.loads((Path(__file__).parent / "questions.toml").read_text())["sets"]
]


def asked(form: str, version: str = "") -> QuestionSet:
    """The questions of that form in that version; today's, when the page did not say."""
    versions = {known.version: known for known in SETS if known.form == form}
    return versions.get(version) or list(versions.values())[-1]
