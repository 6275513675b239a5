"""Our clock beside the database's, the one that all machines share.

A clock may be set, and jump; the monotonic one, by which programs wait, never does. So once the database has told its time,
what it has come to is known without asking again, in the very moment that ours jumps.
"""

import logging
from time import monotonic, time

logger = logging.getLogger(__name__)

# More seconds than machines that keep time ever differ by, and fewer than would spoil a promise of when we ring.
TOO_FAR_APART = 300


class Clocks:
    """What is known of both in this process. Nothing is until the database has told its time, as in commands and tests."""

    def __init__(self) -> None:
        self._ahead: float | None = (
            None  # seconds by which the database’s clock is ahead of our monotonic one
        )
        self._is_told = False

    def note(self, theirs: float, asked_at: float) -> None:
        """The database’s time, in seconds since 1970, as it was at a moment of our monotonic clock."""
        self._ahead = theirs - asked_at
        if self.are_apart and not self._is_told:
            logger.error("Our clock is wrong, or the database’s: no request is taken until they agree.")
        self._is_told = self.are_apart

    @property
    def are_apart(self) -> bool:
        """Whether what we store and show now would tell of another day or hour than the database’s."""
        return self._ahead is not None and abs(time() - monotonic() - self._ahead) > TOO_FAR_APART


clocks = Clocks()
