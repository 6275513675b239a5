"""A real mail server that can be made to misbehave, and notes what it was given all the same."""

import asyncio
import logging
from collections import Counter
from email import message_from_bytes
from typing import Any, Literal

from aiosmtpd.controller import Controller

from tests.bench.serving import free_port

How = Literal["well", "silent", "slow", "4xx", "5xx", "5xx to the address", "cut after DATA"]
SLOW = 2.0  # seconds for each of its answers, of which one mail needs four or five


class Post(Controller):
    """It notes the Message-ID and X-Reference of all that it was given whole, also of what it then denied to have."""

    def __init__(self) -> None:
        logging.getLogger("mail.log").setLevel(logging.CRITICAL)
        self.how: How = "well"
        self.got: Counter[tuple[str, str]] = Counter()
        self.cut = 0
        super().__init__(self, hostname="127.0.0.1", port=free_port())

    @property
    def url(self) -> str:
        return f"smtp://{self.hostname}:{self.port}"

    @property
    def repeats(self) -> int:
        return sum(self.got.values()) - len(self.got)

    def start(self) -> None:
        """The first time, or again after it was stopped, which closes its loop."""
        if self.loop.is_closed():
            self.loop = asyncio.new_event_loop()
        super().start()

    def factory(self) -> asyncio.Protocol:
        """Whoever calls is put through to it; while it is silent, to nobody."""
        return asyncio.Protocol() if self.how == "silent" else super().factory()

    async def handle_MAIL(  # noqa: N802, aiosmtpd's own names, as below
        self, server: Any, session: Any, envelope: Any, address: str, options: list[str]
    ) -> str:
        await self._think()
        envelope.mail_from = address
        return "250 OK"

    async def handle_RCPT(  # noqa: N802
        self, server: Any, session: Any, envelope: Any, address: str, options: list[str]
    ) -> str:
        await self._think()
        if self.how == "5xx to the address":
            return "550 No such person"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        await self._think()
        if self.how in ("4xx", "5xx"):
            return {"4xx": "451 Try again later", "5xx": "554 Not today"}[self.how]
        mail = message_from_bytes(envelope.content)
        self.got[mail["Message-ID"], mail["X-Reference"]] += 1
        if self.how == "cut after DATA":
            self.cut += 1
            server.transport.abort()
        return "250 OK"

    async def _think(self) -> None:
        if self.how == "slow":
            await asyncio.sleep(SLOW)
