"""Settings of a real installation: everything secret or local comes from the environment (docs/production.md), nothing is guessed."""

from __future__ import annotations

import os
from pathlib import Path
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured

from chaoce.faults import language
from chaoce.service.people.sealing import is_key
from chaoce.service.settings.base import *
from chaoce.service.settings.base import cache_in_database

_LEAST_KEY = 50
_MAIL_PORTS = {"starttls": "587", "tls": "465", "none": "25"}


def _faults() -> list[str]:
    """Every variable that is missing or wrong, with what it should be."""
    given = {name: value for name, value in os.environ.items() if value}
    owns = given.get("CHAOCE_DATABASE_ROLE") == "owner"
    address = urlsplit(given.get("CHAOCE_ADDRESS", ""))
    hosts = given.get("CHAOCE_HOSTS", "").split()
    factor_keys = given.get("CHAOCE_FACTOR_KEYS", "").split()
    wanted = (
        (
            "CHAOCE_SECRET_KEY",
            len(given.get("CHAOCE_SECRET_KEY", "")) >= _LEAST_KEY,
            f"至少 {_LEAST_KEY} 个随机字符",
            f"at least {_LEAST_KEY} random characters",
        ),
        (
            "CHAOCE_FACTOR_KEYS",
            bool(factor_keys) and all(map(is_key, factor_keys)),
            "加密二次验证密钥的 Fernet 密钥，用空格分开，新的在前",
            "the Fernet keys that seal second factors, parted by blanks, the newest first",
        ),
        ("DATABASE_URL", owns or "DATABASE_URL" in given, "服务角色的数据库地址", "the database's address for the role that serves"),
        (
            "DATABASE_OWNER_URL",
            not owns or "DATABASE_OWNER_URL" in given,
            "表的所有者的数据库地址，只用于迁移",
            "the database's address for the role that owns the tables, for migrations only",
        ),
        ("CHAOCE_HOSTS", bool(hosts) and "*" not in hosts, "域名，用空格分开，不能是 *", "the host names, parted by blanks, never *"),
        (
            "CHAOCE_ADDRESS",
            address.scheme == "https" and address.hostname is not None,
            "服务的网址，以 https:// 开头",
            "the address of the service, beginning with https://",
        ),
        (
            "CHAOCE_FILES",
            Path(given.get("CHAOCE_FILES", "")).is_absolute(),
            "存放上传文件的文件夹，写绝对路径",
            "the folder of files that are handed in, as an absolute path",
        ),
        (
            "CHAOCE_STATIC",
            Path(given.get("CHAOCE_STATIC", "")).is_absolute(),
            "存放页面静态文件的文件夹，写绝对路径",
            "the folder of the pages' static files, as an absolute path",
        ),
        ("CHAOCE_MAIL_HOST", "CHAOCE_MAIL_HOST" in given, "发信服务器", "the server that sends mail"),
        ("CHAOCE_MAIL_FROM", "@" in given.get("CHAOCE_MAIL_FROM", ""), "发信地址", "the address that mail comes from"),
        (
            "CHAOCE_MAIL_SECURITY",
            given.get("CHAOCE_MAIL_SECURITY", "starttls") in _MAIL_PORTS,
            "starttls、tls 或 none",
            "starttls, tls or none",
        ),
    )
    return [f"{name}: {zh if language() == 'zh' else en}" for name, good, zh, en in wanted if not good]


if _found := _faults():
    _head = "不能启动，缺少或有误的环境变量：" if language() == "zh" else "cannot start; environment variables that are missing or wrong:"
    raise ImproperlyConfigured("\n  ".join((_head, *_found)))

DEBUG = False
SECRET_KEY = os.environ["CHAOCE_SECRET_KEY"]
#: Keys that were used before: what they signed stays good while the new one takes over.
SECRET_KEY_FALLBACKS = os.environ.get("CHAOCE_OLD_SECRET_KEYS", "").split()
CHAOCE_FACTOR_KEYS = os.environ["CHAOCE_FACTOR_KEYS"].split()
ALLOWED_HOSTS = os.environ["CHAOCE_HOSTS"].split()
CHAOCE_ADDRESS = os.environ["CHAOCE_ADDRESS"].rstrip("/")
CACHES = {"default": cache_in_database()}
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": str(CHAOCE_FILES)}},
    "staticfiles": {"BACKEND": "chaoce.service.pages.storage.HashedAndCompressed"},
}

# Behind a proxy that ends TLS, says so in one header, and names the caller in another. Whoever can reach the program past the proxy
# could say both; it listens where only the proxy reaches it.
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
ALLAUTH_TRUSTED_PROXY_COUNT = int(os.environ.get("CHAOCE_PROXIES", "1"))
SECURE_SSL_REDIRECT = True
SECURE_HSTS_SECONDS = 365 * 24 * 3600
SECURE_HSTS_INCLUDE_SUBDOMAINS = True
SESSION_COOKIE_SECURE = True
CSRF_COOKIE_SECURE = True
SILENCED_SYSTEM_CHECKS = [
    *SILENCED_SYSTEM_CHECKS,
    "security.W019",  # a page shows a file that was handed in in a frame of its own; others are kept out (frame-ancestors)
    "security.W021",  # whether browsers preload it is the choice of who owns the domain
]

_SECURITY = os.environ.get("CHAOCE_MAIL_SECURITY") or "starttls"
EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
EMAIL_HOST = os.environ["CHAOCE_MAIL_HOST"]
EMAIL_PORT = int(os.environ.get("CHAOCE_MAIL_PORT") or _MAIL_PORTS[_SECURITY])
EMAIL_HOST_USER = os.environ.get("CHAOCE_MAIL_USER", "")
EMAIL_HOST_PASSWORD = os.environ.get("CHAOCE_MAIL_PASSWORD", "")
EMAIL_USE_TLS = _SECURITY == "starttls"
EMAIL_USE_SSL = _SECURITY == "tls"
EMAIL_TIMEOUT = 20
