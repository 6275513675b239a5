"""A half-configured production refuses to start and says why; a development copy needs nothing."""

import json
import os
import subprocess
import sys

import pytest
from cryptography.fernet import Fernet

from tests.conventions.sources import ROOT

PRODUCTION = {
    "PUBLIC_URL": "https://kyphoplasty.example",
    "ALLOWED_HOSTS": "kyphoplasty.example",
    "SECRET_KEY": "a-key-for-this-test-alone-" + "x" * 50,
    "FIELD_KEYS": Fernet.generate_key().decode(),
    "DATABASE_URL": "postgresql://site:secret@db.example/site?sslmode=require",
    "EMAIL_URL": "smtp://user:secret@mail.example:587",
    "CACHE_URL": "locmemcache://",
}
NAMES = [
    "DEBUG",
    "ALLOWED_HOSTS",
    "CSRF_TRUSTED_ORIGINS",
    "SECURE_HSTS_SECONDS",
    "SECURE_SSL_REDIRECT",
    "SECURE_REFERRER_POLICY",
    "SESSION_COOKIE_SECURE",
    "CSRF_COOKIE_SECURE",
    "SESSION_COOKIE_NAME",
    "CSRF_COOKIE_NAME",
    "SITE_URL",
]
READ = f"from django.conf import settings; import json; print(json.dumps({{n: getattr(settings, n) for n in {NAMES}}}))"


def start(**variables: str) -> subprocess.CompletedProcess[str]:
    """Read the settings in a process of their own, with these variables and no others of ours."""
    ours = {*PRODUCTION, "DATA_DIR", "PORT", "BIND", "DEFAULT_FROM_EMAIL"}
    environment = {key: value for key, value in os.environ.items() if key not in ours}
    environment |= {"DJANGO_SETTINGS_MODULE": "kyphoplasty_site.settings"} | variables
    return subprocess.run(
        [sys.executable, "-W", "error", "-c", READ],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


def test_whole_production_starts() -> None:
    started = start(**PRODUCTION)

    assert started.returncode == 0, started.stderr
    settings = json.loads(started.stdout)
    assert settings["DEBUG"] is False
    assert settings["ALLOWED_HOSTS"] == ["kyphoplasty.example"]
    assert settings["CSRF_TRUSTED_ORIGINS"] == ["https://kyphoplasty.example"]
    assert settings["SITE_URL"] == "https://kyphoplasty.example"
    assert settings["SECURE_REFERRER_POLICY"] == "same-origin"
    assert settings["SECURE_HSTS_SECONDS"] > 0
    for switch in ("SECURE_SSL_REDIRECT", "SESSION_COOKIE_SECURE", "CSRF_COOKIE_SECURE"):
        assert settings[switch] is True
    assert (settings["SESSION_COOKIE_NAME"], settings["CSRF_COOKIE_NAME"]) == ("__Host-staff", "__Host-csrf")


@pytest.mark.parametrize(
    "missing", ["SECRET_KEY", "FIELD_KEYS", "ALLOWED_HOSTS", "DATABASE_URL", "EMAIL_URL"]
)
@pytest.mark.parametrize("how", ["absent", "empty"])
def test_half_configured_production_refuses_to_start_and_says_what_is_missing(missing: str, how: str) -> None:
    variables = {**PRODUCTION, missing: ""}
    if how == "absent":
        del variables[missing]

    started = start(**variables)

    assert started.returncode != 0
    assert f"PUBLIC_URL is set, so {missing} must be set too. See the table in README.md." in started.stderr
    assert "secret" not in started.stderr.splitlines()[-1]


@pytest.mark.parametrize("address", ["kyphoplasty.example", "ftp://kyphoplasty.example", "https://"])
def test_public_address_must_be_whole(address: str) -> None:
    started = start(**PRODUCTION | {"PUBLIC_URL": address})

    assert started.returncode != 0
    assert "PUBLIC_URL must be a full address" in started.stderr


def test_development_needs_nothing() -> None:
    started = start()

    assert started.returncode == 0, started.stderr
    settings = json.loads(started.stdout)
    assert settings["SITE_URL"] == "http://127.0.0.1:8000"
    assert settings["SECURE_HSTS_SECONDS"] == 0
    assert (settings["SESSION_COOKIE_SECURE"], settings["SESSION_COOKIE_NAME"]) == (False, "staff")
