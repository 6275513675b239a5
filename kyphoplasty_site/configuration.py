"""Reads the environment, and refuses what the site may not run with.

A refusal is one sentence: the variable, and how to put it right. It never repeats the value, which may be secret.
"""

import re
from collections.abc import Callable, Mapping
from urllib.parse import SplitResult, parse_qs, unquote, urlsplit

import environ
from cryptography.fernet import Fernet
from django.core.exceptions import ImproperlyConfigured
from django.utils.http import is_same_domain

# They protect nothing, since everybody may read them here.
DEVELOPMENT_SECRET_KEY = "development-only-" + "x" * 50
DEVELOPMENT_FIELD_KEY = "ZGV2ZWxvcG1lbnQtb25seS1rZXktMzItYnl0ZXMtISE="
DEVELOPMENT_BACKUP_KEY = "ZGV2ZWxvcG1lbnQtb25seS1iYWNrdXAta2V5LTMyLSE="
DEVELOPMENT_KEYS = {DEVELOPMENT_FIELD_KEY, DEVELOPMENT_BACKUP_KEY}
FIELD_KEY_LENGTH = len(DEVELOPMENT_FIELD_KEY)

Rules = dict[str, tuple[Callable[[str], bool], str]]


class Environment:
    """The variables, each read by its name. An empty one counts as unset."""

    def __init__(self, variables: Mapping[str, str]) -> None:
        self.variables = variables

    def text(self, name: str, default: str = "") -> str:
        return self.variables.get(name, "").strip() or default

    def whole_number(self, name: str, default: int) -> int:
        given = self.text(name, str(default))
        if not given.isdecimal():
            raise ImproperlyConfigured(f"{name} must be a whole number, such as {default}.")
        return int(given)

    def origin(self, name: str) -> str:
        """An address with nothing after its host, such as https://example.org; empty while unset."""
        given = self.text(name).rstrip("/").lower()
        parts = _parts(given)
        is_whole = parts.scheme in ("http", "https") and parts.hostname and not parts.username
        if given and not (is_whole and given == f"{parts.scheme}://{parts.netloc}"):
            raise ImproperlyConfigured(
                f"{name} must be a full address with no path, such as https://example.org."
            )
        return given

    def contact(self, name: str) -> str:
        """An address to write to, as security.txt has it (RFC 9116, section 2.5.3); empty while unset."""
        given = self.text(name)
        if given and not re.fullmatch(r"(mailto:[^\s@]+@[^\s@]+|https://\S+|tel:\+[\d-]+)", given):
            raise ImproperlyConfigured(
                f"{name} must be an address to write to, such as mailto:security@example.org or https://example.org/report."
            )
        return given

    def bucket(self, name: str) -> dict[str, object] | None:
        """Django's settings of the S3-compatible bucket at this address; None while it is unset.

        Without a host it is Amazon's own; without a key, what the machine itself may open. s3+http is for a network of our own.
        """
        given = self.text(name)
        parts = _parts(given)
        folder = parts.path.removeprefix("/")
        is_whole = parts.scheme in ("s3", "s3+http") and folder and "/" not in folder
        if not given:
            return None
        if not is_whole or bool(parts.username) != bool(parts.password):
            raise ImproperlyConfigured(
                f"{name} must be the address of a bucket, such as s3://key:secret@s3.example.org/bucket?region=eu-west-2."
            )
        where = parts.netloc.rpartition("@")[2]
        scheme = "http" if parts.scheme == "s3+http" else "https"
        options = {
            "bucket_name": folder,
            "endpoint_url": f"{scheme}://{where}" if where else None,
            "region_name": "".join(parse_qs(parts.query).get("region", [])) or None,
            "access_key": unquote(parts.username or "") or None,
            "secret_key": unquote(parts.password or "") or None,
        }
        return {"BACKEND": "kyphoplasty_site.bucket.Bucket", "OPTIONS": options}

    def required_in_production(self, name: str, default: str) -> str:
        """The variable's value; its development default only while PUBLIC_URL is unset."""
        return self._fit(name, default, is_missed=True)

    def fit_for_production(self, name: str, default: str) -> str:
        """The same, of what a machine of production may also be without: it is then empty."""
        return self._fit(name, default, is_missed=False)

    def _fit(self, name: str, default: str, *, is_missed: bool) -> str:
        given, public_url = self.text(name), self.origin("PUBLIC_URL")
        if not public_url:
            return given or default
        is_fit, needed = _rules(public_url, self.text("FIELD_KEYS"))[name]
        if (given or is_missed) and not is_fit(given):
            fault = "is not fit for production" if given else "is missing"
            raise ImproperlyConfigured(f"{name} {fault}: since PUBLIC_URL is set, it must be {needed}.")
        return given


def listed(value: str) -> list[str]:
    """What stands between the commas."""
    return [part.strip() for part in value.split(",") if part.strip()]


def _rules(public_url: str, field_keys: str) -> Rules:
    """What each variable must be in production, and that in words."""
    host = urlsplit(public_url).hostname or ""
    return {
        "SECRET_KEY": (
            _is_secret,
            "50 random characters or more of your own, "
            "such as python3 -c 'import secrets; print(secrets.token_urlsafe(64))' prints",
        ),
        "FIELD_KEYS": (
            _are_field_keys,
            "one or more Fernet keys of your own, separated by commas, such as "
            ".venv/bin/python -c 'from cryptography.fernet import Fernet; print(Fernet.generate_key().decode())' prints",
        ),
        "BACKUP_KEY": (
            lambda value: _is_field_key(value) and value not in listed(field_keys),
            "one Fernet key of its own, made as those of FIELD_KEYS are and none of them",
        ),
        "ALLOWED_HOSTS": (
            lambda value: "*" not in value and any(is_same_domain(host, known) for known in listed(value)),
            f"host names separated by commas, {host} among them and none with a *",
        ),
        "DATABASE_URL": (
            _is_postgresql,
            "the address of a PostgreSQL database, such as postgresql://user:secret@db.example.org/site",
        ),
        "EMAIL_URL": (
            lambda value: _has_host(value, "smtp", "smtps", "smtp+tls", "smtp+ssl"),
            "the address of a mail server, such as smtp+tls://user:secret@mail.example.org:587",
        ),
        "CACHE_URL": (  # Each process's own memory would let a sender through once for each process.
            lambda value: _has_host(value, "redis", "rediss"),
            "the address of a cache that all processes share, such as redis://cache.example.org:6379/0",
        ),
        "TRUSTED_PROXIES": (
            str.isdecimal,
            "the number of your own proxies in front of the site, such as 1, or 0 where there is none",
        ),
    }


def _is_secret(value: str) -> bool:
    return len(value) >= 50 and value != DEVELOPMENT_SECRET_KEY


def _are_field_keys(value: str) -> bool:
    keys = listed(value)
    return bool(keys) and all(map(_is_field_key, keys))


def _is_field_key(value: str) -> bool:
    """The length is asked too, since Fernet reads as far as it can: two keys run together would pass for the first."""
    is_ours = value not in DEVELOPMENT_KEYS and len(value) == FIELD_KEY_LENGTH
    return is_ours and _is_accepted(lambda: Fernet(value))


def _is_postgresql(value: str) -> bool:
    """Several hosts are let through, for a standby: so it is the reader of such addresses that is asked."""
    is_named = value.startswith(("postgresql://", "postgres://", "psql://"))
    return is_named and _is_accepted(lambda: environ.Env.db_url_config(value))


def _has_host(value: str, *schemes: str) -> bool:
    parts = _parts(value)
    return parts.scheme in schemes and bool(parts.hostname)


def _is_accepted(read: Callable[[], object]) -> bool:
    try:
        read()
    except ValueError:
        return False
    return True


def _parts(url: str) -> SplitResult:
    """The parts of an address; all of them empty if it is none."""
    try:
        parts = urlsplit(url)
        _ = parts.port  # a port that is no number shows only once it is read
    except ValueError:
        return urlsplit("")
    return parts
