"""What a patient agrees to. Each request keeps the words that stood on its page, their version and their hash.

The box on the page carries the version, since a page may be read long after it was made. New words are a new version
at the end of the list; the old ones stay.
"""

from dataclasses import dataclass
from hashlib import sha256


@dataclass(frozen=True)
class Wording:
    """One version of the words beside the box that must be ticked."""

    version: str
    text: str

    @property
    def hash(self) -> str:
        """Proves that the stored words are the words that were shown."""
        return sha256(self.text.encode()).hexdigest()


WORDINGS = [
    Wording("1", "You may use what I type here, and what it says about my health, to answer me."),
]
CURRENT = WORDINGS[-1]


def wording(version: str) -> Wording:
    """The words of that version; today's, when the page did not say."""
    return {known.version: known for known in WORDINGS}.get(version, CURRENT)
