"""What many pages show alike, made once for each state of the content and not once a page.

Only a process that knows how the content stands may remember anything: a web process, which looks twenty times a second (see
kyphoplasty_site.page_cache.content). Everywhere else, as in commands and tests, everything is made anew.
"""

from collections.abc import Callable, Hashable
from functools import wraps
from typing import Any, TypeVar

from django.db import connection

Made = TypeVar("Made")
MOST = 256  # things: more than our pages share, fewer than names somebody could think of


class Memory:
    """What was made for one state of the content, which `generation` names; empty where nobody knows it."""

    def __init__(self) -> None:
        self.generation: Callable[[], str] = str
        self._kept: tuple[str, dict[Hashable, Any]] = ("", {})

    def now(self) -> dict[Hashable, Any] | None:
        """What was made for the state that the content is in; None where nobody knows it."""
        generation = self.generation()
        if not generation:
            return None
        if self._kept[0] != generation or len(self._kept[1]) > MOST:
            self._kept = (generation, {})
        return self._kept[1]


memory = Memory()


def remembered(make: Callable[..., Made]) -> Callable[..., Made]:
    """The function, called once for the same hashable arguments while the content stands as it does.

    What it returns is shared by threads and pages, so nobody may change it. What is made within a transaction is not kept,
    since it may say what that transaction changed, and take it back.
    """

    @wraps(make)
    def answer(*arguments: Hashable) -> Made:
        kept = memory.now()
        if kept is None:
            return make(*arguments)
        if (make, arguments) in kept:
            found: Made = kept[make, arguments]
            return found
        made = make(*arguments)
        # Only where the content and our clock are still as they were.
        if not connection.in_atomic_block and memory.now() is kept:
            kept[make, arguments] = made
        return made

    return answer
