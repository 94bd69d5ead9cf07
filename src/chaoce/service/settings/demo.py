"""Settings of the demonstration, which `chaoce service run` starts: what it needs lies in one folder, made by that command."""

from __future__ import annotations

import os

from django.core.exceptions import ImproperlyConfigured

from chaoce.faults import language
from chaoce.service.people.sealing import key_from
from chaoce.service.settings.base import *
from chaoce.service.settings.base import cache_in_database, database
from chaoce.service.start.folder import SECRETS, this_folder

CHAOCE_DEMO = True
LANGUAGE_CODE = "en" if language() == "en" else "zh-hans"  # as the terminal speaks
_FOLDER = this_folder()
if not (_FOLDER.path / SECRETS).is_file():
    raise ImproperlyConfigured(f"{_FOLDER.path / SECRETS} is not there: `chaoce service run` makes it")
_MADE = _FOLDER.read()

SECRET_KEY = _MADE["key"]
CHAOCE_FACTOR_KEYS = [key_from(SECRET_KEY)]
ALLOWED_HOSTS = ["localhost", "127.0.0.1", "[::1]"]
ROOT_URLCONF = "chaoce.service.demo.urls"
INSTALLED_APPS = [*INSTALLED_APPS, "chaoce.service.demo"]
TEMPLATES[0]["OPTIONS"]["context_processors"].append("chaoce.service.demo.context.accounts")
if not os.environ.get("DATABASE_URL") and not os.environ.get("DATABASE_OWNER_URL"):
    # A command typed beside the running demonstration finds the same database.
    DATABASES = {"default": database(_MADE["database"])}
    SERVE_ROLE = _MADE["role"]
CACHES = {"default": cache_in_database()}

CHAOCE_FILES = _FOLDER.path / "files"
STATIC_ROOT = _FOLDER.path / "static"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": str(CHAOCE_FILES)}},
    "staticfiles": {"BACKEND": "chaoce.service.pages.storage.Hashed"},
}
EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
EMAIL_FILE_PATH = _FOLDER.path / "mail"
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = True
