"""Settings of the tests: PostgreSQL as everywhere (tests/service/conftest.py names it), cheap passwords, mail kept in memory."""

from __future__ import annotations

from chaoce.service.people.sealing import key_from
from chaoce.service.settings.base import *

SECRET_KEY = "for tests only"
CHAOCE_FACTOR_KEYS = [key_from(SECRET_KEY)]
ALLOWED_HOSTS = ["localhost", "127.0.0.1", "testserver"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = True
# Nothing is collected: the live server of the tests serves static files from where they are written.
STATIC_ROOT = None  # type: ignore[assignment]
