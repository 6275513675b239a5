"""What a patient wrote, unreadable in the database, its log and its backups without the keys."""

from functools import lru_cache
from typing import Any

from cryptography.fernet import Fernet, MultiFernet
from django.conf import settings
from django.db import models


@lru_cache
def _ring(keys: tuple[str, ...]) -> MultiFernet:
    return MultiFernet([Fernet(key) for key in keys])


def keyring() -> MultiFernet:
    """Writes with the newest key of FIELD_KEYS, the first; reads with any of them."""
    return _ring(tuple(settings.FIELD_KEYS))


class EncryptedTextField(models.TextField):
    """Text encrypted as it is stored. It cannot be searched, and asking for that is an error; empty stays empty."""

    def get_prep_value(self, value: Any) -> str | None:
        text = super().get_prep_value(value)
        return keyring().encrypt(text.encode()).decode() if text else text

    def from_db_value(self, value: str | None, *args: object) -> str | None:
        return keyring().decrypt(value).decode() if value else value

    def get_lookup(self, lookup_name: str) -> None:
        return None

    def get_transform(self, lookup_name: str) -> None:
        return None
