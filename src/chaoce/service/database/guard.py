"""What keeps the two roles apart while the service runs."""

from __future__ import annotations

import os
from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper

from chaoce.service.database.holes import close_holes

#: pgtrigger lets any session name triggers that are not to fire. Here nobody can: the function that it asks always says no.
_NEVER_IGNORED = """
CREATE OR REPLACE FUNCTION public._pgtrigger_should_ignore(trigger_name name) RETURNS boolean
LANGUAGE sql IMMUTABLE AS 'SELECT false'
"""


def owns() -> bool:
    """Whether this process is the one that migrates."""
    return os.environ.get("CHAOCE_DATABASE_ROLE") == "owner"


def check_role(connection: BaseDatabaseWrapper, **kwargs: Any) -> None:
    """A process that serves is connected as the serving role, or not at all; the address costs no query."""
    user = connection.connection.info.user
    if not owns() and user != settings.SERVE_ROLE:
        connection.close()
        raise ImproperlyConfigured(
            f"DATABASE_URL connects as {user}; the service runs as {settings.SERVE_ROLE} (CHAOCE_SERVE_ROLE), "
            "which can neither change tables nor triggers. The owner's address belongs into DATABASE_OWNER_URL."
        )


def after_migrating(using: str, **kwargs: Any) -> None:
    """Installing a trigger brings pgtrigger's own function back; a restored database may have rights that the first one had not."""
    if not owns():
        return
    close_holes(connections[using])
    with connections[using].cursor() as cursor:
        cursor.execute("SELECT to_regprocedure('public._pgtrigger_should_ignore(name)')")
        if cursor.fetchone() != (None,):
            cursor.execute(_NEVER_IGNORED)
