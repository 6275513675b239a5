"""Our clock beside the database's, the one that all machines share.

A clock may be set, and jumps then; the monotonic one, by which programs wait, does not. So from what the database told
last, its time of now is reckoned without asking, and a jump of ours is noticed at once.
"""

import logging
from time import monotonic, time

from django.db import OperationalError

logger = logging.getLogger(__name__)

# Enough that no machine which keeps time is turned away, and too little to spoil a promise of when we ring.
TOO_FAR_APART = 300  # seconds


class Clocks:
    """What is known of both in this process: nothing where nobody compares them, as in commands and tests."""

    def __init__(self) -> None:
        self.is_compared = False  # or soon will be
        # Seconds by which the database's clock is ahead of our monotonic one.
        self._ahead: float | None = None
        self._were_apart = False

    def note(self, theirs: float, asked_at: float) -> None:
        """The database's time, in seconds since 1970, as it was at a moment of our monotonic clock."""
        self._ahead = theirs - asked_at
        if self.are_apart and not self._were_apart:
            logger.error("Our clock is wrong, or the database's: no request is taken until they agree.")
        elif self._were_apart and not self.are_apart:
            logger.warning("Our clock and the database's agree again.")
        self._were_apart = self.are_apart

    @property
    def are_apart(self) -> bool:
        """Whether what is stored or shown now would go by a time that is not the database's."""
        return self._ahead is not None and abs(time() - monotonic() - self._ahead) > TOO_FAR_APART

    def require(self) -> None:
        """Raises OperationalError, as of a database that is away, where our clock is wrong or cannot be compared yet."""
        if self.are_apart or (self.is_compared and self._ahead is None):
            raise OperationalError("Our clock does not agree with the database's.")


clocks = Clocks()
