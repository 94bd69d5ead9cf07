"""Secrets of second factors are sealed before they reach the database, with keys that only the settings know.

The first key of `CHAOCE_FACTOR_KEYS` seals, every one of them opens: a new key is put first, the older ones stay until everything is
sealed anew (`reseal_factors`). A key is a Fernet key: 32 random bytes in URL-safe base64.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings

#: How everything that was sealed begins: the version of Fernet and a moment before the year 2106. No secret of a factor begins so.
_MARK = "gAAAAA"
_BYTES = 32


class Unreadable(Exception):
    """What was sealed cannot be opened with any of the keys."""


def is_key(text: str) -> bool:
    """Whether a text is a key.

    >>> is_key(key_from("anything")), is_key("short"), is_key("+" * 44)
    (True, False, False)
    """
    try:
        return len(base64.b64decode(text.encode(), altchars=b"-_", validate=True)) == _BYTES
    except (binascii.Error, ValueError):
        return False


def key_from(secret: str) -> str:
    """A key that follows from another secret, for the demonstration and the tests: always the same one."""
    return base64.urlsafe_b64encode(hashlib.sha256(b"chaoce second factors\n" + secret.encode()).digest()).decode()


@lru_cache(maxsize=4)
def _keys(keys: tuple[str, ...]) -> MultiFernet:
    return MultiFernet([Fernet(key) for key in keys])


def _box() -> MultiFernet:
    return _keys(tuple(settings.CHAOCE_FACTOR_KEYS))


def is_sealed(text: str) -> bool:
    """Whether a text was sealed."""
    return text.startswith(_MARK)


def seal(text: str) -> str:
    """A secret as the database keeps it."""
    return _box().encrypt(text.encode()).decode()


def unseal(text: str) -> str:
    """The secret again; raises Unreadable, also for what was never sealed: whoever can write to the database alone sets no factor."""
    try:
        return _box().decrypt(text.encode()).decode()
    except InvalidToken:
        raise Unreadable("a second factor cannot be read: CHAOCE_FACTOR_KEYS lacks the key that sealed it") from None


def reseal(text: str) -> str:
    """The same secret, sealed with the first key; raises Unreadable."""
    try:
        return _box().rotate(text.encode()).decode()
    except InvalidToken:
        raise Unreadable("a second factor cannot be read: CHAOCE_FACTOR_KEYS lacks the key that sealed it") from None


def with_secrets(data: Mapping[str, Any], change: Callable[[str], str]) -> dict[str, Any]:
    """The data of an authenticator with every secret of it changed; keys of passkeys are public and stay."""
    changed = dict(data)
    for name in ("secret", "seed"):
        if name in changed:
            changed[name] = change(changed[name])
    if "migrated_codes" in changed:
        changed["migrated_codes"] = [change(code) for code in changed["migrated_codes"]]
    return changed
