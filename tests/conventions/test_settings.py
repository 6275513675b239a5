"""A half-configured production refuses to start and says why; a development copy needs nothing."""

import os
import runpy
import subprocess
import sys
from base64 import urlsafe_b64encode
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured

from kyphoplasty_site.configuration import DEVELOPMENT_FIELD_KEY, DEVELOPMENT_SECRET_KEY
from tests.conventions.sources import ROOT

KEY, OLDER_KEY = (urlsafe_b64encode(letter * 32).decode() for letter in (b"k", b"o"))
PRODUCTION = {
    "PUBLIC_URL": "https://kyphoplasty.example",
    "ALLOWED_HOSTS": "kyphoplasty.example",
    "SECRET_KEY": "a-key-for-this-test-alone-" + "x" * 50,
    "FIELD_KEYS": KEY,
    "DATABASE_URL": "postgresql://site:hunter2@db.example/site?sslmode=require",
    "EMAIL_URL": "smtp://user:hunter2@mail.example:587",
    "CACHE_URL": "redis://:hunter2@cache.example:6379/0",
    "TRUSTED_PROXIES": "1",
}
OTHERS = {
    *("DATA_DIR", "PORT", "DEFAULT_FROM_EMAIL", "FALLBACK_PHONE"),
    *("SENDS_PER_HOUR", "SENDS_PER_NUMBER", "QUICKEST_SEND"),
}
UNFIT = [
    ("SECRET_KEY", DEVELOPMENT_SECRET_KEY),
    ("SECRET_KEY", "hunter2" * 7),
    ("FIELD_KEYS", DEVELOPMENT_FIELD_KEY),
    ("FIELD_KEYS", f"{KEY},{DEVELOPMENT_FIELD_KEY}"),
    ("FIELD_KEYS", "hunter2"),
    ("FIELD_KEYS", f"{KEY},hunter2"),
    ("FIELD_KEYS", f"{KEY};{OLDER_KEY}"),
    ("FIELD_KEYS", ","),
    ("ALLOWED_HOSTS", "*"),
    ("ALLOWED_HOSTS", "kyphoplasty.example,*"),
    ("ALLOWED_HOSTS", "kyphoplasty.example,*.example"),
    ("ALLOWED_HOSTS", "elsewhere.example"),
    ("ALLOWED_HOSTS", "notkyphoplasty.example"),
    ("ALLOWED_HOSTS", "https://kyphoplasty.example"),
    ("DATABASE_URL", "sqlite:///site.sqlite3"),
    ("DATABASE_URL", "mysql://site:hunter2@db.example/site"),
    ("DATABASE_URL", "postgresql"),
    ("DATABASE_URL", "postgresql://site:hunter2/x@db.example/site"),
    ("EMAIL_URL", "filemail://"),
    ("EMAIL_URL", "consolemail://"),
    ("EMAIL_URL", "http://mail.example"),
    ("EMAIL_URL", "smtp://"),
    ("EMAIL_URL", "mail.example"),
    ("EMAIL_URL", "smtp://user:hunter2/x@mail.example"),
    ("CACHE_URL", "locmemcache://"),
    ("CACHE_URL", "dummycache://"),
    ("CACHE_URL", "redis://"),
    ("CACHE_URL", "redis://:hunter2/x@cache.example"),
    ("TRUSTED_PROXIES", "hunter2"),
    ("TRUSTED_PROXIES", "-1"),
    ("TRUSTED_PROXIES", "1.5"),
]
FIT = [
    ("FIELD_KEYS", f"{KEY} , {OLDER_KEY}"),
    ("ALLOWED_HOSTS", " www.kyphoplasty.example , kyphoplasty.example "),
    ("ALLOWED_HOSTS", ".kyphoplasty.example"),
    ("ALLOWED_HOSTS", "Kyphoplasty.example"),
    ("DATABASE_URL", "postgres://site@db.example/site"),
    ("DATABASE_URL", "psql://site@db.example/site"),
    ("DATABASE_URL", "postgresql://site@db.example:5432,standby.example:5432/site"),
    ("EMAIL_URL", "smtp+tls://user:hunter2@mail.example:587"),
    ("EMAIL_URL", "smtp+ssl://user:hunter2@mail.example:465"),
    ("CACHE_URL", "rediss://cache.example:6379/0"),
    ("TRUSTED_PROXIES", "0"),
]


@pytest.fixture(autouse=True)
def bare_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in OTHERS | set(PRODUCTION):
        monkeypatch.delenv(name, raising=False)


def settings(**variables: str) -> dict[str, Any]:
    """What the settings become with these variables and no others of ours."""
    with pytest.MonkeyPatch.context() as environment:
        for name, value in variables.items():
            environment.setenv(name, value)
        return runpy.run_path(str(ROOT / "kyphoplasty_site/settings.py"))


def refusal(**variables: str) -> str:
    """Why the site does not start with these variables."""
    with pytest.raises(ImproperlyConfigured) as refused:
        settings(**variables)
    return str(refused.value)


def test_whole_production_starts() -> None:
    made = settings(**PRODUCTION)

    assert made["DEBUG"] is False
    assert made["ALLOWED_HOSTS"] == ["kyphoplasty.example"]
    assert made["CSRF_TRUSTED_ORIGINS"] == ["https://kyphoplasty.example"]
    assert made["SITE_URL"] == "https://kyphoplasty.example"
    assert made["SECURE_REFERRER_POLICY"] == "same-origin"
    for switch in ("SECURE_SSL_REDIRECT", "SESSION_COOKIE_SECURE", "CSRF_COOKIE_SECURE"):
        assert made[switch] is True
    assert (made["SESSION_COOKIE_NAME"], made["CSRF_COOKIE_NAME"]) == ("__Host-staff", "__Host-csrf")


def test_parts_of_production_are_what_was_asked_for() -> None:
    made = settings(**PRODUCTION)

    database = made["DATABASES"]["default"]
    assert (database["ENGINE"], database["HOST"]) == ("django.db.backends.postgresql", "db.example")
    assert (made["EMAIL_HOST"], made["EMAIL_PORT"]) == ("mail.example", 587)
    assert made["EMAIL_BACKEND"] == "django.core.mail.backends.smtp.EmailBackend"
    assert made["CACHES"]["default"] == {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": PRODUCTION["CACHE_URL"],
    }


def test_https_is_promised_for_two_years_by_our_own_host_alone() -> None:
    made = settings(**PRODUCTION)

    assert made["SECURE_HSTS_SECONDS"] == 2 * 365 * 24 * 3600
    assert made["SECURE_HSTS_INCLUDE_SUBDOMAINS"] is made["SECURE_HSTS_PRELOAD"] is False


@pytest.mark.parametrize("missing", [name for name in PRODUCTION if name != "PUBLIC_URL"])
@pytest.mark.parametrize("how", ["absent", "empty"])
def test_half_configured_production_refuses_to_start_and_says_what_is_missing(missing: str, how: str) -> None:
    variables = {**PRODUCTION, missing: ""}
    if how == "absent":
        del variables[missing]

    assert refusal(**variables).startswith(f"{missing} is missing: since PUBLIC_URL is set, it must be ")


@pytest.mark.parametrize(("name", "value"), UNFIT)
def test_unfit_value_is_refused_with_how_to_put_it_right_and_never_repeated(name: str, value: str) -> None:
    sentence = refusal(**PRODUCTION | {name: value})

    assert sentence.startswith(f"{name} is not fit for production: since PUBLIC_URL is set, it must be ")
    assert sentence.endswith(".")
    assert "\n" not in sentence
    assert "hunter2" not in sentence
    assert KEY not in sentence


@pytest.mark.parametrize(("name", "value"), FIT)
def test_fit_value_is_taken(name: str, value: str) -> None:
    settings(**PRODUCTION | {name: value})


def test_spaces_around_commas_are_nothing() -> None:
    made = settings(
        **PRODUCTION
        | {"ALLOWED_HOSTS": " kyphoplasty.example , www.example", "FIELD_KEYS": f"{KEY} , {OLDER_KEY}"}
    )

    assert made["ALLOWED_HOSTS"] == ["kyphoplasty.example", "www.example"]
    assert made["FIELD_KEYS"] == [KEY, OLDER_KEY]


def test_secret_that_begins_with_a_dollar_is_taken_as_it_is() -> None:
    secret = "$" + "k3y-" * 15

    assert settings(**PRODUCTION | {"SECRET_KEY": secret})["SECRET_KEY"] == secret


@pytest.mark.parametrize(
    "address",
    [
        "kyphoplasty.example",
        "ftp://kyphoplasty.example",
        "https://",
        "https://:443",
        "https://kyphoplasty.example/procedures",
        "https://kyphoplasty.example?from=mail",
        "https://kyphoplasty.example/#top",
        "https://me:hunter2@kyphoplasty.example",
        "https://kyphoplasty.example:hunter2",
        "https://[kyphoplasty.example",
    ],
)
def test_public_address_must_be_whole_and_no_more(address: str) -> None:
    sentence = refusal(**PRODUCTION | {"PUBLIC_URL": address})

    assert sentence == "PUBLIC_URL must be a full address with no path, such as https://example.org."


@pytest.mark.parametrize("address", ["https://kyphoplasty.example/", "HTTPS://Kyphoplasty.Example"])
def test_public_address_is_put_as_browsers_put_it(address: str) -> None:
    assert settings(**PRODUCTION | {"PUBLIC_URL": address})["PUBLIC_URL"] == "https://kyphoplasty.example"


@pytest.mark.parametrize(
    ("name", "example"),
    [
        ("SENDS_PER_HOUR", "60"),
        ("SENDS_PER_NUMBER", "10"),
        ("QUICKEST_SEND", "2"),
    ],
)
@pytest.mark.parametrize("value", ["abc", "-1", "1.5"])
def test_number_must_be_a_number(name: str, example: str, value: str) -> None:
    assert refusal(**PRODUCTION | {name: value}) == f"{name} must be a whole number, such as {example}."


def test_number_of_proxies_must_be_one_in_development_too() -> None:
    assert refusal(TRUSTED_PROXIES="abc") == "TRUSTED_PROXIES must be a whole number, such as 0."


def test_numbers_and_phone_are_taken_from_the_environment() -> None:
    made = settings(SENDS_PER_HOUR="7", TRUSTED_PROXIES="2", FALLBACK_PHONE="01632 960100")

    assert (made["SENDS_PER_HOUR"], made["TRUSTED_PROXIES"]) == (7, 2)
    assert made["FALLBACK_PHONE"] == "01632 960100"


@pytest.mark.parametrize(
    "variables", [{}, dict.fromkeys(OTHERS | set(PRODUCTION), "")], ids=["unset", "empty"]
)
def test_development_needs_nothing(variables: dict[str, str]) -> None:
    made = settings(**variables)

    assert made["SITE_URL"] == "http://127.0.0.1:8000"
    assert made["DATA_DIR"] == ROOT / "var"
    assert made["SECURE_HSTS_SECONDS"] == made["TRUSTED_PROXIES"] == 0
    assert (made["SESSION_COOKIE_SECURE"], made["SESSION_COOKIE_NAME"]) == (False, "staff")
    assert made["FALLBACK_PHONE"] == "01582 714420"


def test_command_that_is_refused_ends_with_the_sentence() -> None:
    refused = subprocess.run(
        [sys.executable, "-W", "error", "manage.py", "worker"],
        cwd=ROOT,
        env=os.environ | PRODUCTION | {"DATABASE_URL": "postgresql://site:hunter2/x@db.example/site"},
        capture_output=True,
        text=True,
        check=False,
    )

    assert refused.returncode != 0
    assert refused.stderr.splitlines()[-1].startswith(
        "django.core.exceptions.ImproperlyConfigured: DATABASE_URL"
    )
    assert "hunter2" not in refused.stderr
