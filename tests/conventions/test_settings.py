"""A half-configured production refuses to start and says why; a development copy needs nothing."""

import os
import runpy
import subprocess
import sys
from base64 import urlsafe_b64encode
from typing import Any

import psycopg2.extensions
import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db.backends.postgresql.base import DatabaseWrapper

from kyphoplasty_site.configuration import (
    DEVELOPMENT_BACKUP_KEY,
    DEVELOPMENT_FIELD_KEY,
    DEVELOPMENT_SECRET_KEY,
)
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
    *("BACKUP_KEY", "MEDIA_STORE", "SECURITY_CONTACT", "METRICS_PORT", "METRICS_BIND"),
}
UNFIT = [
    ("SECRET_KEY", DEVELOPMENT_SECRET_KEY),
    ("SECRET_KEY", "hunter2" * 7),
    ("FIELD_KEYS", DEVELOPMENT_FIELD_KEY),
    ("FIELD_KEYS", f"{KEY},{DEVELOPMENT_FIELD_KEY}"),
    ("FIELD_KEYS", DEVELOPMENT_BACKUP_KEY),
    ("FIELD_KEYS", f"{KEY},{DEVELOPMENT_BACKUP_KEY}"),
    ("FIELD_KEYS", "hunter2"),
    ("FIELD_KEYS", f"{KEY},hunter2"),
    ("FIELD_KEYS", f"{KEY};{OLDER_KEY}"),
    ("FIELD_KEYS", ","),
    ("BACKUP_KEY", DEVELOPMENT_BACKUP_KEY),
    ("BACKUP_KEY", DEVELOPMENT_FIELD_KEY),
    ("BACKUP_KEY", KEY),
    ("BACKUP_KEY", "hunter2"),
    ("BACKUP_KEY", f"{OLDER_KEY},{KEY}"),
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
    ("BACKUP_KEY", OLDER_KEY),
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
        "BACKEND": "kyphoplasty_site.shared_cache.SharedCache",
        "LOCATION": PRODUCTION["CACHE_URL"],
    }


def test_database_that_has_gone_is_given_up_by_the_driver_itself() -> None:
    options = settings(**PRODUCTION)["DATABASES"]["default"]["OPTIONS"]

    assert options == {
        "connect_timeout": 2,
        "keepalives_idle": 10,
        "keepalives_interval": 5,
        "keepalives_count": 3,
        "tcp_user_timeout": 25_000,
        "options": "-c pg_trgm.similarity_threshold=0.45",
        "sslmode": "require",
    }
    assert settings(**PRODUCTION)["DATABASES"]["default"]["CONN_HEALTH_CHECKS"] is True


@pytest.mark.parametrize(
    ("hosts", "host", "port"),
    [
        ("db.example,standby.example", "db.example,standby.example", ""),
        ("db.example:5432,standby.example:5433", "db.example,standby.example", "5432,5433"),
    ],
)
def test_of_several_databases_the_one_is_taken_that_may_be_written_to(
    hosts: str, host: str, port: str
) -> None:
    address = f"postgresql://site:hunter2@{hosts}/site"
    database = settings(**PRODUCTION | {"DATABASE_URL": address})["DATABASES"]["default"]

    assert (database["HOST"], database["PORT"]) == (host, port)
    assert database["OPTIONS"]["target_session_attrs"] == "read-write"
    assert psycopg2.extensions.make_dsn(
        **DatabaseWrapper(database | {"TIME_ZONE": None}).get_connection_params()
        | {"cursor_factory": None, "client_encoding": None}
    )


def test_address_of_the_database_has_the_last_word() -> None:
    address = "postgresql://site@a.example,b.example/site?target_session_attrs=any&connect_timeout=7"
    options = settings(**PRODUCTION | {"DATABASE_URL": address})["DATABASES"]["default"]["OPTIONS"]

    assert (options["target_session_attrs"], options["connect_timeout"]) == ("any", 7)


def test_pictures_are_kept_in_the_bucket_that_is_named() -> None:
    address = "s3://a%2Fkey:hunter%2B2@s3.example:9000/pictures?region=eu-west-2"

    assert settings(**PRODUCTION, MEDIA_STORE=address)["STORAGES"]["default"] == {
        "BACKEND": "kyphoplasty_site.bucket.Bucket",
        "OPTIONS": {
            "bucket_name": "pictures",
            "endpoint_url": "https://s3.example:9000",
            "region_name": "eu-west-2",
            "access_key": "a/key",
            "secret_key": "hunter+2",
        },
    }


def test_bucket_without_host_or_key_is_amazons_opened_as_the_machine_may() -> None:
    options = settings(MEDIA_STORE="s3:///pictures")["STORAGES"]["default"]["OPTIONS"]

    assert {name for name, value in options.items() if value} == {"bucket_name"}


@pytest.mark.parametrize(
    "address",
    [
        "pictures",
        "https://key:hunter2@s3.example/pictures",
        "s3://key:hunter2@s3.example",
        "s3://key:hunter2@s3.example/pictures/of/us",
        "s3://hunter2@s3.example/pictures",
        "s3://key:hunter2/x@s3.example/pictures",
    ],
)
def test_address_that_names_no_bucket_is_refused_and_never_repeated(address: str) -> None:
    sentence = refusal(MEDIA_STORE=address)

    assert sentence.startswith("MEDIA_STORE must be the address of a bucket, such as s3://")
    assert "hunter2" not in sentence


def test_log_is_for_machines_in_production_and_for_people_before() -> None:
    assert settings(**PRODUCTION)["LOGGING"]["handlers"]["console"]["formatter"] == "json"
    assert settings()["LOGGING"]["handlers"]["console"]["formatter"] == "line"


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


def test_production_starts_without_a_key_for_backups_which_then_refuse() -> None:
    assert settings(**PRODUCTION)["BACKUP_KEY"] == ""
    assert settings()["BACKUP_KEY"] == DEVELOPMENT_BACKUP_KEY


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
