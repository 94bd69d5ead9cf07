"""Settings of the demonstration, which `chaoce service run` starts: what it needs lies in one folder, made by that command."""

from __future__ import annotations

import json
import os
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured

from chaoce.service.settings.base import *
from chaoce.service.settings.base import database

CHAOCE_DEMO = True
#: The folder of the demonstration.
CHAOCE_DATA = Path(os.environ.get("CHAOCE_DATA", "var/demo")).absolute()
_SECRETS = CHAOCE_DATA / "secrets.json"
if not _SECRETS.is_file():
    raise ImproperlyConfigured(f"{_SECRETS} is not there: `chaoce service run` makes it")
_MADE = json.loads(_SECRETS.read_text("utf-8"))

SECRET_KEY = _MADE["key"]
ALLOWED_HOSTS = ["localhost", "127.0.0.1", "[::1]"]
ROOT_URLCONF = "chaoce.service.demo.urls"
INSTALLED_APPS = [*INSTALLED_APPS, "chaoce.service.demo"]
TEMPLATES[0]["OPTIONS"]["context_processors"].append("chaoce.service.demo.context.accounts")
if not os.environ.get("DATABASE_URL") and not os.environ.get("DATABASE_OWNER_URL"):
    # A command typed beside the running demonstration finds the same database.
    DATABASES = {"default": database(_MADE["database"])}
    SERVE_ROLE = _MADE["role"]
CACHES = {"default": {"BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": "chaoce_cache"}}

CHAOCE_FILES = CHAOCE_DATA / "files"
STATIC_ROOT = CHAOCE_DATA / "static"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": str(CHAOCE_FILES)}},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.ManifestStaticFilesStorage"},
}
EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
EMAIL_FILE_PATH = CHAOCE_DATA / "mail"
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = True
