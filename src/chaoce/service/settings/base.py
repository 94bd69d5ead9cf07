"""Settings that the demonstration, the tests and production share. What differs stands in their own modules."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import dj_database_url
from csp.constants import NONE, SELF

HERE = Path(__file__).resolve().parent.parent

INSTALLED_APPS = [
    "chaoce.service.database",
    "chaoce.service.people",
    "chaoce.service.firms",
    "chaoce.service.facts",
    "chaoce.service.documents",
    "chaoce.service.lists",
    "chaoce.service.plan",
    "chaoce.service.calls",
    "chaoce.service.cases",
    "chaoce.service.papers",
    "chaoce.service.messaging",
    "chaoce.service.api",
    "chaoce.service.pages",
    "chaoce.service.pages.account",
    "chaoce.service.pages.firm",
    "chaoce.service.pages.review",
    "chaoce.service.pages.calls",
    "chaoce.service.pages.lists",
    "chaoce.service.pages.office",
    "chaoce.service.pages.messages",
    "chaoce.service.pages.papers",
    "chaoce.service.pages.tokens",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django.contrib.postgres",
    "pgtrigger",
    "procrastinate.contrib.django",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "allauth.usersessions",
    "axes",
    "csp",
    "django_htmx",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "chaoce.service.pages.faults.CookiesMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "chaoce.service.pages.language.LanguageMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "chaoce.service.people.guard.SessionsMiddleware",
    "chaoce.service.people.guard.RightsMiddleware",
    "chaoce.service.pages.faults.TextMiddleware",
    "chaoce.service.pages.faults.BusyMiddleware",
    "axes.middleware.AxesMiddleware",
]

ROOT_URLCONF = "chaoce.service.urls"
WSGI_APPLICATION = "chaoce.service.wsgi.application"
TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "chaoce.service.pages.context.frame",
            ],
            "builtins": ["django.templatetags.i18n", "chaoce.service.pages.templatetags.chaoce"],
        },
    }
]

# Two roles: the one that serves cannot change tables or triggers, the one that owns them only migrates.
SERVE_ROLE = os.environ.get("CHAOCE_SERVE_ROLE", "chaoce_serve")


_OWNS = os.environ.get("CHAOCE_DATABASE_ROLE") == "owner"


def database(url: str) -> dict[str, object]:
    """The database at an address, with what every connection to it holds; a migration may take as long as it takes."""
    found = dj_database_url.parse(url, conn_max_age=60, conn_health_checks=True)
    # Pages ask many small questions: compiling one takes longer than answering it.
    options = "-c timezone=Asia/Shanghai -c lock_timeout=10s -c jit=off" + ("" if _OWNS else " -c statement_timeout=60s")
    return {**found, "OPTIONS": {**found.get("OPTIONS", {}), "options": options}}


def cache_in_database() -> dict[str, object]:
    """The cache that all processes share: which sessions were seen of late, and what counts wrong passwords and calls.

    Beyond so many entries those that have expired go, and then some that hold: far more than people at work and addresses that guess.
    """
    return {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "chaoce_cache",
        "OPTIONS": {"MAX_ENTRIES": 20_000},
    }


_URL = os.environ.get("DATABASE_OWNER_URL" if _OWNS else "DATABASE_URL", "")
DATABASES = {"default": database(_URL or "postgresql:///chaoce")}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

#: The policies that this service runs, by folder or id, assessed together.
CHAOCE_POLICIES = os.environ.get("CHAOCE_POLICIES", "haining-ai-2026 haining-manufacturing-2025").split()
#: Where files that were handed in lie, by their digest.
CHAOCE_FILES = Path(os.environ.get("CHAOCE_FILES", "var/files"))
#: A folder of an office's own fonts for papers (docs/papers.md); empty for those that come with the program.
CHAOCE_FONTS = os.environ.get("CHAOCE_FONTS", "")
#: The address that mails and papers name.
CHAOCE_ADDRESS = os.environ.get("CHAOCE_ADDRESS", "http://localhost:8000")

LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", "中文"), ("en", "English")]
TIME_ZONE = "Asia/Shanghai"
USE_TZ = True
USE_I18N = True

STATIC_URL = "static/"
STATIC_ROOT = Path(os.environ.get("CHAOCE_STATIC", "var/static"))
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": str(CHAOCE_FILES)}},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
FILE_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024

# People.
AUTH_USER_MODEL = "people.User"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.ScryptPasswordHasher", "django.contrib.auth.hashers.PBKDF2PasswordHasher"]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home"
ACCOUNT_ADAPTER = "chaoce.service.people.adapter.AccountAdapter"
SOCIALACCOUNT_ADAPTER = "chaoce.service.people.adapter.SocialAccountAdapter"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "none"  # an invitation already went to the address
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False  # nobody is written to who has no account; the page says the same either way
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_LOGOUT_REDIRECT_URL = "account_login"
ACCOUNT_LOGIN_BY_CODE_ENABLED = False
ACCOUNT_REAUTHENTICATION_TIMEOUT = 600
# The lock of axes is by name and address together; this one bounds guesses that come from many addresses.
ACCOUNT_RATE_LIMITS = {"login_failed": "20/m/ip,60/h/key"}
#: Keys that seal the secrets of second factors in the database, the newest first (people/sealing.py).
CHAOCE_FACTOR_KEYS: list[str] = []
MFA_ADAPTER = "chaoce.service.people.adapter.FactorAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_TOTP_ISSUER = "chaoce"
MFA_FORMS = {"add_webauthn": "chaoce.service.pages.account.forms.AddPasskeyForm"}
SOCIALACCOUNT_ONLY = False
SOCIALACCOUNT_EMAIL_AUTHENTICATION = False
SOCIALACCOUNT_STORE_TOKENS = False
SOCIALACCOUNT_REAUTHENTICATION_REQUIRED = True
# One identity provider, where the environment names it; without it there is no button.
_ISSUER = os.environ.get("CHAOCE_OIDC_ISSUER", "")
_OIDC = {
    "provider_id": "oidc",
    "name": os.environ.get("CHAOCE_OIDC_NAME", "OpenID Connect"),
    "client_id": os.environ.get("CHAOCE_OIDC_CLIENT_ID", ""),
    "secret": os.environ.get("CHAOCE_OIDC_SECRET", ""),
    "settings": {"server_url": _ISSUER},
}
SOCIALACCOUNT_PROVIDERS = {"openid_connect": {"OAUTH_PKCE_ENABLED": True, "APPS": [_OIDC] if _ISSUER else []}}
USERSESSIONS_TRACK_ACTIVITY = True
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = 0.25  # hours
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_USERNAME_CALLABLE = "chaoce.service.people.guard.typed_address"
AXES_CLIENT_IP_CALLABLE = "chaoce.service.people.address.client_address"
AXES_LOCKOUT_CALLABLE = "chaoce.service.people.guard.locked_out"
AXES_RESET_ON_SUCCESS = True
SESSION_COOKIE_AGE = 12 * 3600
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_FAILURE_VIEW = "chaoce.service.pages.faults.csrf"

SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "SAMEORIGIN"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [SELF],
        "frame-src": [SELF],
        "base-uri": [NONE],
    }
}
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"
DEFAULT_FROM_EMAIL = os.environ.get("CHAOCE_MAIL_FROM", "chaoce@localhost")
SILENCED_SYSTEM_CHECKS = ["axes.W006"]  # the lock-out is by name and address together: a name alone would lock out its owner

PGTRIGGER_SCHEMA_EDITOR = True
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name} {message}", "style": "{"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": os.environ.get("CHAOCE_LOG", "WARNING")},
}
