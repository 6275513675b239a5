"""Whether several values are still what somebody saw."""

import hashlib
import json
from typing import Any

from django.db.models import Model


def fingerprint(values: dict[str, Any]) -> str:
    """A few letters that change with any of the values."""
    words = json.dumps(values, default=plain, sort_keys=True)
    return hashlib.sha256(words.encode()).hexdigest()[:20]


def plain(value: Any) -> str:
    """A value in a word: a row by its key."""
    return str(value.pk if isinstance(value, Model) else value)
