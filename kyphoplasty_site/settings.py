"""Settings, all of them from the environment; the README has the table.

PUBLIC_URL is the switch: unset, this is a development copy with safe defaults for one machine.
Set, this is production, and it refuses to start until every secret and address is given and fit.
"""

import os
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

import environ
from csp.constants import NONE, SELF

from kyphoplasty_site import localdb
from kyphoplasty_site.configuration import (
    DEVELOPMENT_BACKUP_KEY,
    DEVELOPMENT_FIELD_KEY,
    DEVELOPMENT_SECRET_KEY,
    Environment,
    listed,
)

BASE_DIR = Path(__file__).resolve().parent.parent
env = Environment(os.environ)

PUBLIC_URL = env.origin("PUBLIC_URL")
DATA_DIR = Path(env.text("DATA_DIR", str(BASE_DIR / "var"))).resolve()
DEBUG = False

# Secrets. The development values protect nothing and are refused in production.
SECRET_KEY = env.required_in_production("SECRET_KEY", DEVELOPMENT_SECRET_KEY)
FIELD_KEYS = listed(env.required_in_production("FIELD_KEYS", DEVELOPMENT_FIELD_KEY))
BACKUP_KEY = env.fit_for_production("BACKUP_KEY", DEVELOPMENT_BACKUP_KEY)

# Addresses
_public = urlsplit(PUBLIC_URL)
IS_HTTPS = _public.scheme == "https"
ALLOWED_HOSTS = listed(env.required_in_production("ALLOWED_HOSTS", "127.0.0.1,localhost,[::1]"))
CSRF_TRUSTED_ORIGINS = [PUBLIC_URL] if PUBLIC_URL else []
PORT = env.text("PORT", "8000")
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
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "axes",
    "crispy_forms",
    "csp",
    "django_prose_editor",
    "pgtrigger",
    "simple_history",
]

MIDDLEWARE = [
    "kyphoplasty_site.middleware.traced",
    "kyphoplasty_site.middleware.patient",
    "kyphoplasty_site.middleware.guarded",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    # After the static files: our drawings hold their own colours, which this policy would refuse them.
    "csp.middleware.CSPMiddleware",
    "kyphoplasty_site.middleware.CompressionMiddleware",
    "kyphoplasty_site.middleware.modest",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    # Before the check for forgery: it tells a form that waited for its writer to sign in again.
    "kyphoplasty_site.accounts.middleware.SentAgainMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "kyphoplasty_site.accounts.middleware.StaffSessionMiddleware",
    # Who did it, for the history of what the desk keeps.
    "simple_history.middleware.HistoryRequestMiddleware",
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
    "default": environ.Env.db_url_config(env.required_in_production("DATABASE_URL", localdb.url(DATA_DIR)))
    | {"CONN_MAX_AGE": 60, "CONN_HEALTH_CHECKS": True}
}
# A server that has gone is given up: while we connect, after two seconds; in the midst of an answer, after 25. Of several
# hosts the one is taken that may be written to, so a failover needs no other address. The address itself may say otherwise.
_patience = {"connect_timeout": 2, "keepalives_idle": 10, "keepalives_interval": 5, "keepalives_count": 3}
_patience |= {"tcp_user_timeout": 25_000}
_writable = {"target_session_attrs": "read-write"} if "," in DATABASES["default"]["HOST"] else {}
# How alike two names are, from 0 to 1, for an index to find one by the other. Said once to each connection, not on each page.
_alike = {"options": "-c pg_trgm.similarity_threshold=0.45"}
DATABASES["default"]["OPTIONS"] = _patience | _writable | _alike | DATABASES["default"].get("OPTIONS", {})
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
CACHES = {
    "default": environ.Env.cache_url_config(env.required_in_production("CACHE_URL", "locmemcache://")),
    # Reading pages as they were drawn, for this machine's own processes (page_cache).
    "pages": {
        "BACKEND": "django.core.cache.backends.filebased.FileBasedCache",
        "LOCATION": str(DATA_DIR / "pages"),
        "OPTIONS": {"MAX_ENTRIES": 2_000},
    },
}
if CACHES["default"]["BACKEND"].endswith(".RedisCache"):
    CACHES["default"]["BACKEND"] = "kyphoplasty_site.shared_cache.SharedCache"

# Mail: to files under DATA_DIR unless EMAIL_URL names a server.
EMAIL_FILE_PATH = str(DATA_DIR / "mail")
_mail = environ.Env.email_url_config(env.required_in_production("EMAIL_URL", "filemail://"))
vars().update({key: value for key, value in _mail.items() if key != "EMAIL_FILE_PATH"})
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = env.text("DEFAULT_FROM_EMAIL", f"no-reply@{_public.hostname or 'localhost'}")

# People. Only staff have accounts, and only staff addresses start a session.
AUTHENTICATION_BACKENDS = [
    "kyphoplasty_site.accounts.backends.SlowDownBackend",
    "kyphoplasty_site.accounts.backends.StaffBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": name, "OPTIONS": options}
    for name, options in {
        "django.contrib.auth.password_validation.MinimumLengthValidator": {"min_length": 15},
        "django.contrib.auth.password_validation.CommonPasswordValidator": {},
        "kyphoplasty_site.accounts.passwords.ContextValidator": {},
    }.items()
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "admin:index"
PASSWORD_RESET_TIMEOUT = 3 * 24 * 3600  # how long an invitation, or a link to a new password, can be used
SESSION_ENGINE = "kyphoplasty_site.accounts.session_store"
SESSION_COOKIE_AGE = 12 * 3600
STAFF_IDLE = timedelta(minutes=30)
STAFF_LONGEST = timedelta(seconds=SESSION_COOKIE_AGE)

# Sign-in. A second factor is asked of every session by StaffDesk.has_permission: allauth itself requires none.
ACCOUNT_ADAPTER = "kyphoplasty_site.accounts.adapters.AccountAdapter"
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_LOGOUT_REDIRECT_URL = LOGIN_URL
ACCOUNT_PASSWORD_RESET_TOKEN_GENERATOR = "django.contrib.auth.tokens.PasswordResetTokenGenerator"  # noqa: S105
ACCOUNT_REAUTHENTICATION_METHODS = ["password", "mfa"]
ACCOUNT_REAUTHENTICATION_TIMEOUT = 300
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_SIGNUP_ENABLED = False
MFA_ADAPTER = "kyphoplasty_site.accounts.adapters.MFAAdapter"
MFA_FORMS = {
    "add_webauthn": "kyphoplasty_site.accounts.forms.AddPasskeyForm",
    "authenticate_webauthn": "kyphoplasty_site.accounts.forms.AuthenticatePasskeyForm",
    "login_webauthn": "kyphoplasty_site.accounts.forms.LoginPasskeyForm",
    "reauthenticate_webauthn": "kyphoplasty_site.accounts.forms.ReauthenticatePasskeyForm",
}
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_RECOVERY_CODES_SHOW_ONCE = True
MFA_SUPPORTED_TYPES = ["recovery_codes", "totp", "webauthn"]
MFA_TOTP_TOLERANCE = 1  # a phone's clock may be half a minute out
MFA_WEBAUTHN_USER_VERIFICATION = "required"

# Slowing guesses down. A name is never locked by itself, or a stranger could keep its owner out: passwords are counted
# by name and address together (axes), and by address (allauth). A code from an app or a list is counted by person, since
# only who knows the password comes so far.
ACCOUNT_RATE_LIMITS = {
    "login": "120/m/ip",
    "login_failed": "10/15m/key",
    "login_failed_here": "60/15m/ip",
    "reset_password": "20/h/ip,5/h/key",
}
# Nobody guesses a passkey, and a whole team may share an address.
MFA_RATE_LIMITS = {"webauthn_login": "120/m/ip"}
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = timedelta(minutes=15)
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False
AXES_RESET_ON_SUCCESS = True
AXES_CLIENT_IP_CALLABLE = "kyphoplasty_site.accounts.attempts.seen_from"
AXES_USERNAME_CALLABLE = "kyphoplasty_site.accounts.attempts.hidden_name"
AXES_CLIENT_STR_CALLABLE = "kyphoplasty_site.accounts.attempts.somebody"
AXES_SENSITIVE_PARAMETERS = ["login", "username", "code", "credential", "csrfmiddlewaretoken", "next"]
AXES_DISABLE_ACCESS_LOG = True
AXES_ENABLE_ACCESS_FAILURE_LOG = True
AXES_ENABLE_ADMIN = False
AXES_VERBOSE = False

# Language and time
LANGUAGE_CODE = "en-gb"
TIME_ZONE = "Europe/London"
USE_I18N = False
USE_TZ = True
FORMAT_MODULE_PATH = "kyphoplasty_site.formats"

# Files
STATIC_URL = "/static/"
STATIC_ROOT = DATA_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
WHITENOISE_ALLOW_ALL_ORIGINS = False
MEDIA_URL = "/media/"
MEDIA_ROOT = DATA_DIR / "media"
STORAGES = {
    # Pictures and films: in the folder, or in a bucket that all machines share.
    "default": env.bucket("MEDIA_STORE") or {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
# A long question is answered with a plain error and kept on the page, so it must first be let in: here 350,000 letters of
# almost any script, as a browser escapes them. Twice as much kept a processor busy for two seconds.
DATA_UPLOAD_MAX_MEMORY_SIZE = 4 * 1024 * 1024

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
        "media-src": [SELF],
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
# Only our own host promises two years of https. What else lives under its name is somebody else's: a subdomain still on
# http would go dark, with no way back. We lose nothing, since no subdomain can set a __Host- cookie for us.
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = False
# The first two ask for the opposite. Axes' own middleware would answer a guess with a page that is not the sign-in page.
SILENCED_SYSTEM_CHECKS = ["security.W005", "security.W021", "axes.W002", "account.W001"]
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = IS_HTTPS
SESSION_COOKIE_NAME = "__Host-staff" if IS_HTTPS else "staff"
CSRF_COOKIE_NAME = "__Host-csrf" if IS_HTTPS else "csrf"
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_AGE = None  # gone when the browser is closed: on a ward's computer, the next reader starts afresh
CSRF_FAILURE_VIEW = "kyphoplasty_site.views.csrf_failure"

# Beyond these a request is stored and looked at by a person before anybody is mailed: requests from one address in an
# hour (a care home shares one), requests for one phone number in a day, seconds to read the check page.
SENDS_PER_HOUR = env.whole_number("SENDS_PER_HOUR", 60 if PUBLIC_URL else 1_000_000)
SENDS_PER_NUMBER = env.whole_number("SENDS_PER_NUMBER", 10 if PUBLIC_URL else 1_000_000)
QUICKEST_SEND = env.whole_number("QUICKEST_SEND", 2 if PUBLIC_URL else 0)
# How many proxies of ours each add the address they saw to X-Forwarded-For. Too many, and a sender may forge theirs; too
# few, and all share one address, so that a stranger's wrong passwords lock staff out. So production must say.
env.required_in_production("TRUSTED_PROXIES", "0")
TRUSTED_PROXIES = env.whole_number("TRUSTED_PROXIES", 0)

# Shown when the database, which holds the hospital's record, cannot be read.
FALLBACK_PHONE = env.text("FALLBACK_PHONE", "01582 714420")
# Where somebody who has found a hole in the site may say so. Unset, there is no security.txt.
SECURITY_CONTACT = env.contact("SECURITY_CONTACT")

# Figures for Prometheus, on a port of their own that the public must not reach; none while it is unset.
METRICS_PORT = env.whole_number("METRICS_PORT", 0)
METRICS_BIND = env.text("METRICS_BIND", "127.0.0.1")

# Lines for people in development, of JSON in production.
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {
            "()": "kyphoplasty_site.logs.PrivateFormatter",
            "fmt": "{asctime} {levelname} {name} {message}",
            "style": "{",
        },
        "json": {"()": "kyphoplasty_site.logs.JsonFormatter"},
    },
    "handlers": {
        "console": {"class": "logging.StreamHandler", "formatter": "json" if PUBLIC_URL else "line"}
    },
    "root": {"handlers": ["console"], "level": "INFO"},
    # What these say of each page and letter of a leaflet is of use to nobody.
    "loggers": {
        "weasyprint": {"level": "ERROR"},
        "fontTools": {"level": "ERROR"},
        "axes": {"level": "WARNING"},
    },
}
