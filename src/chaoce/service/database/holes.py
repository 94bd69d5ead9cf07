"""What the serving role must not be or have: closed as far as the owner of the tables can, and refused where it cannot."""

from __future__ import annotations

from django.conf import settings
from django.db.backends.base.base import BaseDatabaseWrapper

#: What is asked of the role, what it means where the answer is yes, and the statement that mends it.
_HOLES = (
    ("r.rolsuper", "is a superuser", "ALTER ROLE {role} NOSUPERUSER"),
    ("r.rolbypassrls", "is past row-level security", "ALTER ROLE {role} NOBYPASSRLS"),
    ("r.rolcreaterole", "may make roles", "ALTER ROLE {role} NOCREATEROLE"),
    ("r.rolcreatedb", "may make databases", "ALTER ROLE {role} NOCREATEDB"),
    ("r.rolreplication", "may read the whole journal", "ALTER ROLE {role} NOREPLICATION"),
    ("r.rolname = current_user", "is the role that owns the tables", "CREATE ROLE … LOGIN, and name it in CHAOCE_SERVE_ROLE"),
    ("EXISTS (SELECT FROM pg_auth_members m WHERE m.member = r.oid)", "is a member of another role", "REVOKE … FROM {role}"),
    ("EXISTS (SELECT FROM pg_class c WHERE c.relowner = r.oid)", "owns tables here", "REASSIGN OWNED BY {role} TO …"),
    ("EXISTS (SELECT FROM pg_proc p WHERE p.proowner = r.oid)", "owns functions here", "REASSIGN OWNED BY {role} TO …"),
    ("has_schema_privilege(r.oid, 'public', 'CREATE')", "may make tables", "REVOKE CREATE ON SCHEMA public FROM PUBLIC, {role}"),
    (
        "has_database_privilege(r.oid, current_database(), 'CREATE')",
        "may make schemas",
        "REVOKE CREATE ON DATABASE {database} FROM PUBLIC, {role}",
    ),
    (
        # A temporary table would stand before one of the same name in what a trigger reads.
        "has_database_privilege(r.oid, current_database(), 'TEMPORARY')",
        "may make temporary tables",
        "REVOKE TEMPORARY ON DATABASE {database} FROM PUBLIC, {role}",
    ),
    (
        "has_parameter_privilege(r.oid, 'session_replication_role', 'SET')",
        "may switch triggers off",
        "REVOKE SET ON PARAMETER session_replication_role FROM PUBLIC, {role}",
    ),
)


def close_holes(connection: BaseDatabaseWrapper) -> None:
    """As the owner: takes from the serving role what would let it undo the tables' protection.

    Raises RuntimeError where there is no such role, or where only a superuser can close what is open; it says how.
    """
    role = settings.SERVE_ROLE
    quoted, database = (connection.ops.quote_name(name) for name in (role, str(connection.settings_dict["NAME"])))
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role])
        if cursor.fetchone() is None:
            raise RuntimeError(f"there is no role {role} in the database: CREATE ROLE {quoted} LOGIN PASSWORD '…'")
        cursor.execute(f"REVOKE CREATE ON SCHEMA public FROM PUBLIC, {quoted}")
        cursor.execute(f"REVOKE CREATE, TEMPORARY ON DATABASE {database} FROM PUBLIC, {quoted}")
        cursor.execute(f"SELECT {', '.join(hole for hole, _, _ in _HOLES)} FROM pg_roles r WHERE r.rolname = %s", [role])
        found = cursor.fetchone()
    said = [
        f"it {what} ({mend.format(role=quoted, database=database)})"
        for is_open, (_, what, mend) in zip(found, _HOLES, strict=True)
        if is_open
    ]
    if said:
        raise RuntimeError(f"the serving role {role} could undo what protects the data: {'; '.join(said)}")
