"""Where sessions are kept: Django's own table, asked only for keys that Django could have made."""

from django.contrib.sessions.backends.db import SessionStore as Table


class SessionStore(Table):
    """A cookie can hold any byte, written in quotes, and a NUL is no word to PostgreSQL."""

    def _validate_session_key(self, key: str | None) -> bool:
        is_fit: bool = super()._validate_session_key(key)  # type: ignore[misc]
        return is_fit and str(key).isascii() and str(key).isalnum()
