"""The cache that all processes share, and what each does while it is away."""

import logging
from collections.abc import Callable
from time import monotonic
from typing import Any

from django.core.cache.backends.locmem import LocMemCache
from django.core.cache.backends.redis import RedisCache
from redis import RedisError

logger = logging.getLogger(__name__)
PATIENCE = 0.5
PAUSE = 5.0
MOST_KEPT = 100_000  # or whoever makes up addresses could push out the guesses that were counted


def _or_own_memory(name: str) -> Callable[..., Any]:
    def ask(cache: "SharedCache", *args: Any, **options: Any) -> Any:
        if monotonic() >= SharedCache.away_until:
            try:
                return getattr(RedisCache, name)(cache, *args, **options)
            except RedisError as error:
                SharedCache.away_until = monotonic() + PAUSE
                logger.warning("The shared cache is away (%s).", type(error).__name__)
        return getattr(cache.own, name)(*args, **options)

    return ask


class SharedCache(RedisCache):
    """Redis, or what speaks like it. While it is away, each process counts for itself.

    So no page fails, no patient is turned away, and guesses at passwords and codes are still slowed down, by as many
    times less as there are processes.
    """

    away_until = 0.0  # for all threads of this process

    def __init__(self, server: str, params: dict[str, Any]) -> None:
        patience = {"socket_connect_timeout": PATIENCE, "socket_timeout": PATIENCE}
        super().__init__(server, {**params, "OPTIONS": patience | params.get("OPTIONS", {})})
        self.own = LocMemCache("while-redis-is-away", {"OPTIONS": {"MAX_ENTRIES": MOST_KEPT}})

    add = _or_own_memory("add")
    clear = _or_own_memory("clear")
    delete = _or_own_memory("delete")
    delete_many = _or_own_memory("delete_many")
    get = _or_own_memory("get")
    get_many = _or_own_memory("get_many")
    has_key = _or_own_memory("has_key")
    incr = _or_own_memory("incr")
    set = _or_own_memory("set")
    set_many = _or_own_memory("set_many")
    touch = _or_own_memory("touch")
