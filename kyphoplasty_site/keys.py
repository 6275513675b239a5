"""Which of FIELD_KEYS what is stored needs: for changing keys, and for whoever restores a backup."""

from collections import Counter

from cryptography.fernet import Fernet, InvalidToken
from django.conf import settings

from enquiries.encryption import Rotation
from enquiries.persons import encrypted_columns
from kyphoplasty_site.accounts.factor_secrets import FactorSecrets
from kyphoplasty_site.sealing import fingerprint

LOST = "no key"


def encrypted_places() -> list[Rotation | FactorSecrets]:
    """Everything that FIELD_KEYS encrypt: the columns about patients, and the second factors of staff."""
    return [*(Rotation(model, field) for model, field in encrypted_columns()), FactorSecrets()]


def keys_in_use() -> dict[str, int]:
    """How many stored values each key opens, by its fingerprint; those that none opens stand under LOST."""
    keys = [(fingerprint(key), Fernet(key)) for key in settings.FIELD_KEYS]
    values = (value for place in encrypted_places() for value in place.values())
    return dict(Counter(_opened_by(keys, value) for value in values))


def _opened_by(keys: list[tuple[str, Fernet]], value: str) -> str:
    for name, key in keys:
        try:
            key.decrypt(value)
        except InvalidToken:
            continue
        return name
    return LOST
