"""Settings, all of them from the environment; the README has the table.

PUBLIC_URL is the switch: unset, this is a development copy with safe defaults for one machine.
Set, this is production, and it refuses to start until every secret and address is given.
"""

from pathlib import Path
from urllib.parse import urlsplit

import environ
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured

from kyphoplasty_site import localdb

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()


def required_in_production(name: str, default: str) -> str:
    """The variable's value; its development default only while PUBLIC_URL is unset."""
    value: str = env.str(name, default="" if PUBLIC_URL else default)
    if not value and PUBLIC_URL:
        raise ImproperlyConfigured(
            f"PUBLIC_URL is set, so {name} must be set too. See the table in README.md."
        )
    return value


PUBLIC_URL = env.str("PUBLIC_URL", default="").rstrip("/")
DATA_DIR = Path(env.str("DATA_DIR", default=str(BASE_DIR / "var"))).resolve()
DEBUG = False

# Secrets. The development values protect nothing and are refused in production.
SECRET_KEY = required_in_production("SECRET_KEY", "development-only-" + "x" * 50)
FIELD_KEYS = required_in_production("FIELD_KEYS", "ZGV2ZWxvcG1lbnQtb25seS1rZXktMzItYnl0ZXMtISE=").split(",")

# Addresses
_public = urlsplit(PUBLIC_URL)
if PUBLIC_URL and (_public.scheme not in ("http", "https") or not _public.hostname):
    raise ImproperlyConfigured("PUBLIC_URL must be a full address, such as https://example.org.")
IS_HTTPS = _public.scheme == "https"
ALLOWED_HOSTS = required_in_production("ALLOWED_HOSTS", "127.0.0.1,localhost,[::1]").split(",")
CSRF_TRUSTED_ORIGINS = [PUBLIC_URL] if PUBLIC_URL else []
PORT = env.str("PORT", default="") or "8000"
SITE_URL = PUBLIC_URL or f"http://127.0.0.1:{PORT}"
ROOT_URLCONF = "kyphoplasty_site.urls"
WSGI_APPLICATION = "kyphoplasty_site.wsgi.application"

INSTALLED_APPS = [
    "kyphoplasty_site",
    "procedures",
    "consultants",
    "enquiries",
    "kyphoplasty_site.apps.StaffDeskConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.humanize",
    "django.contrib.postgres",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.sitemaps",
    "django.contrib.staticfiles",
    "crispy_forms",
    "csp",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "kyphoplasty_site.middleware.CompressionMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "kyphoplasty_site.context_processors.site",
            ],
        },
    },
]
CRISPY_ALLOWED_TEMPLATE_PACKS = "forms"
CRISPY_TEMPLATE_PACK = "forms"
CRISPY_FAIL_SILENTLY = False

# The store. PostgreSQL always; a local one under DATA_DIR unless DATABASE_URL names another.
DATABASES = {
    "default": env.db_url_config(required_in_production("DATABASE_URL", localdb.url(DATA_DIR)))
    | {"CONN_MAX_AGE": 60, "CONN_HEALTH_CHECKS": True}
}
DATABASES["default"].setdefault("OPTIONS", {}).setdefault("connect_timeout", 3)
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
CACHES = {"default": env.cache("CACHE_URL", default="locmemcache://")}

# Mail: to files under DATA_DIR unless EMAIL_URL names a server.
EMAIL_FILE_PATH = str(DATA_DIR / "mail")
_email_url = required_in_production("EMAIL_URL", "filemail://")
vars().update(
    {key: value for key, value in env.email_url_config(_email_url).items() if key != "EMAIL_FILE_PATH"}
)
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default=f"no-reply@{_public.hostname or 'localhost'}")

# People
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}", "OPTIONS": options}
    for name, options in {
        "UserAttributeSimilarityValidator": {},
        "MinimumLengthValidator": {"min_length": 15},
        "CommonPasswordValidator": {},
    }.items()
]
LOGIN_URL = "admin:login"

# Language and time
LANGUAGE_CODE = "en-gb"
TIME_ZONE = "Europe/London"
USE_I18N = False
USE_TZ = True

# Files
STATIC_URL = "/static/"
STATIC_ROOT = DATA_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
MEDIA_URL = "/media/"
MEDIA_ROOT = DATA_DIR / "media"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
# A long question is answered with a plain error and kept on the page, so it must first be let in.
DATA_UPLOAD_MAX_MEMORY_SIZE = 8 * 1024 * 1024

# Headers and cookies. Same-origin referrers, never none: with none, browsers post `Origin: null` and CSRF fails.
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "base-uri": [NONE],
        "connect-src": [SELF],
        "font-src": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
        "img-src": [SELF],
        "script-src": [SELF],
        "style-src": [SELF],
    }
}
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
SECURE_SSL_REDIRECT = IS_HTTPS
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if IS_HTTPS else None
SECURE_HSTS_SECONDS = 2 * 365 * 24 * 3600 if IS_HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = IS_HTTPS
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = IS_HTTPS
SESSION_COOKIE_NAME = "__Host-staff" if IS_HTTPS else "staff"
CSRF_COOKIE_NAME = "__Host-csrf" if IS_HTTPS else "csrf"
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "kyphoplasty_site.views.csrf_failure"

# How many requests one address may send in an hour. A care home shares one; a flood does not stop at this.
SENDS_PER_HOUR = env.int("SENDS_PER_HOUR", default=60 if PUBLIC_URL else 1_000_000)

# Shown when the database, which holds the hospital's record, cannot be read.
FALLBACK_PHONE = "01582 714420"

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {
            "()": "kyphoplasty_site.logs.PrivateFormatter",
            "fmt": "{asctime} {levelname} {name} {message}",
            "style": "{",
        }
    },
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": "INFO"},
}
